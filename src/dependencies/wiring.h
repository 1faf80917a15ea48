// Manifests with placeholders: values go in, and secret ones reach pods through Kubernetes Secrets only.
#pragma once

#include <string>
#include <vector>

#include "score/placeholder.h"

namespace threeport::dependencies {

/// A manifest with its placeholders replaced. Where Kubernetes wants text (values of environment variables, arguments,
/// labels, data), values become text. Secret values may stand in `data` and `stringData` of a Secret. Errors `invalid`
/// with the path: of `lookup`; a secret anywhere else.
base::Result<json::Value> fill_manifest(const json::Value& manifest, const score::Lookup& lookup);

/// As fill_manifest, for the manifests of a workload: environment values that hold secrets move into one generated
/// Secret, which is added at the front; its name is `<base>-<hash>`, with a hash of `salt` and its content.
base::Result<std::vector<json::Value>> wire_manifests(const std::vector<json::Value>& manifests,
                                                      const score::Lookup& lookup, const std::string& base,
                                                      const std::string& salt);

}  // namespace threeport::dependencies
