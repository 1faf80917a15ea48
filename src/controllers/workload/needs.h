// The claims of a workload instance: made before its revision is applied, released when the pods that used them are
// gone.
#pragma once

#include "controllers/claims.h"
#include "kinds/workload.h"

namespace threeport::controllers::workload {

/// Claims what the revision declares, and notes it in the revision. Errors: claim().
base::Result<Claimed> claim_needs(const kinds::WorkloadInstance& instance, const kinds::WorkloadDefinition& definition,
                                  const kinds::Revision& revision, reconcile::Context& ctx);

/// Settles claims that the target revision does not ask for: those that `good` (the previous good revision, may be
/// nullptr) names are held, others go once no old pods run. True while some are still to be released.
base::Result<bool> settle_claims(const std::vector<kinds::DependencyClaim>& superfluous, const kinds::Revision* good,
                                 bool has_old_pods, reconcile::Context& ctx);

/// Releases all claims of an instance whose pods are gone. True: there were some.
base::Result<bool> release_all(schema::ObjectId instance, reconcile::Context& ctx);

}  // namespace threeport::controllers::workload
