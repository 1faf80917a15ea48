#include "controllers/environment/placement.h"

#include <algorithm>

#include "base/text.h"
#include "controllers/runtime_state.h"

namespace threeport::controllers::environment {
namespace {

bool matches(const kinds::Environment& environment, const Candidate& candidate) {
  if (candidate.runtime.reconciliation.deletion_scheduled) return false;
  if (environment.infra_provider && *environment.infra_provider != candidate.infra_provider) return false;
  return !environment.location || *environment.location == candidate.runtime.location;
}

bool was_checked(const kinds::KubernetesRuntimeInstance& runtime) {
  return runtime.reconciliation.find("Ready") != nullptr;
}

/// "InfraProvider kind and Location Local"; "" where the environment asks for nothing.
std::string wishes_of(const kinds::Environment& environment) {
  std::vector<std::string> wishes;
  if (environment.infra_provider) wishes.push_back("InfraProvider " + *environment.infra_provider);
  if (environment.location) wishes.push_back("Location " + *environment.location);
  return base::join(wishes, " and ");
}

std::string none_matches(const kinds::Environment& environment) {
  const std::string wishes = wishes_of(environment);
  if (wishes.empty()) {
    return "There is no Kubernetes runtime yet: add one with `tptctl apply -f` and a KubernetesRuntime document.";
  }
  return "No Kubernetes runtime has " + wishes +
         ": add one with `tptctl apply -f` and a KubernetesRuntime document, or change what the environment asks for.";
}

}  // namespace

Choice choose_runtime(const kinds::Environment& environment, std::vector<Candidate> candidates) {
  std::erase_if(candidates, [&](const Candidate& candidate) { return !matches(environment, candidate); });
  if (candidates.empty()) return {.runtime = 0, .why = none_matches(environment)};
  std::sort(candidates.begin(), candidates.end(), [](const Candidate& a, const Candidate& b) {
    if (a.runtime.default_runtime != b.runtime.default_runtime) return a.runtime.default_runtime;
    return a.runtime.meta.id < b.runtime.meta.id;
  });
  const auto decided = std::find_if(candidates.begin(), candidates.end(), [](const Candidate& candidate) {
    return is_usable(candidate.runtime) || !was_checked(candidate.runtime);
  });
  if (decided == candidates.end()) return {.runtime = 0, .why = why_not_ready(candidates.front().runtime)};
  if (!is_usable(decided->runtime)) return {.runtime = 0, .why = why_not_ready(decided->runtime)};
  return {.runtime = decided->runtime.meta.id, .why = {}};
}

}  // namespace threeport::controllers::environment
