#include "base/json.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>

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

namespace threeport::base::json {
namespace {

/// Builds a Value from RapidJSON's events. Refuses what nests too deep.
class Builder {
 public:
  explicit Builder(std::size_t max_depth) : max_depth_(max_depth) {}

  bool Null() { return add(nullptr); }
  bool Bool(bool b) { return add(b); }
  bool RawNumber(const char* text, std::size_t length, bool) { return add(Number{std::string(text, length)}); }
  bool String(const char* text, std::size_t length, bool) { return add(std::string(text, length)); }
  bool Key(const char* text, std::size_t length, bool) {
    stack_.back().key.assign(text, length);
    return true;
  }
  bool StartObject() { return open(Object{}); }
  bool StartArray() { return open(Array{}); }
  bool EndObject(std::size_t) { return close(); }
  bool EndArray(std::size_t) { return close(); }
  // Not called with kParseNumbersAsStringsFlag, but part of the handler's interface.
  bool Int(int) { return false; }
  bool Uint(unsigned) { return false; }
  bool Int64(std::int64_t) { return false; }
  bool Uint64(std::uint64_t) { return false; }
  bool Double(double) { return false; }

  [[nodiscard]] bool too_deep() const { return too_deep_; }
  Value take() { return std::move(root_); }

 private:
  struct Frame {
    Value container;
    std::string key;
  };

  bool open(Value container) {
    if (stack_.size() >= max_depth_) {
      too_deep_ = true;
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
      top.container.as_object().set(top.key, std::move(value));
    }
    return true;
  }

  std::size_t max_depth_;
  bool too_deep_ = false;
  std::vector<Frame> stack_;
  Value root_;
};

std::string position(std::string_view text, std::size_t offset) {
  offset = std::min(offset, text.size());
  const std::string_view before = text.substr(0, offset);
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const std::size_t start = before.rfind('\n');
  const std::size_t column = offset - (start == std::string_view::npos ? 0 : start + 1) + 1;
  return "line " + std::to_string(line) + ", column " + std::to_string(column);
}

bool equal_numbers(const Number& a, const Number& b) {
  if (a.text == b.text) return true;
  const bool integers =
      a.text.find_first_of(".eE") == std::string::npos && b.text.find_first_of(".eE") == std::string::npos;
  if (integers) return (a.text == "-0" ? "0" : a.text) == (b.text == "-0" ? "0" : b.text);
  return Value(a).as_double() == Value(b).as_double();
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
    std::vector<const Member*> members;
    for (const Member& member : *object) members.push_back(&member);
    std::sort(members.begin(), members.end(), [](const Member* a, const Member* b) { return a->key < b->key; });
    Object out;
    for (const Member* member : members) out.append(member->key, sorted(member->value));
    return out;
  }
  return value;
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
  if (const Object* object = a.if_object()) {
    if (object->size() != b.as_object().size()) return false;
    return std::all_of(object->begin(), object->end(), [&](const Member& member) {
      const Value* other = b.find(member.key);
      return other != nullptr && member.value == *other;
    });
  }
  if (const Array* array = a.if_array()) return *array == b.as_array();
  if (const std::string* string = a.if_string()) return *string == b.as_string();
  if (const bool* boolean = a.if_bool()) return *boolean == *b.if_bool();
  return true;
}

Result<Value> parse(std::string_view text, const ParseOptions& options) {
  constexpr unsigned kFlags =
      rapidjson::kParseIterativeFlag | rapidjson::kParseNumbersAsStringsFlag | rapidjson::kParseValidateEncodingFlag;
  // RapidJSON's memory stream reads a NUL as the end of the text.
  if (const std::size_t nul = text.find('\0'); nul != std::string_view::npos) {
    return invalid(position(text, nul) + ": a NUL byte is not allowed in JSON");
  }
  rapidjson::MemoryStream stream(text.data(), text.size());
  rapidjson::EncodedInputStream<rapidjson::UTF8<>, rapidjson::MemoryStream> input(stream);
  rapidjson::Reader reader;
  Builder builder(options.max_depth);
  if (const auto outcome = reader.Parse<kFlags>(input, builder); outcome.IsError()) {
    const std::string what = builder.too_deep() ? "nested deeper than " + std::to_string(options.max_depth) + " levels"
                                                : rapidjson::GetParseError_En(outcome.Code());
    return invalid(position(text, outcome.Offset()) + ": " + what);
  }
  return builder.take();
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
  Object patch;
  for (const Member& member : from.as_object()) {
    if (to.find(member.key) == nullptr) patch.append(member.key, nullptr);
  }
  for (const Member& member : to.as_object()) {
    const Value* before = from.find(member.key);
    if (before == nullptr) {
      patch.append(member.key, member.value);
    } else if (*before != member.value) {
      const bool nested = before->is_object() && member.value.is_object();
      patch.append(member.key, nested ? make_merge_patch(*before, member.value) : member.value);
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
