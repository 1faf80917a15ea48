#pragma once

#include "applyset/clusters.h"
#include "controllers/claims.h"
#include "controllers/dependency/external.h"
#include "dependencies/lifecycle.h"
#include "dependencies/outputs.h"
#include "kinds/dependency.h"
#include "providers/kubernetes/manifests.h"
#include "reconcile/reconciler.h"

namespace threeport::controllers::dependency {

namespace k8s = applyset::k8s;

/// Provides one dependency while somebody claims it. See README.md.
class InstanceReconciler final : public reconcile::Reconciler<kinds::DependencyInstance> {
 public:
  /// `open`: the provisioners of providers that are not built in.
  InstanceReconciler(applyset::Clusters& clusters, provisioner::Open open)
      : clusters_(clusters), open_(std::move(open)) {}
  base::Result<reconcile::Outcome> reconcile(kinds::DependencyInstance& instance, reconcile::Context& ctx) override;
  base::Result<reconcile::Outcome> remove(kinds::DependencyInstance& instance, reconcile::Context& ctx) override;
  std::string lane_of(const kinds::DependencyInstance& instance, reconcile::Context& ctx) override;

 private:
  base::Result<reconcile::Outcome> provide(kinds::DependencyInstance& instance, const kinds::DependencyProfile& profile,
                                           reconcile::Context& ctx);
  base::Result<reconcile::Outcome> apply(kinds::DependencyInstance& instance, const kinds::DependencyProfile& profile,
                                         const dependencies::Roots& roots, reconcile::Context& ctx);
  /// What its provider makes of it.
  struct Provided {
    std::vector<k8s::Manifest> manifests;
    json::Value templates;  ///< of outputs; null: `outputs` are final
    dependencies::Outputs outputs;
  };
  base::Result<Provided> provided_by(kinds::DependencyInstance& instance, const kinds::DependencyProfile& profile,
                                     const dependencies::Roots& roots, reconcile::Context& ctx);
  base::Result<void> migrate(kinds::DependencyInstance& instance, const kinds::DependencyProfile& profile,
                             const dependencies::Outputs& outputs, reconcile::Context& ctx);
  base::Result<bool> run_last_manifests(kinds::DependencyInstance& instance, const kinds::DependencyProfile& profile,
                                        std::shared_ptr<k8s::Connection> connection, std::string& message,
                                        reconcile::Context& ctx);
  base::Result<std::shared_ptr<k8s::Connection>> connect(const kinds::DependencyInstance& instance,
                                                         reconcile::Context& ctx);

  applyset::Clusters& clusters_;
  provisioner::Open open_;
};

}  // namespace threeport::controllers::dependency
