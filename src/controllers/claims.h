// Claiming: from a resolution to DependencyInstances and DependencyClaims, for workload instances and for dependencies
// that have requirements of their own.
#pragma once

#include <map>
#include <string>

#include "dependencies/source.h"
#include "reconcile/context.h"

namespace threeport::controllers {

using kinds::DependencyClaim;
using kinds::DependencyInstance;

/// Profiles, instances and claims as an attempt reads them: a change of any wakes its object.
class ContextSource final : public dependencies::Source {
 public:
  explicit ContextSource(reconcile::Context& ctx) : ctx_(ctx) {}
  base::Result<std::vector<kinds::DependencyProfile>> profiles() override;
  base::Result<std::vector<DependencyInstance>> instances(const std::string& identity) override;
  base::Result<DependencyInstance> instance(schema::ObjectId id) override;
  base::Result<std::vector<DependencyClaim>> claims_on(schema::ObjectId instance) override;
  base::Result<std::vector<DependencyClaim>> claims_by(const dependencies::Claimant& claimant) override;

 private:
  reconcile::Context& ctx_;
};

/// Where a workload lives: for the choice of profiles. `environment` may be 0.
base::Result<dependencies::Setting> make_setting(schema::Ref<kinds::Environment> environment,
                                                 schema::Ref<kinds::KubernetesRuntimeInstance> runtime,
                                                 reconcile::Context& ctx);

/// What a claimant has after claim().
struct Claimed {
  std::map<std::string, schema::ObjectId> instances;  ///< by alias
  std::vector<DependencyClaim> superfluous;           ///< claims that nothing asks for any more; they are still there
};

/// Makes, changes and claims what the request declares directly, in one write set, on condition that what is used is
/// unchanged and not leaving. `revision` is noted in the claims. Errors: resolve(); `conflict`: another attempt is due.
base::Result<Claimed> claim(const dependencies::Request& request, schema::ObjectId revision, reconcile::Context& ctx);

/// The first of the instances that is not ready, as a message; "" where all are.
base::Result<std::string> why_not_ready(const Claimed& claimed, reconcile::Context& ctx);

}  // namespace threeport::controllers
