// Figures of deliveries to a real Kubernetes.
#pragma once

#include <cstddef>
#include <filesystem>

#include "bench/figures.h"

namespace threeport::bench {

/// Delivers `workloads` workloads of five objects and a namespace each, in turns with raw server-side apply of the same
/// objects; then, with all of them delivered, processor time and memory at rest, and how soon drift is corrected.
/// Removes what it has made.
void measure_delivery(const Figures& figures, const std::filesystem::path& folder,
                      const std::filesystem::path& kubeconfig_file, std::size_t workloads);

}  // namespace threeport::bench
