// WorkloadEvents: what Kubernetes says about the objects of a workload, and what we say about its state.
#pragma once

#include <string>
#include <vector>

#include "kinds/workload.h"
#include "reconcile/context.h"

namespace threeport::controllers::workload {

inline constexpr std::size_t kKeptEvents = 50;

/// Rows to write so that the stored events hold the given Kubernetes events (core/v1 Event), one row a UID, updated in
/// place, the newest kKeptEvents of Kubernetes kept. Pure.
void add_kubernetes_events(reconcile::Batch& batch, schema::ObjectId instance,
                           const std::vector<kinds::WorkloadEvent>& stored, const std::vector<json::Value>& events);

/// Our own event about the instance's state: one row per reason, RuntimeEventUID `threeport-<instance>-<reason>`.
void add_own_event(reconcile::Batch& batch, schema::ObjectId instance, const std::vector<kinds::WorkloadEvent>& stored,
                   bool ready, std::string_view reason, std::string_view message, base::TimePoint now);

}  // namespace threeport::controllers::workload
