#include "controllers/dependency/manifests.h"

#include "applyset/clusters.h"
#include "dependencies/variant.h"
#include "dependencies/wiring.h"
#include "providers/kubernetes/manifests.h"

namespace threeport::controllers::dependency {

base::Result<Variant> choose_variant(const kinds::DependencyProfile& profile, const dependencies::Outputs& params,
                                     k8s::Connection& connection, reconcile::Context& ctx) {
  const json::Array* variants = profile.params.at("Variants").if_array();
  if (variants == nullptr) return Variant{.manifests = profile.params.at("Manifests"), .outputs = profile.outputs};
  std::string wanted;
  for (const json::Value& variant : *variants) {
    if (!dependencies::suits(variant, params)) continue;
    const std::string served(variant.at("Served").text());
    const std::size_t slash = served.rfind('/');
    if (slash != std::string::npos) {
      const auto type = connection.cluster().resource_type({served.substr(0, slash), served.substr(slash + 1)},
                                                           applyset::call_within(ctx));
      if (!type && type.error().reason != k8s::reason::kKindUnknown) return type.error();
      wanted += (wanted.empty() ? "" : ", ") + served;
      if (!type) continue;
    }
    const json::Value& outputs = variant.at("Outputs");
    return Variant{.manifests = variant.at("Manifests"), .outputs = outputs.is_null() ? profile.outputs : outputs};
  }
  if (wanted.empty()) return base::invalid("profile " + profile.name + ": none of its variants suits the parameters");
  base::Error error = base::invalid("profile " + profile.name + ": the cluster serves none of " + wanted +
                                    "; install one, or write a profile that does without");
  error.reason = k8s::reason::kKindUnknown;
  return error;
}

base::Result<std::vector<k8s::Manifest>> fill(const json::Value& text, const score::Lookup& look_up) {
  TP_TRY(std::vector<k8s::Manifest> manifests, k8s::parse_manifests(text.text()));
  for (k8s::Manifest& manifest : manifests) {
    auto filled = dependencies::fill_manifest(manifest.object, look_up);
    if (!filled) {
      base::Error error = std::move(filled).error();
      if (error.reason.empty() && error.kind == base::ErrorKind::invalid) error.reason = "InvalidManifest";
      return error;
    }
    manifest.object = std::move(*filled);
    manifest.ref = k8s::ref_of(manifest.object);
  }
  return manifests;
}

}  // namespace threeport::controllers::dependency
