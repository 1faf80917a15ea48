#include "controllers/workload/plan.h"

#include <algorithm>

#include "controllers/clusters.h"
#include "providers/kubernetes/drift.h"

namespace threeport::controllers::workload {
namespace {

bool is_injected(const InventoryRow& row) { return row.row.revision == 0; }

const InventoryRow* find_row(const std::vector<InventoryRow>& inventory, const k8s::ObjectRef& ref) {
  const auto it =
      std::find_if(inventory.begin(), inventory.end(), [&](const InventoryRow& row) { return row.ref == ref; });
  return it == inventory.end() ? nullptr : &*it;
}

bool is_desired(const Desired& desired, const k8s::ObjectRef& ref) {
  return std::any_of(desired.objects.begin(), desired.objects.end(),
                     [&](const DesiredObject& object) { return object.ref == ref; });
}

}  // namespace

std::vector<InventoryRow> read_inventory(std::vector<kinds::WorkloadResourceInstance> rows) {
  std::vector<InventoryRow> out;
  out.reserve(rows.size());
  for (auto& row : rows) {
    k8s::ObjectRef ref = k8s::ref_of(row.json_definition);
    out.push_back({std::move(row), std::move(ref)});
  }
  return out;
}

bool is_autoscaled(const Desired& desired, const k8s::ObjectRef& ref) {
  return std::any_of(desired.objects.begin(), desired.objects.end(), [&](const DesiredObject& object) {
    const auto target = k8s::scale_target(object.manifest);
    return target && target->kind == ref.kind && target->name == ref.name && target->ns == ref.ns;
  });
}

Plan make_plan(const Desired& desired, const std::vector<InventoryRow>& inventory, const FindLive& live) {
  Plan plan;
  for (const DesiredObject& object : desired.objects) {
    const InventoryRow* row = find_row(inventory, object.ref);
    ApplyStep step{.object = object, .row = row};
    const bool recorded = row != nullptr && row->row.json_definition == object.recorded;
    step.record_first = !recorded;
    if (!recorded || !row->row.reconciled || !row->row.applied_hash) {
      plan.apply.push_back(std::move(step));
      continue;
    }
    const k8s::LiveObject present = live(object.ref);
    const k8s::DriftOptions options{.ignore_replicas = is_autoscaled(desired, object.ref)};
    if (present && k8s::owned_hash(object.manifest, *present, options) == *row->row.applied_hash) continue;
    step.why = Why::drifted;
    plan.apply.push_back(std::move(step));
  }
  std::vector<k8s::ObjectRef> leaving;
  for (const InventoryRow& row : inventory) {
    const bool scheduled = is_injected(row) && row.row.scheduled_for_deletion.has_value();
    if (!is_desired(desired, row.ref) && (scheduled || !is_injected(row))) leaving.push_back(row.ref);
  }
  k8s::sort_for_apply(leaving);
  std::reverse(leaving.begin(), leaving.end());
  for (const k8s::ObjectRef& ref : leaving) plan.remove.push_back(find_row(inventory, ref));
  return plan;
}

void add_foreign_rows(Desired& desired, const std::vector<InventoryRow>& inventory, const Identity& identity) {
  for (const InventoryRow& row : inventory) {
    if (!is_injected(row) || row.row.scheduled_for_deletion || row.ref.name.empty() || is_desired(desired, row.ref))
      continue;
    DesiredObject object = make_desired(row.row.json_definition, !row.ref.ns.empty(), row.ref.ns, identity);
    object.recorded = row.row.json_definition;
    desired.objects.push_back(std::move(object));
  }
}

std::string other_owner(const json::Value& live, const Identity& identity) {
  const std::string_view installation = k8s::label_of(live, kInstallationLabel);
  if (!installation.empty() && installation != identity.installation_uid)
    return "installation " + std::string(installation);
  const std::string_view instance = k8s::label_of(live, kInstanceLabel);
  if (!instance.empty() && instance != std::to_string(identity.instance_id))
    return "workload instance " + std::string(instance);
  return {};
}

}  // namespace threeport::controllers::workload
