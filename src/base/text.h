// Comparisons of ASCII text, as protocols and the API define them.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace threeport::base {

constexpr char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// ASCII letters compare without case.
constexpr bool equal_without_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return to_lower(x) == to_lower(y); });
}

inline std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), to_lower);
  return out;
}

/// The elements with `separator` between them.
template <typename Range>
std::string join(const Range& elements, std::string_view separator) {
  std::string out;
  bool is_first = true;
  for (const auto& element : elements) {
    if (!is_first) out += separator;
    is_first = false;
    out += element;
  }
  return out;
}

}  // namespace threeport::base
