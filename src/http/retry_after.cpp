#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <optional>
#include <string_view>

#include "http/ascii.h"
#include "http/client.h"

namespace threeport::http {
namespace {

using std::chrono::sys_seconds;

std::optional<unsigned> month_of(std::string_view name) {
  static constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                               "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto* found = std::find(kMonths.begin(), kMonths.end(), name);
  if (found == kMonths.end()) return std::nullopt;
  return static_cast<unsigned>(found - kMonths.begin()) + 1;
}

/// The fields of a date; each form of RFC 9110, 5.6.7 has them at fixed places after the day's name.
struct DateText {
  std::string_view day, month, year, time;
};

std::optional<int> number(std::string_view text) {
  text = trim(text);
  int value = 0;
  if (text.empty() || !std::all_of(text.begin(), text.end(), is_digit)) return std::nullopt;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  return parsed.ec == std::errc() ? std::optional(value) : std::nullopt;
}

std::optional<DateText> split(std::string_view text) {
  const std::size_t comma = text.find(", ");
  if (comma == std::string_view::npos) {  // Sun Nov  6 08:49:37 1994
    if (text.size() != 24) return std::nullopt;
    return DateText{text.substr(8, 2), text.substr(4, 3), text.substr(20, 4), text.substr(11, 8)};
  }
  if (!text.ends_with(" GMT")) return std::nullopt;
  const std::string_view rest = text.substr(comma + 2);
  if (rest.size() == 24)  // 06 Nov 1994 08:49:37 GMT
    return DateText{rest.substr(0, 2), rest.substr(3, 3), rest.substr(7, 4), rest.substr(12, 8)};
  if (rest.size() == 22)  // 06-Nov-94 08:49:37 GMT
    return DateText{rest.substr(0, 2), rest.substr(3, 3), rest.substr(7, 2), rest.substr(10, 8)};
  return std::nullopt;
}

std::optional<sys_seconds> parse_http_date(std::string_view text, base::TimePoint now) {
  namespace chrono = std::chrono;
  const auto parts = split(text);
  if (!parts || parts->time[2] != ':' || parts->time[5] != ':') return std::nullopt;
  const auto day = number(parts->day), year = number(parts->year), hour = number(parts->time.substr(0, 2)),
             minute = number(parts->time.substr(3, 2)), second = number(parts->time.substr(6, 2));
  const auto month = month_of(parts->month);
  if (!day || !year || !hour || !minute || !second || !month) return std::nullopt;
  if (*hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  int full_year = *year;
  if (parts->year.size() == 2) {
    // RFC 9110, 5.6.7: what seems more than 50 years ahead is of the past century.
    const int this_year = int(chrono::year_month_day(chrono::floor<chrono::days>(now)).year());
    full_year += this_year / 100 * 100;
    if (full_year > this_year + 50) full_year -= 100;
  }
  const chrono::year_month_day date{chrono::year(full_year), chrono::month(*month),
                                    chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  return chrono::sys_days(date) + chrono::hours(*hour) + chrono::minutes(*minute) + chrono::seconds(*second);
}

}  // namespace

std::optional<base::Millis> retry_after(const Headers& headers, base::TimePoint now) {
  const std::string_view value = trim(headers.get("Retry-After"));
  if (const auto seconds = number(value)) return base::Millis(std::int64_t{*seconds} * 1000);
  const auto date = parse_http_date(value, now);
  if (!date) return std::nullopt;
  return std::max(base::Millis(0), std::chrono::ceil<base::Millis>(*date - now));
}

}  // namespace threeport::http
