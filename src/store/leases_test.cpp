// Leases and timers of the engine.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "store/contract.h"
#include "store/store.h"
#include "store/testing.h"

namespace threeport::store {
namespace {

using base::ErrorKind;
using testing::create;
using testing::remove;
using testing::set_of;
using testing::why;

class StoreLeases : public testing::StoreContract {};

TEST_P(StoreLeases, KeepsTimersOfTheShards) {
  const auto at = base::TimePoint(base::Millis(1'893'553'445'123));
  const ObjectId a = id();
  auto set = set_of(create(a, "Thing", "a"));
  set.work = {{.id = a, .next_at = at, .failures = 3}};
  commit(set);
  auto items = store_->work({shard_of(a)});
  ASSERT_TRUE(items) << why(items);
  ASSERT_EQ(items->size(), 1U);
  EXPECT_EQ((*items)[0].id, a);
  EXPECT_EQ((*items)[0].next_at, at);
  EXPECT_EQ((*items)[0].failures, 3);
  EXPECT_TRUE(store_->work({(shard_of(a) + 1) % kShards})->empty());

  WriteSet later = set_of();
  later.work = {{.id = a, .next_at = at + base::Millis(1), .failures = 4}};
  EXPECT_EQ(commit(later).sequence, 1) << "timers are no changes";
  EXPECT_EQ(store_->work({shard_of(a)})->at(0).failures, 4);

  later.work = {{.id = a, .next_at = {}}};
  commit(later);
  EXPECT_TRUE(store_->work({shard_of(a)})->empty());

  later.work = {{.id = a, .next_at = at, .failures = 1}};
  commit(later);
  commit(set_of(remove(get("Thing", a))));
  EXPECT_TRUE(store_->work({shard_of(a)})->empty()) << "deleted objects need no timers";
}

TEST_P(StoreLeases, LiveOwnersShareTheShardsEvenly) {
  const auto ttl = base::Millis(60'000);
  const auto held = [&](const std::string& owner) {
    auto leases = store_->hold_leases(owner, ttl);
    EXPECT_TRUE(leases) << why(leases);
    return leases ? *leases : std::vector<Lease>{};
  };
  EXPECT_EQ(held("a").size(), 256U);
  EXPECT_TRUE(held("b").empty()) << "a lives and holds everything";
  const auto of_a = held("a");
  const auto of_b = held("b");
  ASSERT_EQ(of_a.size(), 128U);
  ASSERT_EQ(of_b.size(), 128U);
  for (const auto& lease : of_a) EXPECT_EQ(lease.epoch, 1);
  for (const auto& lease : of_b) EXPECT_EQ(lease.epoch, 2);
  std::vector<bool> seen(kShards);
  for (const auto& leases : {of_a, of_b}) {
    for (const auto& lease : leases) {
      EXPECT_FALSE(seen[static_cast<std::size_t>(lease.shard)]);
      seen[static_cast<std::size_t>(lease.shard)] = true;
    }
  }
  ASSERT_TRUE(store_->release_leases("b"));
  EXPECT_EQ(held("a").size(), 256U);
}

TEST_P(StoreLeases, AWorkerThatLostItsLeaseLosesItsWrite) {
  const auto of_a = store_->hold_leases("a", base::Millis(60'000));
  ASSERT_TRUE(of_a) << why(of_a);
  const Lease lease = of_a->at(17);
  const auto write = [&] {
    auto set = set_of(create(id(), "Thing", ""));
    set.preconditions = {LeaseIs{lease.shard, lease.epoch}};
    return set;
  };
  commit(write());
  ASSERT_TRUE(store_->release_leases("a"));
  ASSERT_TRUE(store_->hold_leases("b", base::Millis(60'000)));
  EXPECT_EQ(commit_error(write()), ErrorKind::canceled);
  EXPECT_EQ(*store_->count("Thing"), 1);
}

TP_ON_ALL_DATABASES(StoreLeases);

}  // namespace
}  // namespace threeport::store
