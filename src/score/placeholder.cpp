#include "score/placeholder.h"

#include "base/text.h"

namespace threeport::score {
namespace {

/// A literal text, or the body of a reference.
struct Piece {
  std::string text;
  bool is_reference = false;
};

std::vector<Piece> scan(std::string_view text) {
  std::vector<Piece> out;
  std::string literal;
  const auto flush = [&] {
    if (!literal.empty()) out.push_back({std::exchange(literal, {}), false});
  };
  for (std::size_t i = 0; i < text.size();) {
    const std::string_view rest = text.substr(i);
    if (rest.starts_with("$${")) {
      const std::size_t end = rest.find('}');
      if (end != std::string_view::npos) {
        literal += rest.substr(1, end);
        i += end + 1;
        continue;
      }
    }
    if (rest.starts_with("$$")) {
      literal += '$';
      i += 2;
      continue;
    }
    if (rest.starts_with("${")) {
      const std::size_t end = rest.find('}');
      if (end != std::string_view::npos) {
        flush();
        out.push_back({std::string(rest.substr(2, end - 2)), true});
        i += end + 1;
        continue;
      }
    }
    literal += text[i++];
  }
  flush();
  return out;
}

void collect(const json::Value& value, std::vector<Reference>& out) {
  if (const std::string* text = value.if_string()) {
    for (Reference& reference : references_in(std::string_view(*text))) out.push_back(std::move(reference));
  } else if (const json::Array* list = value.if_array()) {
    for (const json::Value& element : *list) collect(element, out);
  } else if (const json::Object* object = value.if_object()) {
    for (const json::Member& member : *object) collect(member.value, out);
  }
}

base::Result<Output> expand_text(const std::string& text, const Lookup& lookup) {
  const std::vector<Piece> pieces = scan(text);
  if (pieces.size() == 1 && pieces[0].is_reference) return lookup(make_reference(pieces[0].text));
  TP_TRY(Expanded expanded, expand(std::string_view(text), lookup));
  return Output{.value = std::move(expanded.text), .secret = expanded.secret};
}

}  // namespace

Reference make_reference(std::string_view body) {
  Reference out{.text = std::string(body), .path = {""}};
  for (std::size_t i = 0; i < body.size(); ++i) {
    if (body[i] == '\\' && i + 1 < body.size() && body[i + 1] == '.') {
      out.path.back() += '.';
      ++i;
    } else if (body[i] == '.') {
      out.path.emplace_back();
    } else {
      out.path.back() += body[i];
    }
  }
  return out;
}

std::vector<Reference> references_in(std::string_view text) {
  std::vector<Reference> out;
  for (const Piece& piece : scan(text)) {
    if (piece.is_reference) out.push_back(make_reference(piece.text));
  }
  return out;
}

std::vector<Reference> references_in(const json::Value& value) {
  std::vector<Reference> out;
  collect(value, out);
  return out;
}

base::Result<Expanded> expand(std::string_view text, const Lookup& lookup) {
  Expanded out;
  for (const Piece& piece : scan(text)) {
    if (!piece.is_reference) {
      out.text += piece.text;
      continue;
    }
    TP_TRY(const Output found, lookup(make_reference(piece.text)));
    out.text += text_of(found.value);
    out.secret = out.secret || found.secret;
  }
  return out;
}

base::Result<Output> expand(const json::Value& value, const Lookup& lookup) {
  if (const std::string* text = value.if_string()) return expand_text(*text, lookup);
  Output out;
  if (const json::Array* list = value.if_array()) {
    json::Array made;
    for (std::size_t i = 0; i < list->size(); ++i) {
      auto element = expand((*list)[i], lookup);
      if (!element) return std::move(element).error().with_context("[" + std::to_string(i) + "]");
      out.secret = out.secret || element->secret;
      made.push_back(std::move(element->value));
    }
    out.value = std::move(made);
  } else if (const json::Object* object = value.if_object()) {
    json::Object made;
    for (const json::Member& member : *object) {
      auto element = expand(member.value, lookup);
      if (!element) return std::move(element).error().with_context(member.key);
      out.secret = out.secret || element->secret;
      made.append(member.key, std::move(element->value));
    }
    out.value = std::move(made);
  } else {
    out.value = value;
  }
  return out;
}

std::string text_of(const json::Value& value) {
  if (const std::string* text = value.if_string()) return *text;
  std::string out;
  for (const char c : json::dump(value)) {
    switch (c) {
      case '<': out += "\\u003c"; break;
      case '>': out += "\\u003e"; break;
      case '&': out += "\\u0026"; break;
      default: out += c;
    }
  }
  return out;
}

base::Result<json::Value> walk(const json::Value& value, const Reference& reference, std::size_t from) {
  const json::Value* here = &value;
  for (std::size_t i = from; i < reference.path.size(); ++i) {
    const json::Object* object = here->if_object();
    const std::string whole = "${" + reference.text + "}";
    if (object == nullptr) {
      return base::invalid(whole + ": what stands before \"" + reference.path[i] + "\" is a " +
                           std::string(here->type_name()) + " and has no members");
    }
    const json::Value* next = object->find(reference.path[i]);
    if (next == nullptr) {
      std::vector<std::string> keys;
      for (const json::Member& member : *object) keys.push_back(member.key);
      return base::invalid(whole + ": there is no \"" + reference.path[i] + "\"; there is " +
                           (keys.empty() ? "nothing" : base::join(keys, ", ")));
    }
    here = next;
  }
  return *here;
}

}  // namespace threeport::score
