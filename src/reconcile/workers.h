// Threads that come when there is work and go when there is none.
#pragma once

#include <condition_variable>
#include <functional>
#include <list>
#include <mutex>
#include <thread>

#include "base/clock.h"

namespace threeport::reconcile {

/// A worker calls `work` until it returns false, then parks; parked for `idle`, it ends. `work` calls wake() when it
/// finds more than it takes. Thread-safe.
class Workers {
 public:
  Workers(base::Clock& clock, int most, base::Millis idle, std::function<bool()> work);
  /// join()
  ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  /// Lets workers begin.
  void open();
  /// There is work: wakes a parked worker or starts another, up to `most`, unless one is on its way already. Never
  /// blocks on work. Where the system has no more threads those that run do the work.
  void wake();
  /// Lets no worker begin anything more, and waits until all have ended, however long the last piece of work takes.
  void join();
  [[nodiscard]] std::size_t count() const;

 private:
  bool start();
  void run(std::list<std::thread>::iterator self);

  base::Clock& clock_;
  const std::size_t most_;
  const base::Millis idle_;
  const std::function<bool()> work_;
  mutable std::mutex mutex_;
  std::condition_variable woken_;
  std::uint64_t wakes_ = 0;
  std::size_t parked_ = 0;
  bool is_coming_ = false;  // a worker is about to call work_, and so to find all work that there is
  bool is_closed_ = true;
  std::list<std::thread> threads_, ended_;
};

}  // namespace threeport::reconcile
