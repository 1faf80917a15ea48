#pragma once

#include "applyset/clusters.h"
#include "controllers/claims.h"
#include "dependencies/lifecycle.h"
#include "dependencies/outputs.h"
#include "kinds/dependency.h"
#include "reconcile/reconciler.h"

namespace threeport::controllers::dependency {

namespace k8s = applyset::k8s;

/// Provides one dependency while somebody claims it. See README.md.
class InstanceReconciler final : public reconcile::Reconciler<kinds::DependencyInstance> {
 public:
  explicit InstanceReconciler(applyset::Clusters& clusters) : clusters_(clusters) {}
  base::Result<reconcile::Outcome> reconcile(kinds::DependencyInstance& instance, reconcile::Context& ctx) override;
  base::Result<reconcile::Outcome> remove(kinds::DependencyInstance& instance, reconcile::Context& ctx) override;
  std::string lane_of(const kinds::DependencyInstance& instance, reconcile::Context& ctx) override;

 private:
  base::Result<reconcile::Outcome> provide(kinds::DependencyInstance& instance, const kinds::DependencyProfile& profile,
                                           reconcile::Context& ctx);
  base::Result<reconcile::Outcome> apply(kinds::DependencyInstance& instance, const kinds::DependencyProfile& profile,
                                         const dependencies::Roots& roots, reconcile::Context& ctx);
  base::Result<bool> run_last_manifests(kinds::DependencyInstance& instance, const kinds::DependencyProfile& profile,
                                        std::shared_ptr<k8s::Connection> connection, std::string& message,
                                        reconcile::Context& ctx);
  base::Result<std::shared_ptr<k8s::Connection>> connect(const kinds::DependencyInstance& instance,
                                                         reconcile::Context& ctx);

  applyset::Clusters& clusters_;
};

}  // namespace threeport::controllers::dependency
