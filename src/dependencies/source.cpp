#include "dependencies/source.h"

#include <set>

namespace threeport::dependencies {
namespace {

class Learning {
 public:
  Learning(Source& source, Known& known) : source_(source), known_(known) {}

  base::Result<void> about(const Request& request, int depth) {
    if (request.claimant.id != 0) TP_CHECK(claims_of(request.claimant));
    TP_TRY(const std::vector<Identity> identities, identities_of(request, known_.catalogue, known_.index));
    for (const Identity& identity : identities) {
      if (!seen_.insert(identity).second) continue;
      TP_TRY(auto instances, source_.instances(identity.text()));
      for (DependencyInstance& instance : instances) {
        if (identity_of(instance) != identity) continue;
        TP_CHECK(add(std::move(instance)));
      }
      TP_CHECK(requirements_of(identity, request, depth));
    }
    return {};
  }

 private:
  base::Result<void> claims_of(const Claimant& claimant) {
    TP_TRY(const auto claims, source_.claims_by(claimant));
    for (const DependencyClaim& claim : claims) {
      known_.index.add(claim);
      if (known_.index.find(claim.instance.id) != nullptr) continue;
      TP_TRY(DependencyInstance instance, source_.instance(claim.instance.id));
      TP_CHECK(add(std::move(instance)));
    }
    return {};
  }

  base::Result<void> add(DependencyInstance instance) {
    TP_TRY(const auto claims, source_.claims_on(instance.meta.id));
    for (const DependencyClaim& claim : claims) known_.index.add(claim);
    known_.index.add(std::move(instance));
    return {};
  }

  base::Result<void> requirements_of(const Identity& identity, const Request& request, int depth) {
    constexpr int kDeepest = 32;  // resolve() says what is wrong
    if (depth >= kDeepest) return {};
    const DependencyInstance* existing = known_.index.find(identity);
    DependencyProfile profile;
    if (existing != nullptr) {
      TP_TRY(profile, schema::from_json<DependencyProfile>(existing->profile));
    } else {
      auto choice = known_.catalogue.choose(identity.type, identity.class_name, request.setting);
      if (!choice) return {};
      profile = *choice->profile;
    }
    auto declarations = parse_declarations(profile.requires_, "Requires");
    if (!declarations || declarations->empty()) return {};
    return about(
        {.claimant = {.id = existing == nullptr ? 0 : existing->meta.id, .is_workload = false, .name = identity.key},
         .declarations = std::move(*declarations),
         .setting = restrict_to(request.setting, identity.scope)},
        depth + 1);
  }

  Source& source_;
  Known& known_;
  std::set<Identity> seen_;
};

}  // namespace

base::Result<Known> learn(const Request& request, Source& source) {
  TP_TRY(auto profiles, source.profiles());
  Known out{.catalogue = Catalogue(std::move(profiles)), .index = {}};
  TP_CHECK(Learning(source, out).about(request, 0));
  return out;
}

}  // namespace threeport::dependencies
