// The manifests of a profile, with their templates filled in.
#pragma once

#include <vector>

#include "dependencies/outputs.h"
#include "kinds/dependency.h"
#include "providers/kubernetes/connections.h"
#include "providers/kubernetes/manifests.h"
#include "reconcile/context.h"

namespace threeport::controllers::dependency {

namespace k8s = threeport::providers::kubernetes;

/// What of a profile counts on one cluster.
struct Variant {
  json::Value manifests;  ///< text
  json::Value outputs;    ///< templates by name
};
/// Params.Manifests, or the first of Params.Variants that suits the parameters and whose `Served` type the cluster has.
/// Errors: of the cluster; `invalid`: no variant fits.
base::Result<Variant> choose_variant(const kinds::DependencyProfile& profile, const dependencies::Outputs& params,
                                     k8s::Connection& connection, reconcile::Context& ctx);

/// The manifests of a text with templates. Errors `invalid`, reason InvalidManifest: it is no YAML of Kubernetes
/// objects; a template names nothing; a secret stands where everybody reads it.
base::Result<std::vector<k8s::Manifest>> fill(const json::Value& text, const score::Lookup& look_up);

}  // namespace threeport::controllers::dependency
