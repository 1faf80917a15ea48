#include "controllers/claims.h"

#include <algorithm>

namespace threeport::controllers {
namespace {

using dependencies::Action;
using dependencies::Edge;
using dependencies::Known;
using dependencies::Node;
using dependencies::Request;
using dependencies::Resolution;
using reconcile::Batch;
using schema::ObjectId;

constexpr std::string_view kUses = "resources.";

/// The direct edges of a resolution as one write set.
class Claiming {
 public:
  Claiming(const Request& request, const Known& known, Resolution resolution, ObjectId revision,
           reconcile::Context& ctx)
      : request_(request), known_(known), resolution_(std::move(resolution)), revision_(revision), ctx_(ctx) {}

  base::Result<Claimed> run() {
    Claimed out;
    for (const Edge& edge : resolution_.edges) {
      if (edge.from == dependencies::kRoot) TP_CHECK(add_direct(edge, out));
    }
    for (const Edge& edge : resolution_.edges) {
      if (edge.from != dependencies::kRoot && edge.alias.starts_with(kUses)) TP_CHECK(add_use(edge));
    }
    drop_old_uses();
    if (!batch_.empty()) TP_CHECK(ctx_.write(batch_));
    for (const ObjectId id : resolution_.releases) out.superfluous.push_back(*known_.index.find_claim(id));
    out.inline_profiles = std::move(resolution_.inline_profiles);
    return out;
  }

 private:
  base::Result<void> add_direct(const Edge& edge, Claimed& out) {
    ObjectId claim_id = edge.claim;
    if (claim_id == 0) {
      TP_TRY(claim_id, ctx_.new_id());
    }
    TP_TRY(const ObjectId instance, ensure_node(edge.to, edge, claim_id));
    out.instances[edge.alias] = instance;
    if (edge.claim != 0) {
      renew(*known_.index.find_claim(edge.claim), edge);
      return {};
    }
    DependencyClaim claim;
    claim.meta.id = claim_id;
    claim.instance = {instance};
    if (request_.claimant.is_workload) {
      claim.workload_instance = {request_.claimant.id};
    } else {
      claim.by_instance = {request_.claimant.id};
    }
    claim.alias = edge.alias;
    claim.revision = revision_;
    claim.params = edge.params;
    batch_.create(claim);
    return {};
  }

  /// The id of the instance that the node stands for, made or changed once.
  base::Result<ObjectId> ensure_node(std::size_t at, const Edge& edge, ObjectId claim_id) {
    if (const auto done = made_.find(at); done != made_.end()) return done->second;
    Node& node = resolution_.nodes[at];
    const bool gives_params = !node.instance.params.is_null() && edge.params == node.instance.params;
    switch (node.action) {
      case Action::create:
      case Action::replace: {
        TP_TRY(node.instance.meta.id, ctx_.new_id());
        if (gives_params) node.instance.params_claim = claim_id;
        batch_.create(node.instance);
        break;
      }
      case Action::update:
        batch_.expect(node.instance.meta.id, node.instance.meta.version);
        batch_.merge<DependencyInstance>(
            node.instance.meta.id,
            json::Object{{"Params", node.instance.params}, {"ParamsClaimID", gives_params ? claim_id : 0}});
        break;
      case Action::reuse:
        if (edge.claim == 0) batch_.expect(node.instance.meta.id, node.instance.meta.version);
        break;
    }
    made_[at] = node.instance.meta.id;
    return node.instance.meta.id;
  }

  void renew(const DependencyClaim& claim, const Edge& edge) {
    if (claim.phase == "Active" && claim.revision == revision_ && claim.params == edge.params) return;
    batch_.merge<DependencyClaim>(
        claim.meta.id, json::Object{{"Phase", "Active"}, {"RevisionID", revision_}, {"Params", edge.params}});
  }

  base::Result<void> add_use(const Edge& edge) {
    if (edge.claim != 0) return {};
    DependencyClaim claim;
    TP_TRY(claim.meta.id, ctx_.new_id());
    claim.instance = {made_.at(edge.to)};
    claim.by_instance = {made_.at(edge.from)};
    claim.alias = edge.alias;
    batch_.create(claim);
    return {};
  }

  /// Parameters of direct dependencies that no longer name another one.
  void drop_old_uses() {
    for (const auto& [at, id] : made_) {
      for (const DependencyClaim* claim : known_.index.claims_by({.id = id, .is_workload = false, .name = {}})) {
        const bool is_use = claim->alias.starts_with(kUses);
        const bool wanted = std::any_of(resolution_.edges.begin(), resolution_.edges.end(),
                                        [&](const Edge& edge) { return edge.claim == claim->meta.id; });
        if (is_use && !wanted && has_declared_params(at)) batch_.remove<DependencyClaim>(claim->meta.id);
      }
    }
  }

  /// Whether the parameters of the node are the claimant's.
  [[nodiscard]] bool has_declared_params(std::size_t at) const {
    const ObjectId owner = resolution_.nodes[at].instance.params_claim;
    return std::any_of(resolution_.edges.begin(), resolution_.edges.end(), [&](const Edge& edge) {
      return edge.from == dependencies::kRoot && edge.to == at && edge.claim != 0 && edge.claim == owner;
    });
  }

  const Request& request_;
  const Known& known_;
  Resolution resolution_;
  ObjectId revision_;
  reconcile::Context& ctx_;
  Batch batch_;
  std::map<std::size_t, ObjectId> made_;
};

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

base::Result<Claimed> claim(const Request& request, ObjectId revision, reconcile::Context& ctx) {
  ContextSource source(ctx);
  TP_TRY(const Known known, dependencies::learn(request, source));
  TP_TRY(Resolution resolution, dependencies::resolve(request, known.catalogue, known.index));
  return Claiming(request, known, std::move(resolution), revision, ctx).run();
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
