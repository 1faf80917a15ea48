// Wakes one waiting thread.
#pragma once

#include <condition_variable>
#include <mutex>

#include "base/clock.h"

namespace threeport::reconcile {

/// Thread-safe. A ring that comes before the wait is not lost.
class Bell {
 public:
  explicit Bell(base::Clock& clock) : clock_(clock) {}

  void ring() {
    const std::lock_guard lock(mutex_);
    is_rung_ = true;
    rung_.notify_all();
  }
  /// Blocks until the bell has been rung since the last wait, or `most` has passed.
  void wait(base::Millis most) {
    std::unique_lock lock(mutex_);
    const auto until = clock_.steady_now() + most;
    while (!is_rung_ && clock_.steady_now() < until) clock_.wait_until(lock, rung_, until);
    is_rung_ = false;
  }

 private:
  base::Clock& clock_;
  std::mutex mutex_;
  std::condition_variable rung_;
  bool is_rung_ = false;
};

}  // namespace threeport::reconcile
