// Files of the user → the documents of POST /v0/apply: checked against the tables, with the files that they name
// inlined. Nothing is sent here.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "cli/environment.h"
#include "cli/vocabulary.h"

namespace threeport::cli {

struct DocumentOptions {
  std::vector<std::string> files;        ///< arguments of -f
  std::string name;                      ///< --name: of the workload that plain manifests make
  std::vector<std::string> images = {};  ///< --image: of containers of Score files
};

/// What a Score file is called among documents.
inline constexpr std::string_view kScore = "Score";

struct Document {
  Subject subject;
  std::string name;
  json::Value members;     ///< as /v0/apply takes them; of a Score file its text
  std::string where;       ///< "web.yaml: line 3"
  std::string written_as;  ///< the key of the document that it comes from: "Workload" for the gateway in it
  bool is_shared = false;  ///< it may be there already, and serve others too: the domain of a workload

  [[nodiscard]] bool is_score() const { return written_as == kScore; }
  /// The environment that a workload names for itself, or "".
  [[nodiscard]] std::string environment() const { return std::string(members.at("Environment", "Name").text()); }
};

/// In the order of the files. A Score file stands for the workload of its name. Plain Kubernetes manifests of all files
/// make one Workload, at the place of the first. Errors: those of read_sources; `invalid` with file, line, member, rule
/// and fix: an unknown key, a wrong type, a missing member, a kind that this build lacks, a file that a member names
/// and that cannot be read, one object declared twice.
base::Result<std::vector<Document>> read_documents(const DocumentOptions& options, const Vocabulary& vocabulary,
                                                   const Environment& environment);

/// {"Documents": [{"Workload": {...}}, {"Score": "..."}, ...]}
json::Value apply_body(const std::vector<Document>& documents);

}  // namespace threeport::cli
