// What a set has put on a cluster, as its owner remembers it.
#pragma once

#include <optional>
#include <vector>

#include "applyset/desired.h"
#include "base/result.h"

namespace threeport::applyset {

/// One object of the inventory.
struct InventoryRow {
  k8s::ObjectRef ref;
  json::Value recorded;                     ///< the manifest, as DesiredObject::recorded, or its recorded_hash()
  std::optional<std::string> applied_hash;  ///< of what we own of it, as the cluster answered the last apply
  bool applied = false;                     ///< the recorded manifest is on the cluster
  bool kept = false;                        ///< stays on the cluster although the set no longer holds it
  bool injected = false;                    ///< put there by a v0 client: part of the set whatever is declared
  bool asked_to_leave = false;              ///< by that client
};

/// Stands for a recorded manifest where an owner keeps no whole ones.
std::string recorded_hash(const json::Value& recorded);

/// Where an owner keeps its inventory. A row is written before its object is applied and goes after the object is gone,
/// so that whatever a crash interrupts is found again. Used by one attempt.
class Inventory {
 public:
  virtual ~Inventory() = default;
  virtual base::Result<std::vector<InventoryRow>> read() = 0;
  /// Writes rows for what is about to be applied: new ones, and those whose manifest has changed.
  virtual base::Result<void> intend(const std::vector<DesiredObject>& objects) = 0;
  /// Notes what has been done; flush() writes it.
  virtual void applied(const k8s::ObjectRef& ref, const std::string& hash, bool first) = 0;
  virtual void gone(const k8s::ObjectRef& ref) = 0;
  virtual base::Result<void> flush() = 0;
};

}  // namespace threeport::applyset
