// What `${...}` stands for, across workloads and other dependencies.
#pragma once

#include <optional>

#include "controllers/claims.h"
#include "dependencies/outputs.h"
#include "kinds/dependency.h"
#include "reconcile/context.h"
#include "score/document.h"

namespace threeport::controllers {

using dependencies::Outputs;

/// Stored outputs of an instance, secrets in clear.
base::Result<Outputs> outputs_of(const kinds::DependencyInstance& instance, reconcile::Context& ctx);

/// Values of an environment: plain variables, and secrets (given in clear).
Outputs environment_outputs(const json::Value& variables, const std::map<std::string, std::string>& secrets);

/// Secrets of a stored secret map in clear.
base::Result<std::map<std::string, std::string>> reveal_all(
    const std::optional<std::map<std::string, std::string>>& secrets, reconcile::Context& ctx);

/// What a workload is called on its cluster, and what it looks up: from its definition or one of its revisions.
struct WorkloadFacts {
  std::string name;     ///< of its main object
  std::string service;  ///< name of its Service
  json::Value metadata;
  std::vector<score::ServicePort> ports;  ///< of a Score file; manifests name theirs in Services
};
/// Errors `invalid`: the Score file or the manifests cannot be read.
base::Result<WorkloadFacts> facts_of(std::string_view definition_name, std::string_view score_document,
                                     std::string_view manifests);

/// `{service, port}` for templates that name a workload and a port of it: `port` is a number, a number as text, or the
/// name of a port of the Service. Null where there is none. Error `invalid`: it has no such port.
base::Result<json::Value> make_target(const WorkloadFacts& facts, const json::Value& port);

/// Finds the values of one workload instance or dependency, and of what they use. Used by one attempt.
class Evaluation {
 public:
  explicit Evaluation(reconcile::Context& ctx) : ctx_(ctx) {}

  /// `resources.<alias>…`, `metadata.…` and `environment.…` as the workload instance has them, by its target revision.
  base::Result<score::Output> find(const kinds::WorkloadInstance& instance, const kinds::Revision& revision,
                                   const score::Reference& reference);
  /// All that the templates of an instance's profile may read, but `requires`.
  base::Result<dependencies::Roots> roots_of(const kinds::DependencyInstance& instance,
                                             const kinds::DependencyProfile& profile);
  /// Adds the outputs of its requirements. Error `blocked`: one of them is not ready.
  base::Result<void> add_requirements(dependencies::Roots& roots, const Claimed& claimed);
  /// Outputs of a profile that makes nothing, for one declaration of a workload.
  base::Result<Outputs> inline_outputs(const kinds::WorkloadInstance& instance, const kinds::Revision& revision,
                                       const dependencies::Declaration& declaration,
                                       const kinds::DependencyProfile& profile);

 private:
  base::Result<Outputs> params_of(const kinds::DependencyInstance& instance, const kinds::DependencyProfile& profile);
  base::Result<Outputs> expand_params(const kinds::DependencyInstance& instance);
  base::Result<Outputs> resource(const kinds::WorkloadInstance& instance, const kinds::Revision& revision,
                                 const std::string& alias);
  base::Result<std::optional<kinds::WorkloadInstance>> user_of(const kinds::DependencyInstance& instance, int depth);
  base::Result<WorkloadFacts> facts_of_user(const kinds::WorkloadInstance& user);
  base::Result<json::Value> target_of(const std::string& workload, const json::Value& port,
                                      schema::Ref<kinds::Environment> environment);

  reconcile::Context& ctx_;
  int depth_ = 0;
};

/// What a revision declares.
base::Result<std::vector<dependencies::Declaration>> declarations_of(const kinds::Revision& revision);

}  // namespace threeport::controllers
