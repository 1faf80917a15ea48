// What the threads of an engine tell each other.
#include "reconcile/board.h"

#include <thread>

#include <gtest/gtest.h>

namespace threeport::reconcile {
namespace {

using base::Millis;

/// A board, and what its listeners were told.
struct BoardTest : ::testing::Test {
  /// Holds shards, with leases of this epoch.
  void hold(const std::vector<int>& shards, std::int64_t epoch = 1) {
    std::vector<store::Lease> leases;
    leases.reserve(shards.size());
    for (const int shard : shards) leases.push_back({shard, epoch});
    board.set_leases(leases, clock.steady_now() + std::chrono::hours(1), {});
  }
  /// Objects of a shard, ascending.
  static std::vector<ObjectId> ids_of(int shard, std::size_t count) {
    std::vector<ObjectId> out;
    for (ObjectId id = 1; out.size() < count; ++id) {
      if (store::shard_of(id) == shard) out.push_back(id);
    }
    return out;
  }
  std::vector<ObjectId> take_all() {
    std::vector<ObjectId> out;
    while (const auto assignment = board.take()) out.push_back(assignment->id);
    return out;
  }
  static Report settled() { return {.end = End::settled, .error = {}, .standing = {}}; }

  EngineOptions options = [] {
    EngineOptions out;
    out.lane_slots = 1;
    out.intake_slots = 2;
    return out;
  }();
  base::ManualClock clock;
  int works = 0, times = 0, gains = 0;
  Board board{
      options, clock, {.on_work = [this] { ++works; }, .on_time = [this] { ++times; }, .on_gain = [this] { ++gains; }}};
};

TEST_F(BoardTest, AWalkWakesAllObjectsOfItsShardsAndNoOthers) {
  hold({3, 5});
  std::vector<store::Row> rows;
  for (const int shard : {3, 4, 5}) {
    for (const ObjectId id : ids_of(shard, 3)) rows.push_back({.id = id, .generation = 1});
  }
  ShardSet walked;
  walked.set(3).set(4);  // 4 was lost meanwhile
  board.look_at(rows, walked);
  std::vector<ObjectId> seen;
  while (const auto next = board.take()) {
    seen.push_back(next->id);
    board.finish(next->id, "Widget", settled());
  }
  EXPECT_EQ(seen, ids_of(3, 3));
}

TEST_F(BoardTest, WhatIsGainedIsToBeWalkedUnlessItIsLostAgain) {
  hold({3, 5});
  hold({5, 6});
  ShardSet expected;
  expected.set(5).set(6);
  EXPECT_EQ(board.take_unwalked(), expected);
  EXPECT_FALSE(board.has_unwalked());
  hold({5, 6});
  EXPECT_FALSE(board.has_unwalked());
  hold({5, 6}, 2);  // somebody else had them for a while
  EXPECT_EQ(board.take_unwalked(), expected);
}

TEST_F(BoardTest, AFreeSlotOfTheIntakeIsSaid) {
  hold({3});
  const auto ids = ids_of(3, 3);
  for (const ObjectId id : ids) board.wake(id, Urgency::prompt);
  EXPECT_EQ(take_all().size(), 2U);
  works = 0;
  EXPECT_TRUE(board.enter(ids[0], "lane"));
  EXPECT_EQ(works, 1);  // the third can be taken, by whoever is not busy with the first
  EXPECT_EQ(take_all(), std::vector<ObjectId>{ids[2]});
}

TEST_F(BoardTest, AJobThatGetsToItsLaneAfterItsShardWasLostIsDropped) {
  hold({3, 5});
  const auto ids = ids_of(3, 2);
  for (const ObjectId id : ids) board.wake(id, Urgency::prompt);
  EXPECT_EQ(take_all(), ids);
  EXPECT_TRUE(board.enter(ids[0], "lane"));
  hold({5});
  EXPECT_FALSE(board.enter(ids[1], "lane"));
  board.finish(ids[0], "Widget", settled());
  EXPECT_TRUE(take_all().empty());
  EXPECT_EQ(board.metrics().waiting, 0U);
}

TEST_F(BoardTest, WhatWaitsInALaneIsNotWaitedFor) {
  hold({3});
  const auto ids = ids_of(3, 3);
  for (const ObjectId id : ids) board.wake(id, Urgency::prompt);
  EXPECT_EQ(take_all(), (std::vector<ObjectId>{ids[0], ids[1]}));
  EXPECT_TRUE(board.enter(ids[0], "lane"));
  EXPECT_FALSE(board.enter(ids[1], "lane"));
  EXPECT_EQ(take_all(), std::vector<ObjectId>{ids[2]});
  board.finish(ids[0], "Widget", settled());
  board.close();
  bool is_idle = false;
  std::jthread waiter([&] { is_idle = board.wait_idle(Millis(10'000)); });
  EXPECT_FALSE(board.enter(ids[2], "lane"));
  waiter.join();
  EXPECT_TRUE(is_idle);
}

TEST_F(BoardTest, TimeIsAnnouncedOnlyWhenItComesCloser) {
  hold({3});
  const auto ids = ids_of(3, 2);
  times = 0;
  for (int i = 0; i < 3; ++i) board.fire();
  EXPECT_EQ(times, 0);  // who looks at the time does not wake itself
  const auto attempt = [&](ObjectId id, Millis delay) {
    board.wake(id, Urgency::prompt);
    ASSERT_TRUE(board.take());
    ASSERT_TRUE(board.enter(id, "lane"));
    Report report = settled();
    report.standing.due = clock.steady_now() + delay;
    times = 0;
    board.finish(id, "Widget", report);
  };
  attempt(ids[0], Millis(5'000));
  EXPECT_EQ(times, 1);
  EXPECT_EQ(board.next_due(), clock.steady_now() + Millis(5'000));
  attempt(ids[1], Millis(9'000));
  EXPECT_EQ(times, 0);
  clock.advance(Millis(5'000));
  board.fire();
  EXPECT_EQ(take_all(), std::vector<ObjectId>{ids[0]});
}

}  // namespace
}  // namespace threeport::reconcile
