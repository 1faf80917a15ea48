#include "applyset/desired.h"

#include <algorithm>
#include <cctype>

#include "applyset/clusters.h"
#include "base/crypto.h"
#include "providers/kubernetes/cluster.h"

namespace threeport::applyset {
namespace {

constexpr std::size_t kLongestBase = 52;
constexpr std::size_t kHashLength = 10;
/// Nothing that we follow tells of a new kind.
constexpr base::Millis kKindMayAppear{30'000};

json::Value namespace_manifest(std::string_view name) {
  return json::Object{{"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", json::Object{{"name", name}}}};
}

/// The scope that a CustomResourceDefinition of the same set gives to a type; unset where none defines it.
std::optional<bool> defined_scope(const std::vector<k8s::Manifest>& manifests, const k8s::TypeRef& type) {
  for (const k8s::Manifest& manifest : manifests) {
    if (manifest.ref.kind != "CustomResourceDefinition") continue;
    const json::Value& spec = manifest.object.at("spec");
    if (spec.at("names", "kind").text() == type.kind && spec.at("group").text() == type.group())
      return spec.at("scope").text() != "Cluster";
  }
  return std::nullopt;
}

}  // namespace

std::string namespace_name(std::string_view base, std::string_view installation_uid, schema::ObjectId id) {
  std::string out;
  for (const char c : base) {
    const char low = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    out += (low >= 'a' && low <= 'z') || (low >= '0' && low <= '9') ? low : '-';
  }
  out.resize(std::min(out.size(), kLongestBase));
  const std::size_t first = out.find_first_not_of('-');
  out = first == std::string::npos ? std::string("workload") : out.substr(first, out.find_last_not_of('-') - first + 1);
  const std::string digest = base::sha256(std::string(installation_uid) + "/" + std::to_string(id));
  return out + "-" + base::base32_encode(digest).substr(0, kHashLength);
}

k8s::Labels object_labels(const Identity& identity) {
  return {{"app.kubernetes.io/managed-by", "threeport"},
          {"app.kubernetes.io/name", k8s::label_value(identity.definition_name)},
          {"app.kubernetes.io/instance", k8s::label_value(identity.instance_name)},
          {std::string(identity.owner_label), std::to_string(identity.id)},
          {"control-plane.threeport.io/managed-by", "threeport"},
          {std::string(kInstallationLabel), identity.installation_uid}};
}

k8s::Labels template_labels(const Identity& identity) {
  const k8s::Labels all = object_labels(identity);
  return {all.begin() + 3, all.end()};
}

DesiredObject make_desired(const json::Value& manifest, bool namespaced, std::string_view ns,
                           const Identity& identity) {
  json::Value placed = k8s::make_applicable(k8s::with_namespace(manifest, namespaced ? ns : std::string_view{}));
  DesiredObject out;
  out.recorded = k8s::redact_secret(placed);
  out.manifest = k8s::with_labels(std::move(placed), object_labels(identity), template_labels(identity));
  // Whose an object is must not be for the manifest to say.
  json::Value& labels = out.manifest["metadata"]["labels"];
  labels[identity.owner_label] = std::to_string(identity.id);
  labels[kInstallationLabel] = identity.installation_uid;
  out.ref = k8s::ref_of(out.manifest);
  return out;
}

base::Result<Desired> make_desired(std::vector<k8s::Manifest> manifests, const Placement& placement,
                                   const Identity& identity, const IsNamespaced& is_namespaced) {
  Desired out;
  out.ns = placement.ns;
  const auto declared = std::find_if(manifests.begin(), manifests.end(), [](const k8s::Manifest& m) {
    return m.ref.kind == "Namespace" && m.ref.api_version == "v1";
  });
  if (declared != manifests.end() && placement.shared) {
    base::Error error = base::invalid("manifest v1/Namespace " + declared->ref.name + " (document " +
                                      std::to_string(declared->document) +
                                      "): what lives in an environment shares its "
                                      "namespace " +
                                      placement.ns + "; remove the manifest");
    error.reason = "InvalidManifest";
    return error;
  }
  if (declared != manifests.end()) {
    out.ns = declared->ref.name;
  } else if (!placement.shared) {
    out.own_namespace = true;
    out.objects.push_back(make_desired(namespace_manifest(out.ns), false, out.ns, identity));
  }
  k8s::sort_for_apply(manifests);
  for (const k8s::Manifest& manifest : manifests) {
    TP_TRY(std::optional<bool> namespaced, is_namespaced(manifest.ref.type()));
    if (!namespaced) namespaced = defined_scope(manifests, manifest.ref.type());
    if (!namespaced) {
      base::Error error = base::invalid(
          "the cluster does not know the kind " + manifest.ref.type().to_text() + " of " + manifest.ref.name +
          " (document " + std::to_string(manifest.document) + ", line " + std::to_string(manifest.line) +
          "): install its CustomResourceDefinition first, or correct apiVersion and kind");
      error.reason = k8s::reason::kKindUnknown;
      error.retry_after = kKindMayAppear;
      return error;
    }
    out.objects.push_back(make_desired(manifest.object, *namespaced, out.ns, identity));
  }
  return out;
}

}  // namespace threeport::applyset
