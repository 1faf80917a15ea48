// What has to happen so that the cluster holds what a set asks for. Pure functions over desired objects, inventory
// and live state.
#pragma once

#include <functional>
#include <vector>

#include "applyset/inventory.h"
#include "providers/kubernetes/informer.h"

namespace threeport::applyset {

/// Whether what has left the set leaves the cluster, too.
enum class Pruning { prune, keep };

/// The live object as last seen; nullptr where it is absent or the type is not watched (yet).
using FindLive = std::function<k8s::LiveObject(const k8s::ObjectRef&)>;

enum class Why {
  declared,  ///< new, or its manifest differs from what was applied
  drifted,   ///< somebody changed or removed what we own
};

struct ApplyStep {
  DesiredObject object;
  const InventoryRow* row = nullptr;  ///< nullptr: not in the inventory yet
  Why why = Why::declared;
  bool record_first = false;  ///< the inventory has to be written before the object is applied
};

struct Plan {
  std::vector<ApplyStep> apply;             ///< in order
  std::vector<const InventoryRow*> remove;  ///< in order; the row goes once the object is gone
  [[nodiscard]] bool empty() const { return apply.empty() && remove.empty(); }
};

/// True where a HorizontalPodAutoscaler of the set scales the object: its replicas are left alone.
bool is_autoscaled(const Desired& desired, const k8s::ObjectRef& ref);

/// `desired` includes rows that v0 clients put into the inventory (add_injected_rows); those are never pruned.
Plan make_plan(const Desired& desired, const std::vector<InventoryRow>& inventory, const FindLive& live,
               Pruning pruning = Pruning::prune);

/// Appends what v0 clients injected and the set does not hold, with labels and namespace. What is asked to leave is
/// left out, so the plan removes it.
void add_injected_rows(Desired& desired, const std::vector<InventoryRow>& inventory, const Identity& identity);

/// Whose object it is by its labels: "" ours, unlabelled or absent; otherwise who has it, for messages.
std::string other_owner(const json::Value& live, const Identity& identity);

}  // namespace threeport::applyset
