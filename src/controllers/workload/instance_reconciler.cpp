#include "controllers/workload/instance_reconciler.h"

#include "applyset/removal.h"
#include "controllers/runtime_state.h"
#include "controllers/workload/delivery.h"
#include "controllers/workload/revisions.h"

namespace threeport::controllers::workload {
namespace {

using reconcile::Context;
using reconcile::Outcome;

constexpr std::size_t kMostHeals = 5;
constexpr base::Millis kHealWindow{600'000};
constexpr base::Millis kLookAgain{2'000};

/// The newest revision, made first where the definition asks for one; old ones go.
base::Result<kinds::Revision> target_revision(kinds::WorkloadInstance& instance,
                                              const kinds::WorkloadDefinition& definition, Context& ctx) {
  TP_TRY(auto revisions, ctx.list<kinds::Revision>("WorkloadInstanceID", instance.meta.id));
  reconcile::Batch batch;
  auto next = make_next(instance, definition, revisions);
  if (next) {
    TP_TRY(next->meta.id, ctx.new_id());
    batch.create(*next);
    revisions.push_back(*next);
  }
  const kinds::Revision target = *newest(revisions);
  instance.target_revision = target.meta.id;
  for (const schema::ObjectId id : superfluous(instance, revisions)) batch.remove<kinds::Revision>(id);
  if (!batch.empty()) TP_CHECK(ctx.write(batch));
  return target;
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
  TP_TRY(const auto runtime, ctx.get(instance.runtime));
  if (instance.instance.status.empty()) instance.instance.status = "Reconciling";
  TP_TRY(const auto revision, target_revision(instance, definition, ctx));
  if (!is_usable(runtime)) return Outcome::waiting("RuntimeNotReady", why_not_ready(runtime));
  TP_TRY(auto connection, clusters_.connect(runtime, ctx));
  ctx.depend_on(applyset::topic_of(applyset::kInstanceLabel, instance.meta.id));

  const applyset::Identity identity = identity_of(instance, definition.definition.name, ctx);
  WorkloadInventory inventory(instance.meta.id, ctx, revision.meta.id);
  applyset::ApplySet set(inventory, ctx, std::move(connection), identity);
  TP_TRY(auto manifests, k8s::parse_manifests(revision.yaml_document));
  TP_CHECK(set.prepare(std::move(manifests), {.ns = namespace_of(instance, ctx)}));
  if (set.heals_drift() && !may_heal(instance.meta.id, ctx.clock().now())) {
    base::Error error =
        base::invalid("somebody keeps changing objects of this workload back: more than " + std::to_string(kMostHeals) +
                      " corrections in 10 minutes; find out who (kubectl get -o yaml --show-managed-fields), or "
                      "declare what they set");
    error.reason = "DriftFight";
    return error;
  }
  instance.workload_namespace = set.desired().ns;
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
  return Outcome::settled();
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
  TP_TRY(auto rows, ctx.list<kinds::WorkloadResourceInstance>("WorkloadInstanceID", instance.meta.id));
  heals_.with([&](auto& heals) { heals.erase(instance.meta.id); });
  if (rows.empty()) return Outcome::settled();
  instance.instance.status = "Deleting";
  auto runtime = ctx.get(instance.runtime);
  if (!runtime) {
    if (runtime.error().kind == base::ErrorKind::not_found)
      return Outcome::settled();  // nothing is left to remove it from
    return std::move(runtime).error();
  }
  TP_TRY(const auto connection, clusters_.connect(*runtime, ctx));
  ctx.depend_on(applyset::topic_of(applyset::kInstanceLabel, instance.meta.id));
  WorkloadInventory inventory(instance.meta.id, ctx);
  return applyset::remove_set(identity_of(instance, "", ctx), inventory, *connection, ctx);
}

}  // namespace threeport::controllers::workload
