#include "providers/kubernetes/manifests.h"

#include <algorithm>
#include <array>

#include "base/crypto.h"

namespace threeport::providers::kubernetes {

namespace {

using base::json::Object;
using base::json::Value;

constexpr std::string_view kLastApplied = "kubectl.kubernetes.io/last-applied-configuration";

struct RankedKind {
  std::string_view kind;
  int rank;
};

constexpr RankedKind kRanks[] = {
    {"Namespace", 0},
    {"CustomResourceDefinition", 1},
    {"PriorityClass", 2},
    {"StorageClass", 2},
    {"IngressClass", 2},
    {"RuntimeClass", 2},
    {"CSIDriver", 2},
    {"ServiceAccount", 2},
    {"ClusterRole", 2},
    {"ClusterRoleBinding", 2},
    {"Role", 2},
    {"RoleBinding", 2},
    {"ResourceQuota", 3},
    {"LimitRange", 3},
    {"NetworkPolicy", 3},
    {"ConfigMap", 3},
    {"Secret", 3},
    {"PersistentVolume", 3},
    {"PersistentVolumeClaim", 3},
    {"Service", 4},
    {"Endpoints", 4},
    {"EndpointSlice", 4},
    {"Pod", 5},
    {"ReplicationController", 5},
    {"ReplicaSet", 5},
    {"Deployment", 5},
    {"StatefulSet", 5},
    {"DaemonSet", 5},
    {"Job", 5},
    {"CronJob", 5},
};

void add_labels(Value& metadata_owner, const Labels& labels) {
  if (labels.empty()) return;
  Value& metadata = metadata_owner["metadata"];
  if (!metadata.is_object()) metadata = Object{};
  Value& target = metadata["labels"];
  if (!target.is_object()) target = Object{};
  for (const auto& [key, value] : labels) {
    if (!target.as_object().contains(key)) target.as_object().set(key, value);
  }
}

/// The pod template of the manifest, made where spec is there and it is not; null for kinds without one.
Value* pod_template(Value& manifest) {
  const std::string_view kind = manifest.at("kind").text();
  static constexpr std::array<std::string_view, 5> kWithTemplate{"Deployment", "ReplicaSet", "StatefulSet", "DaemonSet",
                                                                 "Job"};
  const bool nested = kind == "CronJob";
  if (!nested && std::find(kWithTemplate.begin(), kWithTemplate.end(), kind) == kWithTemplate.end()) return nullptr;
  Value* spec = manifest.as_object().find("spec");
  if (nested && spec != nullptr && spec->is_object()) {
    Value* job = spec->as_object().find("jobTemplate");
    spec = job != nullptr && job->is_object() ? job->as_object().find("spec") : nullptr;
  }
  if (spec == nullptr || !spec->is_object()) return nullptr;
  Value* found = spec->as_object().find("template");
  return found != nullptr && found->is_object() ? found : nullptr;
}

std::string digest_of(std::string_view bytes) { return "sha256:" + base::sha256_hex(bytes); }

void redact_values(Value& object, std::string_view member, bool encoded) {
  Value* values = object.as_object().find(member);
  if (values == nullptr || !values->is_object()) return;
  for (auto& [key, value] : values->as_object()) {
    if (!value.is_string()) {
      value = digest_of(base::json::canonical(value));
      continue;
    }
    auto decoded = encoded ? base::base64_decode(value.as_string()) : base::Result<std::string>(value.as_string());
    value = digest_of(decoded ? *decoded : value.as_string());
  }
}

}  // namespace

bool is_built_in(const TypeRef& type) {
  const std::string_view group = type.group();
  return group.find('.') == std::string_view::npos || group.ends_with(".k8s.io");
}

int apply_rank(const TypeRef& type) {
  if (!is_built_in(type)) return 7;
  for (const RankedKind& ranked : kRanks) {
    if (ranked.kind == type.kind) return ranked.rank;
  }
  return 6;
}

void sort_for_apply(std::vector<Manifest>& manifests) {
  std::stable_sort(manifests.begin(), manifests.end(), [](const Manifest& a, const Manifest& b) {
    return apply_rank(a.ref.type()) < apply_rank(b.ref.type());
  });
}

void sort_for_apply(std::vector<ObjectRef>& refs) {
  std::stable_sort(refs.begin(), refs.end(),
                   [](const ObjectRef& a, const ObjectRef& b) { return apply_rank(a.type()) < apply_rank(b.type()); });
}

Value with_labels(Value manifest, const Labels& labels, const Labels& template_labels) {
  if (!manifest.is_object()) return manifest;
  add_labels(manifest, labels);
  if (Value* pods = pod_template(manifest)) add_labels(*pods, template_labels);
  return manifest;
}

Value with_namespace(Value manifest, std::string_view ns) {
  if (!manifest.is_object()) return manifest;
  Value& metadata = manifest["metadata"];
  if (!metadata.is_object()) metadata = Object{};
  if (ns.empty()) {
    metadata.as_object().erase("namespace");
  } else {
    metadata.as_object().set("namespace", ns);
  }
  return manifest;
}

Value without_server_fields(Value manifest) {
  if (!manifest.is_object()) return manifest;
  manifest.as_object().erase("status");
  Value* metadata = manifest.as_object().find("metadata");
  if (metadata == nullptr || !metadata->is_object()) return manifest;
  for (const std::string_view member : {"uid", "resourceVersion", "generation", "creationTimestamp", "managedFields",
                                        "selfLink", "deletionTimestamp", "deletionGracePeriodSeconds"}) {
    metadata->as_object().erase(member);
  }
  return manifest;
}

Value make_applicable(Value manifest) {
  manifest = without_server_fields(std::move(manifest));
  if (manifest.at("kind").text() != "Secret" || manifest.at("apiVersion").text() != "v1") return manifest;
  const Value texts = manifest.at("stringData");
  if (!texts.is_object()) return manifest;
  manifest.as_object().erase("stringData");
  Value& data = manifest["data"];
  if (!data.is_object()) data = Object{};
  for (const auto& [key, value] : texts.as_object()) data.as_object().set(key, base::base64_encode(value.text()));
  return manifest;
}

Value redact_secret(Value object) {
  if (object.at("kind").text() != "Secret" || object.at("apiVersion").text() != "v1") return object;
  redact_values(object, "data", true);
  redact_values(object, "stringData", false);
  if (object.at("metadata", "annotations").find(kLastApplied) != nullptr) {
    Value& annotation = object["metadata"]["annotations"][kLastApplied];
    auto applied = base::json::parse(annotation.text());
    annotation = applied && applied->is_object() ? base::json::dump(redact_secret(std::move(*applied))) : std::string();
  }
  return object;
}

std::string label_value(std::string_view text) {
  const auto alphanumeric = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  std::string out(text.substr(0, 63));
  for (char& c : out) {
    if (!alphanumeric(c) && c != '-' && c != '_' && c != '.') c = '-';
  }
  while (!out.empty() && !alphanumeric(out.back())) out.pop_back();
  const auto first = std::find_if(out.begin(), out.end(), alphanumeric);
  out.erase(out.begin(), first);
  return out;
}

std::optional<ObjectRef> scale_target(const Value& object) {
  if (object.at("kind").text() != "HorizontalPodAutoscaler") return std::nullopt;
  const Value& target = object.at("spec", "scaleTargetRef");
  if (target.at("name").text().empty()) return std::nullopt;
  return ObjectRef{std::string(target.at("apiVersion").text()), std::string(target.at("kind").text()),
                   std::string(object.at("metadata", "namespace").text()), std::string(target.at("name").text())};
}

Value with_live_replicas(Value manifest, const Value* live) {
  if (live == nullptr || !manifest.is_object()) return manifest;
  const Value& count = live->at("spec", "replicas");
  if (count.is_number() && manifest.at("spec").is_object()) manifest["spec"].as_object().set("replicas", count);
  return manifest;
}

}  // namespace threeport::providers::kubernetes
