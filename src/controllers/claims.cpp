#include "controllers/claims.h"

#include "dependencies/claiming.h"

namespace threeport::controllers {
namespace {

using reconcile::Batch;
using schema::ObjectId;

Batch batch_of(const dependencies::ClaimWrites& writes) {
  Batch out;
  for (const auto& [id, version] : writes.unchanged) out.expect(id, version);
  for (const DependencyInstance& instance : writes.instances) out.create(instance);
  for (const auto& update : writes.updates) {
    out.merge<DependencyInstance>(update.id,
                                  json::Object{{"Params", update.params}, {"ParamsClaimID", update.params_claim}});
  }
  for (const DependencyClaim& claim : writes.claims) out.create(claim);
  for (const DependencyClaim& claim : writes.renewed) {
    out.merge<DependencyClaim>(
        claim.meta.id, json::Object{{"Phase", claim.phase}, {"RevisionID", claim.revision}, {"Params", claim.params}});
  }
  for (const ObjectId id : writes.dropped) out.remove<DependencyClaim>(id);
  return out;
}

}  // namespace

base::Result<std::vector<kinds::DependencyProfile>> ContextSource::profiles() {
  return ctx_.list<kinds::DependencyProfile>();
}

base::Result<std::vector<DependencyInstance>> ContextSource::instances(const std::string& identity) {
  return ctx_.list<DependencyInstance>("Identity", identity);
}

base::Result<DependencyInstance> ContextSource::instance(ObjectId id) {
  return ctx_.get(schema::Ref<DependencyInstance>{id});
}

base::Result<std::vector<DependencyClaim>> ContextSource::claims_on(ObjectId instance) {
  return ctx_.list<DependencyClaim>("DependencyInstanceID", instance);
}

base::Result<std::vector<DependencyClaim>> ContextSource::claims_by(const dependencies::Claimant& claimant) {
  return ctx_.list<DependencyClaim>(claimant.is_workload ? "WorkloadInstanceID" : "ByDependencyInstanceID",
                                    claimant.id);
}

base::Result<dependencies::Setting> make_setting(schema::Ref<kinds::Environment> environment,
                                                 schema::Ref<kinds::KubernetesRuntimeInstance> runtime,
                                                 reconcile::Context& ctx) {
  dependencies::Setting out;
  out.runtime_id = runtime.id;
  if (runtime) {
    TP_TRY(const auto instance, ctx.get(runtime));
    TP_TRY(const auto definition, ctx.get(instance.definition));
    out.location = instance.location;
    out.infra_provider = definition.infra_provider;
  }
  if (!environment) return out;
  TP_TRY(const auto lives_in, ctx.get(environment));
  out.environment = lives_in.name;
  out.environment_id = environment.id;
  out.labels = lives_in.labels.value_or(std::map<std::string, std::string>{});
  if (lives_in.tier) {
    TP_TRY(const auto tier, ctx.get(lives_in.tier));
    out.tier = tier.name;
  }
  return out;
}

base::Result<Claimed> claim(const dependencies::Request& request, ObjectId revision, reconcile::Context& ctx) {
  ContextSource source(ctx);
  TP_TRY(const dependencies::Known known, dependencies::learn(request, source));
  TP_TRY(const dependencies::Resolution resolution, dependencies::resolve(request, known.catalogue, known.index));
  TP_TRY(dependencies::ClaimWrites writes, dependencies::make_claims(request.claimant, resolution, known.index,
                                                                     revision, [&ctx] { return ctx.new_id(); }));
  if (const Batch batch = batch_of(writes); !batch.empty()) TP_CHECK(ctx.write(batch));
  Claimed out{.instances = std::move(writes.by_alias), .superfluous = {}};
  for (const ObjectId id : resolution.releases) out.superfluous.push_back(*known.index.find_claim(id));
  return out;
}

base::Result<std::string> why_not_ready(const Claimed& claimed, reconcile::Context& ctx) {
  for (const auto& [alias, id] : claimed.instances) {
    TP_TRY(const DependencyInstance instance, ctx.get(schema::Ref<DependencyInstance>{id}));
    if (instance.reconciliation.is_ready()) continue;
    const schema::Condition* ready = instance.reconciliation.find("Ready");
    const std::string why =
        ready == nullptr || ready->message.empty() ? std::string("it is being made") : ready->message;
    return alias + " (" + instance.identity + "): " + why;
  }
  return std::string();
}

}  // namespace threeport::controllers
