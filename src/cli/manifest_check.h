// Kubernetes manifests as kubectl would take them.
#pragma once

#include <filesystem>
#include <string_view>

#include "base/json.h"
#include "base/result.h"

namespace threeport::cli {

/// The member of a workload that holds its manifests.
inline constexpr std::string_view kManifests = "YAMLDocument";

/// kubectl's rules for one object: apiVersion, kind and metadata.name are texts; lists are checked element by element,
/// and those of one kind, such as ConfigMapList, say for their elements what these are. Error `invalid`.
base::Result<void> check_manifest(const base::json::Value& manifest);

/// Every document of the text. Error `invalid` with path and line.
base::Result<void> check_manifest_file(const std::filesystem::path& path, std::string_view text);

}  // namespace threeport::cli
