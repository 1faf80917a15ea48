// The inventory of a dependency: a member of its DependencyInstance.
#pragma once

#include <map>

#include "applyset/inventory.h"
#include "kinds/dependency.h"
#include "reconcile/context.h"

namespace threeport::controllers::dependency {

namespace k8s = applyset::k8s;

/// Entries `{"Provider": "manifests", "Object": "apps/v1/StatefulSet/ns/name", "Recorded": hash, "Applied": hash}`.
/// Keeps `instance.inventory` as it was written.
class DependencyInventory final : public applyset::Inventory {
 public:
  DependencyInventory(kinds::DependencyInstance& instance, reconcile::Context& ctx) : instance_(instance), ctx_(ctx) {}

  base::Result<std::vector<applyset::InventoryRow>> read() override;
  base::Result<void> intend(const std::vector<applyset::DesiredObject>& objects) override;
  void applied(const k8s::ObjectRef& ref, const std::string& hash, bool first) override;
  void gone(const k8s::ObjectRef& ref) override;
  base::Result<void> flush() override;

 private:
  base::Result<void> write();
  json::Value* find(const k8s::ObjectRef& ref);

  kinds::DependencyInstance& instance_;
  reconcile::Context& ctx_;
  bool changed_ = false;
};

}  // namespace threeport::controllers::dependency
