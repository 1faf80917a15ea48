#include "score/reader.h"

#include <algorithm>

#include "base/text.h"

namespace threeport::score {
namespace {

bool is_lower_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
bool is_of_a_name(char c) { return is_lower_or_digit(base::to_lower(c)) || c == '-' || c == '_'; }

/// What the value is, in the words of YAML.
std::string_view word_for(const json::Value& value) {
  if (value.is_null()) return "empty";
  if (value.is_object()) return "a map";
  if (value.is_array()) return "a list";
  if (value.is_string()) return "a text";
  return value.is_bool() ? "true or false" : "a number";
}

}  // namespace

std::string member_path(std::string_view path, std::string_view key) {
  std::string out(path);
  if (!key.empty() && std::all_of(key.begin(), key.end(), is_of_a_name)) {
    return out + (out.empty() ? "" : ".") + std::string(key);
  }
  out += '[';
  json::append_string(out, key);
  return out + "]";
}

bool is_label(std::string_view text) {
  return text.size() >= 2 && text.size() <= 63 && is_lower_or_digit(text.front()) && is_lower_or_digit(text.back()) &&
         std::all_of(text.begin(), text.end(), [](char c) { return is_lower_or_digit(c) || c == '-'; });
}

base::Error Node::error(std::string_view rule) const {
  return base::invalid((path_.empty() ? "the Score file" : path_) + ": " + std::string(rule));
}

Node Node::at(std::string_view key) const { return {value_->at(key), member_path(path_, key)}; }

base::Result<Node> Node::required(std::string_view key) const {
  if (!has(key)) return at(key).error("is missing, and required");
  return at(key);
}

base::Result<> Node::is_object_of(std::initializer_list<std::string_view> keys) const {
  const json::Object* object = value_->if_object();
  if (object == nullptr) {
    return error("must be a map of " + base::join(keys, ", ") + ", but is " + std::string(word_for(*value_)));
  }
  for (const json::Member& member : *object) {
    if (std::find(keys.begin(), keys.end(), member.key) == keys.end()) {
      return at(member.key).error("there is no such member; there are " + base::join(keys, ", "));
    }
  }
  return {};
}

base::Result<std::vector<Node::Entry>> Node::entries() const {
  const json::Object* object = value_->if_object();
  if (object == nullptr) return error("must be a map, but is " + std::string(word_for(*value_)));
  std::vector<Entry> out;
  for (const json::Member& member : *object) {
    out.push_back({member.key, Node(member.value, member_path(path_, member.key))});
  }
  return out;
}

base::Result<std::vector<Node::Entry>> Node::labelled() const {
  TP_TRY(std::vector<Entry> out, entries());
  for (const Entry& entry : out) {
    if (!is_label(entry.key)) return entry.node.error("the name " + std::string(kLabelRule));
  }
  return out;
}

base::Result<std::string> Node::text() const {
  if (const std::string* text = value_->if_string()) return *text;
  const bool is_scalar = value_->is_number() || value_->is_bool();
  return error("must be a text, but is " + std::string(word_for(*value_)) + (is_scalar ? "; put it in quotes" : ""));
}

base::Result<std::string> Node::text_that_is_not_empty() const {
  TP_TRY(std::string out, text());
  if (out.empty()) return error("must not be empty");
  return out;
}

base::Result<std::string> Node::one_of(std::initializer_list<std::string_view> values) const {
  TP_TRY(std::string out, text());
  if (std::find(values.begin(), values.end(), out) == values.end()) {
    return error("must be one of " + base::join(values, ", ") + ", but is \"" + out + "\"");
  }
  return out;
}

base::Result<std::vector<std::string>> Node::texts() const {
  const json::Array* list = value_->if_array();
  if (list == nullptr) return error("must be a list of texts, but is " + std::string(word_for(*value_)));
  std::vector<std::string> out;
  for (std::size_t i = 0; i < list->size(); ++i) {
    TP_TRY(std::string element, Node((*list)[i], path_ + "[" + std::to_string(i) + "]").text());
    out.push_back(std::move(element));
  }
  return out;
}

base::Result<bool> Node::boolean() const {
  if (const bool* value = value_->if_bool()) return *value;
  return error("must be true or false, but is " + std::string(word_for(*value_)));
}

base::Result<std::int64_t> Node::port() const {
  const auto number = value_->as_int();
  if (!number || *number < 1 || *number > 65535) return error("must be a number from 1 to 65535");
  return *number;
}

}  // namespace threeport::score
