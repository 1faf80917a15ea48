#include "reconcile/work_queue.h"

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace threeport::reconcile {
namespace {

const SteadyTime kNow{};

/// Takes the next job to its lane; nothing if there is none, or it had to wait there.
std::optional<ObjectId> begin(WorkQueue& queue, const std::function<std::string(ObjectId)>& lane_of) {
  const auto job = queue.take();
  if (!job) return std::nullopt;
  if (!job->in_lane && !queue.enter(job->id, lane_of(job->id))) return std::nullopt;
  return job->id;
}

/// All that can run now without anything being finished.
std::vector<ObjectId> begin_all(WorkQueue& queue, const std::function<std::string(ObjectId)>& lane_of) {
  std::vector<ObjectId> out;
  while (queue.has_runnable()) {
    if (const auto id = begin(queue, lane_of)) out.push_back(*id);
  }
  return out;
}

std::string one_lane(ObjectId) { return "lane"; }

TEST(WorkQueue, CoalescesWakes) {
  WorkQueue queue(4, 8);
  for (int i = 0; i < 3; ++i) queue.wake(7, Urgency::prompt, kNow);
  EXPECT_EQ(queue.waiting(), 1U);
  EXPECT_EQ(begin_all(queue, one_lane), std::vector<ObjectId>{7});
  queue.finish(7);
  EXPECT_FALSE(queue.take());
}

TEST(WorkQueue, HandsAnObjectOutOnceAndAgainIfItWasWokenMeanwhile) {
  WorkQueue queue(4, 8);
  queue.wake(7, Urgency::prompt, kNow);
  EXPECT_EQ(begin(queue, one_lane), 7);
  queue.wake(7, Urgency::prompt, kNow);
  EXPECT_FALSE(queue.take());
  queue.finish(7);
  EXPECT_EQ(begin(queue, one_lane), 7);
  queue.finish(7);
  EXPECT_FALSE(queue.take());
  EXPECT_EQ(queue.lanes(), 0U);
}

TEST(WorkQueue, AFullLaneKeepsOnlyItsOwnWaiting) {
  WorkQueue queue(2, 8);
  for (ObjectId id = 1; id <= 50; ++id) queue.wake(id, Urgency::prompt, kNow);
  for (ObjectId id = 101; id <= 102; ++id) queue.wake(id, Urgency::prompt, kNow);
  const auto lane_of = [](ObjectId id) { return id > 100 ? "free" : "hung"; };
  EXPECT_EQ(begin_all(queue, lane_of), (std::vector<ObjectId>{1, 2, 101, 102}));
  EXPECT_EQ(queue.waiting(), 48U);
  queue.finish(1);
  EXPECT_EQ(begin_all(queue, lane_of), std::vector<ObjectId>{3});
}

TEST(WorkQueue, ServesLanesInTurn) {
  WorkQueue queue(1, 8);
  for (ObjectId id = 1; id <= 3; ++id) queue.wake(id, Urgency::prompt, kNow);
  for (ObjectId id = 101; id <= 103; ++id) queue.wake(id, Urgency::prompt, kNow);
  const auto lane_of = [](ObjectId id) { return id > 100 ? "b" : "a"; };
  std::vector<ObjectId> order = begin_all(queue, lane_of);
  for (std::size_t i = 0; i < order.size(); ++i) {
    queue.finish(order[i]);
    for (const ObjectId id : begin_all(queue, lane_of)) order.push_back(id);
  }
  EXPECT_EQ(order, (std::vector<ObjectId>{1, 101, 2, 102, 3, 103}));
}

TEST(WorkQueue, PromptWorkGoesFirstAndCalmWorkIsNotStarved) {
  WorkQueue queue(1, 8);
  queue.wake(1000, Urgency::calm, kNow);
  for (ObjectId id = 1; id <= 20; ++id) queue.wake(id, Urgency::prompt, kNow);
  std::vector<ObjectId> order;
  while (const auto job = queue.take()) {
    order.push_back(job->id);
    queue.finish(job->id);
  }
  const auto calm = std::find(order.begin(), order.end(), 1000) - order.begin();
  EXPECT_GT(calm, 0);
  EXPECT_LT(calm, 10);
  EXPECT_EQ(order.size(), 21U);
}

TEST(WorkQueue, ACalmJobThatIsWokenPromptlyIsPrompt) {
  WorkQueue queue(1, 8);
  for (ObjectId id = 1; id <= 5; ++id) queue.wake(id, Urgency::calm, kNow);
  queue.wake(5, Urgency::prompt, kNow);
  EXPECT_EQ(queue.waiting_calmly(), 4U);
  EXPECT_EQ(begin(queue, one_lane), 5);
}

TEST(WorkQueue, ForgetsWhatIsDropped) {
  WorkQueue queue(1, 8);
  for (ObjectId id = 1; id <= 4; ++id) queue.wake(id, Urgency::prompt, kNow);
  EXPECT_EQ(begin(queue, one_lane), 1);
  EXPECT_FALSE(begin(queue, one_lane));  // 2 waits in the lane, 3 and 4 in the intake
  queue.wake(1, Urgency::prompt, kNow);
  queue.drop([](ObjectId id) { return id != 4; });
  queue.finish(1);
  EXPECT_EQ(begin_all(queue, one_lane), std::vector<ObjectId>{4});
  queue.finish(4);
  EXPECT_EQ(queue.waiting(), 0U);
  EXPECT_EQ(queue.lanes(), 0U);
}

TEST(WorkQueue, WhatIsDroppedCanComeBack) {
  WorkQueue queue(1, 8);
  queue.wake(1, Urgency::prompt, kNow);
  queue.drop([](ObjectId) { return true; });
  queue.wake(1, Urgency::prompt, kNow);
  EXPECT_EQ(begin_all(queue, one_lane), std::vector<ObjectId>{1});
}

/// What a queue must do, said without lanes' bookkeeping: who is wanted, who runs.
struct Model {
  std::set<ObjectId> wanted, running;
  std::map<std::string, int> in_lane;
};

TEST(WorkQueue, LosesNothingAndDoublesNothingInAnyOrderOfCalls) {
  rc::check([] {
    constexpr int kSlots = 2;
    WorkQueue queue(kSlots, 3);
    Model model;
    const auto lane_of = [](ObjectId id) { return "lane" + std::to_string(id % 3); };
    const auto take = [&] {
      const auto job = queue.take();
      if (!job) return false;
      RC_ASSERT(model.wanted.contains(job->id) && !model.running.contains(job->id));
      if (!job->in_lane && !queue.enter(job->id, lane_of(job->id))) return true;
      model.wanted.erase(job->id);
      model.running.insert(job->id);
      RC_ASSERT(++model.in_lane[lane_of(job->id)] <= kSlots);
      return true;
    };
    const auto finish = [&](ObjectId id) {
      queue.finish(id);
      model.running.erase(id);
      --model.in_lane[lane_of(id)];
    };
    for (const int step : *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 100))) {
      const ObjectId id = 1 + step % 10;
      if (step < 50) {
        queue.wake(id, step % 2 == 0 ? Urgency::prompt : Urgency::calm, kNow);
        model.wanted.insert(id);
      } else if (step < 80) {
        take();
      } else if (step < 97) {
        if (!model.running.empty()) finish(*model.running.begin());
      } else {
        queue.drop([&](ObjectId gone) { return gone == id; });
        model.wanted.erase(id);
      }
      RC_ASSERT(queue.running() == model.running.size());
    }
    while (!model.wanted.empty() || !model.running.empty()) {
      const bool took = take();
      RC_ASSERT(took || !model.running.empty());
      if (!took) finish(*model.running.begin());
    }
    RC_ASSERT(!queue.take());
    RC_ASSERT(queue.lanes() == 0U && queue.waiting() == 0U && queue.waiting_calmly() == 0U);
  });
}

}  // namespace
}  // namespace threeport::reconcile
