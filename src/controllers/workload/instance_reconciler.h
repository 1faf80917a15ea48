#pragma once

#include <deque>
#include <map>

#include "applyset/desired.h"
#include "base/guarded.h"
#include "controllers/claims.h"
#include "kinds/workload.h"
#include "reconcile/reconciler.h"

namespace threeport::controllers::workload {

namespace k8s = applyset::k8s;

/// Brings the target Revision of a workload instance to its cluster and keeps it there. See README.md.
class InstanceReconciler final : public reconcile::Reconciler<kinds::WorkloadInstance> {
 public:
  explicit InstanceReconciler(applyset::Clusters& clusters) : clusters_(clusters) {}
  base::Result<reconcile::Outcome> reconcile(kinds::WorkloadInstance& instance, reconcile::Context& ctx) override;
  base::Result<reconcile::Outcome> remove(kinds::WorkloadInstance& instance, reconcile::Context& ctx) override;
  std::string lane_of(const kinds::WorkloadInstance& instance, reconcile::Context& ctx) override;

 private:
  /// Where a delivery goes.
  struct Place {
    applyset::Identity identity;
    std::shared_ptr<k8s::Connection> connection;
    const std::vector<kinds::Revision>& revisions;  ///< all that are kept
  };
  base::Result<reconcile::Outcome> deliver(kinds::WorkloadInstance& instance, reconcile::Context& ctx);
  base::Result<reconcile::Outcome> apply(kinds::WorkloadInstance& instance, const Place& place,
                                         const kinds::Revision& revision, const Claimed& claimed,
                                         reconcile::Context& ctx);
  base::Result<reconcile::Outcome> leave(const kinds::WorkloadInstance& instance, const applyset::Identity& identity,
                                         k8s::Connection& connection, reconcile::Context& ctx);
  /// Counts a heal; false when there were too many in a short time.
  bool may_heal(schema::ObjectId instance, base::TimePoint now);

  applyset::Clusters& clusters_;
  base::Guarded<std::map<schema::ObjectId, std::deque<base::TimePoint>>> heals_;
};

}  // namespace threeport::controllers::workload
