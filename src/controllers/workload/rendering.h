// From a revision to the manifests that are applied: Score files become Kubernetes objects, and values of dependencies
// are wired in.
#pragma once

#include "controllers/evaluation.h"
#include "providers/kubernetes/manifests.h"

namespace threeport::controllers::workload {

namespace k8s = threeport::providers::kubernetes;

/// Errors: `invalid`, reason InvalidManifest: what is declared is wrong, or a placeholder names nothing; `blocked`: a
/// dependency is not ready.
base::Result<std::vector<k8s::Manifest>> render(const kinds::WorkloadInstance& instance,
                                                const kinds::Revision& revision, reconcile::Context& ctx);

}  // namespace threeport::controllers::workload
