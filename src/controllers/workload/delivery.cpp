#include "controllers/workload/delivery.h"

#include <algorithm>

#include "controllers/workload/runtime_events.h"

namespace threeport::controllers::workload {
namespace {

using applyset::DesiredObject;
using applyset::InventoryRow;
using kinds::WorkloadResourceInstance;
using reconcile::Batch;

constexpr base::Millis kRecordEvery{10'000};

bool is_content_addressed(const json::Value& manifest) {
  return manifest.at("metadata", "annotations").find(applyset::kContentAddressed) != nullptr;
}

/// Whether the row is to hold the object as it is now.
bool is_worth_recording(const WorkloadResourceInstance* row, const json::Value& live, base::TimePoint now) {
  const k8s::Readiness seen = k8s::assess(live);
  // A row made by this attempt: unless it is ready at once, the next attempt sees more.
  if (row == nullptr) return seen.health == k8s::Health::ready;
  if (row->runtime_definition.is_null()) return true;
  const k8s::Readiness recorded = k8s::assess(row->runtime_definition);
  const bool same = recorded.health == seen.health && recorded.ready == seen.ready &&
                    recorded.desired == seen.desired && recorded.message == seen.message;
  const bool too_soon = seen.health != k8s::Health::ready && row->meta.updated_at + kRecordEvery > now;
  return !same && !too_soon;
}

}  // namespace

WorkloadInventory::WorkloadInventory(schema::ObjectId instance, reconcile::Context& ctx, schema::ObjectId revision,
                                     std::vector<schema::ObjectId> kept_revisions)
    : instance_(instance), ctx_(ctx), revision_(revision), kept_revisions_(std::move(kept_revisions)) {}

base::Result<std::vector<InventoryRow>> WorkloadInventory::read() {
  TP_TRY(auto rows, ctx_.list<WorkloadResourceInstance>("WorkloadInstanceID", instance_));
  std::vector<InventoryRow> out;
  out.reserve(rows.size());
  for (auto& row : rows) {
    const k8s::ObjectRef ref = k8s::ref_of(row.json_definition);
    const bool may_be_named =
        std::find(kept_revisions_.begin(), kept_revisions_.end(), row.revision) != kept_revisions_.end();
    out.push_back({.ref = ref,
                   .recorded = row.json_definition,
                   .applied_hash = row.applied_hash,
                   .applied = row.reconciled,
                   .kept = may_be_named && is_content_addressed(row.json_definition),
                   .injected = row.revision == 0,
                   .asked_to_leave = row.scheduled_for_deletion.has_value()});
    ids_[ref] = row.meta.id;
    rows_[ref] = std::move(row);
  }
  return out;
}

base::Result<void> WorkloadInventory::intend(const std::vector<DesiredObject>& objects) {
  Batch batch;
  for (const DesiredObject& object : objects) {
    if (const schema::ObjectId known = id_of(object.ref); known != 0) {
      batch.merge<WorkloadResourceInstance>(
          known, json::Object{{"JSONDefinition", object.recorded}, {"RevisionID", revision_}, {"Reconciled", false}});
      continue;
    }
    WorkloadResourceInstance row;
    TP_TRY(row.meta.id, ctx_.new_id());
    row.json_definition = object.recorded;
    row.workload_instance = {instance_};
    row.revision = revision_;
    ids_[object.ref] = row.meta.id;
    batch.create(row);
  }
  if (!batch.empty()) TP_CHECK(ctx_.write(batch));
  return {};
}

void WorkloadInventory::name(const std::vector<DesiredObject>& objects) {
  for (const DesiredObject& object : objects) {
    const WorkloadResourceInstance* row = find(object.ref);
    if (row == nullptr || row->revision == revision_ || row->revision == 0 || !is_content_addressed(object.manifest))
      continue;
    done_.merge<WorkloadResourceInstance>(row->meta.id, json::Object{{"RevisionID", revision_}});
  }
}

void WorkloadInventory::applied(const k8s::ObjectRef& ref, const std::string& hash, bool first) {
  done_.merge<WorkloadResourceInstance>(
      id_of(ref),
      json::Object{{"Reconciled", true}, {"AppliedHash", hash}, {"LastOperation", first ? "ADDED" : "MODIFIED"}});
}

void WorkloadInventory::gone(const k8s::ObjectRef& ref) { done_.remove<WorkloadResourceInstance>(id_of(ref)); }

base::Result<void> WorkloadInventory::flush() {
  if (!done_.empty()) TP_CHECK(ctx_.write(done_));
  done_ = {};
  return {};
}

std::vector<k8s::ObjectRef> WorkloadInventory::refs_of(std::string_view kind) const {
  std::vector<k8s::ObjectRef> out;
  for (const auto& [ref, row] : rows_) {
    if (ref.kind == kind) out.push_back(ref);
  }
  return out;
}

const WorkloadResourceInstance* WorkloadInventory::find(const k8s::ObjectRef& ref) const {
  const auto it = rows_.find(ref);
  return it == rows_.end() ? nullptr : &it->second;
}

schema::ObjectId WorkloadInventory::id_of(const k8s::ObjectRef& ref) const {
  const auto it = ids_.find(ref);
  return it == ids_.end() ? 0 : it->second;
}

base::Result<void> record(schema::ObjectId instance, const applyset::ApplySet& set, const WorkloadInventory& inventory,
                          const applyset::SetHealth& health, bool state_changed, reconcile::Context& ctx) {
  Batch batch;
  const base::TimePoint now = ctx.clock().now();
  for (const DesiredObject& object : set.desired().objects) {
    const k8s::LiveObject present = set.live(object.ref);
    const schema::ObjectId id = inventory.id_of(object.ref);
    if (!present || id == 0 || !is_worth_recording(inventory.find(object.ref), *present, now)) continue;
    batch.merge<WorkloadResourceInstance>(id, json::Object{{"RuntimeDefinition", k8s::redact_secret(*present)}});
  }
  if (state_changed || !set.events().empty()) {
    TP_TRY(const auto stored, ctx.list<kinds::WorkloadEvent>("WorkloadInstanceID", instance));
    if (!set.events().empty()) add_kubernetes_events(batch, instance, stored, set.events());
    if (state_changed) add_own_event(batch, instance, stored, health.ready, health.reason, health.message, now);
  }
  if (batch.empty()) return {};
  TP_CHECK(ctx.write(batch));
  return {};
}

}  // namespace threeport::controllers::workload
