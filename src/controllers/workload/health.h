// How a workload is doing, from its live objects. Pure functions.
#pragma once

#include <string>
#include <vector>

#include "controllers/workload/plan.h"
#include "providers/kubernetes/readiness.h"

namespace threeport::controllers::workload {

struct WorkloadHealth {
  bool ready = true;
  std::string reason = "Healthy";  ///< of the worst object
  std::string message;             ///< names the object and the cause
  std::string status = "Healthy";  ///< Healthy, Reconciling, Unhealthy, Down
};

/// What belongs to the workload without being declared: its pods and ReplicaSets, and Kubernetes events about them.
struct Surroundings {
  std::vector<k8s::LiveObject> pods, owned;
  std::vector<json::Value> events;
};

/// `was_good`: the workload has been healthy with this revision before; until then what makes progress is Reconciling.
WorkloadHealth assess_workload(const Desired& desired, const FindLive& live, const Surroundings& around, bool was_good);

}  // namespace threeport::controllers::workload
