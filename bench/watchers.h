// Figures of watches: how long until everybody who watches has seen a change.
#pragma once

#include <filesystem>

#include "bench/figures.h"

namespace threeport::bench {

/// With 1,000 and with 10,000 watchers of one kind.
void measure_watchers(const Figures& figures, const std::filesystem::path& folder);

}  // namespace threeport::bench
