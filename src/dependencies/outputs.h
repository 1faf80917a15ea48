// What a dependency gives to its users, and what templates of profiles may read.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>

#include "score/placeholder.h"

namespace threeport::dependencies {

/// By name. A secret one is kept encrypted, and reaches pods through Kubernetes Secrets only.
using Outputs = std::map<std::string, score::Output>;

/// `reference.path[from]` names an output, the rest of the path walks into it. Error `invalid` names what there is.
base::Result<score::Output> find_output(const Outputs& outputs, const score::Reference& reference, std::size_t from);

/// DependencyInstance.Outputs: plain values as they are, secret ones as {"Secret": "<ciphertext>"}.
json::Value encode_outputs(const Outputs& outputs, const std::function<std::string(std::string_view)>& seal);
/// Errors: of `reveal`.
base::Result<Outputs> decode_outputs(const json::Value& stored,
                                     const std::function<base::Result<std::string>(std::string_view)>& reveal);

/// What `${...}` in a profile's templates finds.
struct Roots {
  json::Value self;      ///< name, namespace, id
  json::Value workload;  ///< name, namespace: of the workload that uses it
  json::Value target;    ///< service, port: of the workload that `service` and `service-port` name
  Outputs params, environment, generated;
  std::map<std::string, Outputs> dependencies;  ///< `requires`, by alias
};
score::Lookup lookup_in(const Roots& roots);

/// Outputs of a profile, with its templates filled in. A value `{Secret: template}` is secret whatever it holds. Errors
/// `invalid` with the output's name.
base::Result<Outputs> make_outputs(const json::Value& templates, const score::Lookup& lookup);

/// Users' values, with `defaults` for those that they leave out. Error `invalid`: no template reads it (`read` has the
/// names that some do) and it is not `optional`, or a value that a template reads is missing.
base::Result<Outputs> complete_params(Outputs params, const json::Value& defaults,
                                      const std::vector<score::Reference>& read,
                                      const std::set<std::string>& optional = {});

}  // namespace threeport::dependencies
