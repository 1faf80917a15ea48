// Figures of the API: objects created and read over HTTP.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "bench/figures.h"

namespace threeport::bench {

/// `large`: the number of objects that is compared with 1,000.
void measure_sqlite(const Figures& figures, const std::filesystem::path& folder, std::uint64_t large);
/// Beside raw PostgreSQL. Uses schemas of its own in that database.
void measure_postgresql(const Figures& figures, const std::filesystem::path& folder, const std::string& url,
                        std::uint64_t large);
/// Start-up, memory and processor time of a server without objects.
void measure_idle_server(const Figures& figures, const std::filesystem::path& folder);

}  // namespace threeport::bench
