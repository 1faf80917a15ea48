// Structured logs: a constant message, and fields for the data.
//   2030-01-02T03:04:05Z INFO workload applied id=17 objects=5 cluster="my cluster"
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.h"
#include "base/secret.h"

namespace threeport::base::log {

enum class Level { debug, info, warn, error };
enum class Format { text, json };

struct Options {
  Level level = Level::info;
  Format format = Format::text;
};

/// Chooses level and format. main() calls it once, before it starts threads; without it: info, text.
void configure(const Options& options);
/// Whether lines of this level are written: for fields that are costly to make.
bool is_enabled(Level level);
/// `debug`, `info`, `warn` or `error`. Error `invalid`.
Result<Level> parse_level(std::string_view name);

/// A message is a string literal: data belongs into fields, so that lines of one event can be counted and searched.
class Message {
 public:
  consteval Message(const char* text) : text_(text) {}  // NOLINT: implicit on purpose
  [[nodiscard]] std::string_view text() const { return text_; }

 private:
  std::string_view text_;
};

/// `{"key", value}` with a string, a number, a boolean or an Error (its message and detail). Holds references: make it
/// in the call only. There is no field of a Secret. In JSON lines `time`, `level` and `message` are taken.
class Field {
 public:
  using Data = std::variant<std::string_view, std::int64_t, std::uint64_t, double, bool, const Error*>;

  template <std::convertible_to<std::string_view> Text>
  Field(std::string_view key, const Text& value) : key_(key), data_(std::string_view(value)) {}
  template <std::signed_integral Number>
  Field(std::string_view key, Number value) : key_(key), data_(static_cast<std::int64_t>(value)) {}
  template <std::unsigned_integral Number>
  Field(std::string_view key, Number value) : key_(key), data_(static_cast<std::uint64_t>(value)) {}
  Field(std::string_view key, double value) : key_(key), data_(value) {}
  Field(std::string_view key, bool value) : key_(key), data_(value) {}
  Field(std::string_view key, const Error& error) : key_(key), data_(&error) {}
  template <typename T>
  Field(std::string_view key, const Secret<T>& value) = delete;

  [[nodiscard]] std::string_view key() const { return key_; }
  [[nodiscard]] const Data& data() const { return data_; }

 private:
  std::string_view key_;
  Data data_;
};
using Fields = std::initializer_list<Field>;

/// Write one line to standard error, whole even when several threads write. Never fail; bytes that are no UTF-8 become
/// U+FFFD, control characters are escaped. Thread-safe.
void debug(Message message, Fields fields = {});
void info(Message message, Fields fields = {});
void warn(Message message, Fields fields = {});
void error(Message message, Fields fields = {});

}  // namespace threeport::base::log

namespace threeport::log {
using namespace base::log;
}
