// One attempt to bring a revision to a cluster. Internal to the instance reconciler.
#pragma once

#include "controllers/clusters.h"
#include "controllers/workload/health.h"
#include "reconcile/reconciler.h"

namespace threeport::controllers::workload {

/// What the steps of an attempt share. Lives on the stack of one attempt.
class Delivery {
 public:
  Delivery(kinds::WorkloadInstance& instance, reconcile::Context& ctx, std::shared_ptr<k8s::Connection> connection,
           Identity identity);

  /// Works out desired state, inventory and plan. Errors: make_desired, the cluster's discovery, `blocked`: a type is
  /// not served yet.
  base::Result<void> prepare(const kinds::Revision& revision);
  /// Some object that was applied before is not as it was.
  [[nodiscard]] bool heals_drift() const;
  /// Inventory first, then the objects, then the inventory again. Idempotent.
  base::Result<void> carry_out(const kinds::Revision& revision);
  /// Objects that left the revision and are not gone yet.
  [[nodiscard]] std::size_t still_leaving() const { return still_leaving_; }
  /// Judges the live objects. `with_events`: Kubernetes events are read, too, and recorded.
  base::Result<WorkloadHealth> assess(bool was_good);
  /// Records live objects whose health has changed, and events.
  base::Result<void> record(const WorkloadHealth& health, bool state_changed);

 private:
  base::Result<void> watch_types();
  base::Result<void> check_owner(const ApplyStep& step);
  base::Result<void> record_intent(const kinds::Revision& revision);
  base::Result<void> apply_one(ApplyStep& step, reconcile::Batch& done);
  base::Result<void> remove_leaving(reconcile::Batch& done);
  base::Result<std::vector<json::Value>> events();
  k8s::LiveObject live(const k8s::ObjectRef& ref) const;

  kinds::WorkloadInstance& instance_;
  reconcile::Context& ctx_;
  std::shared_ptr<k8s::Connection> connection_;
  Identity identity_;
  Desired desired_;
  std::vector<InventoryRow> inventory_;
  Plan plan_;
  std::map<k8s::ObjectRef, schema::ObjectId> row_ids_;
  std::map<k8s::ObjectRef, k8s::LiveObject> answers_;  ///< of our applies: newer than what informers may show yet
  std::vector<json::Value> events_;
  std::size_t still_leaving_ = 0;
};

}  // namespace threeport::controllers::workload
