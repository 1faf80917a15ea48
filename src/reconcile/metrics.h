// What the engine tells about itself, for /metrics.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

namespace threeport::reconcile {

/// Times sorted into buckets of at most 1 ms, 10 ms, 100 ms, 1 s, 10 s, and more.
struct Latency {
  static constexpr std::array<std::chrono::milliseconds, 5> kBounds{
      std::chrono::milliseconds(1), std::chrono::milliseconds(10), std::chrono::milliseconds(100),
      std::chrono::milliseconds(1'000), std::chrono::milliseconds(10'000)};
  std::array<std::uint64_t, kBounds.size() + 1> buckets{};  ///< not cumulated
  std::uint64_t count = 0;
  std::chrono::microseconds sum{0};

  void add(std::chrono::steady_clock::duration time);
};

struct Metrics {
  std::map<std::pair<std::string, std::string>, std::uint64_t> attempts;  ///< by kind and End
  std::map<std::pair<std::string, std::string>, std::uint64_t> failures;  ///< by kind and ErrorKind
  Latency wake_latency;                                                   ///< from being woken to the attempt
  std::uint64_t changes = 0;                                              ///< rows of the change log seen
  std::uint64_t overdue = 0;  ///< attempts that were told to stop because they took too long
  std::size_t waiting = 0, running = 0, lanes = 0, timers = 0, reads = 0, shards = 0, workers = 0;
};

}  // namespace threeport::reconcile
