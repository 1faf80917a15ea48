#include "controllers/explain/subjects.h"

#include <algorithm>

#include "kinds/dependency.h"
#include "reconcile/context.h"
#include "reconcile/status.h"

namespace threeport::controllers::explain {
namespace {

using apiserver::Object;
using apiserver::Objects;
using kinds::DependencyClaim;
using kinds::DependencyInstance;
using kinds::Environment;
using kinds::KubernetesRuntimeDefinition;
using kinds::KubernetesRuntimeInstance;
using kinds::WorkloadDefinition;
using kinds::WorkloadInstance;

template <typename K>
Key key_of(schema::Ref<K> ref) {
  return {std::string(K::kind.name), ref.id};
}

/// The members of a kind that name other objects, but for clusters: these are needs.
void add_declaring(Subject& subject, const Object& object) {
  for (const schema::FieldDescriptor& field : object.kind->fields) {
    if (!field.is_spec() || field.references.empty() || field.references == KubernetesRuntimeInstance::kind.name)
      continue;
    const auto id = object.data.at(field.name).as_int().value_or(0);
    if (id > 0) subject.declared_by.push_back({std::string(field.references), id});
  }
}

base::Result<void> add_need(Objects& objects, Subject& subject, const Key& key, std::string_view word) {
  if (key.id == 0) return {};
  TP_TRY(const auto object, objects.find(key.kind, key.id));
  if (object) subject.needs.push_back({key, std::string(word) + " " + name_of(*object)});
  return {};
}

constexpr std::string_view kRuntimeWord = "Kubernetes runtime";

base::Result<void> add_claims(Objects& objects, Subject& subject, std::string_view claimant) {
  TP_TRY(const auto claims, objects.list(DependencyClaim::kind.name, claimant, subject.key.id));
  for (const Object& claim : claims) {
    if (claim.data.at("Phase").text() != "Active") continue;
    const auto id = claim.data.at("DependencyInstanceID").as_int().value_or(0);
    std::string alias(claim.data.at("Alias").text());
    constexpr std::string_view kUses = "resources.";
    if (alias.starts_with(kUses)) alias.erase(0, kUses.size());
    subject.needs.push_back({{std::string(DependencyInstance::kind.name), id}, std::move(alias)});
  }
  return {};
}

base::Result<void> add_needs_of_workload(Objects& objects, Subject& subject, const Object& object) {
  TP_TRY(const auto instance, reconcile::decode<WorkloadInstance>(object));
  TP_CHECK(add_need(objects, subject, key_of(instance.definition), "workload definition"));
  TP_CHECK(add_need(objects, subject, key_of(instance.environment), "environment"));
  TP_CHECK(add_need(objects, subject, key_of(instance.runtime), kRuntimeWord));
  return add_claims(objects, subject, "WorkloadInstanceID");
}

/// Users declare parameters where they claim.
base::Result<void> add_users(Objects& objects, Subject& subject) {
  TP_TRY(const auto claims, objects.list(DependencyClaim::kind.name, "DependencyInstanceID", subject.key.id));
  for (const Object& claim : claims) {
    const auto id = claim.data.at("WorkloadInstanceID").as_int().value_or(0);
    if (id == 0) continue;
    subject.declared_by.push_back({std::string(WorkloadInstance::kind.name), id});
    TP_TRY(const auto user, objects.find(WorkloadInstance::kind.name, id));
    const auto definition = user ? user->data.at("WorkloadDefinitionID").as_int().value_or(0) : 0;
    if (definition > 0) subject.declared_by.push_back({std::string(WorkloadDefinition::kind.name), definition});
  }
  return {};
}

base::Result<void> add_needs_of_dependency(Objects& objects, Subject& subject, const Object& object) {
  TP_TRY(const auto instance, reconcile::decode<DependencyInstance>(object));
  TP_CHECK(add_need(objects, subject, key_of(instance.environment), "environment"));
  TP_CHECK(add_need(objects, subject, key_of(instance.runtime), kRuntimeWord));
  if (instance.profile_id > 0)
    subject.declared_by.push_back({std::string(kinds::DependencyProfile::kind.name), instance.profile_id});
  TP_CHECK(add_users(objects, subject));
  return add_claims(objects, subject, "ByDependencyInstanceID");
}

/// The clusters that an environment without one could have.
base::Result<void> add_candidates(Objects& objects, Subject& subject, const Environment& environment) {
  TP_TRY(const auto runtimes, objects.list(KubernetesRuntimeInstance::kind.name));
  for (const Object& object : runtimes) {
    TP_TRY(const auto runtime, reconcile::decode<KubernetesRuntimeInstance>(object));
    if (environment.location && *environment.location != runtime.location) continue;
    TP_TRY(const auto definition, objects.find(KubernetesRuntimeDefinition::kind.name, runtime.definition.id));
    const std::string_view provider = definition ? definition->data.at("InfraProvider").text() : std::string_view();
    if (environment.infra_provider && *environment.infra_provider != provider) continue;
    const Need need{key_of(schema::Ref<KubernetesRuntimeInstance>{object.id}),
                    std::string(kRuntimeWord) + " " + runtime.instance.name};
    subject.needs.insert(runtime.default_runtime ? subject.needs.begin() : subject.needs.end(), need);
  }
  return {};
}

base::Result<void> add_needs_of_environment(Objects& objects, Subject& subject, const Object& object) {
  TP_TRY(const auto environment, reconcile::decode<Environment>(object));
  if (environment.placed) return add_need(objects, subject, key_of(environment.placed), kRuntimeWord);
  if (environment.runtime) return add_need(objects, subject, key_of(environment.runtime), kRuntimeWord);
  return add_candidates(objects, subject, environment);
}

}  // namespace

State state_of(const Object& object) {
  const auto conditions = reconcile::conditions_of(object);
  const auto ready =
      std::find_if(conditions.begin(), conditions.end(), [](const auto& c) { return c.type == "Ready"; });
  if (ready != conditions.end()) {
    return {.ready = ready->status == "True",
            .reason = ready->reason,
            .message = ready->message,
            .since = ready->last_transition};
  }
  if (object.observed == object.generation) return {.ready = true, .reason = "Healthy", .message = {}};
  return {.ready = false, .reason = "Progressing", .message = "no controller has looked at it yet"};
}

std::string name_of(const Object& object) {
  const std::string_view name = object.name();
  return std::string(name.empty() ? object.data.at("Identity").text() : name);
}

base::Result<Subject> make_subject(Objects& objects, const Object& object) {
  State state = state_of(object);
  Subject out{.key = {std::string(object.kind->name), object.id},
              .name = name_of(object),
              .ready = state.ready,
              .reason = std::move(state.reason),
              .message = std::move(state.message),
              .since = state.since,
              .needs = {},
              .declared_by = {}};
  add_declaring(out, object);
  if (out.ready) return out;
  if (out.key.kind == WorkloadInstance::kind.name) TP_CHECK(add_needs_of_workload(objects, out, object));
  if (out.key.kind == DependencyInstance::kind.name) TP_CHECK(add_needs_of_dependency(objects, out, object));
  if (out.key.kind == Environment::kind.name) TP_CHECK(add_needs_of_environment(objects, out, object));
  return out;
}

}  // namespace threeport::controllers::explain
