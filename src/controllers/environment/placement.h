// Which cluster an environment without a pin goes to. Pure.
#pragma once

#include <string>
#include <vector>

#include "kinds/environment.h"

namespace threeport::controllers::environment {

struct Candidate {
  kinds::KubernetesRuntimeInstance runtime;
  std::string infra_provider;  ///< of its definition
};

struct Choice {
  schema::ObjectId runtime = 0;  ///< 0: none takes it now
  std::string why;               ///< not, and what helps: a sentence for users
};

/// Takes the first that matches InfraProvider and Location where they are given and is ready: default runtimes first,
/// then by id. One that was never checked is waited for; one that was found not to be ready, or is being deleted, is
/// passed over.
Choice choose_runtime(const kinds::Environment& environment, std::vector<Candidate> candidates);

}  // namespace threeport::controllers::environment
