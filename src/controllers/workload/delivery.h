// The inventory of a workload instance, and what its deliveries leave on record. Internal to the instance reconciler.
#pragma once

#include <map>

#include "applyset/apply_set.h"
#include "kinds/workload.h"

namespace threeport::controllers::workload {

namespace k8s = applyset::k8s;

/// The WorkloadResourceInstances of one workload instance. Rows without RevisionID were put there by v0 clients.
class WorkloadInventory final : public applyset::Inventory {
 public:
  /// `revision`: the one that is delivered. `kept_revisions`: what content-addressed objects may be named by.
  WorkloadInventory(schema::ObjectId instance, reconcile::Context& ctx, schema::ObjectId revision = 0,
                    std::vector<schema::ObjectId> kept_revisions = {});

  base::Result<std::vector<applyset::InventoryRow>> read() override;
  base::Result<void> intend(const std::vector<applyset::DesiredObject>& objects) override;
  void applied(const k8s::ObjectRef& ref, const std::string& hash, bool first) override;
  void gone(const k8s::ObjectRef& ref) override;
  base::Result<void> flush() override;

  /// Notes that this revision names these objects, too. Written by flush().
  void name(const std::vector<applyset::DesiredObject>& objects);
  /// The rows of objects of one kind, after read().
  [[nodiscard]] std::vector<k8s::ObjectRef> refs_of(std::string_view kind) const;
  /// The row of an object, or nullptr: as it was read.
  [[nodiscard]] const kinds::WorkloadResourceInstance* find(const k8s::ObjectRef& ref) const;
  /// The id of its row, also of one that was made since; 0: none.
  [[nodiscard]] schema::ObjectId id_of(const k8s::ObjectRef& ref) const;

 private:
  schema::ObjectId instance_;
  reconcile::Context& ctx_;
  schema::ObjectId revision_;
  std::vector<schema::ObjectId> kept_revisions_;
  std::map<k8s::ObjectRef, kinds::WorkloadResourceInstance> rows_;
  std::map<k8s::ObjectRef, schema::ObjectId> ids_;
  reconcile::Batch done_;
};

/// Records live objects whose health has changed, Kubernetes events, and our own event where the state has changed.
base::Result<void> record(schema::ObjectId instance, const applyset::ApplySet& set, const WorkloadInventory& inventory,
                          const applyset::SetHealth& health, bool state_changed, reconcile::Context& ctx);

}  // namespace threeport::controllers::workload
