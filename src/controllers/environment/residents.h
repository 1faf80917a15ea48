// What lives in an environment.
#pragma once

#include <optional>
#include <vector>

#include "apiserver/objects.h"
#include "kinds/dependency.h"
#include "reconcile/reconciler.h"

namespace threeport::controllers::environment {

struct Residents {
  std::vector<kinds::WorkloadInstance> workloads;
  std::vector<kinds::DependencyInstance> dependencies;
  /// "workload instance web-dev and 2 more"; "" where nobody lives there.
  [[nodiscard]] std::string to_text() const;
};

base::Result<Residents> residents_of(const kinds::Environment& environment, reconcile::Context& ctx);

/// One step of emptying an environment whose deletion cascades: schedules the deletion of its workload instances. What
/// is still to be waited for; unset once nobody lives there. Error `blocked`: somebody does not go by itself; the
/// message names it and the fix.
base::Result<std::optional<reconcile::Outcome>> evict(const kinds::Environment& environment, reconcile::Context& ctx);

/// Judges workload instances: a KubernetesRuntimeInstanceID beside an EnvironmentID names the cluster that the
/// environment lives on.
apiserver::Hook agreement_of_runtime(apiserver::Objects& objects);

}  // namespace threeport::controllers::environment
