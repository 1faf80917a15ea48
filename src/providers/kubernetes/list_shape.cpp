#include "providers/kubernetes/list_shape.h"

#include "providers/kubernetes/manifests.h"

namespace threeport::providers::kubernetes {

namespace {

using Sort = ListShape::Sort;

struct Rule {
  std::string_view field;
  std::string_view parent;  ///< "" matches any
  std::string_view kind;    ///< "" matches any
  Sort sort;
  std::string_view key;
  std::string_view second_key = {};
};

constexpr Rule kRules[] = {
    {"containers", "spec", "", Sort::keyed, "name"},
    {"initContainers", "spec", "", Sort::keyed, "name"},
    {"ephemeralContainers", "spec", "", Sort::keyed, "name"},
    {"volumes", "spec", "", Sort::keyed, "name"},
    {"imagePullSecrets", "spec", "", Sort::keyed, "name"},
    {"hostAliases", "spec", "", Sort::keyed, "ip"},
    {"topologySpreadConstraints", "spec", "", Sort::keyed, "topologyKey", "whenUnsatisfiable"},
    {"resourceClaims", "spec", "", Sort::keyed, "name"},
    {"schedulingGates", "spec", "", Sort::keyed, "name"},
    {"env", "", "", Sort::keyed, "name"},
    {"volumeMounts", "", "", Sort::keyed, "mountPath"},
    {"volumeDevices", "", "", Sort::keyed, "devicePath"},
    {"claims", "resources", "", Sort::keyed, "name"},
    {"ports", "spec", "Service", Sort::keyed, "port", "protocol"},
    {"ports", "containers", "", Sort::keyed, "containerPort", "protocol"},
    {"ports", "initContainers", "", Sort::keyed, "containerPort", "protocol"},
    {"secrets", "", "ServiceAccount", Sort::keyed, "name"},
    {"webhooks", "", "", Sort::keyed, "name"},
    {"matchConditions", "", "", Sort::keyed, "name"},
    {"conditions", "status", "", Sort::keyed, "type"},
};

}  // namespace

ListShape list_shape(const TypeRef& type, std::string_view parent, std::string_view field) {
  if (parent == "metadata") {
    if (field == "finalizers") return {Sort::set};
    if (field == "ownerReferences") return {Sort::keyed, {"uid"}};
  }
  if (!is_built_in(type)) return {};
  for (const Rule& rule : kRules) {
    if (rule.field != field || (!rule.parent.empty() && rule.parent != parent) ||
        (!rule.kind.empty() && rule.kind != type.kind)) {
      continue;
    }
    ListShape shape{rule.sort, {rule.key}};
    if (!rule.second_key.empty()) shape.keys.push_back(rule.second_key);
    return shape;
  }
  return {};
}

std::string element_key(const ListShape& shape, const base::json::Value& element) {
  if (shape.sort == Sort::set) return element.is_string() ? "=" + element.as_string() : std::string();
  std::string out;
  for (const std::string_view key : shape.keys) {
    const base::json::Value& value = element.at(key);
    std::string text = value.is_number() ? value.if_number()->text : std::string(value.text());
    if (text.empty() && key == "protocol") text = "TCP";
    if (text.empty()) return {};
    if (!out.empty()) out += ',';
    out += std::string(key) + "=" + text;
  }
  return out;
}

const base::json::Value* find_element(const ListShape& shape, const base::json::Array& list, std::string_view key) {
  for (const base::json::Value& element : list) {
    if (element_key(shape, element) == key) return &element;
  }
  return nullptr;
}

}  // namespace threeport::providers::kubernetes
