// The files named by -f: read, parsed, and cut into documents that know where they stand.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "cli/environment.h"

namespace threeport::cli {

struct SourceDocument {
  json::Value value;
  std::size_t line = 1;  ///< where its content starts in the file
  std::string text;      ///< the document as written, with its `---` line if it has one
};

struct SourceFile {
  std::string name;              ///< as the user wrote it, or "stdin": for messages
  std::filesystem::path path;    ///< empty for stdin
  std::filesystem::path folder;  ///< where its relative paths start
  std::string text;
  std::vector<SourceDocument> documents;
};

/// Reads one -f argument: a file, a folder (its *.yaml, *.yml and *.json, by name, not those below), or `-` for stdin.
/// Errors: `not_found`, `denied`; `invalid` with file, line and column for bad YAML or JSON, or a folder without files.
base::Result<std::vector<SourceFile>> read_sources(const std::string& argument, const Environment& environment);

/// "web.yaml: line 3, column 5": the first place at or after the document's start where `key` is written as a key, or
/// the document's start where it is not found. With `above`, the search starts behind the place of that key.
std::string place_of(const SourceFile& file, const SourceDocument& document, std::string_view key,
                     std::string_view above = "");

}  // namespace threeport::cli
