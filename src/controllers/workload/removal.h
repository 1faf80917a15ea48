// Taking a workload off its cluster. Internal to the instance reconciler.
#pragma once

#include "controllers/clusters.h"
#include "controllers/workload/plan.h"
#include "reconcile/reconciler.h"

namespace threeport::controllers::workload {

/// Removes every object of the inventory in reverse order and the rows of those that are gone. Objects that somebody
/// else has taken over, and the namespaces that Kubernetes itself owns, stay. Outcome `applied` once nothing is left.
base::Result<reconcile::Outcome> remove_workload(const Identity& identity, std::vector<InventoryRow> inventory,
                                                 k8s::Connection& connection, reconcile::Context& ctx);

}  // namespace threeport::controllers::workload
