#include "controllers/workload/needs.h"

#include <algorithm>

#include "controllers/evaluation.h"
#include "dependencies/lifecycle.h"

namespace threeport::controllers::workload {
namespace {

using kinds::DependencyClaim;

/// Revision.Claims.
base::Result<json::Value> describe(const Claimed& claimed, reconcile::Context& ctx) {
  json::Object out;
  for (const auto& [alias, id] : claimed.instances) {
    TP_TRY(const auto instance, ctx.get(schema::Ref<kinds::DependencyInstance>{id}));
    out.append(alias, json::Object{{"Type", instance.type},
                                   {"Class", instance.dependency_class},
                                   {"Key", instance.key},
                                   {"DependencyInstanceID", id}});
  }
  return json::Value(std::move(out));
}

bool names(const kinds::Revision& revision, const DependencyClaim& claim) {
  const json::Object* claims = revision.claims.if_object();
  return claims != nullptr && std::any_of(claims->begin(), claims->end(), [&](const json::Member& member) {
           return member.value.at("DependencyInstanceID").as_int() == claim.instance.id;
         });
}

}  // namespace

base::Result<Claimed> claim_needs(const kinds::WorkloadInstance& instance, const kinds::WorkloadDefinition& definition,
                                  const kinds::Revision& revision, reconcile::Context& ctx) {
  auto declarations = declarations_of(revision);
  if (!declarations) {
    base::Error error = std::move(declarations).error();
    error.reason = "InvalidManifest";
    return error;
  }
  ContextSource source(ctx);
  const dependencies::Claimant claimant{.id = instance.meta.id, .is_workload = true, .name = instance.instance.name};
  if (declarations->empty()) {
    TP_TRY(auto claims, source.claims_by(claimant));
    return Claimed{.instances = {}, .superfluous = std::move(claims)};
  }
  TP_TRY(auto setting, make_setting(instance.environment, instance.runtime, ctx));
  setting.workload = definition.definition.name;
  setting.workload_instance_id = instance.meta.id;
  TP_TRY(Claimed claimed, claim({.claimant = claimant,
                                 .declarations = std::move(*declarations),
                                 .setting = std::move(setting),
                                 .discard_data = instance.discard_data.value_or(false)},
                                revision.meta.id, ctx));
  TP_TRY(json::Value described, describe(claimed, ctx));
  if (described != revision.claims) {
    reconcile::Batch batch;
    batch.merge<kinds::Revision>(revision.meta.id, json::Object{{"Claims", std::move(described)}});
    TP_CHECK(ctx.write(batch));
  }
  return claimed;
}

base::Result<bool> settle_claims(const std::vector<DependencyClaim>& superfluous, const kinds::Revision* good,
                                 bool has_old_pods, reconcile::Context& ctx) {
  reconcile::Batch batch;
  bool some_left = false;
  for (const DependencyClaim& claim : superfluous) {
    const auto phase = dependencies::phase_of(
        {.is_wanted = false, .is_named_good = good != nullptr && names(*good, claim), .has_old_pods = has_old_pods});
    if (!phase) {
      batch.remove<DependencyClaim>(claim.meta.id);
      continue;
    }
    some_left |= *phase == "Releasing";
    if (claim.phase != *phase) batch.merge<DependencyClaim>(claim.meta.id, json::Object{{"Phase", *phase}});
  }
  if (!batch.empty()) TP_CHECK(ctx.write(batch));
  return some_left;
}

base::Result<bool> release_all(schema::ObjectId instance, reconcile::Context& ctx) {
  TP_TRY(const auto claims, ctx.list<DependencyClaim>("WorkloadInstanceID", instance));
  reconcile::Batch batch;
  for (const DependencyClaim& claim : claims) batch.remove<DependencyClaim>(claim.meta.id);
  if (!batch.empty()) TP_CHECK(ctx.write(batch));
  return !claims.empty();
}

}  // namespace threeport::controllers::workload
