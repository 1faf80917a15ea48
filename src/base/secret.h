// Values that must not reach logs, messages or files by accident.
#pragma once

#include <string>
#include <utility>

#include <openssl/crypto.h>

namespace threeport::base {

/// Holds a value that only `reveal()` shows: it has no formatter, no stream operator and no comparison (compare with
/// `equal_in_constant_time` of base/crypto.h). Strings are wiped when the Secret is destroyed or assigned to. As
/// thread-safe as T.
template <typename T>
class Secret {
 public:
  Secret() = default;
  explicit Secret(T value) : value_(std::move(value)) {}
  Secret(const Secret&) = default;
  Secret(Secret&& other) noexcept : value_(std::move(other.value_)) { other.wipe(); }
  Secret& operator=(const Secret& other) {
    if (this != &other) *this = Secret(other);
    return *this;
  }
  Secret& operator=(Secret&& other) noexcept {
    if (this != &other) {
      wipe();
      value_ = std::move(other.value_);
      other.wipe();
    }
    return *this;
  }
  ~Secret() { wipe(); }

  /// The value itself. The reference lives as long as this Secret.
  [[nodiscard]] const T& reveal() const& { return value_; }
  const T& reveal() && = delete;

 private:
  void wipe() noexcept {
    if constexpr (requires { OPENSSL_cleanse(value_.data(), value_.size() * sizeof *value_.data()); }) {
      // Up to the capacity: what a longer, earlier content or a move left behind is wiped too. Never allocates.
      value_.resize(value_.capacity());
      OPENSSL_cleanse(value_.data(), value_.size() * sizeof *value_.data());
      value_.clear();
    }
  }

  T value_{};
};

template <typename T>
bool operator==(const Secret<T>&, const Secret<T>&) = delete;

}  // namespace threeport::base
