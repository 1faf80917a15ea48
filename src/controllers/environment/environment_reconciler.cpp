#include "controllers/environment/environment_reconciler.h"

#include "applyset/desired.h"
#include "controllers/environment/namespace.h"
#include "controllers/environment/placement.h"
#include "controllers/environment/residents.h"
#include "controllers/runtime_state.h"

namespace threeport::controllers::environment {
namespace {

using kinds::Environment;
using reconcile::Context;
using reconcile::Outcome;

/// Error `invalid`: TTL is no duration (a rule refuses that when it is written).
base::Result<std::optional<base::TimePoint>> end_of(const Environment& environment) {
  if (!environment.ttl) return std::optional<base::TimePoint>();
  TP_TRY(const base::Millis ttl, base::parse_duration(*environment.ttl));
  return std::optional(environment.meta.created_at + ttl);
}

/// Its own deletion, as somebody would ask for it.
base::Result<Outcome> expire(const Environment& environment, Context& ctx) {
  reconcile::Batch batch;
  batch.add({.op = apiserver::Write::Op::remove,
             .kind = std::string(Environment::kind.name),
             .id = environment.meta.id,
             .body = {},
             .version = {},
             .observed = {},
             .cascade = true});
  TP_CHECK(ctx.write(batch));
  return Outcome::waiting("Deleting", "Its TTL of " + *environment.ttl + " has passed.");
}

base::Result<std::vector<Candidate>> candidates_of(Context& ctx) {
  TP_TRY(const auto runtimes, ctx.list<kinds::KubernetesRuntimeInstance>());
  std::vector<Candidate> out;
  for (const auto& runtime : runtimes) {
    TP_TRY(const auto definition, ctx.get(runtime.definition));
    out.push_back({runtime, definition.infra_provider});
  }
  return out;
}

base::Result<std::optional<kinds::KubernetesRuntimeInstance>> home_of(const Environment& environment, Context& ctx) {
  if (environment.placed.id == 0) return std::optional<kinds::KubernetesRuntimeInstance>();
  auto runtime = ctx.get(environment.placed);
  if (runtime) return std::optional(std::move(*runtime));
  if (runtime.error().kind == base::ErrorKind::not_found) return std::optional<kinds::KubernetesRuntimeInstance>();
  return std::move(runtime).error();
}

/// Written before anything is made there, so that it is found again.
base::Result<void> record_home(const Environment& environment, Context& ctx) {
  reconcile::Batch batch;
  batch.merge<Environment>(environment.meta.id,
                           json::Object{{"PlacedKubernetesRuntimeInstanceID", environment.placed.id},
                                        {"Namespace", environment.environment_namespace}});
  TP_CHECK(ctx.write(batch));
  return {};
}

}  // namespace

std::string EnvironmentReconciler::lane_of(const Environment& environment, Context&) {
  const auto id = environment.placed.id != 0 ? environment.placed.id : environment.runtime.id;
  return "cluster/" + std::to_string(id);
}

base::Result<Outcome> EnvironmentReconciler::reconcile(Environment& environment, Context& ctx) {
  TP_TRY(environment.expires_at, end_of(environment));
  const base::TimePoint now = ctx.clock().now();
  if (environment.expires_at && *environment.expires_at <= now) return expire(environment, ctx);
  if (environment.status.empty()) environment.status = "Reconciling";
  auto outcome = keep(environment, ctx);
  if (!outcome) {
    const base::ErrorKind kind = outcome.error().kind;
    if (kind == base::ErrorKind::invalid || kind == base::ErrorKind::denied || kind == base::ErrorKind::blocked)
      environment.status = "Error";
    return outcome;
  }
  environment.status = outcome->ready ? "Healthy" : "Reconciling";
  if (!environment.expires_at || !outcome->ready) return outcome;
  return std::move(*outcome).recheck_in(std::chrono::ceil<base::Millis>(*environment.expires_at - now));
}

base::Result<Outcome> EnvironmentReconciler::keep(Environment& environment, Context& ctx) {
  const auto placed_before = environment.placed.id;
  TP_TRY(auto waits, place(environment, ctx));
  if (waits) return std::move(*waits);
  TP_TRY(const auto runtime, ctx.get(environment.placed));
  const bool is_new = environment.environment_namespace.empty();
  if (is_new) {
    environment.environment_namespace =
        applyset::namespace_name(environment.name, ctx.installation_uid(), environment.meta.id);
  }
  if (is_new || environment.placed.id != placed_before) TP_CHECK(record_home(environment, ctx));
  if (!is_usable(runtime)) return Outcome::waiting("RuntimeNotReady", why_not_ready(runtime));
  TP_TRY(const auto connection, clusters_.connect(runtime, ctx));
  ctx.depend_on(applyset::topic_of(applyset::kEnvironmentLabel, environment.meta.id));
  TP_CHECK(ensure_namespace(environment, *connection, ctx));
  return Outcome::settled();
}

base::Result<std::optional<Outcome>> EnvironmentReconciler::place(Environment& environment, Context& ctx) {
  TP_TRY(const auto home, home_of(environment, ctx));
  const bool is_pinned = environment.runtime.id != 0;
  if (home && (!is_pinned || environment.runtime == environment.placed)) return std::optional<Outcome>();
  if (home) {
    TP_TRY(const Residents residents, residents_of(environment, ctx));
    if (const std::string who = residents.to_text(); !who.empty()) {
      return base::invalid("KubernetesRuntimeInstanceID pins the environment to another cluster, but it lives on " +
                           home->instance.name + " with " + who +
                           ", and what runs is not moved: delete these first, or set " +
                           "KubernetesRuntimeInstanceID back to " + std::to_string(home->meta.id));
    }
    TP_TRY(Outcome left, leave(environment, ctx));
    if (!left.applied) return std::optional(std::move(left));
  }
  if (is_pinned) {
    environment.placed = environment.runtime;
    return std::optional<Outcome>();
  }
  TP_TRY(auto candidates, candidates_of(ctx));
  const Choice choice = choose_runtime(environment, std::move(candidates));
  if (choice.runtime == 0) return std::optional(Outcome::waiting("RuntimeNotReady", choice.why));
  environment.placed = {choice.runtime};
  return std::optional<Outcome>();
}

base::Result<Outcome> EnvironmentReconciler::leave(const Environment& environment, Context& ctx) {
  TP_TRY(const auto home, home_of(environment, ctx));
  if (!home || environment.environment_namespace.empty()) return Outcome::settled();
  TP_TRY(const auto connection, clusters_.connect(*home, ctx));
  ctx.depend_on(applyset::topic_of(applyset::kEnvironmentLabel, environment.meta.id));
  return remove_namespace(environment, *connection, ctx);
}

base::Result<Outcome> EnvironmentReconciler::remove(Environment& environment, Context& ctx) {
  environment.status = "Deleting";
  TP_TRY(auto waits, evict(environment, ctx));
  if (waits) return std::move(*waits);
  return leave(environment, ctx);
}

}  // namespace threeport::controllers::environment
