// Bounds how many calls are in flight.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <utility>

#include "base/clock.h"

namespace threeport::providers::kubernetes::live {

/// A counting semaphore whose wait ends at a deadline or a stop. Thread-safe.
class Slots {
 public:
  Slots(unsigned count, base::Clock& clock) : clock_(clock), free_(count) {}

  /// Gives its slot back when it dies; empty where none was had in time.
  class Lease {
   public:
    explicit Lease(Slots* slots = nullptr) : slots_(slots) {}
    ~Lease() {
      if (slots_ != nullptr) slots_->release();
    }
    Lease(Lease&& other) noexcept : slots_(std::exchange(other.slots_, nullptr)) {}
    Lease& operator=(Lease&&) = delete;
    explicit operator bool() const { return slots_ != nullptr; }

   private:
    Slots* slots_;
  };

  [[nodiscard]] Lease acquire(std::chrono::steady_clock::time_point deadline, const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    if (free_ == 0) {
      lock.unlock();
      const std::stop_callback wake(stop, [this] {
        const std::lock_guard guard(mutex_);
        changed_.notify_all();
      });
      lock.lock();
      while (free_ == 0 && !stop.stop_requested() && clock_.steady_now() < deadline) {
        clock_.wait_until(lock, changed_, deadline);
      }
      const bool had = take();
      lock.unlock();
      return Lease(had ? this : nullptr);
    }
    take();
    return Lease(this);
  }

 private:
  bool take() {
    if (free_ == 0) return false;
    --free_;
    return true;
  }
  void release() {
    const std::lock_guard lock(mutex_);
    ++free_;
    changed_.notify_one();
  }

  base::Clock& clock_;
  std::mutex mutex_;
  std::condition_variable changed_;
  unsigned free_;
};

}  // namespace threeport::providers::kubernetes::live
