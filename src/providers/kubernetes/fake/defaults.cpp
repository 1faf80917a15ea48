#include "providers/kubernetes/fake/defaults.h"

#include <string_view>

#include "providers/kubernetes/object_ref.h"
#include "providers/kubernetes/quantity.h"

namespace threeport::providers::kubernetes::fake {

namespace {

using base::json::Array;
using base::json::Object;
using base::json::Value;

void fill(Value& object, std::string_view member, Value value) {
  if (!object.as_object().contains(member)) object.as_object().set(member, std::move(value));
}

Value* member_of(Value& value, std::string_view key) {
  Object* object = value.if_object();
  return object == nullptr ? nullptr : object->find(key);
}

void fill_ports(Value* ports, bool of_service) {
  if (ports == nullptr || !ports->is_array()) return;
  for (Value& port : ports->as_array()) {
    if (!port.is_object()) continue;
    fill(port, "protocol", "TCP");
    if (of_service) fill(port, "targetPort", port.at("port"));
  }
}

/// Quantities come back in their canonical form; 1000m is the case that tests rely on.
void normalise_quantities(Value* resources) {
  if (resources == nullptr || !resources->is_object()) return;
  for (auto& [group, amounts] : resources->as_object()) {
    if (!amounts.is_object()) continue;
    for (auto& [name, amount] : amounts.as_object()) {
      const base::json::Number* number = amount.if_number();
      const std::string text = number != nullptr ? number->text : std::string(amount.text());
      const auto quantity = parse_quantity(text);
      if (!quantity) continue;
      amount = text;
      if (text.ends_with('m') && quantity->exponent >= 0 && quantity->exponent < 9) {
        auto whole = static_cast<long long>(quantity->mantissa);
        for (int i = 0; i < quantity->exponent; ++i) whole *= 10;
        amount = std::to_string(whole);
      }
    }
  }
}

void fill_pods(Value* pods) {
  if (pods == nullptr || !pods->is_object()) return;
  fill(*pods, "restartPolicy", "Always");
  fill(*pods, "dnsPolicy", "ClusterFirst");
  fill(*pods, "terminationGracePeriodSeconds", 30);
  for (const std::string_view member : {"initContainers", "containers"}) {
    Value* containers = member_of(*pods, member);
    if (containers == nullptr || !containers->is_array()) continue;
    for (Value& container : containers->as_array()) {
      if (!container.is_object()) continue;
      const std::string_view image = container.at("image").text();
      const bool latest = image.ends_with(":latest") || image.find(':') == std::string_view::npos;
      fill(container, "imagePullPolicy", latest ? "Always" : "IfNotPresent");
      fill(container, "terminationMessagePath", "/dev/termination-log");
      fill_ports(member_of(container, "ports"), false);
      normalise_quantities(member_of(container, "resources"));
    }
  }
}

}  // namespace

void fill_defaults(Value& object) {
  const ObjectRef ref = ref_of(object);
  Value* spec = member_of(object, "spec");
  if (spec == nullptr || !spec->is_object()) return;
  if (ref.kind == "Deployment" || ref.kind == "StatefulSet" || ref.kind == "ReplicaSet") fill(*spec, "replicas", 1);
  if (ref.kind == "Pod") fill_pods(spec);
  if (ref.kind == "Service") {
    fill(*spec, "type", "ClusterIP");
    fill_ports(member_of(*spec, "ports"), true);
  }
  // Found last: members that are filled in may move the others.
  Value* pods = member_of(*spec, "template");
  if (pods != nullptr && pods->is_object()) fill_pods(member_of(*pods, "spec"));
}

}  // namespace threeport::providers::kubernetes::fake
