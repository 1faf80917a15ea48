#include "controllers/workload/delivery.h"

#include <algorithm>
#include <set>

#include "controllers/workload/runtime_events.h"
#include "providers/kubernetes/drift.h"

namespace threeport::controllers::workload {
namespace {

using reconcile::Batch;

const k8s::TypeRef kPod{"v1", "Pod"}, kReplicaSet{"apps/v1", "ReplicaSet"}, kEvent{"v1", "Event"},
    kNamespace{"v1", "Namespace"};
constexpr base::Millis kFirstList{10'000};
constexpr base::Millis kRecordEvery{10'000};

bool makes_pods(const Desired& desired) {
  return std::any_of(desired.objects.begin(), desired.objects.end(), [](const DesiredObject& object) {
    return object.manifest.at("spec", "template").is_object() || object.manifest.at("spec", "jobTemplate").is_object();
  });
}

base::Error with_object(base::Error error, const k8s::ObjectRef& ref) {
  return std::move(error).with_context(ref.to_text());
}

}  // namespace

Delivery::Delivery(kinds::WorkloadInstance& instance, reconcile::Context& ctx,
                   std::shared_ptr<k8s::Connection> connection, Identity identity)
    : instance_(instance), ctx_(ctx), connection_(std::move(connection)), identity_(std::move(identity)) {}

k8s::LiveObject Delivery::live(const k8s::ObjectRef& ref) const {
  if (k8s::LiveObject seen = connection_->informers().find(ref)) return seen;
  const auto answer = answers_.find(ref);
  return answer == answers_.end() ? nullptr : answer->second;
}

base::Result<void> Delivery::prepare(const kinds::Revision& revision) {
  const auto is_namespaced = [this](const k8s::TypeRef& type) -> base::Result<std::optional<bool>> {
    auto found = connection_->cluster().resource_type(type, call_within(ctx_));
    if (found) return std::optional(found->namespaced);
    if (found.error().reason == k8s::reason::kKindUnknown) return std::optional<bool>();
    return std::move(found).error();
  };
  TP_TRY(auto rows, ctx_.list<kinds::WorkloadResourceInstance>("WorkloadInstanceID", instance_.meta.id));
  inventory_ = read_inventory(std::move(rows));
  for (const InventoryRow& row : inventory_) row_ids_[row.ref] = row.row.meta.id;
  TP_TRY(desired_, make_desired(revision, instance_.workload_namespace, identity_, is_namespaced));
  add_foreign_rows(desired_, inventory_, identity_);
  TP_CHECK(watch_types());
  plan_ = make_plan(desired_, inventory_, [this](const k8s::ObjectRef& ref) { return live(ref); });
  return {};
}

base::Result<void> Delivery::watch_types() {
  std::set<k8s::TypeRef> types, applied;
  for (const DesiredObject& object : desired_.objects) types.insert(object.ref.type());
  for (const InventoryRow& row : inventory_) {
    if (row.row.applied_hash) applied.insert(row.ref.type());
  }
  if (makes_pods(desired_)) types.insert({kPod, kReplicaSet});
  for (const k8s::TypeRef& type : types) TP_CHECK(connection_->informers().ensure(type));
  // Drift can be judged only against a complete list; before anything was applied there is none to judge.
  for (const k8s::TypeRef& type : applied) {
    if (!types.contains(type)) continue;
    auto synced = connection_->informers().wait_synced(type, call_within(ctx_, kFirstList));
    if (!synced && synced.error().reason != k8s::reason::kKindUnknown) return synced;
  }
  return {};
}

bool Delivery::heals_drift() const {
  return std::any_of(plan_.apply.begin(), plan_.apply.end(),
                     [](const ApplyStep& step) { return step.why == Why::drifted; });
}

base::Result<void> Delivery::carry_out(const kinds::Revision& revision) {
  if (plan_.empty()) return {};
  TP_CHECK(record_intent(revision));
  Batch done;
  base::Result<void> outcome;
  for (ApplyStep& step : plan_.apply) {
    outcome = apply_one(step, done);
    if (!outcome) break;
  }
  if (outcome) outcome = remove_leaving(done);
  // What was done is recorded, also where the next object failed.
  if (!done.empty()) TP_CHECK(ctx_.write(done));
  return outcome;
}

base::Result<void> Delivery::record_intent(const kinds::Revision& revision) {
  Batch batch;
  for (ApplyStep& step : plan_.apply) {
    if (!step.record_first) continue;
    if (step.row == nullptr) {
      kinds::WorkloadResourceInstance row;
      TP_TRY(row.meta.id, ctx_.new_id());
      row.json_definition = step.object.recorded;
      row.workload_instance = {instance_.meta.id};
      row.revision = revision.meta.id;
      row_ids_[step.object.ref] = row.meta.id;
      batch.create(row);
    } else {
      batch.merge<kinds::WorkloadResourceInstance>(
          step.row->row.meta.id,
          json::Object{
              {"JSONDefinition", step.object.recorded}, {"RevisionID", revision.meta.id}, {"Reconciled", false}});
    }
  }
  if (!batch.empty()) TP_CHECK(ctx_.write(batch));
  instance_.workload_namespace = desired_.ns;
  return {};
}

base::Result<void> Delivery::check_owner(const ApplyStep& step) {
  if (step.row != nullptr && step.row->row.applied_hash) return {};
  // Nobody else puts objects into a namespace whose name holds our hash: its own owner was checked before it was
  // applied.
  if (desired_.own_namespace && step.object.ref.ns == desired_.ns &&
      answers_.contains({kNamespace.api_version, kNamespace.kind, "", desired_.ns}))
    return {};
  auto present = connection_->cluster().get(step.object.ref, call_within(ctx_));
  if (!present) {
    const bool absent =
        present.error().kind == base::ErrorKind::not_found || present.error().reason == k8s::reason::kKindUnknown;
    return absent ? base::Result<void>() : base::Result<void>(std::move(present).error());
  }
  const std::string owner = other_owner(*present, identity_);
  if (owner.empty()) return {};
  const bool is_namespace = step.object.ref.type() == kNamespace;
  base::Error error =
      base::blocked(step.object.ref.to_text() + " belongs to " + owner + ": rename it here, or remove it there");
  error.reason = is_namespace ? "NamespaceTaken" : k8s::reason::kRejected;
  return error;
}

base::Result<void> Delivery::apply_one(ApplyStep& step, Batch& done) {
  const k8s::ObjectRef& ref = step.object.ref;
  TP_CHECK(check_owner(step));
  const bool autoscaled = is_autoscaled(desired_, ref);
  json::Value manifest = step.object.manifest;
  if (autoscaled) {
    const k8s::LiveObject present = live(ref);
    manifest = k8s::with_live_replicas(std::move(manifest), present.get());
  }
  auto answer = connection_->cluster().apply(manifest, {}, call_within(ctx_));
  if (!answer) {
    base::Error error = with_object(std::move(answer).error(), ref);
    if (error.reason == k8s::reason::kKindUnknown) {
      // Its CustomResourceDefinition was applied just now (else make_desired had refused it): served in a moment.
      error.kind = base::ErrorKind::unavailable;
      error.reason = "Progressing";
      error.retry_after = base::Millis(1000);
    }
    return error;
  }
  const std::string hash = k8s::owned_hash(step.object.manifest, *answer, {.ignore_replicas = autoscaled});
  const bool first = step.row == nullptr || !step.row->row.applied_hash;
  json::Object members{{"Reconciled", true}, {"AppliedHash", hash}, {"LastOperation", first ? "ADDED" : "MODIFIED"}};
  done.merge<kinds::WorkloadResourceInstance>(row_ids_.at(ref), std::move(members));
  connection_->informers().write_through(*answer);
  answers_[ref] = std::make_shared<const json::Value>(std::move(*answer));
  return {};
}

base::Result<void> Delivery::remove_leaving(Batch& done) {
  for (const InventoryRow* row : plan_.remove) {
    auto removal = connection_->cluster().remove(row->ref, {}, call_within(ctx_));
    if (!removal) return with_object(std::move(removal).error(), row->ref);
    if (*removal == k8s::Removal::pending) {
      ++still_leaving_;
      continue;
    }
    connection_->informers().write_through_removed(row->ref);
    done.remove<kinds::WorkloadResourceInstance>(row->row.meta.id);
  }
  return {};
}

base::Result<std::vector<json::Value>> Delivery::events() {
  TP_TRY(k8s::ListPage page,
         connection_->cluster().list({.type = kEvent, .ns = desired_.ns}, call_within(ctx_, base::Millis(5'000))));
  return std::move(page.items);
}

base::Result<WorkloadHealth> Delivery::assess(bool was_good) {
  Surroundings around;
  const std::string id = std::to_string(instance_.meta.id);
  around.pods = connection_->informers().by_label(kPod, kInstanceLabel, id);
  around.owned = connection_->informers().by_label(kReplicaSet, kInstanceLabel, id);
  const auto find = [this](const k8s::ObjectRef& ref) { return live(ref); };
  WorkloadHealth health = assess_workload(desired_, find, around, was_good);
  const bool in_trouble = !health.ready && health.status != "Reconciling";
  if (!in_trouble && (was_good || !health.ready)) return health;
  // Events cost a request: they are read when something is wrong, and once when a revision has become healthy.
  TP_TRY(events_, events());
  around.events = events_;
  return assess_workload(desired_, find, around, was_good);
}

base::Result<void> Delivery::record(const WorkloadHealth& health, bool state_changed) {
  Batch batch;
  const base::TimePoint now = ctx_.clock().now();
  std::map<schema::ObjectId, const kinds::WorkloadResourceInstance*> rows;
  for (const InventoryRow& row : inventory_) rows[row.row.meta.id] = &row.row;
  for (const DesiredObject& object : desired_.objects) {
    const k8s::LiveObject present = live(object.ref);
    const auto id = row_ids_.find(object.ref);
    if (!present || id == row_ids_.end()) continue;
    const auto row = rows.find(id->second);
    const k8s::Readiness seen = k8s::assess(*present);
    if (row != rows.end() && !row->second->runtime_definition.is_null()) {
      const k8s::Readiness recorded = k8s::assess(row->second->runtime_definition);
      const bool same = recorded.health == seen.health && recorded.ready == seen.ready &&
                        recorded.desired == seen.desired && recorded.message == seen.message;
      const bool too_soon = seen.health != k8s::Health::ready && row->second->meta.updated_at + kRecordEvery > now;
      if (same || too_soon) continue;
    } else if (row == rows.end() && seen.health != k8s::Health::ready) {
      continue;  // applied a moment ago: the next attempt sees more
    }
    batch.merge<kinds::WorkloadResourceInstance>(id->second,
                                                 json::Object{{"RuntimeDefinition", k8s::redact_secret(*present)}});
  }
  if (state_changed || !events_.empty()) {
    TP_TRY(const auto stored, ctx_.list<kinds::WorkloadEvent>("WorkloadInstanceID", instance_.meta.id));
    if (!events_.empty()) add_kubernetes_events(batch, instance_.meta.id, stored, events_);
    if (state_changed)
      add_own_event(batch, instance_.meta.id, stored, health.ready, health.reason, health.message, now);
  }
  if (batch.empty()) return {};
  TP_CHECK(ctx_.write(batch));
  return {};
}

}  // namespace threeport::controllers::workload
