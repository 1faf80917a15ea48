// YAML as kubectl reads it (sigs.k8s.io/yaml over go-yaml v2: YAML 1.1 with its scalar rules), and as people read it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace threeport::base::yaml {

struct Document {
  json::Value value;
  std::size_t line = 1;  ///< where its content starts, in the whole input
};

/// The documents of a YAML stream (UTF-8 with or without BOM, UTF-16 with BOM), or of JSON texts one after the other.
/// Empty, comments-only and null documents are left out, as kubectl does. Members keep their order; numbers come as
/// Go's encoding/json writes them (0644 is 420, 1.0 is 1), so that the outcome is what kubectl sends.
///
/// Where kubectl loses or mixes up data, this is an error or reads what the author meant:
///  - a duplicate key is an error (kubectl keeps the last one), also if the keys only become equal as strings (1, "1");
///  - `--- value` on one line and directives are read as YAML defines them (kubectl refuses them);
///  - content after the end of a document is an error unless it begins with `---` (kubectl drops it).
/// src/base/testdata/yaml/golden.jsonl has the others, all of them rare.
/// Error `invalid`: "line 3, column 7: <what is wrong>"; also for nesting deeper than 512 levels, and where aliases
/// blow the document up. Never blocks.
Result<std::vector<Document>> parse_documents_with_lines(std::string_view text);

/// The values of parse_documents_with_lines.
Result<std::vector<json::Value>> parse_documents(std::string_view text);

/// Exactly one document. Error `invalid` also for none, or more than one.
Result<json::Value> parse_document(std::string_view text);

/// Block style, members in their order, several lines as literal blocks; strings are quoted where YAML 1.1, 1.2 or
/// kubectl would read something else. Ends with a newline. What parse_document reads back is equal, but for null, for
/// strings that are no UTF-8 (they get U+FFFD) and numbers that fit neither 64-bit integers nor doubles.
std::string dump(const json::Value& value);

}  // namespace threeport::base::yaml

namespace threeport::base {
/// yaml::dump, for `-o yaml`.
inline std::string dump_yaml(const json::Value& value) { return yaml::dump(value); }
}  // namespace threeport::base

namespace threeport::yaml {
using namespace base::yaml;
}
