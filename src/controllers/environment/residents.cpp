#include "controllers/environment/residents.h"

namespace threeport::controllers::environment {
namespace {

using reconcile::Outcome;

std::string text_of(const kinds::DependencyInstance& dependency) {
  return "dependency instance " + dependency.identity;
}

/// Asks for the deletion of each workload instance that nobody has asked for yet. Each by itself: one that may not be
/// deleted yet does not hold the others up. Error `blocked`: names that one.
base::Result<void> schedule_removal(const std::vector<kinds::WorkloadInstance>& workloads, reconcile::Context& ctx) {
  base::Result<void> outcome;
  for (const kinds::WorkloadInstance& workload : workloads) {
    if (workload.reconciliation.deletion_scheduled) continue;
    reconcile::Batch batch;
    batch.schedule_removal<kinds::WorkloadInstance>(workload.meta.id);
    auto written = ctx.write(batch);
    if (written) continue;
    if (written.error().kind != base::ErrorKind::conflict) return std::move(written).error();
    outcome = base::blocked("workload instance " + workload.instance.name +
                            " cannot be deleted: " + written.error().message + "; delete what needs it");
  }
  return outcome;
}

base::Error still_retained(const kinds::DependencyInstance& dependency) {
  return base::blocked(text_of(dependency) +
                       " is retained for its data, and goes only by its name: " + "DELETE /v0/dependency-instances/" +
                       std::to_string(dependency.meta.id) + "?name=IDENTITY deletes it and its data");
}

}  // namespace

std::string Residents::to_text() const {
  const std::size_t count = workloads.size() + dependencies.size();
  if (count == 0) return {};
  std::string out =
      workloads.empty() ? text_of(dependencies.front()) : "workload instance " + workloads.front().instance.name;
  if (count > 1) out += " and " + std::to_string(count - 1) + " more";
  return out;
}

base::Result<Residents> residents_of(const kinds::Environment& environment, reconcile::Context& ctx) {
  Residents out;
  TP_TRY(out.workloads, ctx.list<kinds::WorkloadInstance>("EnvironmentID", environment.meta.id));
  TP_TRY(out.dependencies, ctx.list<kinds::DependencyInstance>("EnvironmentID", environment.meta.id));
  return out;
}

base::Result<std::optional<Outcome>> evict(const kinds::Environment& environment, reconcile::Context& ctx) {
  TP_TRY(const Residents residents, residents_of(environment, ctx));
  if (environment.cascade) TP_CHECK(schedule_removal(residents.workloads, ctx));
  for (const kinds::DependencyInstance& dependency : residents.dependencies) {
    if (dependency.retained_since && !dependency.reconciliation.deletion_scheduled) return still_retained(dependency);
  }
  const std::string left = residents.to_text();
  if (left.empty()) return std::optional<Outcome>();
  return std::optional(Outcome::waiting("Deleting", "Waiting until " + left + " is gone."));
}

apiserver::Hook agreement_of_runtime(apiserver::Objects& objects) {
  return [&objects](const json::Value* before, const json::Value& after) -> base::Result<void> {
    constexpr std::string_view kRuntime = "KubernetesRuntimeInstanceID";
    const auto runtime = after.at(kRuntime).as_int(), id = after.at("EnvironmentID").as_int();
    if (!runtime || !id || (before != nullptr && before->at(kRuntime) == after.at(kRuntime))) return {};
    TP_TRY(const auto environment, objects.find(kinds::Environment::kind.name, *id));
    if (!environment) return {};  // made by the same set: the controller judges
    const auto placed = environment->data.at("PlacedKubernetesRuntimeInstanceID").as_int();
    const auto cluster = placed ? placed : environment->data.at(kRuntime).as_int();
    if (cluster == runtime) return {};
    const std::string name(environment->name());
    return base::invalid(std::string(kRuntime) + ": the workload would run on Kubernetes runtime " +
                         std::to_string(*runtime) + ", but its environment " + name +
                         (cluster ? " lives on " + std::to_string(*cluster) : " has not been placed yet") +
                         "; leave KubernetesRuntimeInstanceID out, it is filled in");
  };
}

}  // namespace threeport::controllers::environment
