#pragma once

#include <optional>

#include "applyset/clusters.h"
#include "kinds/dependency.h"
#include "reconcile/reconciler.h"

namespace threeport::controllers::environment {

/// Places an environment on a cluster, keeps its namespace there, and ends it. See README.md.
class EnvironmentReconciler final : public reconcile::Reconciler<kinds::Environment> {
 public:
  explicit EnvironmentReconciler(applyset::Clusters& clusters) : clusters_(clusters) {}
  base::Result<reconcile::Outcome> reconcile(kinds::Environment& environment, reconcile::Context& ctx) override;
  base::Result<reconcile::Outcome> remove(kinds::Environment& environment, reconcile::Context& ctx) override;
  std::string lane_of(const kinds::Environment& environment, reconcile::Context& ctx) override;

 private:
  base::Result<reconcile::Outcome> keep(kinds::Environment& environment, reconcile::Context& ctx);
  /// Sets where it lives; an outcome where that has to wait.
  base::Result<std::optional<reconcile::Outcome>> place(kinds::Environment& environment, reconcile::Context& ctx);
  /// Takes its namespace off the cluster that it lives on.
  base::Result<reconcile::Outcome> leave(const kinds::Environment& environment, reconcile::Context& ctx);

  applyset::Clusters& clusters_;
};

}  // namespace threeport::controllers::environment
