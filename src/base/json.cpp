#include "base/json.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

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
