// A closed-loop load generator: each of N connections has one request under way, all in one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace threeport::bench {

inline constexpr int kConnections = 32;

/// One connection to what is measured. A request that fails ends the program.
class Peer {
 public:
  virtual ~Peer() = default;
  [[nodiscard]] virtual int fd() const = 0;
  virtual void send() = 0;
  /// Takes what has arrived: whether the answer is complete.
  virtual bool receive() = 0;
};
using Peers = std::vector<std::unique_ptr<Peer>>;

/// Keep-alive connections to a server on this machine, no TLS. `make` is the whole text of the next request, of any
/// connection. Answers have to be 2xx and to contain `expected`.
Peers http_peers(std::uint16_t port, const std::function<std::string()>& make, const std::string& expected);

struct Turn {
  double per_second = 0;
  double p99_ms = 0;  ///< of the time from sending to the complete answer
};

/// A TCP connection to this machine, without delays for small packets.
int connect_to(std::uint16_t port);
/// The value that this share of the values does not exceed; 0 where there are none. Reorders them.
double percentile(std::vector<float>& values, double share);

/// Requests on all connections for so long.
Turn run_for(double seconds, const Peers& peers);
/// So many requests, as fast as they go.
Turn run_requests(std::uint64_t requests, const Peers& peers);

}  // namespace threeport::bench
