// From a resolution to what is written: the direct edges of one claimant. Pure, but for the ids of what is new.
#pragma once

#include <functional>

#include "dependencies/resolver.h"

namespace threeport::dependencies {

/// One write set: all of it, or nothing.
struct ClaimWrites {
  struct Update {
    ObjectId id = 0;
    json::Value params;
    ObjectId params_claim = 0;
  };
  struct Version {
    ObjectId id = 0;
    std::int64_t version = 0;
  };
  std::vector<DependencyInstance> instances;  ///< to be made
  std::vector<Update> updates;                ///< of instances
  std::vector<Version> unchanged;             ///< instances that have to be as they were read, and not leaving
  std::vector<DependencyClaim> claims;        ///< to be made
  std::vector<DependencyClaim> renewed;       ///< Phase, RevisionID and Params are set
  std::vector<ObjectId> dropped;              ///< claims to be removed
  std::map<std::string, ObjectId> by_alias;   ///< what the claimant has afterwards
};

/// `revision` is noted in the claims of a workload instance. Errors: of `new_id`.
base::Result<ClaimWrites> make_claims(const Claimant& claimant, const Resolution& resolution, const Index& index,
                                      ObjectId revision, const std::function<base::Result<ObjectId>()>& new_id);

}  // namespace threeport::dependencies
