// Which replica works on which objects: the arithmetic. The rows are read and written by the object store.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "store/store.h"

namespace threeport::store {

/// A row of `leases`. Shards without an owner have "".
struct LeaseRow {
  int shard = 0;
  std::string owner;
  std::int64_t epoch = 0;
};

struct LeasePlan {
  std::vector<Lease> held;    ///< all that the owner has after the plan, ascending by shard
  std::vector<Lease> taken;   ///< those of them that are new, with risen epochs
  std::vector<int> given_up;  ///< surplus over the even share
};

/// Brings `owner` to its even share of the kShards shards: gives up what is above it, takes what no live owner has.
/// Shards of live owners are left alone: those give up their surplus themselves. `live` is sorted and has `owner`;
/// `rows` may lack shards that were never held.
LeasePlan make_lease_plan(const std::vector<LeaseRow>& rows, const std::vector<std::string>& live,
                          std::string_view owner);

}  // namespace threeport::store
