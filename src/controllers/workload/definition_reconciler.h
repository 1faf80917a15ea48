#pragma once

#include "kinds/workload.h"
#include "reconcile/reconciler.h"

namespace threeport::controllers::workload {

/// Keeps the WorkloadResourceDefinitions equal to the manifests of YAMLDocument: one row per manifest, in order,
/// replaced as a set.
class DefinitionReconciler final : public reconcile::Reconciler<kinds::WorkloadDefinition> {
 public:
  base::Result<reconcile::Outcome> reconcile(kinds::WorkloadDefinition& definition, reconcile::Context& ctx) override;
  base::Result<reconcile::Outcome> remove(kinds::WorkloadDefinition& definition, reconcile::Context& ctx) override;
};

}  // namespace threeport::controllers::workload
