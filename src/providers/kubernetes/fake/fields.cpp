#include "providers/kubernetes/fake/fields.h"

#include <algorithm>

#include "providers/kubernetes/list_shape.h"

namespace threeport::providers::kubernetes::fake {

namespace {

using base::json::Array;
using base::json::Object;
using base::json::Value;
using Sort = ListShape::Sort;

/// Where a walk is: the path, and the names that list rules ask for.
struct Place {
  std::string path;
  std::string_view parent;
  std::string_view field;

  [[nodiscard]] Place member(std::string_view key) const { return {path + "." + std::string(key), field, key}; }
  [[nodiscard]] Place element(std::string_view key) const {
    return {path + "[" + std::string(key) + "]", parent, field};
  }
};

bool is_nobodys(const Place& place, std::string_view key) {
  if (place.path.empty()) return key == "apiVersion" || key == "kind" || key == "status";
  if (place.path != ".metadata") return false;
  return key != "labels" && key != "annotations" && key != "finalizers" && key != "ownerReferences";
}

ListShape shape_at(const TypeRef& type, const Place& place) { return list_shape(type, place.parent, place.field); }

/// Calls `leaf(path, value)` for each field; `element(path)` for elements of keyed lists and sets.
template <typename Leaf>
void walk(const TypeRef& type, const Value& value, const Place& place, const Leaf& leaf) {
  if (const Object* object = value.if_object(); object != nullptr && !object->empty()) {
    for (const auto& [key, member] : *object) {
      if (!is_nobodys(place, key) && !member.is_null()) walk(type, member, place.member(key), leaf);
    }
    return;
  }
  const Array* list = value.if_array();
  const ListShape shape = list != nullptr ? shape_at(type, place) : ListShape{};
  if (list == nullptr || shape.sort == Sort::atomic) {
    if (!place.path.empty()) leaf(place.path, value);
    return;
  }
  for (const Value& element : *list) {
    const Place at = place.element(element_key(shape, element));
    leaf(at.path, Value());
    if (shape.sort == Sort::keyed) walk(type, element, at, leaf);
  }
}

class Merger {
 public:
  Merger(TypeRef type, const Owners& owners, const std::string& manager, bool force)
      : type_(std::move(type)), owners_(owners), manager_(manager), force_(force) {}

  /// Lays `wanted` over `live`.
  void merge(Value& live, const Value& wanted, const Place& place) {
    if (wanted.is_object() && (live.is_object() || live.is_null())) {
      if (live.is_null()) live = Object{};
      for (const auto& [key, member] : wanted.as_object()) {
        if (member.is_null() || (place.path.empty() && key == "status")) continue;
        merge(live[key], member, place.member(key));
      }
      return;
    }
    const ListShape shape = wanted.is_array() ? shape_at(type_, place) : ListShape{};
    if (shape.sort != Sort::atomic && (live.is_array() || live.is_null())) {
      if (live.is_null()) live = Array{};
      for (const Value& element : wanted.as_array()) merge_element(live.as_array(), element, shape, place);
      return;
    }
    if (!live.is_null() && !(live == wanted)) take(place.path);
    live = wanted;
  }

  /// Removes from `live` what is in `gone`, and containers that this leaves empty.
  void prune(Value& live, const FieldSet& gone, const Place& place) const {
    if (Object* object = live.if_object()) {
      std::vector<std::string> emptied;
      for (auto& [key, member] : *object) {
        if (is_nobodys(place, key)) continue;
        const Place at = place.member(key);
        const bool filled = is_filled(member);
        prune(member, gone, at);
        if (gone.contains(at.path) || (filled && !is_filled(member))) emptied.push_back(key);
      }
      for (const std::string& key : emptied) object->erase(key);
      return;
    }
    Array* list = live.if_array();
    const ListShape shape = list != nullptr ? shape_at(type_, place) : ListShape{};
    if (shape.sort == Sort::atomic) return;
    std::erase_if(*list, [&](Value& element) {
      const Place at = place.element(element_key(shape, element));
      if (gone.contains(at.path)) return true;
      prune(element, gone, at);
      return false;
    });
  }

  [[nodiscard]] const FieldSet& taken() const { return taken_; }
  [[nodiscard]] std::vector<FieldConflict> conflicts() const { return conflicts_; }

 private:
  static bool is_filled(const Value& value) {
    if (const Object* object = value.if_object()) return !object->empty();
    if (const Array* list = value.if_array()) return !list->empty();
    return true;
  }

  void merge_element(Array& live, const Value& element, const ListShape& shape, const Place& place) {
    const std::string key = element_key(shape, element);
    const auto found =
        std::find_if(live.begin(), live.end(), [&](const Value& other) { return element_key(shape, other) == key; });
    if (found == live.end()) {
      live.push_back(element);
    } else if (shape.sort == Sort::keyed) {
      merge(*found, element, place.element(key));
    }
  }

  /// A value changes: whoever else owns it loses it, or stands in the way.
  void take(const std::string& path) {
    for (const auto& [other, fields] : owners_) {
      if (other == manager_ || !fields.contains(path)) continue;
      if (force_) {
        taken_.insert(path);
      } else {
        conflicts_.push_back({other, path});
      }
    }
  }

  TypeRef type_;
  const Owners& owners_;
  const std::string& manager_;
  bool force_;
  FieldSet taken_;
  std::vector<FieldConflict> conflicts_;
};

bool is_owned(const Owners& owners, const std::string& path) {
  return std::any_of(owners.begin(), owners.end(), [&](const auto& owner) { return owner.second.contains(path); });
}

}  // namespace

FieldSet fields_of(const TypeRef& type, const Value& manifest) {
  FieldSet fields;
  walk(type, manifest, {}, [&](const std::string& path, const Value&) { fields.insert(path); });
  return fields;
}

Applied apply_fields(const Value& live, Owners owners, const Value& manifest, const std::string& manager, bool force) {
  const TypeRef type = ref_of(manifest).type();
  Applied out{live, {}, {}};
  Merger merger(type, owners, manager, force);
  merger.merge(out.object, manifest, {});
  out.conflicts = merger.conflicts();
  if (!out.conflicts.empty()) return out;

  FieldSet before = std::exchange(owners[manager], fields_of(type, manifest));
  for (const std::string& path : merger.taken()) {
    for (auto& [other, fields] : owners) {
      if (other != manager) fields.erase(path);
    }
  }
  std::erase_if(before, [&](const std::string& path) { return is_owned(owners, path); });
  if (!before.empty()) merger.prune(out.object, before, {});
  std::erase_if(owners, [](const auto& owner) { return owner.second.empty(); });
  out.owners = std::move(owners);
  return out;
}

Owners own_changes(const Value& before, const Value& after, Owners owners, const std::string& manager) {
  const TypeRef type = ref_of(after).type();
  std::map<std::string, Value> old_values;
  walk(type, before, {}, [&](const std::string& path, const Value& value) { old_values.emplace(path, value); });
  FieldSet changed;
  walk(type, after, {}, [&](const std::string& path, const Value& value) {
    const auto found = old_values.find(path);
    if (found == old_values.end() || !(found->second == value)) changed.insert(path);
    if (found != old_values.end()) old_values.erase(found);
  });
  for (auto& [other, fields] : owners) {
    std::erase_if(fields, [&](const std::string& path) { return old_values.contains(path) || changed.contains(path); });
  }
  if (!changed.empty()) owners[manager].merge(changed);
  std::erase_if(owners, [](const auto& owner) { return owner.second.empty(); });
  return owners;
}

}  // namespace threeport::providers::kubernetes::fake
