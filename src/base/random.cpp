#include "base/random.h"

#include <cstring>

#include "base/crypto.h"
#include "base/result.h"

namespace threeport::base {
namespace {

class SystemRandom final : public Random {
 public:
  std::uint64_t next() override {
    std::uint64_t out = 0;
    std::memcpy(&out, random_bytes(sizeof out).data(), sizeof out);
    return out;
  }
};

}  // namespace

std::uint64_t Random::below(std::uint64_t limit) {
  TP_ASSERT(limit > 0);
  // Numbers of the last, incomplete round would favour small remainders.
  const std::uint64_t excess = (0 - limit) % limit;
  while (true) {
    const std::uint64_t number = next();
    if (number >= excess) return number % limit;
  }
}

double Random::fraction() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }

Random& system_random() {
  static SystemRandom random;
  return random;
}

std::uint64_t SeededRandom::next() {
  const std::lock_guard lock(mutex_);
  std::uint64_t z = state_ += 0x9E3779B97F4A7C15U;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
  return z ^ (z >> 31);
}

}  // namespace threeport::base
