// A look at the objects of a workload or a dependency on their cluster.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "applyset/clusters.h"
#include "controllers/explain/explanation.h"

namespace threeport::controllers::explain {

namespace k8s = applyset::k8s;

/// Whose objects: those that an inventory names, and the pods with their owner's label.
struct Place {
  std::vector<k8s::ObjectRef> objects;
  std::string ns;
  std::string_view owner_label;
  ObjectId owner = 0;
};

/// The object that is worst off, or its pod that says why; unset where all are well. Blocks for `limit` at most, as
/// `clock` tells. Errors: the cluster does not answer in that time (`unavailable`, RuntimeUnreachable), or refuses.
base::Result<std::optional<Link>> look_at(k8s::Connection& connection, const Place& place, base::Clock& clock,
                                          base::Millis limit);

}  // namespace threeport::controllers::explain
