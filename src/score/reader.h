// Reads members of a document; each error has the path of the member, such as `containers.web.image`.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace threeport::score {

/// `path.key`, or `path["key"]` where the key has other characters than a name.
std::string member_path(std::string_view path, std::string_view key);

/// RFC 1123 label of 2 to 63 characters.
bool is_label(std::string_view text);
inline constexpr std::string_view kLabelRule =
    "must be 2 to 63 characters of a-z, 0-9 and -, with a letter or digit at both ends";

/// A value of the document and where it stands. The document outlives it.
class Node {
 public:
  Node(const json::Value& value, std::string path) : value_(&value), path_(std::move(path)) {}

  [[nodiscard]] const json::Value& value() const { return *value_; }
  [[nodiscard]] const std::string& path() const { return path_; }
  /// `path: rule`.
  [[nodiscard]] base::Error error(std::string_view rule) const;

  // Of objects; every other value has no members.
  [[nodiscard]] bool has(std::string_view key) const { return value_->find(key) != nullptr; }
  /// Null where it is absent.
  [[nodiscard]] Node at(std::string_view key) const;
  [[nodiscard]] base::Result<Node> required(std::string_view key) const;

  /// Error unless it is an object without members but these.
  [[nodiscard]] base::Result<> is_object_of(std::initializer_list<std::string_view> keys) const;
  struct Entry;
  /// Members of an object; none where the value is null because it is absent.
  [[nodiscard]] base::Result<std::vector<Entry>> entries() const;
  /// As entries(), where every key is a label.
  [[nodiscard]] base::Result<std::vector<Entry>> labelled() const;

  [[nodiscard]] base::Result<std::string> text() const;
  [[nodiscard]] base::Result<std::string> text_that_is_not_empty() const;
  [[nodiscard]] base::Result<std::string> one_of(std::initializer_list<std::string_view> values) const;
  [[nodiscard]] base::Result<std::vector<std::string>> texts() const;
  [[nodiscard]] base::Result<bool> boolean() const;
  [[nodiscard]] base::Result<std::int64_t> port() const;

 private:
  const json::Value* value_;
  std::string path_;
};

struct Node::Entry {
  std::string key;
  Node node;
};

}  // namespace threeport::score
