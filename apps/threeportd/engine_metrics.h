#pragma once

#include <string>

#include "reconcile/metrics.h"

namespace threeport {

/// Appends the engine's numbers in the Prometheus text format.
void append_engine_metrics(std::string& out, const reconcile::Metrics& metrics);

}  // namespace threeport
