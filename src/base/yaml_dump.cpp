#include <array>
#include <string>
#include <string_view>

#include "base/utf8.h"
#include "base/yaml.h"
#include "base/yaml_scalar.h"

namespace threeport::base::yaml {
namespace {

/// Longer keys need the form `? key`, as YAML limits simple ones to 1024 characters.
constexpr std::size_t kMaxSimpleKey = 1000;

/// Line and paragraph separators, C1 controls and the BOM: legal in JSON strings, but invisible or breaks in YAML.
bool is_unsafe_character(std::string_view character) {
  if (character.size() == 2) return character[0] == '\xC2' && static_cast<unsigned char>(character[1]) < 0xA0;
  return character == "\xE2\x80\xA8" || character == "\xE2\x80\xA9" || character == "\xEF\xBB\xBF" ||
         character == "\xEF\xBF\xBE" || character == "\xEF\xBF\xBF";
}

struct Traits {
  bool has_newline = false;
  bool needs_escapes = false;     ///< only double quotes can show it
  bool has_indicator = false;     ///< ": ", " #" or a space at an end: not plain
  bool has_odd_line_end = false;  ///< a blank before a line's end: no literal block, for the reader's sake
};

Traits inspect(std::string_view text) {
  Traits traits;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = utf8_length_at(text, i);
    const char c = text[i];
    if (c == '\n') {
      traits.has_newline = true;
      if (i > 0 && (text[i - 1] == ' ' || text[i - 1] == '\t')) traits.has_odd_line_end = true;
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      traits.needs_escapes = traits.needs_escapes || c != '\t';
      traits.has_indicator = true;
    } else if (is_unsafe_character(text.substr(i, length))) {
      traits.needs_escapes = true;
    }
    const char next = i + 1 < text.size() ? text[i + 1] : ' ';
    if (c == ':' && (next == ' ' || next == '\n' || next == '\t')) traits.has_indicator = true;
    if (c == '#' && i > 0 && (text[i - 1] == ' ' || text[i - 1] == '\t')) traits.has_indicator = true;
    i += length;
  }
  if (!text.empty() && (text.front() == ' ' || text.back() == ' ')) traits.has_indicator = true;
  return traits;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// What other readers of YAML 1.1 take for a time or a number of base 60.
bool looks_like_time(std::string_view text) {
  if (text.empty() || !(is_digit(text.front()) || text.front() == '-' || text.front() == '+')) return false;
  const bool is_base_60 =
      text.find(':') != std::string_view::npos && text.find_first_not_of("0123456789:._+-") == std::string_view::npos;
  const bool is_date =
      text.size() >= 8 && is_digit(text[1]) && is_digit(text[2]) && is_digit(text[3]) && text[4] == '-';
  return is_base_60 || is_date;
}

bool can_be_plain(std::string_view text, const Traits& traits) {
  if (text.empty() || traits.has_newline || traits.needs_escapes || traits.has_indicator) return false;
  if (std::string_view("!&*|>@`%{}[],#?:\"'=~<").find(text.front()) != std::string_view::npos) return false;
  if (text.front() == '-' && (text.size() == 1 || text[1] == ' ')) return false;
  if (text.starts_with("---") || text.starts_with("...")) return false;
  if (looks_like_time(text)) return false;
  const auto read = resolve_scalar("", text);
  return read.has_value() && std::holds_alternative<std::string>(*read);
}

/// A literal block shows the text as it is, if its first line tells the indentation.
bool can_be_literal(std::string_view text, const Traits& traits) {
  return traits.has_newline && !traits.needs_escapes && !traits.has_odd_line_end && text.front() != ' ' &&
         text.front() != '\n' && text.front() != '\t' && text.back() != ' ' && text.back() != '\t';
}

void append_single_quoted(std::string& out, std::string_view text) {
  out += '\'';
  for (const char c : text) {
    if (c == '\'') out += '\'';
    out += c;
  }
  out += '\'';
}

void append_double_quoted(std::string& out, std::string_view text) {
  std::string escaped;
  json::append_string(escaped, text);
  for (std::size_t i = 0; i < escaped.size();) {
    const std::size_t length = utf8_length_at(escaped, i);
    const std::string_view character = std::string_view(escaped).substr(i, length);
    if (character == "\x7F") {
      out += "\\x7f";
    } else if (length == 2 && is_unsafe_character(character)) {
      constexpr std::string_view kHex = "0123456789abcdef";
      const auto low = static_cast<unsigned char>(character[1]);
      out += "\\x";
      out += kHex[low >> 4];
      out += kHex[low & 15];
    } else if (is_unsafe_character(character)) {
      out += character == "\xE2\x80\xA8"   ? "\\u2028"
             : character == "\xE2\x80\xA9" ? "\\u2029"
             : character == "\xEF\xBB\xBF" ? "\\ufeff"
             : character == "\xEF\xBF\xBE" ? "\\ufffe"
                                           : "\\uffff";
    } else {
      out += character;
    }
    i += length;
  }
}

class Writer {
 public:
  /// Writes what follows `- `, `key:` or nothing, up to and with the newline.
  enum class After { start, dash, key };

  void write(const json::Value& value, std::size_t indent, After after) {
    if (const json::Object* object = value.if_object(); object != nullptr && !object->empty()) {
      write_object(*object, indent, after);
    } else if (const json::Array* array = value.if_array(); array != nullptr && !array->empty()) {
      write_array(*array, indent, after);
    } else {
      if (after == After::key) out_ += ' ';
      write_leaf(value, indent);
      out_ += '\n';
    }
  }
  std::string take() { return std::move(out_); }

 private:
  void write_object(const json::Object& object, std::size_t indent, After after) {
    if (after == After::key) out_ += '\n';
    bool on_line = after == After::dash;
    for (const json::Member& member : object) {
      if (!std::exchange(on_line, false)) out_.append(indent, ' ');
      write_key(member.key, indent);
      // As kubectl shows it, a sequence is not indented below its key.
      const bool is_sequence = member.value.is_array();
      write(member.value, is_sequence ? indent : indent + 2, After::key);
    }
  }
  void write_array(const json::Array& array, std::size_t indent, After after) {
    if (after == After::key) out_ += '\n';
    bool on_line = after == After::dash;
    for (const json::Value& element : array) {
      if (!std::exchange(on_line, false)) out_.append(indent, ' ');
      out_ += "- ";
      write(element, indent + 2, After::dash);
    }
  }
  void write_key(std::string_view key, std::size_t indent) {
    if (key.size() > kMaxSimpleKey) {
      out_ += "? ";
      append_double_quoted(out_, clean(key));
      out_ += '\n';
      out_.append(indent, ' ');
    } else {
      const std::string text = clean(key);
      write_line(text, inspect(text));
    }
    out_ += ':';
  }
  void write_leaf(const json::Value& value, std::size_t indent) {
    const std::string* string = value.if_string();
    if (string == nullptr) {
      json::dump_to(out_, value);
      return;
    }
    const std::string text = clean(*string);
    const Traits traits = inspect(text);
    if (can_be_literal(text, traits)) {
      write_literal(text, indent);
    } else {
      write_line(text, traits);
    }
  }
  void write_line(std::string_view text, const Traits& traits) {
    if (can_be_plain(text, traits)) {
      out_ += text;
    } else if (traits.has_newline || traits.needs_escapes) {
      append_double_quoted(out_, text);
    } else {
      append_single_quoted(out_, text);
    }
  }
  /// Without the last newline, which every leaf gets.
  void write_literal(std::string_view text, std::size_t indent) {
    const bool ends = text.back() == '\n';
    const bool ends_twice = ends && text.size() > 1 && text[text.size() - 2] == '\n';
    out_ += ends_twice ? "|+" : ends ? "|" : "|-";
    if (ends) text.remove_suffix(1);
    while (true) {
      const std::size_t end = text.find('\n');
      const std::string_view line = text.substr(0, end);
      out_ += '\n';
      if (!line.empty()) out_.append(indent == 0 ? 2 : indent, ' ').append(line);
      if (end == std::string_view::npos) break;
      text.remove_prefix(end + 1);
    }
  }
  static std::string clean(std::string_view text) { return replace_invalid_utf8(text); }

  std::string out_;
};

}  // namespace

std::string dump(const json::Value& value) {
  Writer writer;
  writer.write(value, 0, Writer::After::start);
  return writer.take();
}

}  // namespace threeport::base::yaml
