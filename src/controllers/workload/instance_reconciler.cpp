#include "controllers/workload/instance_reconciler.h"

#include <algorithm>

#include "applyset/removal.h"
#include "controllers/evaluation.h"
#include "controllers/runtime_state.h"
#include "controllers/workload/delivery.h"
#include "controllers/workload/needs.h"
#include "controllers/workload/rendering.h"
#include "controllers/workload/revisions.h"

namespace threeport::controllers::workload {
namespace {

using reconcile::Context;
using reconcile::Outcome;

constexpr std::size_t kMostHeals = 5;
constexpr base::Millis kHealWindow{600'000};
constexpr base::Millis kLookAgain{2'000};

/// What a workload instance is to run, and its past.
struct Target {
  kinds::Revision revision;
  std::vector<kinds::Revision> all;  ///< those that are kept
};

/// The newest revision, made first where the definition or the environment asks for one; old ones go.
base::Result<Target> target_revision(kinds::WorkloadInstance& instance, const kinds::WorkloadDefinition& definition,
                                     const std::optional<kinds::Environment>& environment, Context& ctx) {
  TP_TRY(auto revisions, ctx.list<kinds::Revision>("WorkloadInstanceID", instance.meta.id));
  Declared declared{.definition = definition, .environment = environment ? &*environment : nullptr};
  Secrets newest_secrets;
  if (environment) {
    TP_TRY(declared.secrets, reveal_all(environment->secrets, ctx));
  }
  if (const kinds::Revision* last = newest(revisions)) {
    TP_TRY(newest_secrets, reveal_all(last->secrets, ctx));
  }
  reconcile::Batch batch;
  if (auto next = make_next(instance, declared, revisions, newest_secrets)) {
    TP_TRY(next->meta.id, ctx.new_id());
    batch.create(*next);
    revisions.push_back(std::move(*next));
  }
  instance.target_revision = newest(revisions)->meta.id;
  const std::vector<schema::ObjectId> old = superfluous(instance, revisions);
  for (const schema::ObjectId id : old) batch.remove<kinds::Revision>(id);
  if (!batch.empty()) TP_CHECK(ctx.write(batch));
  std::erase_if(revisions, [&](const auto& r) { return std::find(old.begin(), old.end(), r.meta.id) != old.end(); });
  // As it is stored: secrets are encrypted.
  TP_TRY(auto target, ctx.get(schema::Ref<kinds::Revision>{instance.target_revision}));
  return Target{.revision = std::move(target), .all = std::move(revisions)};
}

std::vector<schema::ObjectId> ids_of(const std::vector<kinds::Revision>& revisions) {
  std::vector<schema::ObjectId> out;
  out.reserve(revisions.size());
  for (const auto& revision : revisions) out.push_back(revision.meta.id);
  return out;
}

applyset::Identity identity_of(const kinds::WorkloadInstance& instance, std::string_view definition_name,
                               Context& ctx) {
  return {.installation_uid = ctx.installation_uid(),
          .id = instance.meta.id,
          .instance_name = instance.instance.name,
          .definition_name = std::string(definition_name)};
}

/// Fixed at the first delivery; where manifests declare a Namespace, that one counts.
std::string namespace_of(const kinds::WorkloadInstance& instance, Context& ctx) {
  if (!instance.workload_namespace.empty()) return instance.workload_namespace;
  return applyset::namespace_name(instance.instance.name, ctx.installation_uid(), instance.meta.id);
}

/// Sets where the instance lives: an environment decides for all in it. An outcome where that has to wait.
std::optional<Outcome> place(kinds::WorkloadInstance& instance, const std::optional<kinds::Environment>& environment,
                             Context& ctx) {
  if (environment) {
    if (!environment->placed || environment->environment_namespace.empty()) {
      const schema::Condition* ready = environment->reconciliation.find("Ready");
      const std::string why = ready == nullptr ? std::string("it has no cluster yet") : ready->message;
      return Outcome::waiting("RuntimeNotReady", "Environment " + environment->name + " is not ready: " + why);
    }
    instance.runtime = environment->placed;
    if (instance.workload_namespace.empty()) instance.workload_namespace = environment->environment_namespace;
  }
  instance.workload_namespace = namespace_of(instance, ctx);
  return std::nullopt;
}

/// The namespace of a workload without an environment has to be there before its dependencies go into it.
base::Result<void> ensure_namespace(kinds::WorkloadInstance& instance, const kinds::Revision& revision,
                                    const applyset::Identity& identity, std::shared_ptr<k8s::Connection> connection,
                                    Context& ctx) {
  TP_TRY(auto manifests, k8s::parse_manifests(revision.yaml_document));
  std::erase_if(manifests, [](const k8s::Manifest& manifest) { return manifest.ref.kind != "Namespace"; });
  WorkloadInventory inventory(instance.meta.id, ctx, revision.meta.id);
  applyset::ApplySet set(inventory, ctx, std::move(connection), identity);
  TP_CHECK(set.prepare(std::move(manifests), {.ns = instance.workload_namespace}, applyset::Pruning::keep));
  TP_CHECK(set.carry_out());
  instance.workload_namespace = set.desired().ns;
  return {};
}

bool tells_the_same(const kinds::WorkloadInstance& instance, const applyset::SetHealth& health) {
  const schema::Condition* ready = instance.reconciliation.find("Ready");
  return ready != nullptr && ready->reason == health.reason && ready->message == health.message;
}

}  // namespace

std::string InstanceReconciler::lane_of(const kinds::WorkloadInstance& instance, Context&) {
  return "cluster/" + std::to_string(instance.runtime.id);
}

base::Result<Outcome> InstanceReconciler::reconcile(kinds::WorkloadInstance& instance, Context& ctx) {
  auto outcome = deliver(instance, ctx);
  if (!outcome) {
    const base::ErrorKind kind = outcome.error().kind;
    if (kind == base::ErrorKind::invalid || kind == base::ErrorKind::denied || kind == base::ErrorKind::blocked)
      instance.instance.status = "Error";
  }
  return outcome;
}

base::Result<Outcome> InstanceReconciler::deliver(kinds::WorkloadInstance& instance, Context& ctx) {
  TP_TRY(const auto definition, ctx.get(instance.definition));
  std::optional<kinds::Environment> environment;
  if (instance.environment) {
    TP_TRY(environment, ctx.get(instance.environment));
  }
  if (instance.instance.status.empty()) instance.instance.status = "Reconciling";
  TP_TRY(const Target target, target_revision(instance, definition, environment, ctx));
  if (auto wait = place(instance, environment, ctx)) return std::move(*wait);
  TP_TRY(const auto runtime, ctx.get(instance.runtime));
  if (!is_usable(runtime)) return Outcome::waiting("RuntimeNotReady", why_not_ready(runtime));
  TP_TRY(auto connection, clusters_.connect(runtime, ctx));
  ctx.depend_on(applyset::topic_of(applyset::kInstanceLabel, instance.meta.id));

  const applyset::Identity identity = identity_of(instance, definition.definition.name, ctx);
  TP_TRY(const Claimed claimed, claim_needs(instance, definition, target.revision, ctx));
  if (!claimed.instances.empty() && !environment)
    TP_CHECK(ensure_namespace(instance, target.revision, identity, connection, ctx));
  TP_TRY(const std::string missing, why_not_ready(claimed, ctx));
  if (!missing.empty()) return Outcome::waiting("DependencyNotReady", "Waiting for " + missing);
  return apply(instance, {.identity = identity, .connection = std::move(connection), .revisions = target.all},
               target.revision, claimed, ctx);
}

base::Result<Outcome> InstanceReconciler::apply(kinds::WorkloadInstance& instance, const Place& place,
                                                const kinds::Revision& revision, const Claimed& claimed, Context& ctx) {
  TP_TRY(auto manifests, render(instance, revision, ctx));
  WorkloadInventory inventory(instance.meta.id, ctx, revision.meta.id, ids_of(place.revisions));
  applyset::ApplySet set(inventory, ctx, place.connection, place.identity);
  TP_CHECK(set.prepare(std::move(manifests),
                       {.ns = instance.workload_namespace, .shared = static_cast<bool>(instance.environment)}));
  if (set.heals_drift() && !may_heal(instance.meta.id, ctx.clock().now())) {
    base::Error error =
        base::invalid("somebody keeps changing objects of this workload back: more than " + std::to_string(kMostHeals) +
                      " corrections in 10 minutes; find out who (kubectl get -o yaml --show-managed-fields), or "
                      "declare what they set");
    error.reason = "DriftFight";
    return error;
  }
  instance.workload_namespace = set.desired().ns;
  inventory.name(set.desired().objects);
  TP_CHECK(inventory.flush());
  TP_CHECK(set.carry_out());
  const bool was_good = instance.good_revision == revision.meta.id;
  TP_TRY(const applyset::SetHealth health, set.assess(was_good));
  TP_CHECK(record(instance.meta.id, set, inventory, health, !tells_the_same(instance, health), ctx));
  instance.instance.status = health.status;
  if (set.still_leaving() > 0) {
    return Outcome::unhealthy("Progressing", "Waiting until " + std::to_string(set.still_leaving()) +
                                                 " objects that left the definition are gone.")
        .recheck_in(kLookAgain);
  }
  if (!health.ready) return Outcome::unhealthy(health.reason, health.message);
  instance.good_revision = revision.meta.id;
  TP_TRY(const bool releasing,
         settle_claims(claimed.superfluous, previous_good(instance, place.revisions), set.has_leaving_pods(), ctx));
  return releasing ? Outcome::settled().recheck_in(kLookAgain) : Outcome::settled();
}

bool InstanceReconciler::may_heal(schema::ObjectId instance, base::TimePoint now) {
  return heals_.with([&](auto& heals) {
    auto& times = heals[instance];
    while (!times.empty() && times.front() + kHealWindow < now) times.pop_front();
    if (times.size() >= kMostHeals) return false;
    times.push_back(now);
    return true;
  });
}

base::Result<Outcome> InstanceReconciler::remove(kinds::WorkloadInstance& instance, Context& ctx) {
  TP_TRY(const auto rows, ctx.list<kinds::WorkloadResourceInstance>("WorkloadInstanceID", instance.meta.id));
  TP_TRY(const auto claims, ctx.list<kinds::DependencyClaim>("WorkloadInstanceID", instance.meta.id));
  heals_.with([&](auto& heals) { heals.erase(instance.meta.id); });
  if (rows.empty() && claims.empty()) return Outcome::settled();
  instance.instance.status = "Deleting";
  auto runtime = ctx.get(instance.runtime);
  if (!runtime) {
    if (runtime.error().kind != base::ErrorKind::not_found) return std::move(runtime).error();
    // Nothing is left to remove it from.
    TP_CHECK(release_all(instance.meta.id, ctx));
    return Outcome::settled();
  }
  TP_TRY(const auto connection, clusters_.connect(*runtime, ctx));
  ctx.depend_on(applyset::topic_of(applyset::kInstanceLabel, instance.meta.id));
  return leave(instance, identity_of(instance, "", ctx), *connection, ctx);
}

base::Result<Outcome> InstanceReconciler::leave(const kinds::WorkloadInstance& instance,
                                                const applyset::Identity& identity, k8s::Connection& connection,
                                                Context& ctx) {
  WorkloadInventory inventory(instance.meta.id, ctx);
  TP_TRY(const auto claims, ctx.list<kinds::DependencyClaim>("WorkloadInstanceID", instance.meta.id));
  TP_TRY(const auto neighbours, ctx.list<kinds::DependencyInstance>("Namespace", instance.workload_namespace));
  const bool has_neighbours = !instance.environment && !neighbours.empty();
  if (claims.empty() && !has_neighbours) return applyset::remove_set(identity, inventory, connection, ctx);

  // Pods first, then the dependencies that they used, then the namespace that both lived in.
  TP_TRY(Outcome outcome, applyset::remove_set(identity, inventory, connection, ctx,
                                               [](const k8s::ObjectRef& ref) { return ref.kind == "Namespace"; }));
  if (!outcome.applied) return outcome;
  const k8s::TypeRef pod{"v1", "Pod"};
  TP_CHECK(connection.informers().wait_synced(pod, applyset::call_within(ctx)));
  const auto pods = connection.informers().by_label(pod, identity.owner_label, std::to_string(identity.id));
  if (!pods.empty()) {
    return Outcome::waiting("Deleting", "Waiting until its " + std::to_string(pods.size()) + " pods are gone.")
        .recheck_in(kLookAgain);
  }
  TP_TRY(const bool released, release_all(instance.meta.id, ctx));
  if (instance.environment) return applyset::remove_set(identity, inventory, connection, ctx);
  const auto leaving = std::find_if(neighbours.begin(), neighbours.end(),
                                    [](const auto& neighbour) { return !neighbour.retained_since; });
  if (released || leaving != neighbours.end()) {
    const std::string who = leaving == neighbours.end() ? std::string("its dependencies") : leaving->identity;
    return Outcome::waiting("Deleting", "Waiting until " + who + " is gone, which lives in its namespace.");
  }
  // What is retained keeps the namespace: it is nobody's from now on.
  for (const k8s::ObjectRef& ref : inventory.refs_of("Namespace")) inventory.gone(ref);
  TP_CHECK(inventory.flush());
  return Outcome::settled();
}

}  // namespace threeport::controllers::workload
