#include "providers/kubernetes/drift.h"

#include <algorithm>
#include <array>

#include "base/crypto.h"
#include "providers/kubernetes/list_shape.h"
#include "providers/kubernetes/manifests.h"
#include "providers/kubernetes/object_ref.h"
#include "providers/kubernetes/quantity.h"

namespace threeport::providers::kubernetes {

namespace {

using base::json::Array;
using base::json::Object;
using base::json::Value;

constexpr std::array<std::string_view, 4> kOwnedMetadata{"labels", "annotations", "finalizers", "ownerReferences"};

/// Of the manifest, what can be compared with a live object: no status, no identity, stringData as data.
Value comparable(const Value& desired, const DriftOptions& options) {
  Value out = Object{};
  if (!desired.is_object()) return out;
  const Value sent = make_applicable(desired);
  for (const auto& [key, value] : sent.as_object()) {
    if (key == "apiVersion" || key == "kind") continue;
    if (key != "metadata") {
      out.as_object().append(key, value);
      continue;
    }
    Value metadata = Object{};
    for (const std::string_view member : kOwnedMetadata) {
      if (const Value* found = value.find(member)) metadata.as_object().append(std::string(member), *found);
    }
    out.as_object().append("metadata", std::move(metadata));
  }
  Value* spec = out.as_object().find("spec");
  if (options.ignore_replicas && spec != nullptr && spec->is_object()) spec->as_object().erase("replicas");
  return out;
}

/// Walks a manifest and a live object together.
class Comparison {
 public:
  explicit Comparison(TypeRef type) : type_(std::move(type)) {}

  /// The members of `live` that `desired` names. `parent` and `field`: the last two names on the way here.
  [[nodiscard]] Value project(const Value& desired, const Value& live, std::string_view parent,
                              std::string_view field) const {
    if (desired.is_object() && live.is_object()) {
      Object out;
      for (const auto& [key, value] : desired.as_object()) {
        const Value* member = live.find(key);
        if (member != nullptr) out.append(key, project(value, *member, field, key));
      }
      return out;
    }
    const ListShape shape = list_shape(type_, parent, field);
    if (!desired.is_array() || !live.is_array() || shape.sort == ListShape::Sort::atomic) return live;
    Array out;
    for (const Value& element : desired.as_array()) {
      const Value* found = find_element(shape, live.as_array(), element_key(shape, element));
      // Elements are seen under the list's own name: rules about their lists name it as the parent.
      if (found != nullptr) out.push_back(project(element, *found, parent, field));
    }
    return out;
  }

  void compare(const Value& desired, const Value* live, const std::string& path, std::string_view parent,
               std::string_view field) {
    if (is_zero(desired) && (live == nullptr || is_zero(*live))) return;
    if (live == nullptr) {
      // An object of nothing but zero values is what is left of itself after defaulting.
      if (desired.is_object() && std::all_of(desired.as_object().begin(), desired.as_object().end(),
                                             [](const auto& member) { return is_zero(member.value); })) {
        return;
      }
      differences_.push_back(path);
    } else if (desired.is_object() && live->is_object()) {
      for (const auto& [key, value] : desired.as_object()) {
        compare(value, live->find(key), path + "." + key, field, key);
      }
    } else if (desired.is_array() && live->is_array()) {
      compare_lists(desired.as_array(), live->as_array(), path, parent, field);
    } else if (!equal_by_meaning(desired, *live, parent, field)) {
      differences_.push_back(path);
    }
  }

  [[nodiscard]] std::vector<std::string> take() { return std::move(differences_); }

 private:
  static bool is_zero(const Value& value) {
    if (value.is_null()) return true;
    if (const bool* flag = value.if_bool()) return !*flag;
    if (const std::string* text = value.if_string()) return text->empty();
    if (const Array* list = value.if_array()) return list->empty();
    if (const Object* object = value.if_object()) return object->empty();
    return value.as_int() == 0;
  }

  void compare_lists(const Array& desired, const Array& live, const std::string& path, std::string_view parent,
                     std::string_view field) {
    const ListShape shape = list_shape(type_, parent, field);
    if (shape.sort == ListShape::Sort::atomic) {
      if (desired.size() != live.size()) {
        differences_.push_back(path);
        return;
      }
      for (std::size_t i = 0; i < desired.size(); ++i) {
        compare(desired[i], &live[i], path + "[" + std::to_string(i) + "]", parent, field);
      }
      return;
    }
    for (const Value& element : desired) {
      const std::string key = element_key(shape, element);
      const Value* found = find_element(shape, live, key);
      if (found == nullptr) {
        differences_.push_back(path + "[" + key + "]");
      } else {
        compare(element, found, path + "[" + key + "]", parent, field);
      }
    }
  }

  static std::string scalar_text(const Value& value) {
    if (const base::json::Number* number = value.if_number()) return number->text;
    return std::string(value.text());
  }

  static bool holds_quantities(std::string_view parent, std::string_view field) {
    static constexpr std::array<std::string_view, 13> kMaps{
        "limits",   "requests", "capacity",   "hard",           "min",
        "max",      "default",  "used",       "defaultRequest", "maxLimitRequestRatio",
        "podFixed", "overhead", "allocatable"};
    static constexpr std::array<std::string_view, 5> kMembers{"sizeLimit", "divisor", "averageValue", "value",
                                                              "storage"};
    if (std::find(kMaps.begin(), kMaps.end(), parent) != kMaps.end()) return true;
    // `value` is a quantity only in metrics of autoscalers; in env it is plain text.
    if (field == "value") return parent == "target";
    return std::find(kMembers.begin(), kMembers.end(), field) != kMembers.end();
  }

  static bool equal_by_meaning(const Value& desired, const Value& live, std::string_view parent,
                               std::string_view field) {
    if (desired == live) return true;
    const bool scalars = (desired.is_number() || desired.is_string()) && (live.is_number() || live.is_string());
    if (!scalars) return false;
    const std::string wanted = scalar_text(desired);
    const std::string found = scalar_text(live);
    if (wanted == found) return true;
    if (!holds_quantities(parent, field)) return false;
    const auto wanted_quantity = parse_quantity(wanted);
    return wanted_quantity.has_value() && wanted_quantity == parse_quantity(found);
  }

  TypeRef type_;
  std::vector<std::string> differences_;
};

}  // namespace

std::string owned_hash(const Value& desired, const Value& live, const DriftOptions& options) {
  const Comparison comparison(ref_of(desired).type());
  return base::sha256_hex(base::json::canonical(comparison.project(comparable(desired, options), live, "", "")));
}

std::vector<std::string> differences(const Value& desired, const Value& live, const DriftOptions& options) {
  Comparison comparison(ref_of(desired).type());
  comparison.compare(comparable(desired, options), &live, "", "", "");
  return comparison.take();
}

}  // namespace threeport::providers::kubernetes
