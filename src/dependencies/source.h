// Reading what a resolution may meet.
#pragma once

#include "dependencies/resolver.h"

namespace threeport::dependencies {

/// Where profiles, instances and claims are read. Errors: of the store.
class Source {
 public:
  virtual ~Source() = default;
  virtual base::Result<std::vector<DependencyProfile>> profiles() = 0;
  /// Those of DependencyInstance.Identity `identity`, of all scopes.
  virtual base::Result<std::vector<DependencyInstance>> instances(const std::string& identity) = 0;
  /// Error `not_found`.
  virtual base::Result<DependencyInstance> instance(ObjectId id) = 0;
  virtual base::Result<std::vector<DependencyClaim>> claims_on(ObjectId instance) = 0;
  virtual base::Result<std::vector<DependencyClaim>> claims_by(const Claimant& claimant) = 0;
};

/// What resolve() needs to know about a request: the claims of the claimant, and along them and the declarations every
/// instance that comes up, with the claims on it.
struct Known {
  Catalogue catalogue;
  Index index;
};
/// Errors: of the source, and of identities_of().
base::Result<Known> learn(const Request& request, Source& source);

}  // namespace threeport::dependencies
