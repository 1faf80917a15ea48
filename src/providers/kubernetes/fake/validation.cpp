#include "providers/kubernetes/fake/validation.h"

#include <algorithm>
#include <array>

#include "providers/kubernetes/object_ref.h"

namespace threeport::providers::kubernetes::fake {

namespace {

using base::json::Array;
using base::json::Object;
using base::json::Value;

constexpr std::array<std::string_view, 4> kWithSelector{"Deployment", "ReplicaSet", "StatefulSet", "DaemonSet"};

bool is_letter_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

/// A DNS subdomain (RFC 1123); names of RBAC objects are free.
bool is_name(std::string_view name, std::string_view group) {
  if (group == "rbac.authorization.k8s.io") return !name.empty();
  if (name.empty() || name.size() > 253) return false;
  if (!is_letter_or_digit(name.front()) || !is_letter_or_digit(name.back())) return false;
  return std::all_of(name.begin(), name.end(), [](char c) { return is_letter_or_digit(c) || c == '-' || c == '.'; });
}

Refusal unprocessable(const Value& object, std::string field, std::string words) {
  const TypeRef type = ref_of(object).type();
  const std::string kind = type.kind + (type.group().empty() ? "" : "." + std::string(type.group()));
  Refusal refusal = make_refusal(
      422, "Invalid",
      kind + " \"" + std::string(object.at("metadata", "name").text()) + "\" is invalid: " + field + ": " + words);
  refusal.status["details"] = Object{{"causes", Array{Object{{"field", field}, {"message", words}}}}};
  return refusal;
}

std::optional<Refusal> validate_pods(const Value& object, const Value& pods, const std::string& path) {
  const Value& containers = pods.at("spec", "containers");
  if (!containers.is_array() || containers.as_array().empty()) {
    return unprocessable(object, path + ".spec.containers", "Required value");
  }
  for (const Value& container : containers.as_array()) {
    if (container.at("name").text().empty()) {
      return unprocessable(object, path + ".spec.containers[0].name", "Required value");
    }
    if (container.at("image").text().empty()) {
      return unprocessable(object, path + ".spec.containers[0].image", "Required value");
    }
  }
  return std::nullopt;
}

std::optional<Refusal> validate_selector(const Value& object, const Value* before) {
  const Value& selector = object.at("spec", "selector");
  if (selector.is_null()) return unprocessable(object, "spec.selector", "Required value");
  if (before != nullptr && !(before->at("spec", "selector") == selector)) {
    return unprocessable(object, "spec.selector",
                         "Invalid value: " + base::json::dump(selector) + ": field is immutable");
  }
  const Value& labels = object.at("spec", "template", "metadata").at("labels");
  const Value& wanted = selector.at("matchLabels");
  if (!wanted.is_object()) return std::nullopt;
  for (const auto& [key, value] : wanted.as_object()) {
    if (labels.at(std::string_view(key)) == value) continue;
    return unprocessable(
        object, "spec.template.metadata.labels",
        "Invalid value: " + base::json::dump(labels) + ": `selector` does not match template `labels`");
  }
  return std::nullopt;
}

}  // namespace

Refusal make_refusal(int code, std::string_view reason, std::string message) {
  return {code, Object{{"kind", "Status"},
                       {"apiVersion", "v1"},
                       {"status", "Failure"},
                       {"message", std::move(message)},
                       {"reason", reason},
                       {"code", code}}};
}

Refusal missing(std::string_view plural, std::string_view name) {
  Refusal refusal = make_refusal(404, "NotFound", std::string(plural) + " \"" + std::string(name) + "\" not found");
  refusal.status["details"] = Object{{"name", name}, {"kind", plural}};
  return refusal;
}

std::optional<Refusal> validate(const Value& object, const Value* before) {
  const TypeRef type = ref_of(object).type();
  if (!is_name(object.at("metadata", "name").text(), type.group())) {
    return unprocessable(object, "metadata.name",
                         "Invalid value: " + base::json::dump(object.at("metadata", "name")) +
                             ": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' "
                             "or '.', and must start and end with an alphanumeric character");
  }
  if (std::find(kWithSelector.begin(), kWithSelector.end(), type.kind) != kWithSelector.end()) {
    if (auto refusal = validate_selector(object, before)) return refusal;
    return validate_pods(object, object.at("spec", "template"), "spec.template");
  }
  if (type.kind == "Pod") return validate_pods(object, object, "");
  if (type.kind == "Job") return validate_pods(object, object.at("spec", "template"), "spec.template");
  if (type.kind == "Service" && object.at("spec", "type").text() != "ExternalName") {
    const Value& ports = object.at("spec", "ports");
    const bool headless = object.at("spec", "clusterIP").text() == "None";
    if (!headless && (!ports.is_array() || ports.as_array().empty())) {
      return unprocessable(object, "spec.ports", "Required value");
    }
  }
  return std::nullopt;
}

}  // namespace threeport::providers::kubernetes::fake
