#include "base/json.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <unordered_map>

#define RAPIDJSON_HAS_STDSTRING 1
#define RAPIDJSON_NO_SIZETYPEDEFINE
namespace rapidjson {
using SizeType = std::size_t;
}
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#pragma GCC diagnostic ignored "-Wclass-memaccess"
#include <rapidjson/error/en.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>
#pragma GCC diagnostic pop

#include "base/utf8.h"

namespace threeport::base::json {
namespace {

/// Members of objects up to this size are looked for one by one; larger ones get sorted.
constexpr std::size_t kSmallObject = 16;

std::vector<const Member*> sorted_members(const Object& object) {
  std::vector<const Member*> members;
  members.reserve(object.size());
  for (const Member& member : object) members.push_back(&member);
  // Stable: of equal keys the first one comes first.
  std::stable_sort(members.begin(), members.end(), [](const Member* a, const Member* b) { return a->key < b->key; });
  return members;
}

/// A key that is there more than once.
const std::string* find_duplicate(const Object& object) {
  if (object.size() <= kSmallObject) {
    for (auto a = object.begin(); a != object.end(); ++a) {
      for (auto b = object.begin(); b != a; ++b) {
        if (a->key == b->key) return &a->key;
      }
    }
    return nullptr;
  }
  const std::vector<const Member*> members = sorted_members(object);
  const auto same = std::adjacent_find(members.begin(), members.end(),
                                       [](const Member* a, const Member* b) { return a->key == b->key; });
  return same == members.end() ? nullptr : &(*same)->key;
}

/// Each key once: its last value at its first place.
Object without_duplicates(Object&& object) {
  std::unordered_map<std::string, std::size_t> places;
  std::vector<Member> kept;
  for (Member& member : object) {
    const auto [place, is_new] = places.try_emplace(member.key, kept.size());
    if (is_new) {
      kept.push_back(std::move(member));
    } else {
      kept[place->second].value = std::move(member.value);
    }
  }
  Object out;
  out.reserve(kept.size());
  for (Member& member : kept) out.append(std::move(member.key), std::move(member.value));
  return out;
}

/// Builds a Value from RapidJSON's events. Refuses what nests too deep.
class Builder {
 public:
  explicit Builder(const ParseOptions& options) : options_(options) {}

  bool Null() { return add(nullptr); }
  bool Bool(bool b) { return add(b); }
  bool RawNumber(const char* text, std::size_t length, bool) { return add(Number{std::string(text, length)}); }
  bool String(const char* text, std::size_t length, bool) {
    return check(std::string_view(text, length)) && add(std::string(text, length));
  }
  bool Key(const char* text, std::size_t length, bool) {
    stack_.back().key.assign(text, length);
    return check(stack_.back().key);
  }
  bool StartObject() { return open(Object{}); }
  bool StartArray() { return open(Array{}); }
  bool EndObject(std::size_t) {
    Object& object = stack_.back().container.as_object();
    if (const std::string* key = find_duplicate(object)) {
      if (options_.duplicate_keys == DuplicateKeys::refuse) {
        problem_ = "the object that ends here has the key ";
        append_string(problem_, *key);
        problem_ += " twice";
        return false;
      }
      object = without_duplicates(std::move(object));
    }
    return close();
  }
  bool EndArray(std::size_t) { return close(); }
  // Not called with kParseNumbersAsStringsFlag, but part of the handler's interface.
  bool Int(int) { return false; }
  bool Uint(unsigned) { return false; }
  bool Int64(std::int64_t) { return false; }
  bool Uint64(std::uint64_t) { return false; }
  bool Double(double) { return false; }

  /// Why a handler refused, if one did.
  [[nodiscard]] const std::string& problem() const { return problem_; }
  Value take() { return std::move(root_); }

 private:
  struct Frame {
    Value container;
    std::string key;
  };

  /// RapidJSON lets the escape of a low surrogate through that follows no high one. Its three bytes begin with ED.
  bool check(std::string_view text) {
    if (text.find('\xED') == std::string_view::npos || find_invalid_utf8(text) == std::string_view::npos) return true;
    problem_ = "the string that ends here has half of a surrogate pair";
    return false;
  }

  bool open(Value container) {
    if (stack_.size() >= options_.max_depth) {
      problem_ = "nested deeper than " + std::to_string(options_.max_depth) + " levels";
      return false;
    }
    stack_.push_back({std::move(container), {}});
    return true;
  }
  bool close() {
    Value done = std::move(stack_.back().container);
    stack_.pop_back();
    return add(std::move(done));
  }
  bool add(Value value) {
    if (stack_.empty()) {
      root_ = std::move(value);
      return true;
    }
    Frame& top = stack_.back();
    if (Array* array = top.container.if_array()) {
      array->push_back(std::move(value));
    } else {
      top.container.as_object().append(std::move(top.key), std::move(value));
    }
    return true;
  }

  const ParseOptions& options_;
  std::string problem_;
  std::vector<Frame> stack_;
  Value root_;
};

std::size_t line_of(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, offset);
  return static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n')) + 1;
}

std::string position(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, offset);
  const std::string_view line = before.substr(before.rfind('\n') + 1);
  const auto column = 1 + std::count_if(line.begin(), line.end(), [](char c) {
                        return (static_cast<unsigned char>(c) & 0xC0) != 0x80;  // continuation bytes are no characters
                      });
  return "line " + std::to_string(line_of(text, offset)) + ", column " + std::to_string(column);
}

/// Reads texts from one string, one after the other.
class TextReader {
 public:
  TextReader(std::string_view text, const ParseOptions& options)
      : text_(text), options_(options), stream_(text.data(), text.size()), input_(stream_) {}

  /// RapidJSON's memory stream reads a NUL as the end of the text.
  [[nodiscard]] Result<void> check() const {
    const std::size_t nul = text_.find('\0');
    if (nul == std::string_view::npos) return {};
    return invalid(position(text_, nul) + ": a NUL byte is not allowed in JSON");
  }

  template <unsigned kFlags>
  Result<Value> read() {
    constexpr unsigned kAlways =
        rapidjson::kParseIterativeFlag | rapidjson::kParseNumbersAsStringsFlag | rapidjson::kParseValidateEncodingFlag;
    rapidjson::Reader reader;
    Builder builder(options_);
    if (const auto outcome = reader.Parse < kFlags | kAlways > (input_, builder); outcome.IsError()) {
      const std::string& what =
          builder.problem().empty() ? rapidjson::GetParseError_En(outcome.Code()) : builder.problem();
      return invalid(position(text_, outcome.Offset()) + ": " + what);
    }
    return builder.take();
  }

  /// Whether more than white space is left.
  bool has_more() {
    rapidjson::SkipWhitespace(input_);
    return input_.Tell() < text_.size();
  }
  [[nodiscard]] std::size_t line() const { return line_of(text_, input_.Tell()); }

 private:
  std::string_view text_;
  const ParseOptions& options_;
  rapidjson::MemoryStream stream_;
  rapidjson::EncodedInputStream<rapidjson::UTF8<>, rapidjson::MemoryStream> input_;
};

/// One text for all numbers that are equal.
std::string canonical_number(const Number& number) {
  if (number.text == "-0") return "0";
  if (number.text.find_first_of(".eE") == std::string::npos) return number.text;
  // What no double holds stays apart, as its text.
  const auto real = Value(number).as_double();
  if (!real) return number.text;
  if (*real == 0) return "0";
  std::array<char, 64> buffer{};
  const bool is_integer = std::trunc(*real) == *real && std::fabs(*real) < 1e21;
  const auto format = is_integer ? std::chars_format::fixed : std::chars_format::scientific;
  return {buffer.data(), std::to_chars(buffer.data(), buffer.data() + buffer.size(), *real, format).ptr};
}

bool equal_numbers(const Number& a, const Number& b) {
  return a.text == b.text || canonical_number(a) == canonical_number(b);
}

void dump_indented(std::string& out, const Value& value, int indent, int level) {
  const auto line = [&](int depth) {
    out += '\n';
    out.append(static_cast<std::size_t>(indent * depth), ' ');
  };
  if (const Object* object = value.if_object(); object != nullptr && !object->empty()) {
    out += '{';
    for (bool first = true; const Member& member : *object) {
      if (!std::exchange(first, false)) out += ',';
      line(level + 1);
      append_string(out, member.key);
      out += ": ";
      dump_indented(out, member.value, indent, level + 1);
    }
    line(level);
    out += '}';
  } else if (const Array* array = value.if_array(); array != nullptr && !array->empty()) {
    out += '[';
    for (bool first = true; const Value& element : *array) {
      if (!std::exchange(first, false)) out += ',';
      line(level + 1);
      dump_indented(out, element, indent, level + 1);
    }
    line(level);
    out += ']';
  } else {
    dump_to(out, value);
  }
}

Value sorted(const Value& value) {
  if (const Array* array = value.if_array()) {
    Array out;
    for (const Value& element : *array) out.push_back(sorted(element));
    return out;
  }
  if (const Object* object = value.if_object()) {
    Object out;
    for (const Member* member : sorted_members(*object)) out.append(member->key, sorted(member->value));
    return out;
  }
  if (const Number* number = value.if_number()) return Number{canonical_number(*number)};
  return value;
}

/// Look-ups in one object that stay quick where it is large.
class Index {
 public:
  explicit Index(const Object& object) : object_(object) {
    if (object.size() > kSmallObject) members_ = sorted_members(object);
  }
  [[nodiscard]] const Value* find(std::string_view key) const {
    if (members_.empty()) return object_.find(key);
    const auto member = std::lower_bound(members_.begin(), members_.end(), key,
                                         [](const Member* m, std::string_view k) { return m->key < k; });
    return member == members_.end() || (*member)->key != key ? nullptr : &(*member)->value;
  }

 private:
  const Object& object_;
  std::vector<const Member*> members_;
};

bool equal_objects(const Object& a, const Object& b) {
  if (a.size() != b.size()) return false;
  const Index index(b);
  return std::all_of(a.begin(), a.end(), [&](const Member& member) {
    const Value* other = index.find(member.key);
    return other != nullptr && member.value == *other;
  });
}

}  // namespace

Object::Object(std::initializer_list<Member> members) : members_(members) {}

const Value* Object::find(std::string_view key) const {
  for (const Member& member : members_) {
    if (member.key == key) return &member.value;
  }
  return nullptr;
}

Value* Object::find(std::string_view key) { return const_cast<Value*>(std::as_const(*this).find(key)); }

Value& Object::set(std::string_view key, Value value) {
  if (Value* existing = find(key)) return *existing = std::move(value);
  members_.push_back({std::string(key), std::move(value)});
  return members_.back().value;
}

Value& Object::operator[](std::string_view key) {
  if (Value* existing = find(key)) return *existing;
  members_.push_back({std::string(key), {}});
  return members_.back().value;
}

bool Object::erase(std::string_view key) {
  return std::erase_if(members_, [&](const Member& member) { return member.key == key; }) != 0;
}

void Object::append(std::string key, Value value) { members_.push_back({std::move(key), std::move(value)}); }
void Object::reserve(std::size_t n) { members_.reserve(n); }

Object::Object() = default;
Object::Object(const Object&) = default;
Object::Object(Object&&) noexcept = default;
Object& Object::operator=(const Object&) = default;
Object& Object::operator=(Object&&) noexcept = default;
Object::~Object() = default;

Member::Member() = default;
Member::Member(std::string k, Value v) : key(std::move(k)), value(std::move(v)) {}
Member::Member(const Member&) = default;
Member::Member(Member&&) noexcept = default;
Member& Member::operator=(const Member&) = default;
Member& Member::operator=(Member&&) noexcept = default;
Member::~Member() = default;

Value::Value() noexcept = default;
Value::Value(const Value&) = default;
Value::Value(Value&&) noexcept = default;
Value& Value::operator=(const Value&) = default;
Value& Value::operator=(Value&&) noexcept = default;
Value::~Value() = default;
Value::Value(std::nullptr_t) noexcept {}
Value::Value(bool value) : data_(value) {}
Value::Value(int value) : data_(Number{std::to_string(value)}) {}
Value::Value(long value) : data_(Number{std::to_string(value)}) {}
Value::Value(long long value) : data_(Number{std::to_string(value)}) {}
Value::Value(unsigned value) : data_(Number{std::to_string(value)}) {}
Value::Value(unsigned long value) : data_(Number{std::to_string(value)}) {}
Value::Value(unsigned long long value) : data_(Number{std::to_string(value)}) {}
Value::Value(const char* value) : data_(std::string(value)) {}
Value::Value(std::string_view value) : data_(std::string(value)) {}
Value::Value(std::string value) : data_(std::move(value)) {}
Value::Value(Number value) : data_(std::move(value)) {}
Value::Value(Array value) : data_(std::move(value)) {}
Value::Value(Object value) : data_(std::move(value)) {}

Value::Value(double value) {
  TP_ASSERT(std::isfinite(value));
  char buffer[32];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
  data_ = Number{std::string(buffer, end)};
}

std::string_view Value::type_name() const {
  constexpr std::string_view kNames[] = {"null", "boolean", "number", "string", "array", "object"};
  return kNames[data_.index()];
}

const std::string& Value::as_string() const {
  TP_ASSERT(is_string());
  return *if_string();
}
const Array& Value::as_array() const {
  TP_ASSERT(is_array());
  return *if_array();
}
Array& Value::as_array() {
  TP_ASSERT(is_array());
  return *if_array();
}
const Object& Value::as_object() const {
  TP_ASSERT(is_object());
  return *if_object();
}
Object& Value::as_object() {
  TP_ASSERT(is_object());
  return *if_object();
}

std::optional<std::int64_t> Value::as_int() const {
  const Number* number = if_number();
  if (number == nullptr) return std::nullopt;
  std::int64_t out = 0;
  const char* end = number->text.data() + number->text.size();
  const auto [stop, failure] = std::from_chars(number->text.data(), end, out);
  if (failure != std::errc{} || stop != end) return std::nullopt;
  return out;
}

std::optional<double> Value::as_double() const {
  const Number* number = if_number();
  if (number == nullptr) return std::nullopt;
  double out = 0;
  const char* end = number->text.data() + number->text.size();
  const auto [stop, failure] = std::from_chars(number->text.data(), end, out);
  if (failure != std::errc{} || stop != end) return std::nullopt;
  return out;
}

const Value* Value::find(std::string_view key) const {
  const Object* object = if_object();
  return object == nullptr ? nullptr : object->find(key);
}

std::string_view Value::text() const {
  const std::string* string = if_string();
  return string == nullptr ? std::string_view{} : std::string_view(*string);
}

Value& Value::operator[](std::string_view key) {
  if (is_null()) data_ = Object{};
  return as_object()[key];
}

const Value& Value::null() {
  static const Value kNull;
  return kNull;
}

bool operator==(const Value& a, const Value& b) {
  if (a.data_.index() != b.data_.index()) return false;
  if (const Number* number = a.if_number()) return equal_numbers(*number, *b.if_number());
  if (const Object* object = a.if_object()) return equal_objects(*object, b.as_object());
  if (const Array* array = a.if_array()) return *array == b.as_array();
  if (const std::string* string = a.if_string()) return *string == b.as_string();
  if (const bool* boolean = a.if_bool()) return *boolean == *b.if_bool();
  return true;
}

Result<Value> parse(std::string_view text, const ParseOptions& options) {
  TextReader reader(text, options);
  TP_CHECK(reader.check());
  return reader.read<rapidjson::kParseNoFlags>();
}

Result<std::vector<Text>> parse_many(std::string_view text, const ParseOptions& options) {
  TextReader reader(text, options);
  TP_CHECK(reader.check());
  std::vector<Text> out;
  while (reader.has_more()) {
    const std::size_t line = reader.line();
    TP_TRY(Value value, reader.read<rapidjson::kParseStopWhenDoneFlag>());
    out.push_back({std::move(value), line});
  }
  return out;
}

void append_string(std::string& out, std::string_view text) {
  constexpr char kHex[] = "0123456789abcdef";
  out += '"';
  std::size_t start = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20 && c != '"' && c != '\\') continue;
    out.append(text, start, i - start);
    start = i + 1;
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default:
        out += "\\u00";
        out += kHex[c >> 4];
        out += kHex[c & 15];
    }
  }
  out.append(text, start, text.size() - start);
  out += '"';
}

void dump_to(std::string& out, const Value& value) {
  if (const std::string* string = value.if_string()) {
    append_string(out, *string);
  } else if (const Number* number = value.if_number()) {
    out += number->text;
  } else if (const bool* boolean = value.if_bool()) {
    out += *boolean ? "true" : "false";
  } else if (const Object* object = value.if_object()) {
    out += '{';
    for (bool first = true; const Member& member : *object) {
      if (!std::exchange(first, false)) out += ',';
      append_string(out, member.key);
      out += ':';
      dump_to(out, member.value);
    }
    out += '}';
  } else if (const Array* array = value.if_array()) {
    out += '[';
    for (bool first = true; const Value& element : *array) {
      if (!std::exchange(first, false)) out += ',';
      dump_to(out, element);
    }
    out += ']';
  } else {
    out += "null";
  }
}

std::string dump(const Value& value) {
  std::string out;
  dump_to(out, value);
  return out;
}

std::string dump_pretty(const Value& value, int indent) {
  std::string out;
  dump_indented(out, value, indent, 0);
  return out;
}

Value make_merge_patch(const Value& from, const Value& to) {
  const Index before(from.as_object());
  const Index after(to.as_object());
  Object patch;
  for (const Member& member : from.as_object()) {
    if (after.find(member.key) == nullptr) patch.append(member.key, nullptr);
  }
  for (const Member& member : to.as_object()) {
    const Value* old = before.find(member.key);
    if (old == nullptr) {
      patch.append(member.key, member.value);
    } else if (*old != member.value) {
      const bool nested = old->is_object() && member.value.is_object();
      patch.append(member.key, nested ? make_merge_patch(*old, member.value) : member.value);
    }
  }
  return patch;
}

void apply_merge_patch(Value& target, const Value& patch) {
  const Object* changes = patch.if_object();
  if (changes == nullptr) {
    target = patch;
    return;
  }
  if (!target.is_object()) target = Object{};
  for (const Member& change : *changes) {
    if (change.value.is_null()) {
      target.as_object().erase(change.key);
    } else {
      apply_merge_patch(target.as_object()[change.key], change.value);
    }
  }
}

std::string canonical(const Value& value) { return dump(sorted(value)); }

}  // namespace threeport::base::json
