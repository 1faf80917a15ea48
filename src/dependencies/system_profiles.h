// The system defaults: how the usual types of dependencies are provided inside a cluster, where operations have not
// said otherwise. Their sources are the documents in src/dependencies/system, part of the program.
#pragma once

#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace threeport::dependencies {

/// Members of one DependencyProfile for each type, as the API takes them, sorted by type; Name is `system-<type>`,
/// System is true. Error `internal` names the document that cannot be read. Never blocks.
base::Result<std::vector<json::Value>> system_profiles();

}  // namespace threeport::dependencies
