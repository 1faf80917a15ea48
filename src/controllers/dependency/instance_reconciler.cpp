#include "controllers/dependency/instance_reconciler.h"

#include <algorithm>

#include "applyset/apply_set.h"
#include "applyset/removal.h"
#include "base/crypto.h"
#include "controllers/dependency/inventory.h"
#include "controllers/dependency/manifests.h"
#include "controllers/evaluation.h"

namespace threeport::controllers::dependency {
namespace {

using dependencies::Fate;
using dependencies::Roots;
using dependencies::Verdict;
using kinds::DependencyInstance;
using kinds::DependencyProfile;
using reconcile::Batch;
using reconcile::Context;
using reconcile::Outcome;

constexpr std::string_view kRemovingData = "RemovingData";

base::Result<DependencyProfile> profile_of(const DependencyInstance& instance) {
  return schema::from_json<DependencyProfile>(instance.profile);
}

/// Whether a newer incarnation of the same identity has taken over.
base::Result<bool> is_superseded(const DependencyInstance& instance, Context& ctx) {
  TP_TRY(const auto others, ctx.list<DependencyInstance>("Identity", instance.identity));
  return std::any_of(others.begin(), others.end(), [&](const DependencyInstance& other) {
    return other.scope == instance.scope && other.scope_id == instance.scope_id &&
           other.incarnation > instance.incarnation;
  });
}

base::Result<dependencies::Circumstances> circumstances_of(const DependencyInstance& instance, std::size_t claims,
                                                           Context& ctx) {
  dependencies::Circumstances out{.claims = claims};
  TP_TRY(out.is_superseded, is_superseded(instance, ctx));
  if (!instance.environment) return out;
  TP_TRY(const auto environment, ctx.get(instance.environment));
  out.has_no_future = environment.reconciliation.deletion_scheduled.has_value();
  if (environment.tier) {
    TP_TRY(const auto tier, ctx.get(environment.tier));
    out.criticality = tier.criticality;
  }
  return out;
}

applyset::Identity identity_of(const DependencyInstance& instance, Context& ctx) {
  return {.installation_uid = ctx.installation_uid(),
          .id = instance.meta.id,
          .instance_name = instance.key,
          .definition_name = instance.type,
          .owner_label = applyset::kDependencyLabel};
}

/// Where its objects go: to the environment; without one, to the workload or dependency that alone uses it; else to a
/// namespace of its own. Error `blocked`: that is not settled yet.
base::Result<std::string> find_namespace(const DependencyInstance& instance, Context& ctx) {
  base::Error unsettled = base::blocked("the namespace that it goes to is not settled yet");
  unsettled.reason = "Progressing";
  if (instance.environment) {
    TP_TRY(const auto environment, ctx.get(instance.environment));
    if (environment.environment_namespace.empty()) return unsettled;
    return environment.environment_namespace;
  }
  TP_TRY(const auto profile, profile_of(instance));
  if (!instance.explicit_id && !profile.shared) {
    TP_TRY(const auto claims, ctx.list<kinds::DependencyClaim>("DependencyInstanceID", instance.meta.id));
    for (const auto& claim : claims) {
      std::string ns;
      if (claim.workload_instance) {
        TP_TRY(const auto workload, ctx.get(claim.workload_instance));
        ns = workload.workload_namespace;
      } else {
        TP_TRY(const auto parent, ctx.get(claim.by_instance));
        ns = parent.instance_namespace;
      }
      if (ns.empty()) return unsettled;
      return ns;
    }
  }
  return applyset::namespace_name(instance.type, ctx.installation_uid(), instance.meta.id);
}

/// True where the namespace is made with its objects.
bool has_own_namespace(const DependencyInstance& instance, Context& ctx) {
  return instance.instance_namespace ==
         applyset::namespace_name(instance.type, ctx.installation_uid(), instance.meta.id);
}

applyset::Placement placement_of(const DependencyInstance& instance, Context& ctx) {
  return {.ns = instance.instance_namespace, .shared = !has_own_namespace(instance, ctx)};
}

std::string random_text(std::size_t length) {
  constexpr std::string_view kAlphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  std::string out;
  while (out.size() < length) {
    for (const char c : base::random_bytes(length)) {
      // 4 * 62: what lies above would make some letters likelier than others.
      const auto value = static_cast<unsigned char>(c);
      if (value < 4 * kAlphabet.size() && out.size() < length) out += kAlphabet[value % kAlphabet.size()];
    }
  }
  return out;
}

/// Values that are made once are stored before anything uses them.
base::Result<void> ensure_generated(DependencyInstance& instance, const DependencyProfile& profile, Context& ctx) {
  const json::Object* wanted = profile.generate.if_object();
  if (wanted == nullptr) return {};
  json::Object values;
  if (instance.generated) {
    for (const auto& [name, stored] : *instance.generated) values.append(name, stored);
  }
  const std::size_t before = values.size();
  for (const json::Member& member : *wanted) {
    if (values.contains(member.key)) continue;
    values.append(member.key, random_text(static_cast<std::size_t>(member.value.at("Length").as_int().value_or(24))));
  }
  if (values.size() == before) return {};
  Batch batch;
  batch.merge<DependencyInstance>(instance.meta.id, json::Object{{"Generated", std::move(values)}});
  TP_TRY(const auto written, ctx.write(batch));
  TP_TRY(const auto stored, reconcile::decode<DependencyInstance>(written.front()));
  instance.generated = stored.generated;
  return {};
}

/// Ciphertexts differ each time: what has not changed keeps its own.
base::Result<void> set_outputs(DependencyInstance& instance, const Outputs& outputs, Context& ctx) {
  TP_TRY(const Outputs before, outputs_of(instance, ctx));
  const bool same =
      before.size() == outputs.size() &&
      std::equal(before.begin(), before.end(), outputs.begin(), [](const auto& a, const auto& b) {
        return a.first == b.first && a.second.secret == b.second.secret && a.second.value == b.second.value;
      });
  if (same && !instance.outputs.is_null()) return {};
  instance.outputs = dependencies::encode_outputs(outputs, [&](std::string_view plain) { return ctx.seal(plain); });
  return {};
}

/// Whether some of its inventory lies on a cluster.
bool has_objects(const DependencyInstance& instance) {
  return std::any_of(instance.inventory.begin(), instance.inventory.end(),
                     [](const json::Value& entry) { return entry.at("Provider").text() == "manifests"; });
}

bool names(const k8s::ObjectRef& ref, std::string_view object) {
  return object == ref.type().to_text() || object == ref.to_text();
}

bool has_condition(const json::Value& live, std::string_view type) {
  if (type == "Exists") return true;
  if (type == "Ready" && k8s::assess(live).health == k8s::Health::ready) return true;
  const json::Array* conditions = live.at("status", "conditions").if_array();
  return conditions != nullptr &&
         std::any_of(conditions->begin(), conditions->end(), [&](const json::Value& condition) {
           return condition.at("type").text() == type && condition.at("status").text() == "True";
         });
}

/// ReadyWhen in place of the provider's own rule.
void apply_ready_when(const DependencyProfile& profile, const applyset::ApplySet& set, applyset::SetHealth& health) {
  if (profile.ready_when.empty()) return;
  applyset::SetHealth out;
  for (const json::Value& rule : profile.ready_when) {
    for (const auto& object : set.desired().objects) {
      if (!names(object.ref, rule.at("Object").text())) continue;
      const k8s::LiveObject live = set.live(object.ref);
      if (live && has_condition(*live, rule.at("Condition").text())) continue;
      out.ready = false;
      out.reason = health.ready ? "Progressing" : health.reason;
      out.status = health.ready ? "Reconciling" : health.status;
      out.message = health.ready ? object.ref.kind + " " + object.ref.name + " has not the condition " +
                                       std::string(rule.at("Condition").text()) + " yet"
                                 : health.message;
    }
  }
  health = out;
}

}  // namespace

std::string InstanceReconciler::lane_of(const DependencyInstance& instance, Context&) {
  const std::string_view provider = instance.profile.at("Provider").text();
  if (provider != "manifests") return std::string(provider) + "/" + std::string(instance.profile.at("Name").text());
  return "cluster/" + std::to_string(instance.runtime.id);
}

base::Result<std::shared_ptr<k8s::Connection>> InstanceReconciler::connect(const DependencyInstance& instance,
                                                                           Context& ctx) {
  TP_TRY(const auto runtime, ctx.get(instance.runtime));
  TP_TRY(auto connection, clusters_.connect(runtime, ctx));
  ctx.depend_on(applyset::topic_of(applyset::kDependencyLabel, instance.meta.id));
  return connection;
}

base::Result<Outcome> InstanceReconciler::reconcile(DependencyInstance& instance, Context& ctx) {
  TP_TRY(const DependencyProfile profile, profile_of(instance));
  TP_TRY(const auto claims, ctx.list<kinds::DependencyClaim>("DependencyInstanceID", instance.meta.id));
  TP_TRY(const auto around, circumstances_of(instance, claims.size(), ctx));
  const base::TimePoint now = ctx.clock().now();
  if (!claims.empty()) instance.idle_since.reset();
  if (claims.empty() && !instance.idle_since) instance.idle_since = now;
  const Verdict verdict = dependencies::judge(instance, profile, around, now);
  if (verdict.fate != Fate::retain) instance.retained_since.reset();
  switch (verdict.fate) {
    case Fate::retain:
      if (!instance.retained_since) instance.retained_since = now;
      instance.status = "Retained";
      return Outcome::settled();
    case Fate::remove: {
      Batch batch;
      batch.expect(instance.meta.id, instance.meta.version);
      batch.schedule_removal<DependencyInstance>(instance.meta.id);
      TP_CHECK(ctx.write(batch));
      return Outcome::waiting("Deleting", "Nobody uses it any more.");
    }
    case Fate::idle: {
      instance.status = "Idle";
      const auto left = std::chrono::duration_cast<base::Millis>(*verdict.until - now);
      return Outcome::settled().recheck_in(left + base::Millis(1));
    }
    case Fate::serve: break;
  }
  auto outcome = provide(instance, profile, ctx);
  if (!outcome && outcome.error().kind != base::ErrorKind::canceled &&
      outcome.error().kind != base::ErrorKind::conflict)
    instance.status = "Error";
  return outcome;
}

base::Result<Outcome> InstanceReconciler::provide(DependencyInstance& instance, const DependencyProfile& profile,
                                                  Context& ctx) {
  if (instance.status.empty() || instance.status == "Idle" || instance.status == "Retained")
    instance.status = "Reconciling";
  if (instance.instance_namespace.empty()) {
    TP_TRY(instance.instance_namespace, find_namespace(instance, ctx));
  }
  TP_TRY(auto declarations, dependencies::parse_declarations(profile.requires_, "Requires"));
  TP_TRY(auto setting, make_setting(instance.environment, instance.runtime, ctx));
  if (instance.scope == "workload") setting.workload_instance_id = instance.scope_id;
  TP_TRY(const Claimed claimed, claim({.claimant = {.id = instance.meta.id, .is_workload = false, .name = instance.key},
                                       .declarations = std::move(declarations),
                                       .setting = dependencies::restrict_to(std::move(setting), instance.scope)},
                                      0, ctx));
  Batch released;
  for (const auto& old : claimed.superfluous) {
    if (!old.alias.starts_with("resources.")) released.remove<kinds::DependencyClaim>(old.meta.id);
  }
  if (!released.empty()) TP_CHECK(ctx.write(released));
  TP_TRY(const std::string missing, why_not_ready(claimed, ctx));
  if (!missing.empty()) return Outcome::waiting("DependencyNotReady", "Waiting for " + missing);

  TP_CHECK(ensure_generated(instance, profile, ctx));
  Evaluation evaluation(ctx);
  TP_TRY(Roots roots, evaluation.roots_of(instance, profile));
  TP_CHECK(evaluation.add_requirements(roots, claimed));
  return apply(instance, profile, roots, ctx);
}

base::Result<Outcome> InstanceReconciler::apply(DependencyInstance& instance, const DependencyProfile& profile,
                                                const Roots& roots, Context& ctx) {
  const score::Lookup look_up = dependencies::lookup_in(roots);
  TP_TRY(const Provided provided, provided_by(instance, profile, roots, ctx));
  std::vector<k8s::Manifest> manifests = provided.manifests;
  applyset::SetHealth health;
  std::size_t leaving = 0;
  if (!manifests.empty() || has_objects(instance)) {
    TP_TRY(auto connection, connect(instance, ctx));
    DependencyInventory inventory(instance, ctx);
    applyset::ApplySet set(inventory, ctx, std::move(connection), identity_of(instance, ctx));
    TP_CHECK(set.prepare(std::move(manifests), placement_of(instance, ctx)));
    TP_CHECK(set.carry_out());
    TP_TRY(health, set.assess(instance.reconciliation.is_ready()));
    apply_ready_when(profile, set, health);
    leaving = set.still_leaving();
  }
  instance.status = health.status;
  if (!health.ready) return Outcome::unhealthy(health.reason, health.message);
  Outputs outputs = provided.outputs;
  if (!provided.templates.is_null()) {
    auto made = dependencies::make_outputs(provided.templates, look_up);
    if (!made) return std::move(made).error().with_context("profile " + profile.name);
    outputs = std::move(*made);
  }
  TP_CHECK(migrate(instance, profile, outputs, ctx));
  TP_CHECK(set_outputs(instance, outputs, ctx));
  if (leaving > 0) {
    return Outcome::settled().recheck_in(base::Millis(2'000));
  }
  return Outcome::settled();
}

base::Result<InstanceReconciler::Provided> InstanceReconciler::provided_by(DependencyInstance& instance,
                                                                           const DependencyProfile& profile,
                                                                           const Roots& roots, Context& ctx) {
  Provided out;
  if (profile.provider != "manifests") {
    TP_TRY(External external, ensure_external(instance, profile, roots, open_, ctx));
    out.outputs = std::move(external.outputs);
    TP_TRY(out.manifests, k8s::parse_manifests(json::dump(json::Object{
                              {"apiVersion", "v1"}, {"kind", "List"}, {"items", std::move(external.manifests)}})));
    return out;
  }
  TP_TRY(auto connection, connect(instance, ctx));
  TP_TRY(Variant variant, choose_variant(profile, roots.params, *connection, ctx));
  TP_TRY(out.manifests, fill(variant.manifests, dependencies::lookup_in(roots)));
  out.templates = variant.outputs.is_null() ? json::Value(json::Object{}) : std::move(variant.outputs);
  return out;
}

/// Data goes over from the incarnation before, which is kept until this one is ready.
base::Result<void> InstanceReconciler::migrate(DependencyInstance& instance, const DependencyProfile& profile,
                                               const Outputs& outputs, Context& ctx) {
  if (instance.replaces == 0 || profile.migrate.is_null()) return {};
  const auto before = ctx.get(schema::Ref<DependencyInstance>{instance.replaces});
  if (!before && before.error().kind == base::ErrorKind::not_found) return {};
  if (!before) return before.error();
  TP_TRY(const Outputs from, outputs_of(*before, ctx));
  return ensure_migrated(instance, profile, from, outputs, open_, ctx);
}

base::Result<bool> InstanceReconciler::run_last_manifests(DependencyInstance& instance,
                                                          const DependencyProfile& profile,
                                                          std::shared_ptr<k8s::Connection> connection,
                                                          std::string& message, Context& ctx) {
  const json::Value& text = profile.params.at("RemoveManifests");
  const bool is_due = instance.status != "Deleting" && !text.text().empty() && !instance.inventory.empty();
  if (!is_due) return true;
  instance.status = kRemovingData;
  ContextSource source(ctx);
  TP_TRY(const auto claims, source.claims_by({.id = instance.meta.id, .is_workload = false, .name = {}}));
  Claimed claimed;
  for (const auto& claim : claims) {
    if (!claim.alias.starts_with("resources.")) claimed.instances[claim.alias] = claim.instance.id;
  }
  Evaluation evaluation(ctx);
  TP_TRY(Roots roots, evaluation.roots_of(instance, profile));
  TP_CHECK(evaluation.add_requirements(roots, claimed));
  TP_TRY(auto manifests, fill(text, dependencies::lookup_in(roots)));
  DependencyInventory inventory(instance, ctx);
  applyset::ApplySet set(inventory, ctx, std::move(connection), identity_of(instance, ctx));
  TP_CHECK(set.prepare(std::move(manifests), placement_of(instance, ctx), applyset::Pruning::keep));
  TP_CHECK(set.carry_out());
  TP_TRY(const applyset::SetHealth health, set.assess(false));
  message = health.message;
  return health.ready;
}

base::Result<Outcome> InstanceReconciler::remove(DependencyInstance& instance, Context& ctx) {
  if (instance.inventory.empty()) return Outcome::settled();
  TP_TRY(const DependencyProfile profile, profile_of(instance));
  if (has_objects(instance)) {
    TP_TRY(auto connection, connect(instance, ctx));
    std::string message;
    TP_TRY(const bool is_empty, run_last_manifests(instance, profile, connection, message, ctx));
    if (!is_empty) return Outcome::waiting("Deleting", "Removing its data: " + message);
    instance.status = "Deleting";
    DependencyInventory inventory(instance, ctx);
    TP_TRY(Outcome outcome, applyset::remove_set(identity_of(instance, ctx), inventory, *connection, ctx));
    if (!outcome.applied) return outcome;
  }
  // Its users are gone, and with them what their templates stood for: the provisioner goes by its state.
  TP_CHECK(remove_external(instance, profile, {}, open_, ctx));
  return Outcome::settled();
}

}  // namespace threeport::controllers::dependency
