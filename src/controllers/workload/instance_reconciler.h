#pragma once

#include <deque>
#include <map>

#include "applyset/clusters.h"
#include "base/guarded.h"
#include "kinds/workload.h"
#include "reconcile/reconciler.h"

namespace threeport::controllers::workload {

/// Brings the target Revision of a workload instance to its cluster and keeps it there. See README.md.
class InstanceReconciler final : public reconcile::Reconciler<kinds::WorkloadInstance> {
 public:
  explicit InstanceReconciler(applyset::Clusters& clusters) : clusters_(clusters) {}
  base::Result<reconcile::Outcome> reconcile(kinds::WorkloadInstance& instance, reconcile::Context& ctx) override;
  base::Result<reconcile::Outcome> remove(kinds::WorkloadInstance& instance, reconcile::Context& ctx) override;
  std::string lane_of(const kinds::WorkloadInstance& instance, reconcile::Context& ctx) override;

 private:
  base::Result<reconcile::Outcome> deliver(kinds::WorkloadInstance& instance, reconcile::Context& ctx);
  /// Counts a heal; false when there were too many in a short time.
  bool may_heal(schema::ObjectId instance, base::TimePoint now);

  applyset::Clusters& clusters_;
  base::Guarded<std::map<schema::ObjectId, std::deque<base::TimePoint>>> heals_;
};

}  // namespace threeport::controllers::workload
