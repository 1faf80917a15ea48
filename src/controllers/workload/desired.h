// From a Revision to the Kubernetes objects that it asks for. Pure functions.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "kinds/workload.h"
#include "providers/kubernetes/manifests.h"

namespace threeport::controllers::workload {

namespace k8s = threeport::providers::kubernetes;

/// Whose objects they are: what the labels say.
struct Identity {
  std::string installation_uid;
  schema::ObjectId instance_id = 0;
  std::string instance_name;
  std::string definition_name;
};

/// One object to be on the cluster.
struct DesiredObject {
  k8s::ObjectRef ref;    ///< with its final namespace
  json::Value manifest;  ///< what is applied: labels and namespace set
  json::Value recorded;  ///< what the inventory row keeps: without our labels, secrets as hashes
};

struct Desired {
  std::string ns;                      ///< the namespace of all namespaced objects
  bool own_namespace = false;          ///< the namespace is made for this instance (not by a Namespace manifest)
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

/// All objects of a revision. `fixed_namespace`: the one of the first delivery, empty before it. Errors `invalid`:
/// InvalidManifest, KindUnknown where the cluster lacks a kind that no CustomResourceDefinition of the same set
/// defines; those of `is_namespaced`.
base::Result<Desired> make_desired(const kinds::Revision& revision, std::string_view fixed_namespace,
                                   const Identity& identity, const IsNamespaced& is_namespaced);

}  // namespace threeport::controllers::workload
