// From manifests to the Kubernetes objects that a set asks for. Pure functions.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "applyset/clusters.h"
#include "providers/kubernetes/manifests.h"

namespace threeport::applyset {

/// Whose objects they are: what the labels say.
struct Identity {
  std::string installation_uid;
  schema::ObjectId id = 0;
  std::string instance_name;
  std::string definition_name;
  std::string_view owner_label = kInstanceLabel;  ///< one of kOwnerLabels: what `id` is the id of
};

/// Marks a manifest whose name holds a hash of its content: with new content it is another object, and the old one
/// stays as long as something that is kept may name it.
inline constexpr std::string_view kContentAddressed = "control-plane.threeport.io/content-addressed";

/// One object to be on the cluster.
struct DesiredObject {
  k8s::ObjectRef ref;    ///< with its final namespace
  json::Value manifest;  ///< what is applied: labels and namespace set
  json::Value recorded;  ///< what the inventory row keeps: without our labels, secrets as hashes
};

struct Desired {
  std::string ns;                      ///< the namespace of all namespaced objects
  bool own_namespace = false;          ///< the namespace is made for this set (not by a Namespace manifest)
  std::vector<DesiredObject> objects;  ///< in the order of applying
};

/// Whether a type lives in a namespace; unset = the cluster does not know the type (yet).
using IsNamespaced = std::function<base::Result<std::optional<bool>>(const k8s::TypeRef&)>;

/// `<base>-<hash>`: the base in lower case with dashes, cut to 52; the hash of installation and id (shapes A.3).
std::string namespace_name(std::string_view base, std::string_view installation_uid, schema::ObjectId id);

/// The labels of every object (v0-behaviour 5.3), and those of pod templates.
k8s::Labels object_labels(const Identity& identity);
k8s::Labels template_labels(const Identity& identity);

/// Adds labels and namespace to one manifest.
DesiredObject make_desired(const json::Value& manifest, bool namespaced, std::string_view ns, const Identity& identity);

/// Where a set goes.
struct Placement {
  std::string ns;
  bool shared = false;  ///< the namespace is somebody else's: the set does not make it, and may not declare one
};

/// All objects of a set. Without `placement.shared` a Namespace manifest decides the namespace, and where there is none
/// the namespace is made. Errors `invalid`: InvalidManifest, KindUnknown where the cluster lacks a kind that no
/// CustomResourceDefinition of the same set defines; those of `is_namespaced`.
base::Result<Desired> make_desired(std::vector<k8s::Manifest> manifests, const Placement& placement,
                                   const Identity& identity, const IsNamespaced& is_namespaced);

}  // namespace threeport::applyset
