#include "base/clock.h"

#include <array>
#include <cstdio>
#include <limits>

namespace threeport::base {
namespace {

class SystemClock final : public Clock {
 public:
  [[nodiscard]] TimePoint now() const override {
    return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
  }
  [[nodiscard]] std::chrono::steady_clock::time_point steady_now() const override {
    return std::chrono::steady_clock::now();
  }
  void wait_until(std::unique_lock<std::mutex>& lock, std::condition_variable& condition,
                  std::chrono::steady_clock::time_point until) override {
    condition.wait_until(lock, until);
  }
};

/// Takes a text apart from the left.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : rest_(text) {}

  [[nodiscard]] bool at_end() const { return rest_.empty(); }
  bool skip(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  /// The digits here, at most `limit` of them.
  std::string_view digits(std::size_t limit) {
    std::size_t n = 0;
    while (n < rest_.size() && n < limit && rest_[n] >= '0' && rest_[n] <= '9') ++n;
    const std::string_view out = rest_.substr(0, n);
    rest_.remove_prefix(n);
    return out;
  }
  /// A number of exactly `width` digits from `low` to `high`.
  std::optional<int> number(std::size_t width, int low, int high) {
    const std::string_view text = digits(width);
    if (text.size() != width) return std::nullopt;
    int value = 0;
    for (const char c : text) value = value * 10 + (c - '0');
    if (value < low || value > high) return std::nullopt;
    return value;
  }
  /// Lower-case letters.
  std::string_view word() {
    std::size_t n = 0;
    while (n < rest_.size() && rest_[n] >= 'a' && rest_[n] <= 'z') ++n;
    const std::string_view out = rest_.substr(0, n);
    rest_.remove_prefix(n);
    return out;
  }

 private:
  std::string_view rest_;
};

std::optional<std::chrono::sys_days> parse_date(Cursor& in) {
  const auto year = in.number(4, 0, 9999);
  if (!year || !in.skip('-')) return std::nullopt;
  const auto month = in.number(2, 1, 12);
  if (!month || !in.skip('-')) return std::nullopt;
  const auto day = in.number(2, 1, 31);
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date);
}

std::optional<std::chrono::microseconds> parse_time_of_day(Cursor& in) {
  const auto hour = in.number(2, 0, 23);
  if (!hour || !in.skip(':')) return std::nullopt;
  const auto minute = in.number(2, 0, 59);
  if (!minute || !in.skip(':')) return std::nullopt;
  const auto second = in.number(2, 0, 59);
  if (!second) return std::nullopt;
  int micros = 0;
  if (in.skip('.')) {
    const std::string_view fraction = in.digits(9);
    if (fraction.empty()) return std::nullopt;
    for (std::size_t i = 0; i < 6; ++i) micros = micros * 10 + (i < fraction.size() ? fraction[i] - '0' : 0);
  }
  return std::chrono::hours(*hour) + std::chrono::minutes(*minute) + std::chrono::seconds(*second) +
         std::chrono::microseconds(micros);
}

std::optional<std::chrono::minutes> parse_offset(Cursor& in) {
  if (in.skip('Z') || in.skip('z')) return std::chrono::minutes(0);
  const int sign = in.skip('+') ? 1 : in.skip('-') ? -1 : 0;
  if (sign == 0) return std::nullopt;
  const auto hours = in.number(2, 0, 23);
  if (!hours || !in.skip(':')) return std::nullopt;
  const auto minutes = in.number(2, 0, 59);
  if (!minutes) return std::nullopt;
  return sign * (std::chrono::hours(*hours) + std::chrono::minutes(*minutes));
}

std::optional<TimePoint> read_time(std::string_view text) {
  Cursor in(text);
  const auto date = parse_date(in);
  if (!date || !(in.skip('T') || in.skip('t'))) return std::nullopt;
  const auto time = parse_time_of_day(in);
  if (!time) return std::nullopt;
  const auto offset = parse_offset(in);
  if (!offset || !in.at_end()) return std::nullopt;
  return TimePoint(*date) + *time - *offset;
}

struct Unit {
  std::string_view name;
  std::int64_t millis;
};
constexpr std::array kUnits{Unit{"d", 86'400'000}, Unit{"h", 3'600'000}, Unit{"m", 60'000}, Unit{"s", 1000},
                            Unit{"ms", 1}};

std::optional<std::int64_t> read_duration(std::string_view text) {
  constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
  if (text.empty()) return std::nullopt;
  std::int64_t total = 0;
  for (Cursor in(text); !in.at_end();) {
    const std::string_view digits = in.digits(18);
    if (digits.empty()) return std::nullopt;
    std::int64_t count = 0;
    for (const char c : digits) count = count * 10 + (c - '0');
    const std::string_view name = in.word();
    const Unit* unit = nullptr;
    for (const Unit& candidate : kUnits) {
      if (candidate.name == name) unit = &candidate;
    }
    if (unit == nullptr || count > kMax / unit->millis || total > kMax - count * unit->millis) return std::nullopt;
    total += count * unit->millis;
  }
  return total;
}

}  // namespace

Clock& system_clock() {
  static SystemClock clock;
  return clock;
}

ManualClock::ManualClock(TimePoint start) : now_(start) {}

TimePoint ManualClock::now() const {
  const std::lock_guard lock(mutex_);
  return now_;
}

std::chrono::steady_clock::time_point ManualClock::steady_now() const {
  return std::chrono::steady_clock::time_point(now().time_since_epoch());
}

void ManualClock::wait_until(std::unique_lock<std::mutex>& lock, std::condition_variable& condition,
                             std::chrono::steady_clock::time_point until) {
  // advance() cannot notify conditions that it does not know, so the waiter looks every real millisecond. It returns
  // each time, because a notification that comes as the wait ends would otherwise be lost.
  if (steady_now() < until) condition.wait_for(lock, Millis(1));
}

void ManualClock::advance(Millis by) {
  const std::lock_guard lock(mutex_);
  now_ += by;
}

std::string format_time(TimePoint time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  std::array<char, 64> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "%04d-%02u-%02uT%02d:%02d:%02d", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  std::string out = buffer.data();
  if (const auto micros = clock.subseconds().count(); micros != 0) {
    std::snprintf(buffer.data(), buffer.size(), ".%06d", static_cast<int>(micros));
    out += buffer.data();
    out.erase(out.find_last_not_of('0') + 1);
  }
  return out + 'Z';
}

Result<TimePoint> parse_time(std::string_view text) {
  if (const auto time = read_time(text)) return *time;
  return invalid("\"" + std::string(text) + "\" is not a time: write it as 2030-01-02T03:04:05Z (RFC 3339)");
}

Result<Millis> parse_duration(std::string_view text) {
  if (const auto millis = read_duration(text)) return Millis(*millis);
  return invalid("\"" + std::string(text) + "\" is not a duration: write it as 500ms, 90s, 10m, 72h, 30d or 1h30m");
}

std::string format_duration(Millis duration) {
  const bool negative = duration < Millis(0);
  auto rest = static_cast<std::uint64_t>(duration.count());
  if (negative) rest = 0 - rest;
  if (rest == 0) return "0s";
  std::string out = negative ? "-" : "";
  for (const Unit& unit : kUnits) {
    const auto millis = static_cast<std::uint64_t>(unit.millis);
    if (rest >= millis) out += std::to_string(rest / millis) + std::string(unit.name);
    rest %= millis;
  }
  return out;
}

}  // namespace threeport::base
