// ASCII rules of HTTP's grammar (RFC 9110, 5.6), independent of the locale.
#pragma once

#include <cstddef>
#include <string_view>

namespace threeport::http {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Without the spaces and tabs around it.
constexpr std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

}  // namespace threeport::http
