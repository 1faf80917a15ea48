// The arithmetic of shards and shares.
#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "store/leases.h"
#include "store/store.h"

namespace threeport::store {
namespace {

TEST(ShardOf, SpreadsNeighbouringIds) {
  std::array<int, kShards> objects{};
  for (ObjectId id = 1; id <= 256'000; ++id) ++objects[static_cast<std::size_t>(shard_of(id))];
  const auto [fewest, most] = std::minmax_element(objects.begin(), objects.end());
  EXPECT_GT(*fewest, 850);
  EXPECT_LT(*most, 1'150);
}

TEST(ShardOf, NeverChanges) {
  EXPECT_EQ(shard_of(1), 229);
  EXPECT_EQ(shard_of(2), 138);
  EXPECT_EQ(shard_of(9'007'199'254'740'991), 67);
}

/// The rows of `leases` in memory, under owners that come and go.
class Rows {
 public:
  LeasePlan hold(const std::vector<std::string>& live, const std::string& owner) {
    auto plan = make_lease_plan(rows_, live, owner);
    for (const auto& lease : plan.taken) set(lease, owner);
    for (const int shard : plan.given_up) row(shard).owner = "";
    return plan;
  }
  [[nodiscard]] const std::vector<LeaseRow>& rows() const { return rows_; }

 private:
  LeaseRow& row(int shard) {
    for (auto& row : rows_) {
      if (row.shard == shard) return row;
    }
    return rows_.emplace_back(LeaseRow{shard, "", 0});
  }
  void set(const Lease& lease, const std::string& owner) {
    auto& changed = row(lease.shard);
    RC_ASSERT(lease.epoch > changed.epoch);
    changed.owner = owner;
    changed.epoch = lease.epoch;
  }

  std::vector<LeaseRow> rows_;
};

TEST(LeasePlan, LiveOwnersComeToHoldEvenSharesOfAllShards) {
  EXPECT_TRUE(rc::check([] {
    Rows rows;
    std::vector<std::string> live;
    for (int change = *rc::gen::inRange(1, 8); change >= 0; --change) {
      live.clear();
      for (const char* owner : {"a", "b", "c", "d", "e"}) {
        if (*rc::gen::arbitrary<bool>()) live.emplace_back(owner);
      }
      if (live.empty()) live.emplace_back("f");
      // Some of them renew, in any order, before the next comes or goes.
      for (int renewals = *rc::gen::inRange(0, 6); renewals > 0; --renewals) rows.hold(live, *rc::gen::elementOf(live));
    }
    for (int round = 0; round < 2; ++round) {
      for (const auto& owner : live) rows.hold(live, owner);
    }
    std::map<std::string, std::size_t> held;
    for (const auto& row : rows.rows()) ++held[row.owner];
    RC_ASSERT(rows.rows().size() == std::size_t{kShards});
    RC_ASSERT(held.size() == live.size());
    for (const auto& owner : live) {
      RC_ASSERT(held[owner] == kShards / live.size() || held[owner] == kShards / live.size() + 1);
      const auto plan = rows.hold(live, owner);
      RC_ASSERT(plan.taken.empty() && plan.given_up.empty());
      RC_ASSERT(plan.held.size() == held[owner]);
    }
  }));
}

}  // namespace
}  // namespace threeport::store
