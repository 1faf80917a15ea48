#include "store/leases.h"

#include <algorithm>

namespace threeport::store {

int shard_of(ObjectId id) {
  // The finalizer of SplitMix64: neighbouring ids land far apart.
  auto x = static_cast<std::uint64_t>(id);
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
  x ^= x >> 31;
  return static_cast<int>(x % kShards);
}

LeasePlan make_lease_plan(const std::vector<LeaseRow>& rows, const std::vector<std::string>& live,
                          std::string_view owner) {
  const auto rank = static_cast<std::size_t>(std::find(live.begin(), live.end(), owner) - live.begin());
  const std::size_t share = kShards / live.size() + (rank < kShards % live.size() ? 1 : 0);

  std::vector<LeaseRow> by_shard(kShards);
  for (int shard = 0; shard < kShards; ++shard) by_shard[static_cast<std::size_t>(shard)].shard = shard;
  for (const auto& row : rows) by_shard[static_cast<std::size_t>(row.shard)] = row;

  LeasePlan plan;
  for (const auto& row : by_shard) {
    if (row.owner != owner) continue;
    if (plan.held.size() < share) {
      plan.held.push_back({row.shard, row.epoch});
    } else {
      plan.given_up.push_back(row.shard);
    }
  }
  for (const auto& row : by_shard) {
    if (plan.held.size() == share) break;
    if (row.owner == owner || std::binary_search(live.begin(), live.end(), row.owner)) continue;
    plan.taken.push_back({row.shard, row.epoch + 1});
    plan.held.push_back(plan.taken.back());
  }
  std::sort(plan.held.begin(), plan.held.end(), [](const Lease& a, const Lease& b) { return a.shard < b.shard; });
  return plan;
}

}  // namespace threeport::store
