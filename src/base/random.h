// Randomness comes in through constructors, so that tests can repeat a run. Keys and ids come from base/crypto.h.
#pragma once

#include <cstdint>
#include <mutex>

namespace threeport::base {

/// Thread-safe.
class Random {
 public:
  virtual ~Random() = default;
  /// 64 evenly distributed bits.
  virtual std::uint64_t next() = 0;
  /// Evenly distributed in [0, limit). Precondition: limit > 0.
  std::uint64_t below(std::uint64_t limit);
  /// Evenly distributed in [0, 1).
  double fraction();
};

/// The system's source.
Random& system_random();

/// The same numbers for the same seed, on every machine (SplitMix64).
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() override;

 private:
  std::mutex mutex_;
  std::uint64_t state_;
};

}  // namespace threeport::base
