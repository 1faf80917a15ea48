#include "applyset/apply_set.h"

#include <algorithm>
#include <set>

#include "providers/kubernetes/drift.h"

namespace threeport::applyset {
namespace {

const k8s::TypeRef kPod{"v1", "Pod"}, kReplicaSet{"apps/v1", "ReplicaSet"}, kEvent{"v1", "Event"},
    kNamespace{"v1", "Namespace"};
constexpr base::Millis kFirstList{10'000};

bool makes_pods(const Desired& desired) {
  return std::any_of(desired.objects.begin(), desired.objects.end(), [](const DesiredObject& object) {
    return object.manifest.at("spec", "template").is_object() || object.manifest.at("spec", "jobTemplate").is_object();
  });
}

base::Error with_object(base::Error error, const k8s::ObjectRef& ref) {
  return std::move(error).with_context(ref.to_text());
}

}  // namespace

ApplySet::ApplySet(Inventory& inventory, reconcile::Context& ctx, std::shared_ptr<k8s::Connection> connection,
                   Identity identity)
    : inventory_(inventory), ctx_(ctx), connection_(std::move(connection)), identity_(std::move(identity)) {}

k8s::LiveObject ApplySet::live(const k8s::ObjectRef& ref) const {
  if (k8s::LiveObject seen = connection_->informers().find(ref)) return seen;
  const auto answer = answers_.find(ref);
  return answer == answers_.end() ? nullptr : answer->second;
}

base::Result<void> ApplySet::prepare(std::vector<k8s::Manifest> manifests, const Placement& placement,
                                     Pruning pruning) {
  const auto is_namespaced = [this](const k8s::TypeRef& type) -> base::Result<std::optional<bool>> {
    auto found = connection_->cluster().resource_type(type, call_within(ctx_));
    if (found) return std::optional(found->namespaced);
    if (found.error().reason == k8s::reason::kKindUnknown) return std::optional<bool>();
    return std::move(found).error();
  };
  TP_TRY(rows_, inventory_.read());
  TP_TRY(desired_, make_desired(std::move(manifests), placement, identity_, is_namespaced));
  add_injected_rows(desired_, rows_, identity_);
  TP_CHECK(watch_types());
  plan_ = make_plan(desired_, rows_, [this](const k8s::ObjectRef& ref) { return live(ref); }, pruning);
  return {};
}

base::Result<void> ApplySet::watch_types() {
  std::set<k8s::TypeRef> types, applied;
  for (const DesiredObject& object : desired_.objects) types.insert(object.ref.type());
  for (const InventoryRow& row : rows_) {
    if (row.applied_hash) applied.insert(row.ref.type());
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

bool ApplySet::heals_drift() const {
  return std::any_of(plan_.apply.begin(), plan_.apply.end(),
                     [](const ApplyStep& step) { return step.why == Why::drifted; });
}

base::Result<void> ApplySet::carry_out() {
  if (plan_.empty()) return {};
  std::vector<DesiredObject> intended;
  for (const ApplyStep& step : plan_.apply) {
    if (step.record_first) intended.push_back(step.object);
  }
  TP_CHECK(inventory_.intend(intended));
  base::Result<void> outcome;
  for (const ApplyStep& step : plan_.apply) {
    outcome = apply_one(step);
    if (!outcome) break;
  }
  if (outcome) outcome = remove_leaving();
  // What was done is recorded, also where the next object failed.
  TP_CHECK(inventory_.flush());
  return outcome;
}

base::Result<void> ApplySet::check_owner(const ApplyStep& step) {
  if (step.row != nullptr && step.row->applied_hash) return {};
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

base::Result<void> ApplySet::apply_one(const ApplyStep& step) {
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
  const bool first = step.row == nullptr || !step.row->applied_hash;
  inventory_.applied(ref, hash, first);
  connection_->informers().write_through(*answer);
  answers_[ref] = std::make_shared<const json::Value>(std::move(*answer));
  return {};
}

base::Result<void> ApplySet::remove_leaving() {
  for (const InventoryRow* row : plan_.remove) {
    auto removal = connection_->cluster().remove(row->ref, {}, call_within(ctx_));
    if (!removal) return with_object(std::move(removal).error(), row->ref);
    if (*removal == k8s::Removal::pending) {
      ++still_leaving_;
      continue;
    }
    connection_->informers().write_through_removed(row->ref);
    inventory_.gone(row->ref);
  }
  return {};
}

bool ApplySet::has_leaving_pods() const {
  const auto pods = connection_->informers().by_label(kPod, identity_.owner_label, std::to_string(identity_.id));
  return std::any_of(pods.begin(), pods.end(),
                     [](const k8s::LiveObject& pod) { return !pod->at("metadata", "deletionTimestamp").is_null(); });
}

base::Result<std::vector<json::Value>> ApplySet::read_events() {
  TP_TRY(k8s::ListPage page,
         connection_->cluster().list({.type = kEvent, .ns = desired_.ns}, call_within(ctx_, base::Millis(5'000))));
  return std::move(page.items);
}

base::Result<SetHealth> ApplySet::assess(bool was_good) {
  Surroundings around;
  const std::string id = std::to_string(identity_.id);
  around.pods = connection_->informers().by_label(kPod, identity_.owner_label, id);
  around.owned = connection_->informers().by_label(kReplicaSet, identity_.owner_label, id);
  const auto find = [this](const k8s::ObjectRef& ref) { return live(ref); };
  SetHealth health = assess_set(desired_, find, around, was_good);
  const bool in_trouble = !health.ready && health.status != "Reconciling";
  if (!in_trouble && (was_good || !health.ready)) return health;
  // Events cost a request: they are read when something is wrong, and once when a revision has become healthy.
  TP_TRY(events_, read_events());
  around.events = events_;
  return assess_set(desired_, find, around, was_good);
}

}  // namespace threeport::applyset
