#include "base/yaml.h"

// libyaml: go-yaml v2, which kubectl reads with, is a port of it.
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>

#include <yaml.h>

#include "base/yaml_scalar.h"

namespace threeport::base::yaml {
namespace {

constexpr std::size_t kMaxDepth = 512;
/// What aliases may add to a stream, in about bytes.
constexpr std::size_t kMaxExpansion = std::size_t{32} << 20;
constexpr std::size_t kNodeCost = 64;

struct Position {
  std::size_t line = 1;
  std::size_t column = 1;
};

Position position_of(const yaml_mark_t& mark) { return {mark.line + 1, mark.column + 1}; }

Error error_at(Position position, const std::string& what) {
  return invalid("line " + std::to_string(position.line) + ", column " + std::to_string(position.column) + ": " + what);
}

std::string_view view_of(const yaml_char_t* text) {
  return text == nullptr ? std::string_view{} : std::string_view(reinterpret_cast<const char*>(text));
}

std::string quoted(std::string_view text) {
  std::string out;
  json::append_string(out, text);
  return out;
}

/// libyaml's event source.
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {
    TP_ASSERT(yaml_parser_initialize(&parser_) == 1);
    yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text.data()), text.size());
  }
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;
  ~Parser() { yaml_parser_delete(&parser_); }

  Result<void> next(yaml_event_t& event) {
    if (yaml_parser_parse(&parser_, &event) == 1) return {};
    return error();
  }

 private:
  [[nodiscard]] Error error() const {
    TP_ASSERT(parser_.error != YAML_MEMORY_ERROR);
    std::string what = parser_.problem == nullptr ? "malformed" : parser_.problem;
    if (parser_.error == YAML_READER_ERROR) return error_at(position_of_offset(parser_.problem_offset), what);
    const Position position = position_of(parser_.problem_mark);
    if (parser_.error == YAML_SCANNER_ERROR && byte_at(position) == '\t') what += " (a tab; indent with spaces)";
    if (parser_.context != nullptr) {
      what += ", " + std::string(parser_.context);
      if (parser_.context_mark.line + 1 < position.line) {
        what += " that starts at line " + std::to_string(parser_.context_mark.line + 1);
      }
    }
    return error_at(position, what);
  }
  [[nodiscard]] Position position_of_offset(std::size_t offset) const {
    Position position;
    for (const char c : text_.substr(0, offset)) {
      if (c == '\n') {
        position = {position.line + 1, 1};
      } else if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) {
        ++position.column;
      }
    }
    return position;
  }
  /// Good enough for lines of ASCII, which is all that a hint needs.
  [[nodiscard]] char byte_at(Position position) const {
    std::size_t start = 0;
    for (std::size_t line = 1; line < position.line; ++line) {
      start = text_.find('\n', start);
      if (start == std::string_view::npos) return '\0';
      ++start;
    }
    const std::size_t offset = start + position.column - 1;
    return offset < text_.size() ? text_[offset] : '\0';
  }

  std::string_view text_;
  yaml_parser_t parser_{};
};

/// An event that frees what it holds.
struct Event {
  yaml_event_t data{};
  Event() = default;
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  ~Event() { yaml_event_delete(&data); }
};

struct Anchor {
  json::Value value;
  std::optional<std::string> key;  ///< how a scalar reads as a key
  std::size_t cost = 0;
  bool complete = false;
};

/// A mapping's members. Explicit keys are unique; merged ones come and go as go-yaml v2 does it: in the order of the
/// text, the later one counts.
class Mapping {
 public:
  /// Line of the earlier explicit key of that name, if there is one; else remembers this one.
  std::optional<std::size_t> declare(const std::string& key, std::size_t line) {
    const auto [entry, is_new] = lines_.try_emplace(key, line);
    if (is_new) return std::nullopt;
    return entry->second;
  }
  void set(std::string key, json::Value value) {
    const auto [entry, is_new] = slots_.try_emplace(key, members_.size());
    if (is_new) {
      members_.push_back({std::move(key), std::move(value)});
    } else {
      members_[entry->second].value = std::move(value);
    }
  }
  void merge(json::Object&& other) {
    for (json::Member& member : other) set(std::move(member.key), std::move(member.value));
  }
  json::Object take() {
    json::Object out;
    out.reserve(members_.size());
    for (json::Member& member : members_) out.append(std::move(member.key), std::move(member.value));
    return out;
  }

 private:
  std::unordered_map<std::string, std::size_t> lines_;
  std::unordered_map<std::string, std::size_t> slots_;
  std::vector<json::Member> members_;
};

/// A collection that is being read.
struct Frame {
  Position start;
  std::string anchor;
  std::size_t cost_before = 0;
  bool is_mapping = false;
  json::Array array;
  Mapping mapping;
  std::optional<std::string> key;  ///< whose value comes next
  bool merges = false;             ///< what comes next is merged
};

class Reader {
 public:
  explicit Reader(std::string_view text) : parser_(text) {}

  Result<std::vector<Document>> read() {
    while (true) {
      Event event;
      TP_CHECK(parser_.next(event.data));
      if (event.data.type == YAML_STREAM_END_EVENT) return std::move(documents_);
      TP_CHECK(take(event.data));
    }
  }

 private:
  Result<void> take(const yaml_event_t& event) {
    const Position at = position_of(event.start_mark);
    switch (event.type) {
      case YAML_DOCUMENT_START_EVENT: anchors_.clear(); return {};
      case YAML_SCALAR_EVENT: return take_scalar(event, at);
      case YAML_ALIAS_EVENT: return take_alias(view_of(event.data.alias.anchor), at);
      case YAML_SEQUENCE_START_EVENT: return open(view_of(event.data.sequence_start.anchor), at, false);
      case YAML_MAPPING_START_EVENT: return open(view_of(event.data.mapping_start.anchor), at, true);
      case YAML_SEQUENCE_END_EVENT:
      case YAML_MAPPING_END_EVENT: return close();
      default: return {};
    }
  }

  [[nodiscard]] bool wants_key() const {
    return !frames_.empty() && frames_.back().is_mapping && !frames_.back().key && !frames_.back().merges;
  }

  Result<void> take_scalar(const yaml_event_t& event, Position at) {
    const auto& scalar = event.data.scalar;
    const std::string_view tag = view_of(scalar.tag);
    const std::string_view text(reinterpret_cast<const char*>(scalar.value), scalar.length);
    const bool is_merge_tag = tag.starts_with(kTagPrefix) && tag.substr(kTagPrefix.size()) == "merge";
    const bool is_plain = scalar.plain_implicit == 1 && scalar.style == YAML_PLAIN_SCALAR_STYLE;
    auto resolved = tag.empty() && !is_plain ? Result<Scalar>(Scalar{std::string(text)}) : resolve_scalar(tag, text);
    if (!resolved) return error_at(at, resolved.error().message);
    cost_ += kNodeCost + text.size();
    const bool is_key = wants_key();
    if (is_key && text == "<<" && ((tag.empty() && is_plain) || is_merge_tag)) {
      frames_.back().merges = true;
      return remember_scalar(view_of(scalar.anchor), *resolved, at);
    }
    TP_CHECK(remember_scalar(view_of(scalar.anchor), *resolved, at));
    if (is_key) {
      auto key = to_key(*resolved);
      if (!key) return error_at(at, key.error().message);
      return take_key(*std::move(key), at);
    }
    auto value = to_json(*std::move(resolved));
    if (!value) return error_at(at, value.error().message);
    return add(*std::move(value), at);
  }

  Result<void> remember_scalar(std::string_view anchor, const Scalar& scalar, Position at) {
    if (anchor.empty()) return {};
    auto value = to_json(scalar);
    // Infinity as a key has a text, but no value: an alias to it can only be a key.
    Anchor entry{.value = value ? *std::move(value) : json::Value(), .key = {}, .cost = kNodeCost, .complete = true};
    if (auto key = to_key(scalar)) entry.key = *std::move(key);
    entry.cost += entry.value.text().size();
    if (!value && !wants_key()) return error_at(at, value.error().message);
    anchors_.insert_or_assign(std::string(anchor), std::move(entry));
    return {};
  }

  Result<void> take_key(std::string key, Position at) {
    Frame& frame = frames_.back();
    if (const auto line = frame.mapping.declare(key, at.line)) {
      return error_at(at, "the key " + quoted(key) + " is there already, at line " + std::to_string(*line));
    }
    frame.key = std::move(key);
    return {};
  }

  Result<void> take_alias(std::string_view name, Position at) {
    const auto found = anchors_.find(std::string(name));
    if (found == anchors_.end()) return error_at(at, "unknown anchor " + quoted(name));
    const Anchor& anchor = found->second;
    if (!anchor.complete) return error_at(at, "the value of the anchor " + quoted(name) + " contains itself");
    cost_ += anchor.cost;
    expansion_ += anchor.cost;
    if (expansion_ > kMaxExpansion) return error_at(at, "aliases make this too large");
    if (!wants_key()) return add(anchor.value, at);
    if (!anchor.key) return error_at(at, "a key must be a string, a number or a boolean");
    return take_key(*anchor.key, at);
  }

  Result<void> open(std::string_view anchor, Position at, bool is_mapping) {
    if (wants_key()) return error_at(at, "a key must be a string, a number or a boolean");
    if (frames_.size() >= kMaxDepth) {
      return error_at(at, "nested deeper than " + std::to_string(kMaxDepth) + " levels");
    }
    Frame frame;
    frame.start = at;
    frame.anchor = anchor;
    frame.cost_before = cost_;
    frame.is_mapping = is_mapping;
    frames_.push_back(std::move(frame));
    cost_ += kNodeCost;
    if (!anchor.empty()) anchors_.insert_or_assign(std::string(anchor), Anchor{});
    return {};
  }

  Result<void> close() {
    Frame frame = std::move(frames_.back());
    frames_.pop_back();
    json::Value value = frame.is_mapping ? json::Value(frame.mapping.take()) : json::Value(std::move(frame.array));
    if (!frame.anchor.empty()) {
      anchors_.insert_or_assign(frame.anchor,
                                Anchor{.value = value, .key = {}, .cost = cost_ - frame.cost_before, .complete = true});
    }
    return add(std::move(value), frame.start);
  }

  Result<void> add(json::Value value, Position at) {
    if (frames_.empty()) {
      if (!value.is_null()) documents_.push_back({std::move(value), at.line});
      return {};
    }
    Frame& frame = frames_.back();
    if (!frame.is_mapping) {
      frame.array.push_back(std::move(value));
      return {};
    }
    if (frame.merges) {
      frame.merges = false;
      return merge(frame, std::move(value), at);
    }
    frame.mapping.set(*std::exchange(frame.key, std::nullopt), std::move(value));
    return {};
  }

  static Result<void> merge(Frame& frame, json::Value value, Position at) {
    const auto refuse = [&] { return error_at(at, "\"<<\" merges a mapping or a sequence of mappings"); };
    if (json::Object* object = value.if_object()) {
      frame.mapping.merge(std::move(*object));
      return {};
    }
    json::Array* array = value.if_array();
    if (array == nullptr) return refuse();
    // Earlier mappings win, so they come last.
    for (auto element = array->rbegin(); element != array->rend(); ++element) {
      json::Object* object = element->if_object();
      if (object == nullptr) return refuse();
      frame.mapping.merge(std::move(*object));
    }
    return {};
  }

  Parser parser_;
  std::vector<Frame> frames_;
  std::unordered_map<std::string, Anchor> anchors_;
  std::vector<Document> documents_;
  std::size_t cost_ = 0;
  std::size_t expansion_ = 0;
};

/// kubectl reads what starts with a brace as JSON texts; what is none may still be YAML in flow style.
std::optional<std::vector<Document>> read_json(std::string_view text) {
  const std::size_t start = text.find_first_not_of(" \t\r\n");
  if (start == std::string_view::npos || text[start] != '{') return std::nullopt;
  auto texts = json::parse_many(text, {.max_depth = kMaxDepth, .duplicate_keys = json::DuplicateKeys::refuse});
  if (!texts) return std::nullopt;
  std::vector<Document> out;
  for (json::Text& one : *texts) out.push_back({std::move(one.value), one.line});
  return out;
}

}  // namespace

Result<std::vector<Document>> parse_documents_with_lines(std::string_view text) {
  if (auto documents = read_json(text)) return *std::move(documents);
  // kubectl's reader ends the last line, too; a block scalar then ends with a newline.
  const bool is_open = !text.empty() && text.back() != '\n';
  std::string ended;
  if (is_open && text.front() != '\xFF' && text.front() != '\xFE') {
    ended.reserve(text.size() + 1);
    ended.append(text).push_back('\n');
    text = ended;
  }
  return Reader(text).read();
}

Result<std::vector<json::Value>> parse_documents(std::string_view text) {
  TP_TRY(std::vector<Document> documents, parse_documents_with_lines(text));
  std::vector<json::Value> out;
  out.reserve(documents.size());
  for (Document& document : documents) out.push_back(std::move(document.value));
  return out;
}

Result<json::Value> parse_document(std::string_view text) {
  TP_TRY(std::vector<Document> documents, parse_documents_with_lines(text));
  if (documents.empty()) return invalid("the document is empty");
  if (documents.size() > 1) {
    return invalid("line " + std::to_string(documents[1].line) +
                   ", column 1: one document is expected, and here starts another one");
  }
  return std::move(documents.front().value);
}

}  // namespace threeport::base::yaml
