// Placeholders `${...}` in texts: the one syntax of Score files, of manifests with dependencies and of profiles.
//
// A text is scanned from left to right: `$$` is a `$`, `$${x}` is the text `${x}`, `${x}` is a reference; an
// unterminated
// `${` and a lone `$` stay as they are (Score specification, "Placeholder references").
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace threeport::score {

/// What a reference stands for.
struct Output {
  json::Value value;
  bool secret = false;  ///< it must not be shown, and reaches pods through Kubernetes Secrets only
};

/// The body of `${...}`, split at dots; `\.` is a dot within a part.
struct Reference {
  std::string text;
  std::vector<std::string> path;  ///< at least one part; parts may be empty where the text is malformed
};
Reference make_reference(std::string_view body);

/// Finds what a reference stands for. Error `invalid` names the reference and what there is instead.
using Lookup = std::function<base::Result<Output>(const Reference&)>;

/// The references of a text, in order, repeated ones too.
std::vector<Reference> references_in(std::string_view text);
/// Those of all strings at any depth; keys of objects are not looked at.
std::vector<Reference> references_in(const json::Value& value);

struct Expanded {
  std::string text;
  bool secret = false;  ///< some part of it is
};
/// The text with every reference replaced. Errors: of `lookup`.
base::Result<Expanded> expand(std::string_view text, const Lookup& lookup);
/// A value with the references of its strings replaced, at any depth. A string that is nothing but one reference
/// becomes the value itself, with its type. `secret`: some part is. Errors: of `lookup`, with the path of the string.
base::Result<Output> expand(const json::Value& value, const Lookup& lookup);

/// As a text: strings as they are, others as compact JSON with <, > and & escaped (as the reference tools write it).
std::string text_of(const json::Value& value);

/// Walks into a value along `path` from `from`. Error `invalid` names `reference`, the missing key and the keys there.
base::Result<json::Value> walk(const json::Value& value, const Reference& reference, std::size_t from);

}  // namespace threeport::score
