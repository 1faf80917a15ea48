// A rule of v0's client: manifests that name their own namespace run once on a cluster.
#pragma once

#include <vector>

#include "base/result.h"
#include "cli/documents.h"
#include "client/api.h"

namespace threeport::cli {

/// Error `conflict` where a document makes a workload instance whose definition has a Namespace manifest, and the
/// definition has another instance on the same runtime: the two would share that namespace and everything in it. Errors
/// of the API.
base::Result<void> check_own_namespaces(client::Api& api, const Vocabulary& vocabulary,
                                        const std::vector<Document>& documents);

}  // namespace threeport::cli
