#include "dependencies/claiming.h"

#include <algorithm>

namespace threeport::dependencies {
namespace {

/// Aliases of claims of one direct dependency on another, which its parameters name.
constexpr std::string_view kUses = "resources.";

class Claiming {
 public:
  Claiming(const Claimant& claimant, const Resolution& resolution, const Index& index, ObjectId revision,
           const std::function<base::Result<ObjectId>()>& new_id)
      : claimant_(claimant), resolution_(resolution), index_(index), revision_(revision), new_id_(new_id) {}

  base::Result<ClaimWrites> run() {
    for (const Edge& edge : resolution_.edges) {
      if (edge.from == kRoot) TP_CHECK(add_direct(edge));
    }
    for (const Edge& edge : resolution_.edges) {
      if (edge.from != kRoot && edge.alias.starts_with(kUses)) TP_CHECK(add_use(edge));
    }
    drop_old_uses();
    return std::move(out_);
  }

 private:
  base::Result<void> add_direct(const Edge& edge) {
    ObjectId claim_id = edge.claim;
    if (claim_id == 0) {
      TP_TRY(claim_id, new_id_());
    }
    TP_TRY(const ObjectId instance, ensure_node(edge, claim_id));
    out_.by_alias[edge.alias] = instance;
    if (edge.claim != 0) {
      renew(*index_.find_claim(edge.claim), edge);
      return {};
    }
    DependencyClaim claim;
    claim.meta.id = claim_id;
    claim.instance = {instance};
    if (claimant_.is_workload) {
      claim.workload_instance = {claimant_.id};
    } else {
      claim.by_instance = {claimant_.id};
    }
    claim.alias = edge.alias;
    claim.revision = revision_;
    claim.params = edge.params;
    out_.claims.push_back(std::move(claim));
    return {};
  }

  /// The id of the instance that the edge leads to, made or changed once.
  base::Result<ObjectId> ensure_node(const Edge& edge, ObjectId claim_id) {
    if (const auto done = made_.find(edge.to); done != made_.end()) {
      // Parameters that another alias gave belong to that one's claim.
      return done->second;
    }
    const Node& node = resolution_.nodes[edge.to];
    const Edge* giver = giver_of(edge.to);
    ObjectId owner = 0;
    if (giver == &edge) owner = claim_id;
    if (giver != nullptr && giver != &edge) owner = giver->claim;  // 0: its claim is new; the params are nobody's
    DependencyInstance instance = node.instance;
    switch (node.action) {
      case Action::create:
      case Action::replace: {
        TP_TRY(instance.meta.id, new_id_());
        instance.params_claim = owner;
        out_.instances.push_back(instance);
        break;
      }
      case Action::update:
        out_.unchanged.push_back({instance.meta.id, instance.meta.version});
        out_.updates.push_back({.id = instance.meta.id, .params = instance.params, .params_claim = owner});
        break;
      case Action::reuse:
        if (edge.claim == 0) out_.unchanged.push_back({instance.meta.id, instance.meta.version});
        break;
    }
    made_[edge.to] = instance.meta.id;
    return instance.meta.id;
  }

  /// The direct edge whose parameters the node has.
  [[nodiscard]] const Edge* giver_of(std::size_t node) const {
    const json::Value& params = resolution_.nodes[node].instance.params;
    if (params.is_null()) return nullptr;
    const auto it = std::find_if(resolution_.edges.begin(), resolution_.edges.end(), [&](const Edge& edge) {
      return edge.from == kRoot && edge.to == node && edge.params == params;
    });
    return it == resolution_.edges.end() ? nullptr : &*it;
  }

  void renew(const DependencyClaim& claim, const Edge& edge) {
    if (claim.phase == "Active" && claim.revision == revision_ && claim.params == edge.params) return;
    DependencyClaim renewed = claim;
    renewed.phase = "Active";
    renewed.revision = revision_;
    renewed.params = edge.params;
    out_.renewed.push_back(std::move(renewed));
  }

  base::Result<void> add_use(const Edge& edge) {
    if (edge.claim != 0) return {};
    DependencyClaim claim;
    TP_TRY(claim.meta.id, new_id_());
    claim.instance = {made_.at(edge.to)};
    claim.by_instance = {made_.at(edge.from)};
    claim.alias = edge.alias;
    out_.claims.push_back(std::move(claim));
    return {};
  }

  /// Parameters of ours that no longer name another dependency.
  void drop_old_uses() {
    for (const auto& [node, id] : made_) {
      if (!gives_params(node)) continue;
      for (const DependencyClaim* claim : index_.claims_by({.id = id, .is_workload = false, .name = {}})) {
        const bool wanted = std::any_of(resolution_.edges.begin(), resolution_.edges.end(),
                                        [&](const Edge& edge) { return edge.claim == claim->meta.id; });
        if (!wanted && claim->alias.starts_with(kUses)) out_.dropped.push_back(claim->meta.id);
      }
    }
  }

  [[nodiscard]] bool gives_params(std::size_t node) const {
    const ObjectId owner = resolution_.nodes[node].instance.params_claim;
    return owner != 0 && std::any_of(resolution_.edges.begin(), resolution_.edges.end(), [&](const Edge& edge) {
             return edge.from == kRoot && edge.to == node && edge.claim == owner;
           });
  }

  const Claimant& claimant_;
  const Resolution& resolution_;
  const Index& index_;
  ObjectId revision_;
  const std::function<base::Result<ObjectId>()>& new_id_;
  ClaimWrites out_;
  std::map<std::size_t, ObjectId> made_;
};

}  // namespace

base::Result<ClaimWrites> make_claims(const Claimant& claimant, const Resolution& resolution, const Index& index,
                                      ObjectId revision, const std::function<base::Result<ObjectId>()>& new_id) {
  return Claiming(claimant, resolution, index, revision, new_id).run();
}

}  // namespace threeport::dependencies
