// A configuration document on its way to documents of the API.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "cli/document_table.h"
#include "cli/environment.h"
#include "cli/vocabulary.h"

namespace threeport::cli {

/// An object that a document makes beside its own.
struct Companion {
  std::string kind;
  json::Object members;
};

struct Draft {
  Subject subject;
  const json::Object& written;  ///< the keys of the user
  /// Members as the API has them. Those of single kinds, and those that definition and instance share, are in `both`.
  json::Object both = {}, definition = {}, instance = {};
  std::vector<Companion> companions = {};

  [[nodiscard]] json::Object& half(Half which);
  /// The member, wherever it is; null where it is absent.
  [[nodiscard]] const json::Value& at(std::string_view member) const;
  /// Whether the user gives that key a value.
  [[nodiscard]] bool is_written(std::string_view key) const;
  /// "Gateway.HttpPorts": for messages.
  [[nodiscard]] std::string name_of(std::string_view key) const { return subject.name + "." + std::string(key); }
};

/// Where a document is read.
struct Surroundings {
  const Environment& environment;
  std::filesystem::path folder;  ///< relative paths of the document start here
};

/// A path of a document: relative to its folder; `~/` is the user's home.
std::filesystem::path resolve_path(const Surroundings& around, std::string_view path);

/// What a document needs beyond the rules for its single keys: checks of several keys, members that follow from others.
struct Step {
  std::string_view document;
  base::Result<void> (*run)(Draft& draft, const Surroundings& around);
};
/// In the order in which they run. Errors of a step: `invalid` with member, rule and fix; those of files that it reads.
std::span<const Step> document_steps();

/// "MyDomain", "my.domain" → "my-domain".
std::string kebab_case(std::string_view text);

}  // namespace threeport::cli
