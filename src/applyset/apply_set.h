// One attempt to bring a set of objects to a cluster, to keep it as it was applied, or to take it away.
#pragma once

#include <map>

#include "applyset/health.h"
#include "applyset/inventory.h"
#include "reconcile/reconciler.h"

namespace threeport::applyset {

/// What the steps of an attempt share. Lives on the stack of one attempt.
class ApplySet {
 public:
  /// All must outlive it.
  ApplySet(Inventory& inventory, reconcile::Context& ctx, std::shared_ptr<k8s::Connection> connection,
           Identity identity);

  /// Works out desired state, inventory and plan. Errors: make_desired, the cluster's discovery.
  base::Result<void> prepare(std::vector<k8s::Manifest> manifests, const Placement& placement,
                             Pruning pruning = Pruning::prune);
  /// Some object that was applied before is not as it was.
  [[nodiscard]] bool heals_drift() const;
  /// Inventory first, then the objects, then the inventory again. Idempotent. Errors: of the inventory and the cluster;
  /// `blocked`: an object belongs to somebody else, or its type is not served yet.
  base::Result<void> carry_out();
  /// Objects that left the set and are not gone yet.
  [[nodiscard]] std::size_t still_leaving() const { return still_leaving_; }
  /// Pods of the owner are on their way out.
  [[nodiscard]] bool has_leaving_pods() const;
  /// Judges the live objects; reads Kubernetes events where something is wrong, and once when it has become healthy.
  /// `was_good`: it was healthy as it is now.
  base::Result<SetHealth> assess(bool was_good);

  [[nodiscard]] const Desired& desired() const { return desired_; }
  /// The rows as they were before carry_out().
  [[nodiscard]] const std::vector<InventoryRow>& rows() const { return rows_; }
  /// As the informers have it, or as the cluster answered our apply.
  [[nodiscard]] k8s::LiveObject live(const k8s::ObjectRef& ref) const;
  /// Those that assess() read.
  [[nodiscard]] const std::vector<json::Value>& events() const { return events_; }

 private:
  base::Result<void> watch_types();
  base::Result<void> check_owner(const ApplyStep& step);
  base::Result<void> apply_one(const ApplyStep& step);
  base::Result<void> remove_leaving();
  base::Result<std::vector<json::Value>> read_events();

  Inventory& inventory_;
  reconcile::Context& ctx_;
  std::shared_ptr<k8s::Connection> connection_;
  Identity identity_;
  Desired desired_;
  std::vector<InventoryRow> rows_;
  Plan plan_;
  std::map<k8s::ObjectRef, k8s::LiveObject> answers_;  ///< of our applies: newer than what informers may show yet
  std::vector<json::Value> events_;
  std::size_t still_leaving_ = 0;
};

}  // namespace threeport::applyset
