// A closed-loop HTTP load generator: N keep-alive connections in one thread, no TLS.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace threeport::bench {

struct Load {
  std::uint16_t port = 0;
  int connections = 32;
  double seconds = 2.0;
  std::uint64_t requests = 0;  ///< stop after so many; 0: after `seconds`
};

struct LoadResult {
  double per_second = 0;
  std::uint64_t requests = 0;
  std::uint64_t failures = 0;  ///< answers that are not 2xx
  double p50_ms = 0, p99_ms = 0;
};

/// `make(n)` is the whole text of request n. Exits the program where the server cannot be reached.
LoadResult run_load(const Load& load, const std::function<std::string(std::uint64_t n)>& make);

}  // namespace threeport::bench
