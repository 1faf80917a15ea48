#include <algorithm>
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

#include "base/json.h"
#include "base/utf8.h"

namespace threeport::base::json {
namespace {

/// A key that is there more than once.
const std::string* find_duplicate(const Object& object) {
  constexpr std::size_t kSmall = 16;
  if (object.size() <= kSmall) {
    for (auto a = object.begin(); a != object.end(); ++a) {
      for (auto b = object.begin(); b != a; ++b) {
        if (a->key == b->key) return &a->key;
      }
    }
    return nullptr;
  }
  std::vector<const std::string*> keys;
  keys.reserve(object.size());
  for (const Member& member : object) keys.push_back(&member.key);
  std::sort(keys.begin(), keys.end(), [](const std::string* a, const std::string* b) { return *a < *b; });
  const auto same =
      std::adjacent_find(keys.begin(), keys.end(), [](const std::string* a, const std::string* b) { return *a == *b; });
  return same == keys.end() ? nullptr : *same;
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

}  // namespace

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

}  // namespace threeport::base::json
