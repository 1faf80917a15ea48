// Reconcilers of the runtime kinds. A runtime of provider `kind` or `kubeconfig` is adopted: it exists, we check that
// it answers.
#pragma once

#include "applyset/clusters.h"
#include "kinds/runtime.h"
#include "reconcile/reconciler.h"

namespace threeport::controllers {

class KubernetesRuntimeDefinitionReconciler final : public reconcile::Reconciler<kinds::KubernetesRuntimeDefinition> {
 public:
  base::Result<reconcile::Outcome> reconcile(kinds::KubernetesRuntimeDefinition& definition,
                                             reconcile::Context& ctx) override;
  base::Result<reconcile::Outcome> remove(kinds::KubernetesRuntimeDefinition& definition,
                                          reconcile::Context& ctx) override;
};

/// Ready while the API server answers with our credentials; looked at again every 30 s.
class KubernetesRuntimeInstanceReconciler final : public reconcile::Reconciler<kinds::KubernetesRuntimeInstance> {
 public:
  explicit KubernetesRuntimeInstanceReconciler(applyset::Clusters& clusters) : clusters_(clusters) {}
  base::Result<reconcile::Outcome> reconcile(kinds::KubernetesRuntimeInstance& runtime,
                                             reconcile::Context& ctx) override;
  base::Result<reconcile::Outcome> remove(kinds::KubernetesRuntimeInstance& runtime, reconcile::Context& ctx) override;
  std::string lane_of(const kinds::KubernetesRuntimeInstance& runtime, reconcile::Context& ctx) override;

 private:
  applyset::Clusters& clusters_;
};

}  // namespace threeport::controllers
