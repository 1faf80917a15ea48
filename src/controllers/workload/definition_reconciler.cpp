#include "controllers/workload/definition_reconciler.h"

#include <algorithm>

#include "providers/kubernetes/manifests.h"

namespace threeport::controllers::workload {

using reconcile::Context;
using reconcile::Outcome;
namespace k8s = providers::kubernetes;

base::Result<Outcome> DefinitionReconciler::reconcile(kinds::WorkloadDefinition& definition, Context& ctx) {
  // A Score file becomes manifests where it is delivered: it has no rows here.
  TP_TRY(const auto manifests, k8s::parse_manifests(definition.yaml_document));
  TP_TRY(const auto rows, ctx.list<kinds::WorkloadResourceDefinition>("WorkloadDefinitionID", definition.meta.id));
  const bool equal = std::equal(
      manifests.begin(), manifests.end(), rows.begin(), rows.end(),
      [](const auto& manifest, const auto& row) { return k8s::redact_secret(manifest.object) == row.json_definition; });
  if (equal) return Outcome::settled();
  reconcile::Batch batch;
  for (const auto& row : rows) batch.remove<kinds::WorkloadResourceDefinition>(row.meta.id);
  for (const auto& manifest : manifests) {
    kinds::WorkloadResourceDefinition row;
    row.json_definition = k8s::redact_secret(manifest.object);
    row.workload_definition = {definition.meta.id};
    batch.create(row);
  }
  TP_CHECK(ctx.write(batch));
  return Outcome::settled();
}

base::Result<Outcome> DefinitionReconciler::remove(kinds::WorkloadDefinition&, Context&) {
  return Outcome::settled();  // the rows are part of the definition and go with it
}

}  // namespace threeport::controllers::workload
