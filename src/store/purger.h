// The thread that purges what is past its retention.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "base/clock.h"
#include "store/store.h"

namespace threeport::store {

/// Looks once a minute (more often where the retention is that short), and then goes on in small steps until nothing is
/// left to purge. Every replica may have one.
class Purger {
 public:
  /// Nothing runs until start().
  Purger(Store& store, base::Clock& clock, const Retention& retention);
  /// Ends the thread after the step at hand.
  ~Purger();
  Purger(const Purger&) = delete;
  Purger& operator=(const Purger&) = delete;

  void start();
  /// One step, for the thread and for tests: how long to rest after it. An error is logged, once until a step succeeds.
  base::Millis step();

 private:
  void work();

  Store& store_;
  base::Clock& clock_;
  const Retention retention_;
  bool has_failed_ = false;
  std::mutex mutex_;
  std::condition_variable stopped_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace threeport::store
