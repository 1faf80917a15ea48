// The lease shards that this process holds, and until when it may rely on them.
#pragma once

#include <array>
#include <bitset>
#include <chrono>
#include <optional>
#include <vector>

#include "store/store.h"

namespace threeport::reconcile {

using ShardSet = std::bitset<store::kShards>;

/// Not thread-safe: the engine guards it.
class Shards {
 public:
  struct Change {
    ShardSet lost;    ///< held before, not any more (or under another epoch)
    ShardSet gained;  ///< under an epoch that is new here
  };
  /// Takes over what the store says. `valid_until`: steady time at which the leases end without renewal, counted from
  /// before the store was asked.
  Change update(const std::vector<store::Lease>& leases, std::chrono::steady_clock::time_point valid_until);

  /// The lease of the object's shard, if it is held at `now`.
  [[nodiscard]] std::optional<store::LeaseIs> lease_of(store::ObjectId id,
                                                       std::chrono::steady_clock::time_point now) const;
  [[nodiscard]] bool holds(store::ObjectId id) const { return held().test(index(id)); }
  [[nodiscard]] const ShardSet& held() const { return held_; }
  [[nodiscard]] std::chrono::steady_clock::time_point valid_until() const { return valid_until_; }

  static std::size_t index(store::ObjectId id) { return static_cast<std::size_t>(store::shard_of(id)); }

 private:
  ShardSet held_;
  std::array<std::int64_t, store::kShards> epochs_{};
  std::chrono::steady_clock::time_point valid_until_{};
};

/// The numbers of the set.
std::vector<int> to_list(const ShardSet& shards);

}  // namespace threeport::reconcile
