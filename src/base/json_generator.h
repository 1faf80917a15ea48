// For tests only: arbitrary JSON values.
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include <rapidcheck.h>

#include "base/json.h"
#include "base/utf8.h"

namespace threeport::base::json {

/// Texts with the characters that formats stumble over.
inline rc::Gen<std::string> any_text() {
  static const std::vector<std::string> kPieces{
      "a",    "b",    "key", " ",     "  ",         "\n",       "\t",     "\r",     ":",
      ": ",   "#",    " #",  "-",     "- ",         "?",        "\"",     "'",      "\\",
      "{",    "}",    "[",   "]",     ",",          "&",        "*",      "!",      "|",
      ">",    "%",    "@",   "`",     "~",          "<<",       "=",      "0",      "1",
      "_",    ".",    "+",   "e",     "0x",         "yes",      "no",     "y",      "null",
      "true", ".inf", "é",   "日",    "\U0001F600", "\xC2\x85", "\u2028", "---",    "...",
      "\x01", "\x7f", "/",   "12:30", "2030-01-02", "\uFEFF",   "\u00A0", "\uFFFD", "long words of text"};
  return rc::gen::map(rc::gen::withSize([](int size) {
                        return rc::gen::container<std::vector<std::string>>(static_cast<std::size_t>(size % 7),
                                                                            rc::gen::elementOf(kPieces));
                      }),
                      [](const std::vector<std::string>& pieces) {
                        std::string out;
                        for (const std::string& piece : pieces) out += piece;
                        return out;
                      });
}

inline rc::Gen<Value> any_scalar() {
  const auto finite = rc::gen::suchThat(rc::gen::arbitrary<double>(), [](double d) { return std::isfinite(d); });
  return rc::gen::oneOf(rc::gen::just(Value()),
                        rc::gen::map(rc::gen::arbitrary<bool>(), [](bool b) { return Value(b); }),
                        rc::gen::map(rc::gen::arbitrary<std::int64_t>(), [](std::int64_t i) { return Value(i); }),
                        rc::gen::map(finite, [](double d) { return Value(d); }),
                        rc::gen::map(any_text(), [](const std::string& s) { return Value(s); }));
}

inline Object make_object(const std::vector<std::pair<std::string, Value>>& members) {
  Object out;
  for (const auto& [key, value] : members) out.set(key, value);
  return out;
}

/// Objects, arrays and scalars, nested up to `depth`.
inline rc::Gen<Value> any_value(int depth) {
  if (depth == 0) return any_scalar();
  const auto child = any_value(depth - 1);
  const auto object = rc::gen::map(rc::gen::scale(0.1, rc::gen::container<std::vector<std::pair<std::string, Value>>>(
                                                           rc::gen::pair(any_text(), child))),
                                   [](const auto& members) { return Value(make_object(members)); });
  const auto array = rc::gen::map(rc::gen::scale(0.1, rc::gen::container<std::vector<Value>>(child)),
                                  [](const std::vector<Value>& elements) { return Value(Array(elements)); });
  return rc::gen::oneOf(any_scalar(), object, array);
}

inline rc::Gen<Value> any_object(int depth) {
  return rc::gen::map(rc::gen::scale(0.1, rc::gen::container<std::vector<std::pair<std::string, Value>>>(
                                              rc::gen::pair(any_text(), any_value(depth - 1)))),
                      [](const auto& members) { return Value(make_object(members)); });
}

}  // namespace threeport::base::json

namespace rc {
template <>
struct Arbitrary<threeport::base::json::Value> {
  static Gen<threeport::base::json::Value> arbitrary() { return threeport::base::json::any_value(3); }
};
inline void showValue(const threeport::base::json::Value& value, std::ostream& out) {
  out << threeport::base::json::dump(value);
}
}  // namespace rc
