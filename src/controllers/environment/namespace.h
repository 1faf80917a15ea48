// The Kubernetes namespace of an environment.
#pragma once

#include "applyset/clusters.h"
#include "kinds/environment.h"
#include "reconcile/reconciler.h"

namespace threeport::controllers::environment {

/// Makes the namespace `environment.environment_namespace`, and mends its labels. Idempotent; asks the cluster only
/// where the informers do not have it as it should be. Errors: of the cluster; `blocked`: NamespaceTaken, or it is on
/// its way out.
base::Result<void> ensure_namespace(const kinds::Environment& environment, applyset::k8s::Connection& connection,
                                    reconcile::Context& ctx);

/// Outcome `applied` once it is gone with all that was in it. One that belongs to somebody else stays.
base::Result<reconcile::Outcome> remove_namespace(const kinds::Environment& environment,
                                                  applyset::k8s::Connection& connection, reconcile::Context& ctx);

}  // namespace threeport::controllers::environment
