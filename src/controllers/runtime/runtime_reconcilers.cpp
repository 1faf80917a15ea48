#include "controllers/runtime/runtime_reconcilers.h"

namespace threeport::controllers {
namespace {

using reconcile::Context;
using reconcile::Outcome;

constexpr base::Millis kCheckEvery{30'000};
constexpr base::Millis kHealthTimeout{10'000};

}  // namespace

base::Result<Outcome> KubernetesRuntimeDefinitionReconciler::reconcile(kinds::KubernetesRuntimeDefinition& definition,
                                                                       Context&) {
  if (definition.infra_provider == "eks") {
    return Outcome::waiting(
        "NoController",
        "This build adopts clusters (InfraProvider kubeconfig or kind); it cannot make EKS clusters yet.");
  }
  return Outcome::settled();
}

base::Result<Outcome> KubernetesRuntimeDefinitionReconciler::remove(kinds::KubernetesRuntimeDefinition&, Context&) {
  return Outcome::settled();
}

std::string KubernetesRuntimeInstanceReconciler::lane_of(const kinds::KubernetesRuntimeInstance& runtime, Context&) {
  return "cluster-check/" + std::to_string(runtime.meta.id);  // not behind the workloads of a hanging cluster
}

base::Result<Outcome> KubernetesRuntimeInstanceReconciler::reconcile(kinds::KubernetesRuntimeInstance& runtime,
                                                                     Context& ctx) {
  TP_TRY(const auto definition, ctx.get(runtime.definition));
  const bool adopted = definition.infra_provider != "eks";
  if (!adopted && !runtime.kubeconfig && !runtime.api_endpoint) {
    return Outcome::waiting("NoController",
                            "This build cannot make EKS clusters yet; set Kubeconfig to adopt an existing one.");
  }
  TP_TRY(const auto connection, clusters_.connect(runtime, ctx));
  TP_CHECK(connection->cluster().health(applyset::call_within(ctx, kHealthTimeout)));
  // A token may be good for /readyz, which anybody may read, and yet be refused: ask for something that needs rights.
  TP_CHECK(connection->cluster().discover(applyset::call_within(ctx, kHealthTimeout)));
  TP_CHECK(connection->cluster().list({.type = {"v1", "Namespace"}, .page_size = 1},
                                      applyset::call_within(ctx, kHealthTimeout)));
  runtime.instance.status = "Healthy";
  return Outcome::settled().recheck_in(kCheckEvery);
}

base::Result<Outcome> KubernetesRuntimeInstanceReconciler::remove(kinds::KubernetesRuntimeInstance&, Context&) {
  return Outcome::settled();  // an adopted cluster is not ours to remove
}

}  // namespace threeport::controllers
