#include "providers/kubernetes/quantity.h"

#include <array>
#include <charconv>
#include <utility>

namespace threeport::providers::kubernetes {

namespace {

constexpr int kMaxDigits = 18;

struct Scale {
  int power_of_1024 = 0;
  int exponent = 0;
};

std::optional<Scale> parse_suffix(std::string_view suffix) {
  static constexpr std::array<std::pair<std::string_view, Scale>, 16> kScales{{
      {"", {0, 0}},
      {"n", {0, -9}},
      {"u", {0, -6}},
      {"m", {0, -3}},
      {"k", {0, 3}},
      {"M", {0, 6}},
      {"G", {0, 9}},
      {"T", {0, 12}},
      {"P", {0, 15}},
      {"E", {0, 18}},
      {"Ki", {1, 0}},
      {"Mi", {2, 0}},
      {"Gi", {3, 0}},
      {"Ti", {4, 0}},
      {"Pi", {5, 0}},
      {"Ei", {6, 0}},
  }};
  for (const auto& [text, scale] : kScales) {
    if (suffix == text) return scale;
  }
  if (suffix.size() < 2 || (suffix[0] != 'e' && suffix[0] != 'E')) return std::nullopt;
  std::string_view digits = suffix.substr(1);
  if (digits[0] == '+') digits.remove_prefix(1);
  int exponent = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), exponent);
  if (error != std::errc() || end != digits.data() + digits.size() || exponent > 64 || exponent < -64) {
    return std::nullopt;
  }
  return Scale{0, exponent};
}

}  // namespace

std::optional<Quantity> parse_quantity(std::string_view text) {
  bool negative = false;
  if (!text.empty() && (text[0] == '+' || text[0] == '-')) {
    negative = text[0] == '-';
    text.remove_prefix(1);
  }
  Quantity quantity;
  int digits = 0;
  int fraction = 0;
  bool point = false;
  std::size_t at = 0;
  for (; at < text.size(); ++at) {
    if (text[at] == '.' && !point) {
      point = true;
    } else if (text[at] >= '0' && text[at] <= '9') {
      quantity.mantissa = quantity.mantissa * 10 + (text[at] - '0');
      if (quantity.mantissa != 0 && ++digits > kMaxDigits) return std::nullopt;
      fraction += point ? 1 : 0;
    } else {
      break;
    }
  }
  if (at == (point ? 1U : 0U)) return std::nullopt;
  const std::optional<Scale> scale = parse_suffix(text.substr(at));
  if (!scale || fraction > 64) return std::nullopt;
  for (int i = 0; i < scale->power_of_1024; ++i) quantity.mantissa *= 1024;
  quantity.exponent = scale->exponent - fraction;
  if (quantity.mantissa == 0) return Quantity{};
  while (quantity.mantissa % 10 == 0) {
    quantity.mantissa /= 10;
    ++quantity.exponent;
  }
  if (negative) quantity.mantissa = -quantity.mantissa;
  return quantity;
}

}  // namespace threeport::providers::kubernetes
