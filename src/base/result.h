// Result<T>: a value or an Error. Every call that can fail for reasons outside the program returns one.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace threeport::base {

/// What the caller should do next. The engine's backoff, the HTTP status and the exit code of tptctl follow from it
/// (docs/architecture/overview.md, "Errors").
enum class ErrorKind {
  invalid,       ///< have the user edit something                (400, exit 2)
  not_found,     ///< decide                                      (404, exit 3)
  conflict,      ///< read again, then retry                      (409, exit 4)
  denied,        ///< have someone fix credentials or rights      (401/403, exit 5)
  blocked,       ///< wait for a precondition                     (409, exit 6)
  unavailable,   ///< retry later                                 (503, exit 7)
  precondition,  ///< If-Match failed: read again                 (412, exit 4)
  expired,       ///< the position is gone: list afresh           (410, exit 4)
  canceled,      ///< stop                                        (503, exit 130)
  internal,      ///< report our bug                              (500, exit 1)
};

/// `snake_case` name of the kind, e.g. for logs and metrics.
std::string_view to_string(ErrorKind kind);
/// HTTP status that stands for the kind (denied: 403).
int http_status(ErrorKind kind);
/// The kind that an HTTP status of another server stands for (429 and 5xx: unavailable).
ErrorKind error_kind_of_http_status(int status);
/// Exit code of tptctl for the kind.
int exit_code(ErrorKind kind);

struct Error {
  ErrorKind kind = ErrorKind::internal;
  std::string message;  ///< for users: names the member, the rule and the fix
  std::string detail;   ///< for logs only
  std::optional<std::chrono::milliseconds> retry_after = std::nullopt;
  /// Machine-readable cause in PascalCase, e.g. a condition's reason; empty where the kind says enough.
  std::string reason = {};

  /// The same error with `context: ` before the message.
  Error with_context(std::string_view context) &&;
};

namespace detail {
[[noreturn]] void fail_assertion(const char* condition, const char* file, int line);
}  // namespace detail

/// A bug of ours, never a reaction to input: prints the place and aborts.
#define TP_ASSERT(condition) \
  ((condition) ? static_cast<void>(0) : ::threeport::base::detail::fail_assertion(#condition, __FILE__, __LINE__))

template <typename T = void>
class [[nodiscard]] Result {
 public:
  using value_type = T;
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT: implicit on purpose
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT

  [[nodiscard]] bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }

  T& value() & {
    TP_ASSERT(has_value());
    return *std::get_if<0>(&state_);
  }
  const T& value() const& {
    TP_ASSERT(has_value());
    return *std::get_if<0>(&state_);
  }
  T&& value() && {
    TP_ASSERT(has_value());
    return std::move(*std::get_if<0>(&state_));
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  Error& error() & {
    TP_ASSERT(!has_value());
    return *std::get_if<1>(&state_);
  }
  const Error& error() const& {
    TP_ASSERT(!has_value());
    return *std::get_if<1>(&state_);
  }
  Error&& error() && {
    TP_ASSERT(!has_value());
    return std::move(*std::get_if<1>(&state_));
  }

  T value_or(T fallback) && { return has_value() ? std::move(*this).value() : std::move(fallback); }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}  // NOLINT: implicit on purpose

  [[nodiscard]] bool has_value() const { return !error_.has_value(); }
  explicit operator bool() const { return has_value(); }
  Error& error() & {
    TP_ASSERT(error_.has_value());
    return *error_;
  }
  const Error& error() const& {
    TP_ASSERT(error_.has_value());
    return *error_;
  }
  Error&& error() && {
    TP_ASSERT(error_.has_value());
    return std::move(*error_);
  }

 private:
  std::optional<Error> error_;
};

inline Error invalid(std::string message) {
  return {.kind = ErrorKind::invalid, .message = std::move(message), .detail = {}};
}
inline Error not_found(std::string message) {
  return {.kind = ErrorKind::not_found, .message = std::move(message), .detail = {}};
}
inline Error conflict(std::string message) {
  return {.kind = ErrorKind::conflict, .message = std::move(message), .detail = {}};
}
inline Error denied(std::string message) {
  return {.kind = ErrorKind::denied, .message = std::move(message), .detail = {}};
}
inline Error blocked(std::string message) {
  return {.kind = ErrorKind::blocked, .message = std::move(message), .detail = {}};
}
inline Error unavailable(std::string message) {
  return {.kind = ErrorKind::unavailable, .message = std::move(message), .detail = {}};
}
inline Error internal(std::string message) {
  return {.kind = ErrorKind::internal, .message = std::move(message), .detail = {}};
}
inline Error canceled(std::string message) {
  return {.kind = ErrorKind::canceled, .message = std::move(message), .detail = {}};
}

}  // namespace threeport::base

#define TP_CONCAT_INNER(a, b) a##b
#define TP_CONCAT(a, b) TP_CONCAT_INNER(a, b)

/// TP_TRY(auto x, call()): declares x as the value, or returns the error to the caller.
#define TP_TRY(declaration, expression) TP_TRY_AS(TP_CONCAT(tp_result_, __COUNTER__), declaration, expression)
#define TP_TRY_AS(name, declaration, expression)         \
  auto name = (expression);                              \
  if (!name.has_value()) return std::move(name).error(); \
  declaration = std::move(name).value()

/// TP_CHECK(call()): returns the error to the caller; the value, if any, is dropped.
#define TP_CHECK(expression)                                                                           \
  do {                                                                                                 \
    if (auto tp_checked = (expression); !tp_checked.has_value()) return std::move(tp_checked).error(); \
  } while (false)
