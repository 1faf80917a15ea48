#include "cli/option_values.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/text.h"
#include "cli/suggestion.h"

namespace threeport::cli {

namespace {

using base::Result;

constexpr base::Millis kDefaultWait{300'000};

}  // namespace

Result<std::optional<base::Millis>> parse_wait(const std::string& text) {
  if (text.empty() || text == "false") return std::optional<base::Millis>();
  if (text == "true") return std::optional(kDefaultWait);
  auto limit = base::parse_duration(text);
  if (!limit) return base::invalid("--wait=" + text + " must be a duration such as 90s or 10m, true or false");
  return std::optional(*limit);
}

Result<Format> parse_format(const std::string& text, const std::vector<std::string>& allowed) {
  static const std::vector<std::pair<std::string, Format>> kFormats{{"table", Format::table}, {"plain", Format::table},
                                                                    {"wide", Format::wide},   {"json", Format::json},
                                                                    {"yaml", Format::yaml},   {"name", Format::name}};
  if (text.empty()) return Format::table;
  if (std::find(allowed.begin(), allowed.end(), text) != allowed.end()) {
    for (const auto& [word, format] : kFormats) {
      if (word == text) return format;
    }
  }
  return base::invalid("-o " + text + " is not one of " + base::join(allowed, ", ") + did_you_mean(text, allowed));
}

Result<std::optional<std::int64_t>> parse_count(std::string_view option, const std::string& text) {
  if (text.empty()) return std::optional<std::int64_t>();
  std::int64_t value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code == std::errc{} && end == text.data() + text.size() && value >= 0) return std::optional(value);
  return base::invalid(std::string(option) + " " + text + " must be a whole number, such as 2");
}

}  // namespace threeport::cli
