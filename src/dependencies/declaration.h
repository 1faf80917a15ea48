// What a workload, or a dependency, says that it needs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace threeport::dependencies {

/// One dependency that is declared.
struct Declaration {
  std::string alias;
  std::string type;
  std::string class_name = "default";
  std::optional<std::string> id;  ///< shared by all who name it, within the profile's scope
  json::Value params;             ///< null: none given; texts may hold placeholders
};

/// Reads `{alias: {Type, Class, ID, Params}}`: WorkloadDefinition.Dependencies and DependencyProfile.Requires. Null is
/// none. Error `invalid` with the path below `where`.
base::Result<std::vector<Declaration>> parse_declarations(const json::Value& members, std::string_view where);

/// What a workload declares: the resources of its Score file, or `dependencies` beside its manifests. Errors `invalid`.
base::Result<std::vector<Declaration>> declarations_of(std::string_view score_document,
                                                       const json::Value& dependencies);

/// The alias that `${resources.ALIAS...}` in the parameters name, each once; sorted.
std::vector<std::string> aliases_used(const Declaration& declaration);

}  // namespace threeport::dependencies
