#include "reconcile/shards.h"

namespace threeport::reconcile {

Shards::Change Shards::update(const std::vector<store::Lease>& leases,
                              std::chrono::steady_clock::time_point valid_until) {
  ShardSet now_held;
  Change change;
  for (const store::Lease& lease : leases) {
    const auto shard = static_cast<std::size_t>(lease.shard);
    now_held.set(shard);
    if (held_.test(shard) && epochs_[shard] == lease.epoch) continue;
    change.gained.set(shard);
    change.lost[shard] = held_.test(shard);
    epochs_[shard] = lease.epoch;
  }
  change.lost |= held_ & ~now_held;
  held_ = now_held;
  valid_until_ = valid_until;
  return change;
}

std::optional<store::LeaseIs> Shards::lease_of(store::ObjectId id, std::chrono::steady_clock::time_point now) const {
  const std::size_t shard = index(id);
  if (!held_.test(shard) || now >= valid_until_) return std::nullopt;
  return store::LeaseIs{static_cast<int>(shard), epochs_[shard]};
}

std::vector<int> to_list(const ShardSet& shards) {
  std::vector<int> out;
  for (std::size_t i = 0; i < shards.size(); ++i) {
    if (shards.test(i)) out.push_back(static_cast<int>(i));
  }
  return out;
}

}  // namespace threeport::reconcile
