// Profiles, instances and claims for tests.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "dependencies/claiming.h"
#include "dependencies/source.h"

namespace threeport::dependencies::testing {

inline DependencyProfile profile(std::string type, json::Value requires_ = {}) {
  DependencyProfile out;
  out.meta.id = 1000 + static_cast<ObjectId>(type.size());
  out.name = type + "-profile";
  out.type = std::move(type);
  out.provider = "manifests";
  out.params = json::Object{{"Manifests", ""}};
  out.requires_ = std::move(requires_);
  return out;
}

inline Declaration need(std::string alias, std::string type, json::Value params = {}) {
  return {.alias = std::move(alias), .type = std::move(type), .id = {}, .params = std::move(params)};
}

inline Declaration shared_need(std::string alias, std::string type, std::string id, json::Value params = {}) {
  return {.alias = std::move(alias), .type = std::move(type), .id = std::move(id), .params = std::move(params)};
}

/// A store in memory: profiles, instances and claims, changed by write sets.
class Shelf final : public Source {
 public:
  std::vector<DependencyProfile> known_profiles;
  std::map<ObjectId, DependencyInstance> all_instances;
  std::map<ObjectId, DependencyClaim> all_claims;

  base::Result<std::vector<DependencyProfile>> profiles() override { return known_profiles; }
  base::Result<std::vector<DependencyInstance>> instances(const std::string& identity) override {
    std::vector<DependencyInstance> out;
    for (const auto& [id, found] : all_instances) {
      if (found.identity == identity) out.push_back(found);
    }
    return out;
  }
  base::Result<DependencyInstance> instance(ObjectId id) override {
    const auto it = all_instances.find(id);
    if (it == all_instances.end()) return base::not_found("no instance " + std::to_string(id));
    return it->second;
  }
  base::Result<std::vector<DependencyClaim>> claims_on(ObjectId id) override {
    return claims_where([&](const DependencyClaim& claim) { return claim.instance.id == id; });
  }
  base::Result<std::vector<DependencyClaim>> claims_by(const Claimant& claimant) override {
    return claims_where([&](const DependencyClaim& claim) {
      return (claimant.is_workload ? claim.workload_instance.id : claim.by_instance.id) == claimant.id;
    });
  }

  ObjectId new_id() { return ++last_id_; }

  /// All or nothing. False: a version differs, or something claimed is gone or leaving.
  bool write(const ClaimWrites& writes) {
    for (const auto& [id, version] : writes.unchanged) {
      const auto it = all_instances.find(id);
      if (it == all_instances.end() || it->second.meta.version != version ||
          it->second.reconciliation.deletion_scheduled)
        return false;
    }
    for (DependencyInstance made : writes.instances) {
      made.meta.version = 1;
      all_instances[made.meta.id] = std::move(made);
    }
    for (const auto& update : writes.updates) {
      DependencyInstance& changed = all_instances.at(update.id);
      changed.params = update.params;
      changed.params_claim = update.params_claim;
      ++changed.meta.version;
    }
    for (const DependencyClaim& claim : writes.claims) all_claims[claim.meta.id] = claim;
    for (const DependencyClaim& claim : writes.renewed) all_claims[claim.meta.id] = claim;
    for (const ObjectId id : writes.dropped) all_claims.erase(id);
    return true;
  }

  struct Outcome {
    Resolution resolution;
    ClaimWrites writes;
  };
  base::Result<Outcome> resolve_for(const Request& request) {
    TP_TRY(const Known known, learn(request, *this));
    TP_TRY(Resolution resolution, resolve(request, known.catalogue, known.index));
    TP_TRY(ClaimWrites writes, make_claims(request.claimant, resolution, known.index, 1,
                                           [this]() -> base::Result<ObjectId> { return new_id(); }));
    return Outcome{.resolution = std::move(resolution), .writes = std::move(writes)};
  }

 private:
  template <typename Wanted>
  std::vector<DependencyClaim> claims_where(Wanted wanted) const {
    std::vector<DependencyClaim> out;
    for (const auto& [id, claim] : all_claims) {
      if (wanted(claim)) out.push_back(claim);
    }
    return out;
  }

  ObjectId last_id_ = 0;
};

}  // namespace threeport::dependencies::testing
