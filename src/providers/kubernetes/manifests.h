// Manifests: from the text that users write to the objects that are applied. Pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "providers/kubernetes/object_ref.h"

namespace threeport::providers::kubernetes {

/// Keys in the order in which they are written.
using Labels = std::vector<std::pair<std::string, std::string>>;

struct Manifest {
  ObjectRef ref;  ///< namespace as written, possibly empty
  base::json::Value object;
  unsigned document = 1;  ///< which document of the text, from 1, empty ones not counted
  unsigned line = 1;      ///< first line of that document
};

/// Reads a text of manifests as kubectl does: YAML documents between `---` lines or a sequence of JSON objects, empty
/// ones skipped, List objects replaced by their items. Errors `invalid`, reason InvalidManifest, with document and
/// line: not YAML, not an object, apiVersion, kind or metadata.name absent, labels or annotations that are not strings,
/// the same object twice.
base::Result<std::vector<Manifest>> parse_manifests(std::string_view text);

/// Rank of a type in the order of applying: 0 namespaces, 1 custom resource definitions, 2 cluster-wide settings,
/// accounts and rights, 3 configuration and storage, 4 services, 5 workloads, 6 the other built-in types, 7 custom
/// resources.
int apply_rank(const TypeRef& type);
/// Sorts by rank; equal ranks keep their order. Removal takes the reverse.
void sort_for_apply(std::vector<Manifest>& manifests);
void sort_for_apply(std::vector<ObjectRef>& refs);

/// Whether the type is one of Kubernetes itself (no group, or a group without a dot or of k8s.io).
bool is_built_in(const TypeRef& type);

/// Adds `labels` to metadata.labels, and `template_labels` to the labels of the pod template of Deployment, ReplicaSet,
/// StatefulSet, DaemonSet, Job and CronJob (there of spec.jobTemplate's). Existing keys win.
base::json::Value with_labels(base::json::Value manifest, const Labels& labels, const Labels& template_labels);
/// Sets metadata.namespace, or removes it where `ns` is empty (cluster-scoped).
base::json::Value with_namespace(base::json::Value manifest, std::string_view ns);
/// Without status and the members of metadata that a server fills in (uid, resourceVersion, generation,
/// creationTimestamp, managedFields, ...).
base::json::Value without_server_fields(base::json::Value manifest);
/// What is sent as server-side apply: without_server_fields(), and stringData of a Secret moved into data, because keys
/// that leave stringData would stay in data for ever.
base::json::Value make_applicable(base::json::Value manifest);
/// A v1 Secret with each value of data and stringData replaced by `sha256:<hex of the decoded value>`, so that equal
/// secrets look equal; also in the last-applied annotation of kubectl. Other objects are unchanged.
base::json::Value redact_secret(base::json::Value object);
/// The letters, digits and `-_.` of `text`, others `-`, cut to 63 and trimmed to begin and end alphanumeric: a value
/// that any label takes.
std::string label_value(std::string_view text);

/// The object that a HorizontalPodAutoscaler scales, if `object` is one.
std::optional<ObjectRef> scale_target(const base::json::Value& object);
/// The manifest with spec.replicas as in `live`: applying it leaves the count to the autoscaler. (Leaving the member
/// out of an apply would reset the count to 1 where we are its only owner.) `live` absent: unchanged.
base::json::Value with_live_replicas(base::json::Value manifest, const base::json::Value* live);

}  // namespace threeport::providers::kubernetes
