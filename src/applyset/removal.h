// Taking a set off its cluster.
#pragma once

#include "applyset/inventory.h"
#include "reconcile/reconciler.h"

namespace threeport::applyset {

/// Removes every object of the inventory in reverse order and the rows of those that are gone. Objects that somebody
/// else has taken over, and the namespaces that Kubernetes itself owns, stay. Outcome `applied` once nothing is left
/// but what `keeps` names.
base::Result<reconcile::Outcome> remove_set(const Identity& identity, Inventory& inventory, k8s::Connection& connection,
                                            reconcile::Context& ctx,
                                            const std::function<bool(const k8s::ObjectRef&)>& keeps = {});

}  // namespace threeport::applyset
