// Threads that come when there is work and go when there is none.
#pragma once

#include <condition_variable>
#include <functional>
#include <list>
#include <mutex>
#include <thread>

#include "base/clock.h"

namespace threeport::reconcile {

/// A worker calls `work` until it returns false, then parks; parked for `idle`, it ends. Thread-safe.
class Workers {
 public:
  Workers(base::Clock& clock, int most, base::Millis idle, std::function<bool()> work);
  /// join()
  ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  /// Lets workers begin.
  void open();
  /// There is work: wakes a parked worker or starts another, up to `most`. Never blocks on work.
  void wake();
  /// Lets no worker begin anything more, and waits until all have ended, however long the last piece of work takes.
  void join();
  [[nodiscard]] std::size_t count() const;

 private:
  void run(std::list<std::thread>::iterator self);

  base::Clock& clock_;
  const std::size_t most_;
  const base::Millis idle_;
  const std::function<bool()> work_;
  mutable std::mutex mutex_;
  std::condition_variable woken_;
  std::uint64_t wakes_ = 0;
  std::size_t parked_ = 0;
  bool is_closed_ = true;
  std::list<std::thread> threads_, ended_;
};

}  // namespace threeport::reconcile
