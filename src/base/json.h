// JSON as the control plane needs it: members keep their order and numbers keep their text, so that a document that is
// read and written back is the document that came in.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"

namespace threeport::base::json {

class Value;
using Array = std::vector<Value>;
struct Member;

/// A JSON number, kept as its text (RFC 8259 grammar).
struct Number {
  std::string text;
  friend bool operator==(const Number&, const Number&) = default;
};

/// Members in the order of the text. Look-ups are linear: objects of an API are small.
class Object {
 public:
  Object();
  Object(std::initializer_list<Member> members);
  Object(const Object&);
  Object(Object&&) noexcept;
  Object& operator=(const Object&);
  Object& operator=(Object&&) noexcept;
  ~Object();

  [[nodiscard]] const Value* find(std::string_view key) const;
  [[nodiscard]] Value* find(std::string_view key);
  /// Sets or appends a member; returns its value.
  Value& set(std::string_view key, Value value);
  /// The member's value, appended as null where it is absent.
  Value& operator[](std::string_view key);
  /// True if there was such a member.
  bool erase(std::string_view key);
  [[nodiscard]] bool contains(std::string_view key) const { return find(key) != nullptr; }

  [[nodiscard]] bool empty() const;
  [[nodiscard]] std::size_t size() const;
  // Iteration over Member, in order; defined below, where Member is complete.
  [[nodiscard]] std::vector<Member>::const_iterator begin() const;
  [[nodiscard]] std::vector<Member>::const_iterator end() const;
  [[nodiscard]] std::vector<Member>::iterator begin();
  [[nodiscard]] std::vector<Member>::iterator end();
  /// Appends without looking for the key: for keys that are known to be new.
  void append(std::string key, Value value);
  void reserve(std::size_t n);

 private:
  std::vector<Member> members_;
};

/// Any JSON value. Equality ignores the order of members and compares numbers by value (1 == 1.0): integers of any size
/// exactly, others as doubles, what no double holds by text.
class Value {
 public:
  // The special members and conversions are compiled once: inlined into every user they made up most of the build.
  Value() noexcept;
  Value(const Value&);
  Value(Value&&) noexcept;
  Value& operator=(const Value&);
  Value& operator=(Value&&) noexcept;
  ~Value();
  Value(std::nullptr_t) noexcept;   // NOLINT: implicit on purpose, as all below
  Value(bool value);                // NOLINT
  Value(int value);                 // NOLINT
  Value(long value);                // NOLINT
  Value(long long value);           // NOLINT
  Value(unsigned value);            // NOLINT
  Value(unsigned long value);       // NOLINT
  Value(unsigned long long value);  // NOLINT
  Value(double value);              // NOLINT
  Value(const char* value);         // NOLINT
  Value(std::string_view value);    // NOLINT
  Value(std::string value);         // NOLINT
  Value(Number value);              // NOLINT
  Value(Array value);               // NOLINT
  Value(Object value);              // NOLINT
  /// A pointer is no boolean.
  template <typename T>
  Value(const T* value) = delete;

  [[nodiscard]] bool is_null() const { return std::holds_alternative<std::monostate>(data_); }
  [[nodiscard]] bool is_bool() const { return std::holds_alternative<bool>(data_); }
  [[nodiscard]] bool is_number() const { return std::holds_alternative<Number>(data_); }
  [[nodiscard]] bool is_string() const { return std::holds_alternative<std::string>(data_); }
  [[nodiscard]] bool is_array() const { return std::holds_alternative<Array>(data_); }
  [[nodiscard]] bool is_object() const { return std::holds_alternative<Object>(data_); }
  /// "null", "boolean", "number", "string", "array" or "object": for messages.
  [[nodiscard]] std::string_view type_name() const;

  // The contents, or nullptr where the value is of another type.
  [[nodiscard]] const bool* if_bool() const { return std::get_if<bool>(&data_); }
  [[nodiscard]] const Number* if_number() const { return std::get_if<Number>(&data_); }
  [[nodiscard]] const std::string* if_string() const { return std::get_if<std::string>(&data_); }
  [[nodiscard]] const Array* if_array() const { return std::get_if<Array>(&data_); }
  [[nodiscard]] Array* if_array() { return std::get_if<Array>(&data_); }
  [[nodiscard]] const Object* if_object() const { return std::get_if<Object>(&data_); }
  [[nodiscard]] Object* if_object() { return std::get_if<Object>(&data_); }
  [[nodiscard]] std::string* if_string() { return std::get_if<std::string>(&data_); }

  // Preconditions: the value is of that type (TP_ASSERT).
  [[nodiscard]] const std::string& as_string() const;
  [[nodiscard]] const Array& as_array() const;
  [[nodiscard]] Array& as_array();
  [[nodiscard]] const Object& as_object() const;
  [[nodiscard]] Object& as_object();

  /// The integer, if the value is a number without fraction or exponent that fits (so none for 1.0).
  [[nodiscard]] std::optional<std::int64_t> as_int() const;
  [[nodiscard]] std::optional<double> as_double() const;

  /// Member `key` if this is an object that has it, else nullptr.
  [[nodiscard]] const Value* find(std::string_view key) const;
  /// Walks nested objects: at("metadata", "labels"). A shared null where anything on the way is absent.
  template <typename... Keys>
  [[nodiscard]] const Value& at(std::string_view key, Keys... rest) const {
    const Value* next = find(key);
    if (next == nullptr) return null();
    if constexpr (sizeof...(rest) == 0) {
      return *next;
    } else {
      return next->at(rest...);
    }
  }
  /// The text if this is a string, else "".
  [[nodiscard]] std::string_view text() const;
  /// Member `key`, appended where absent; a null becomes an object first. Precondition: null or object.
  Value& operator[](std::string_view key);

  static const Value& null();
  friend bool operator==(const Value& a, const Value& b);

 private:
  std::variant<std::monostate, bool, Number, std::string, Array, Object> data_;
};

struct Member {
  Member();
  Member(std::string key, Value value);
  Member(const Member&);
  Member(Member&&) noexcept;
  Member& operator=(const Member&);
  Member& operator=(Member&&) noexcept;
  ~Member();

  std::string key;
  Value value;
};

inline bool Object::empty() const { return members_.empty(); }
inline std::size_t Object::size() const { return members_.size(); }
inline std::vector<Member>::const_iterator Object::begin() const { return members_.begin(); }
inline std::vector<Member>::const_iterator Object::end() const { return members_.end(); }
inline std::vector<Member>::iterator Object::begin() { return members_.begin(); }
inline std::vector<Member>::iterator Object::end() { return members_.end(); }

enum class DuplicateKeys { last_wins, refuse };

struct ParseOptions {
  std::size_t max_depth = 512;
  DuplicateKeys duplicate_keys = DuplicateKeys::last_wins;
};

/// Parses one JSON text (RFC 8259, UTF-8 checked, no trailing content, no number above the largest double). A duplicate
/// key: the last value counts, at the first one's place. Error `invalid`: "line 3, column 7: <what is wrong>", the
/// column in characters.
Result<Value> parse(std::string_view text, const ParseOptions& options = {});

struct Text {
  Value value;
  std::size_t line = 1;  ///< where it starts
};
/// Parses any number of JSON texts, one after the other. Errors as parse().
Result<std::vector<Text>> parse_many(std::string_view text, const ParseOptions& options = {});

/// Compact text. Strings are escaped as RFC 8259 demands and no further.
std::string dump(const Value& value);
void dump_to(std::string& out, const Value& value);
/// Indented text.
std::string dump_pretty(const Value& value, int indent = 2);
/// Appends `text` as a JSON string with quotes.
void append_string(std::string& out, std::string_view text);

/// The JSON merge patch (RFC 7386) that turns `from` into `to`; an empty object where they are equal. Both are objects.
/// A member of `to` that is null cannot be told from an absent one: applying the patch leaves it out.
Value make_merge_patch(const Value& from, const Value& to);
/// Applies a JSON merge patch (RFC 7386).
void apply_merge_patch(Value& target, const Value& patch);
/// Compact text with sorted keys and one form of each number: equal values have equal texts, others have not. For
/// hashing.
std::string canonical(const Value& value);

}  // namespace threeport::base::json

namespace threeport::json {
using namespace base::json;
}
