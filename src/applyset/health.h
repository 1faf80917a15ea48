// How a set is doing, from its live objects. Pure functions.
#pragma once

#include <string>
#include <vector>

#include "applyset/plan.h"
#include "providers/kubernetes/readiness.h"

namespace threeport::applyset {

struct SetHealth {
  bool ready = true;
  std::string reason = "Healthy";  ///< of the worst object
  std::string message;             ///< names the object and the cause
  std::string status = "Healthy";  ///< Healthy, Reconciling, Unhealthy, Down
  k8s::ObjectRef culprit = {};     ///< the worst object, or that of its pods and controllers where the cause was found
  std::string cause = {};          ///< the cause alone
};

/// What belongs to the set without being declared: its pods and ReplicaSets, and Kubernetes events about them.
struct Surroundings {
  std::vector<k8s::LiveObject> pods, owned;
  std::vector<json::Value> events;
};

/// `was_good`: it has been healthy as it is now before; until then what makes progress is Reconciling.
SetHealth assess_set(const Desired& desired, const FindLive& live, const Surroundings& around, bool was_good);

}  // namespace threeport::applyset
