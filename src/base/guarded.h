// A value that can only be reached with its mutex held.
#pragma once

#include <functional>
#include <mutex>
#include <type_traits>
#include <utility>

namespace threeport::base {

/// `with` calls a function with the value while the mutex is held; the function must not block, nor call `with` on the
/// same object again. Thread-safe.
template <typename T>
class Guarded {
 public:
  template <typename... Args>
  explicit Guarded(Args&&... args) : value_(std::forward<Args>(args)...) {}
  Guarded(const Guarded&) = delete;
  Guarded& operator=(const Guarded&) = delete;

  /// What `use` returns, by value: a reference would outlive the lock.
  template <typename Use>
  auto with(Use&& use) {
    static_assert(!std::is_reference_v<std::invoke_result_t<Use, T&>>, "a reference would outlive the lock");
    const std::lock_guard lock(mutex_);
    return std::invoke(std::forward<Use>(use), value_);
  }
  template <typename Use>
  auto with(Use&& use) const {
    static_assert(!std::is_reference_v<std::invoke_result_t<Use, const T&>>, "a reference would outlive the lock");
    const std::lock_guard lock(mutex_);
    return std::invoke(std::forward<Use>(use), value_);
  }

 private:
  mutable std::mutex mutex_;
  T value_;
};

}  // namespace threeport::base
