#include "controllers/explain/reader.h"

#include <algorithm>

#include "apiserver/history.h"
#include "controllers/explain/cluster_look.h"
#include "controllers/explain/subjects.h"
#include "kinds/dependency.h"
#include "reconcile/status.h"

namespace threeport::controllers::explain {
namespace {

using kinds::DependencyInstance;
using kinds::KubernetesRuntimeInstance;
using kinds::WorkloadInstance;

constexpr base::Millis kLookLimit{5'000};
constexpr std::string_view kRuntime = KubernetesRuntimeInstance::kind.name;

const Need* find_runtime(const Subject& subject) {
  const auto found = std::find_if(subject.needs.begin(), subject.needs.end(),
                                  [](const Need& need) { return need.key.kind == kRuntime; });
  return found == subject.needs.end() ? nullptr : &*found;
}

base::Result<Place> place_of(apiserver::Objects& objects, const Subject& subject) {
  TP_TRY(const auto object, objects.get(subject.key.kind, subject.key.id));
  const bool is_workload = subject.key.kind == WorkloadInstance::kind.name;
  Place out{.objects = {},
            .ns = std::string(object.data.at("Namespace").text()),
            .owner_label = is_workload ? applyset::kInstanceLabel : applyset::kDependencyLabel,
            .owner = subject.key.id};
  if (is_workload) {
    TP_TRY(const auto rows,
           objects.list(kinds::WorkloadResourceInstance::kind.name, "WorkloadInstanceID", subject.key.id));
    for (const auto& row : rows) out.objects.push_back(k8s::ref_of(row.data.at("JSONDefinition")));
    return out;
  }
  const json::Array* inventory = object.data.at("Inventory").if_array();
  for (const json::Value& entry : inventory == nullptr ? json::Array() : *inventory) {
    const auto ref = k8s::ObjectRef::parse(entry.at("Object").text());
    if (entry.at("Provider").text() == "manifests" && ref) out.objects.push_back(*ref);
  }
  return out;
}

}  // namespace

base::Result<Explanation> Reader::explain(const schema::KindDescriptor& kind, ObjectId id) {
  if (!kind.reconciled) {
    return base::invalid("objects of kind " + std::string(kind.name) +
                         " are neither ready nor not: no controller works on them");
  }
  TP_CHECK(objects_.get(kind.name, id));
  const Key start{std::string(kind.name), id};
  TP_TRY(const Subjects subjects, read_subjects(start));
  const std::vector<Step> way = find_way(subjects, start);
  const Subject& last = *way.back().subject;
  if (last.ready) return conclude(way, {}, {});
  TP_TRY(std::optional<Link> culprit, look(last));
  std::vector<Change> changes;
  if (last.since) {
    TP_TRY(changes, read_changes(suspects_of(way), *last.since));
  }
  return conclude(way, std::move(culprit), changes);
}

/// What is gone meanwhile is left out.
base::Result<Subjects> Reader::read_subjects(const Key& start) {
  Subjects out;
  std::vector<Key> open{start};
  while (!open.empty()) {
    const Key key = open.back();
    open.pop_back();
    if (out.contains(key)) continue;
    TP_TRY(const auto object, objects_.find(key.kind, key.id));
    if (!object && key == start) return base::not_found("record not found");
    if (!object) continue;
    TP_TRY(Subject subject, make_subject(objects_, *object));
    for (const Need& need : subject.needs) open.push_back(need.key);
    out.emplace(key, std::move(subject));
  }
  return out;
}

base::Result<std::optional<Link>> Reader::look(const Subject& subject) {
  if (auto refused = find_refused(subject)) return refused;
  const Need* need = find_runtime(subject);
  if (need == nullptr) return std::optional<Link>();
  TP_TRY(const auto object, objects_.find(kRuntime, need->key.id));
  if (!object) return std::optional<Link>();
  TP_TRY(const auto runtime, reconcile::decode<KubernetesRuntimeInstance>(*object));
  const auto blame = [&](std::string reason, std::string message) {
    return std::optional(Link{.kind = std::string(kRuntime),
                              .id = object->id,
                              .name = runtime.instance.name,
                              .reason = std::move(reason),
                              .message = std::move(message)});
  };
  if (subject.reason == k8s::reason::kRuntimeUnreachable) return blame(subject.reason, subject.message);
  if (!is_told_by_cluster(subject)) return std::optional<Link>();
  TP_TRY(const Place place, place_of(objects_, subject));
  if (place.ns.empty()) return std::optional<Link>();
  TP_TRY(const auto connection,
         clusters_.connect(runtime, [this](std::string_view stored) { return objects_.reveal(stored); }));
  auto seen = look_at(*connection, place, objects_.clock(), kLookLimit);
  if (seen) return std::move(*seen);
  return blame(reconcile::reason_of(seen.error()), seen.error().message);
}

base::Result<std::vector<Change>> Reader::read_changes(const std::vector<Key>& suspects, base::TimePoint since) {
  std::vector<Change> out;
  for (const Key& key : suspects) {
    const schema::KindDescriptor* kind = objects_.registry().find(key.kind);
    if (kind == nullptr || !kind->logged) continue;
    auto past = apiserver::Past::open(objects_, *kind, key.id);
    if (!past && past.error().kind == base::ErrorKind::not_found) continue;
    if (!past) return std::move(past).error();
    for (;;) {
      TP_TRY(const auto step, past->next());
      if (!step) break;
      const bool is_update = step->before && step->after && step->before->is_object() && step->after->is_object();
      out.push_back({.sequence = step->change.sequence,
                     .at = step->change.at,
                     .by = step->change.by,
                     .key = key,
                     .member = is_update ? members_of(json::make_merge_patch(*step->before, *step->after)) : ""});
      // Nothing older counts beside it.
      if (find_culprit({out.back()}, since) || step->change.at < since - kShortly) break;
    }
  }
  return out;
}

}  // namespace threeport::controllers::explain
