#include "http/response_head.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

#include "base/clock.h"
#include "base/text.h"
#include "http/ascii.h"

namespace threeport::http {
namespace {

constexpr std::string_view kServer = "threeport";

bool is_token(std::string_view name) {
  // RFC 9110, 5.6.2.
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    const char lower = base::to_lower(c);
    return is_digit(c) || (lower >= 'a' && lower <= 'z') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

bool is_set_by_server(std::string_view name) {
  static constexpr std::array<std::string_view, 5> kNames = {"content-length", "transfer-encoding", "connection",
                                                             "date", "server"};
  return std::any_of(kNames.begin(), kNames.end(),
                     [&](std::string_view own) { return base::equal_without_case(own, name); });
}

void append_number(std::string& out, std::uint64_t number) {
  std::array<char, 24> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

/// IMF-fixdate (RFC 9110, 5.6.7), written anew once a second and thread.
std::string_view http_date() {
  thread_local std::chrono::sys_seconds written{std::chrono::seconds(-1)};
  thread_local std::string text;
  const auto now = std::chrono::floor<std::chrono::seconds>(base::system_clock().now());
  if (now == written) return text;
  static constexpr std::array<const char*, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array<const char*, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(now);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(now - day);
  std::array<char, 64> buffer{};
  const std::size_t weekday = std::chrono::weekday(day).c_encoding();
  const std::size_t month = unsigned(date.month()) - 1;
  const int size =
      std::snprintf(buffer.data(), buffer.size(), "%s, %02u %s %04d %02d:%02d:%02d GMT", kDays.at(weekday),
                    unsigned(date.day()), kMonths.at(month), int(date.year()), static_cast<int>(time.hours().count()),
                    static_cast<int>(time.minutes().count()), static_cast<int>(time.seconds().count()));
  text.assign(buffer.data(), static_cast<std::size_t>(size));
  written = now;
  return text;
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  out += ": ";
  const std::size_t begin = out.size();
  out += value;
  std::replace_if(
      out.begin() + static_cast<std::ptrdiff_t>(begin), out.end(),
      [](char c) { return c == '\r' || c == '\n' || c == '\0'; }, ' ');
  out += "\r\n";
}

}  // namespace

bool status_allows_body(int status) { return status >= 200 && status != 204 && status != 304; }

bool asks_to_close(const Headers& headers) {
  return base::equal_without_case(trim(headers.get("Connection")), "close");
}

void append_response_head(std::string& out, const Response& response, BodyFraming framing, bool close, bool is_head) {
  out += "HTTP/1.1 ";
  append_number(out, static_cast<std::uint64_t>(response.status));
  out += ' ';
  out += reason_phrase(response.status);
  out += "\r\nServer: ";
  out += kServer;
  out += "\r\nDate: ";
  out += http_date();
  out += "\r\n";
  for (const auto& [name, value] : response.headers)
    if (is_token(name) && !is_set_by_server(name)) append_field(out, name, value);
  if (close) out += "Connection: close\r\n";
  if (framing == BodyFraming::chunked) {
    out += "Transfer-Encoding: chunked\r\n";
  } else if (framing == BodyFraming::length && status_allows_body(response.status)) {
    const std::string_view own = response.headers.get("Content-Length");
    if (is_head && response.body.empty() && !own.empty() && std::all_of(own.begin(), own.end(), is_digit)) {
      append_field(out, "Content-Length", own);
    } else {
      out += "Content-Length: ";
      append_number(out, response.body.size());
      out += "\r\n";
    }
  }
  out += "\r\n";
}

}  // namespace threeport::http
