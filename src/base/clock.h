// Time comes in through constructors: nothing else in the project reads a clock.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <string_view>

#include "base/result.h"

namespace threeport::base {

using Millis = std::chrono::milliseconds;
/// UTC wall-clock time, in microseconds as the API shows it.
using TimePoint = std::chrono::time_point<std::chrono::system_clock, std::chrono::microseconds>;

/// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  /// Wall-clock time, for what users see and for the database.
  [[nodiscard]] virtual TimePoint now() const = 0;
  /// Monotonic time, for timeouts and backoff.
  [[nodiscard]] virtual std::chrono::steady_clock::time_point steady_now() const = 0;
  /// Waits on `condition` until it is notified or `until` (steady) has come; `lock` is held before and after. May wake
  /// early.
  virtual void wait_until(std::unique_lock<std::mutex>& lock, std::condition_variable& condition,
                          std::chrono::steady_clock::time_point until) = 0;
};

/// The machine's clock.
Clock& system_clock();

/// A clock that moves only when told to, for tests. Waiters wake when it moves.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(TimePoint start = TimePoint(std::chrono::seconds(1893553445)));  // 2030-01-02T03:04:05Z
  [[nodiscard]] TimePoint now() const override;
  [[nodiscard]] std::chrono::steady_clock::time_point steady_now() const override;
  void wait_until(std::unique_lock<std::mutex>& lock, std::condition_variable& condition,
                  std::chrono::steady_clock::time_point until) override;
  void advance(Millis by);

 private:
  mutable std::mutex mutex_;
  TimePoint now_;
};

/// "2030-01-02T03:04:05.123456Z"; the fraction without trailing zeros, absent where it is zero (RFC 3339, UTC).
std::string format_time(TimePoint time);
/// RFC 3339 with any offset and up to nanoseconds (cut to microseconds). Error `invalid`.
Result<TimePoint> parse_time(std::string_view text);
/// `500ms`, `90s`, `10m`, `72h`, `30d`, and sums such as `1h30m`. Error `invalid`.
Result<Millis> parse_duration(std::string_view text);
/// The shortest of the forms above, e.g. 5400000 ms is "1h30m".
std::string format_duration(Millis duration);

}  // namespace threeport::base
