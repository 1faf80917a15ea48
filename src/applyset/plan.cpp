#include "applyset/plan.h"

#include <algorithm>

#include "applyset/clusters.h"
#include "base/crypto.h"
#include "providers/kubernetes/drift.h"

namespace threeport::applyset {
namespace {

const InventoryRow* find_row(const std::vector<InventoryRow>& inventory, const k8s::ObjectRef& ref) {
  const auto it =
      std::find_if(inventory.begin(), inventory.end(), [&](const InventoryRow& row) { return row.ref == ref; });
  return it == inventory.end() ? nullptr : &*it;
}

/// "workload instance" for its label.
std::string words_of(std::string_view owner_label) {
  std::string out(owner_label.substr(owner_label.find('/') + 1));
  std::replace(out.begin(), out.end(), '-', ' ');
  return out;
}

bool is_recorded(const InventoryRow& row, const json::Value& manifest) {
  return row.recorded == manifest || (row.recorded.is_string() && row.recorded.text() == recorded_hash(manifest));
}

bool is_desired(const Desired& desired, const k8s::ObjectRef& ref) {
  return std::any_of(desired.objects.begin(), desired.objects.end(),
                     [&](const DesiredObject& object) { return object.ref == ref; });
}

}  // namespace

std::string recorded_hash(const json::Value& recorded) {
  return "sha256:" + base::sha256_hex(json::canonical(recorded));
}

bool is_autoscaled(const Desired& desired, const k8s::ObjectRef& ref) {
  return std::any_of(desired.objects.begin(), desired.objects.end(), [&](const DesiredObject& object) {
    const auto target = k8s::scale_target(object.manifest);
    return target && target->kind == ref.kind && target->name == ref.name && target->ns == ref.ns;
  });
}

Plan make_plan(const Desired& desired, const std::vector<InventoryRow>& inventory, const FindLive& live,
               Pruning pruning) {
  Plan plan;
  for (const DesiredObject& object : desired.objects) {
    const InventoryRow* row = find_row(inventory, object.ref);
    ApplyStep step{.object = object, .row = row};
    const bool recorded = row != nullptr && is_recorded(*row, object.recorded);
    step.record_first = !recorded;
    if (!recorded || !row->applied || !row->applied_hash) {
      plan.apply.push_back(std::move(step));
      continue;
    }
    const k8s::LiveObject present = live(object.ref);
    const k8s::DriftOptions options{.ignore_replicas = is_autoscaled(desired, object.ref)};
    if (present && k8s::owned_hash(object.manifest, *present, options) == *row->applied_hash) continue;
    step.why = Why::drifted;
    plan.apply.push_back(std::move(step));
  }
  if (pruning == Pruning::keep) return plan;
  std::vector<k8s::ObjectRef> leaving;
  for (const InventoryRow& row : inventory) {
    const bool leaves = row.injected ? row.asked_to_leave : !row.kept;
    if (leaves && !is_desired(desired, row.ref)) leaving.push_back(row.ref);
  }
  k8s::sort_for_apply(leaving);
  std::reverse(leaving.begin(), leaving.end());
  for (const k8s::ObjectRef& ref : leaving) plan.remove.push_back(find_row(inventory, ref));
  return plan;
}

void add_injected_rows(Desired& desired, const std::vector<InventoryRow>& inventory, const Identity& identity) {
  for (const InventoryRow& row : inventory) {
    if (!row.injected || row.asked_to_leave || row.ref.name.empty() || is_desired(desired, row.ref)) continue;
    DesiredObject object = make_desired(row.recorded, !row.ref.ns.empty(), row.ref.ns, identity);
    object.recorded = row.recorded;
    desired.objects.push_back(std::move(object));
  }
}

std::string other_owner(const json::Value& live, const Identity& identity) {
  const std::string_view installation = k8s::label_of(live, kInstallationLabel);
  if (!installation.empty() && installation != identity.installation_uid)
    return "installation " + std::string(installation);
  for (const std::string_view label : kOwnerLabels) {
    const std::string_view id = k8s::label_of(live, label);
    const bool ours = label == identity.owner_label && id == std::to_string(identity.id);
    if (id.empty() || ours) continue;
    return words_of(label) + " " + std::string(id);
  }
  return {};
}

}  // namespace threeport::applyset
