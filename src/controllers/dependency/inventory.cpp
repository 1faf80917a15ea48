#include "controllers/dependency/inventory.h"

#include <algorithm>

namespace threeport::controllers::dependency {

using applyset::DesiredObject;
using applyset::InventoryRow;

base::Result<std::vector<InventoryRow>> DependencyInventory::read() {
  std::vector<InventoryRow> out;
  for (const json::Value& entry : instance_.inventory) {
    if (entry.at("Provider").text() != "manifests") continue;
    TP_TRY(k8s::ObjectRef ref, k8s::ObjectRef::parse(entry.at("Object").text()));
    const json::Value& applied = entry.at("Applied");
    out.push_back({.ref = std::move(ref),
                   .recorded = entry.at("Recorded"),
                   .applied_hash = applied.is_null() ? std::nullopt : std::optional<std::string>(applied.text()),
                   .applied = !applied.is_null()});
  }
  return out;
}

json::Value* DependencyInventory::find(const k8s::ObjectRef& ref) {
  const std::string text = ref.to_text();
  const auto it = std::find_if(instance_.inventory.begin(), instance_.inventory.end(),
                               [&](const json::Value& entry) { return entry.at("Object").text() == text; });
  return it == instance_.inventory.end() ? nullptr : &*it;
}

base::Result<void> DependencyInventory::intend(const std::vector<DesiredObject>& objects) {
  if (objects.empty()) return {};
  for (const DesiredObject& object : objects) {
    json::Value entry = json::Object{{"Provider", "manifests"},
                                     {"Object", object.ref.to_text()},
                                     {"Recorded", applyset::recorded_hash(object.recorded)}};
    if (json::Value* known = find(object.ref)) {
      *known = std::move(entry);
    } else {
      instance_.inventory.push_back(std::move(entry));
    }
  }
  return write();
}

void DependencyInventory::applied(const k8s::ObjectRef& ref, const std::string& hash, bool) {
  if (json::Value* entry = find(ref)) (*entry)["Applied"] = hash;
  changed_ = true;
}

void DependencyInventory::gone(const k8s::ObjectRef& ref) {
  const std::string text = ref.to_text();
  std::erase_if(instance_.inventory, [&](const json::Value& entry) { return entry.at("Object").text() == text; });
  changed_ = true;
}

base::Result<void> DependencyInventory::flush() { return changed_ ? write() : base::Result<void>(); }

base::Result<void> DependencyInventory::write() {
  reconcile::Batch batch;
  batch.merge<kinds::DependencyInstance>(instance_.meta.id, json::Object{{"Inventory", instance_.inventory}});
  TP_CHECK(ctx_.write(batch));
  changed_ = false;
  return {};
}

}  // namespace threeport::controllers::dependency
