#include "base/yaml_scalar.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <optional>

#include "base/crypto.h"
#include "base/utf8.h"

namespace threeport::base::yaml {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

template <std::size_t N>
bool is_one_of(std::string_view text, const std::array<std::string_view, N>& words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

std::optional<Scalar> find_word(std::string_view text) {
  constexpr std::array<std::string_view, 11> kTrue{"y",    "Y",    "yes", "Yes", "YES", "true",
                                                   "True", "TRUE", "on",  "On",  "ON"};
  constexpr std::array<std::string_view, 11> kFalse{"n",     "N",     "no",  "No",  "NO", "false",
                                                    "False", "FALSE", "off", "Off", "OFF"};
  constexpr std::array<std::string_view, 5> kNull{"", "~", "null", "Null", "NULL"};
  constexpr std::array<std::string_view, 6> kInfinity{".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"};
  constexpr std::array<std::string_view, 3> kMinusInfinity{"-.inf", "-.Inf", "-.INF"};
  constexpr std::array<std::string_view, 3> kNan{".nan", ".NaN", ".NAN"};
  if (text.size() > 5) return std::nullopt;
  if (is_one_of(text, kNull)) return Scalar{};
  if (is_one_of(text, kTrue)) return Scalar{true};
  if (is_one_of(text, kFalse)) return Scalar{false};
  if (is_one_of(text, kInfinity)) return Scalar{std::numeric_limits<double>::infinity()};
  if (is_one_of(text, kMinusInfinity)) return Scalar{-std::numeric_limits<double>::infinity()};
  if (is_one_of(text, kNan)) return Scalar{std::numeric_limits<double>::quiet_NaN()};
  return std::nullopt;
}

/// Go's ParseInt and ParseUint with base 0: a sign, then 0x, 0o, 0b or 0 (octal) before the digits. A sign rules out
/// what only fits unsigned.
std::optional<Scalar> read_integer(std::string_view text) {
  const bool has_sign = !text.empty() && (text.front() == '+' || text.front() == '-');
  const bool negative = has_sign && text.front() == '-';
  if (has_sign) text.remove_prefix(1);
  int base = 10;
  if (text.size() > 1 && text.front() == '0') {
    const char kind = static_cast<char>(text[1] | 0x20);
    base = kind == 'x' ? 16 : kind == 'b' ? 2 : 8;
    text.remove_prefix(kind == 'x' || kind == 'b' || kind == 'o' ? 2 : 1);
  }
  std::uint64_t magnitude = 0;
  const char* end = text.data() + text.size();
  const auto [stop, failure] = std::from_chars(text.data(), end, magnitude, base);
  if (text.empty() || failure != std::errc{} || stop != end) return std::nullopt;
  constexpr auto kMax = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (negative) {
    if (magnitude > kMax + 1) return std::nullopt;
    return Scalar{static_cast<std::int64_t>(0 - magnitude)};
  }
  if (magnitude <= kMax) return Scalar{static_cast<std::int64_t>(magnitude)};
  if (has_sign) return std::nullopt;
  return Scalar{magnitude};
}

/// ^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$
bool is_float(std::string_view text) {
  std::size_t i = 0;
  const auto digits = [&] {
    const std::size_t from = i;
    while (i < text.size() && is_digit(text[i])) ++i;
    return i - from;
  };
  const auto skip = [&](std::string_view any) {
    const bool found = i < text.size() && any.find(text[i]) != std::string_view::npos;
    if (found) ++i;
    return found;
  };
  skip("+-");
  const std::size_t whole = digits();
  const std::size_t fraction = skip(".") ? digits() : 0;
  if (whole == 0 && fraction == 0) return false;
  if (skip("eE")) {
    skip("+-");
    if (digits() == 0) return false;
  }
  return i == text.size();
}

/// Precondition: is_float. Nothing where the number is too large for a double; too small is 0.
std::optional<Scalar> read_float(std::string_view text) {
  if (!is_float(text)) return std::nullopt;
  // strtod, not from_chars: it tells overflow from underflow. It obeys LC_NUMERIC, which nothing here sets.
  const double value = std::strtod(std::string(text).c_str(), nullptr);
  if (!std::isfinite(value)) return std::nullopt;
  return Scalar{value};
}

/// Go's ParseFloat allows underscores between digits; other numbers have theirs removed wherever they stand.
bool has_stray_underscore(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '_') continue;
    if (i == 0 || i + 1 == text.size() || !is_digit(text[i - 1]) || !is_digit(text[i + 1])) return true;
  }
  return false;
}

Scalar resolve_plain(std::string_view text) {
  if (auto word = find_word(text)) return *std::move(word);
  const char first = text.front();
  std::string digits(text);
  std::erase(digits, '_');
  if (first == '.') {
    if (has_stray_underscore(text)) return std::string(text);
    if (auto number = read_float(digits)) return *std::move(number);
  } else if (is_digit(first) || first == '+' || first == '-') {
    if (auto number = read_integer(digits)) return *std::move(number);
    if (auto number = read_float(digits)) return *std::move(number);
  }
  return std::string(text);
}

Result<Scalar> read_binary(std::string_view text) {
  std::string encoded(text);
  std::erase_if(encoded, [](char c) { return c == '\n' || c == '\r'; });
  auto bytes = base64_decode(encoded);
  if (!bytes) return invalid("this !!binary value is not base64");
  return Scalar{replace_invalid_utf8(*bytes)};
}

std::string_view type_name(const Scalar& scalar) {
  constexpr std::array<std::string_view, 6> kNames{"null", "bool", "int", "int", "float", "str"};
  return kNames[scalar.index()];
}

template <typename Float>
std::string shortest(Float value, std::chars_format format) {
  std::array<char, 64> buffer{};
  return {buffer.data(), std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, format).ptr};
}

/// As Go's encoding/json writes a float64.
std::string json_text(double value) {
  const double size = std::fabs(value);
  if (size != 0 && (size < 1e-6 || size >= 1e21)) {
    std::string out = shortest(value, std::chars_format::scientific);
    // Go drops the zero of e-07.
    if (const std::size_t n = out.size(); out.substr(n - 4, 3) == "e-0") out.erase(n - 2, 1);
    return out;
  }
  if (size < 1e15) return shortest(value, std::chars_format::fixed);
  // to_chars writes large numbers out exactly, Go fills the shortest digits up with zeros.
  const std::string scientific = shortest(value, std::chars_format::scientific);
  const std::size_t e = scientific.find('e');
  std::string out = scientific.substr(0, e);
  std::erase(out, '.');
  const std::size_t digits = out.size() - (value < 0 ? 1 : 0);
  const auto wanted = static_cast<std::size_t>(std::atoi(scientific.c_str() + e + 1)) + 1;
  if (digits <= wanted) return out.append(wanted - digits, '0');
  return out.insert(wanted + (value < 0 ? 1 : 0), ".");
}

/// As Go's FormatFloat(value, 'g', -1, 32) writes it.
std::string key_text(double value) {
  // What rounds to infinity in single precision: half a step above the largest float.
  constexpr double kTooLarge = 0x1.ffffffp127;
  if (std::isnan(value)) return ".nan";
  if (std::fabs(value) >= kTooLarge) return value > 0 ? ".inf" : "-.inf";
  const auto single = static_cast<float>(value);
  std::string scientific = shortest(single, std::chars_format::scientific);
  const int exponent = std::atoi(scientific.c_str() + scientific.find('e') + 1);
  return exponent < -4 || exponent >= 6 ? scientific : shortest(single, std::chars_format::fixed);
}

}  // namespace

Result<Scalar> resolve_scalar(std::string_view tag, std::string_view text) {
  if (tag.empty()) return resolve_plain(text);
  if (!tag.starts_with(kTagPrefix)) return Scalar{std::string(text)};
  const std::string_view type = tag.substr(kTagPrefix.size());
  if (type == "binary") return read_binary(text);
  if (type != "null" && type != "bool" && type != "int" && type != "float") return Scalar{std::string(text)};
  Scalar scalar = resolve_plain(text);
  if (type == "float" && std::holds_alternative<std::int64_t>(scalar)) {
    return Scalar{static_cast<double>(std::get<std::int64_t>(scalar))};
  }
  if (type_name(scalar) == type) return scalar;
  return invalid("cannot read \"" + std::string(text) + "\", a !!" + std::string(type_name(scalar)) + ", as a !!" +
                 std::string(type));
}

Result<json::Value> to_json(Scalar scalar) {
  if (auto* text = std::get_if<std::string>(&scalar)) return json::Value(std::move(*text));
  if (const auto* boolean = std::get_if<bool>(&scalar)) return json::Value(*boolean);
  if (const auto* integer = std::get_if<std::int64_t>(&scalar)) return json::Value(*integer);
  if (const auto* natural = std::get_if<std::uint64_t>(&scalar)) return json::Value(*natural);
  if (const auto* real = std::get_if<double>(&scalar)) {
    if (!std::isfinite(*real)) return invalid("infinity and NaN have no JSON form; quote the value to mean its text");
    return json::Value(json::Number{json_text(*real)});
  }
  return json::Value();
}

Result<std::string> to_key(const Scalar& scalar) {
  if (const auto* text = std::get_if<std::string>(&scalar)) return *text;
  if (const auto* boolean = std::get_if<bool>(&scalar)) return std::string(*boolean ? "true" : "false");
  if (const auto* integer = std::get_if<std::int64_t>(&scalar)) return std::to_string(*integer);
  if (const auto* natural = std::get_if<std::uint64_t>(&scalar)) return std::to_string(*natural);
  if (const auto* real = std::get_if<double>(&scalar)) return key_text(*real);
  return invalid("a key must not be null; quote it to mean its text");
}

}  // namespace threeport::base::yaml
