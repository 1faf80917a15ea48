// The pace of resyncs, and walks over pages.
#include "reconcile/resync.h"

#include <algorithm>
#include <map>

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace threeport::reconcile {
namespace {

using base::Millis;
using store::ObjectId;

constexpr Millis kPeriod(600'000);
const SteadyTime kStart{std::chrono::hours(5)};

/// Objects, and a walker that is never late.
struct Rounds {
  Rounds(std::map<std::string, std::vector<ObjectId>> all, std::int64_t page_size)
      : objects(std::move(all)), resync(names(), kPeriod, page_size, random, kStart) {}

  std::vector<std::string> names() const {
    std::vector<std::string> out;
    for (const auto& [kind, ids] : objects) out.push_back(kind);
    return out;
  }
  store::Page answer(const store::Query& query) const {
    store::Page page;
    for (const ObjectId id : objects.at(query.kind)) {
      if (id <= query.after || static_cast<std::int64_t>(page.rows.size()) == query.limit) continue;
      page.rows.push_back({.id = id});
    }
    return page;
  }
  void run(Millis time) {
    const SteadyTime end = now + time;
    while (resync.next_due() <= end) {
      now = std::max(now, resync.next_due());
      if (resync.wants_count()) {
        std::int64_t count = 0;
        for (const auto& [kind, ids] : objects) count += static_cast<std::int64_t>(ids.size());
        resync.count(count);
        continue;
      }
      const store::Page page = answer(resync.next_page());
      resync.pass(page, now);
      for (const store::Row& row : page.rows) looks[row.id].push_back(now);
    }
    now = end;
  }
  /// The most objects that came within `time`.
  std::size_t most_within(std::chrono::nanoseconds time) const {
    std::vector<SteadyTime> all;
    for (const auto& [id, times] : looks) all.insert(all.end(), times.begin(), times.end());
    std::sort(all.begin(), all.end());
    std::size_t most = 0;
    for (auto first = all.begin(); first != all.end(); ++first) {
      most = std::max(most, static_cast<std::size_t>(std::lower_bound(first, all.end(), *first + time) - first));
    }
    return most;
  }

  std::map<std::string, std::vector<ObjectId>> objects;
  Random random{1};
  Resync resync;
  SteadyTime now = kStart;
  std::map<ObjectId, std::vector<SteadyTime>> looks;
};

std::vector<ObjectId> ids(ObjectId first, int count) {
  std::vector<ObjectId> out;
  for (int i = 0; i < count; ++i) out.push_back(first + i);
  return out;
}

TEST(Resync, ComesByEveryObjectOnceInEveryPeriodAndNeverByManyAtATime) {
  rc::check([] {
    Rounds rounds({{"A", ids(1, *rc::gen::inRange(0, 40))},
                   {"B", ids(1001, *rc::gen::inRange(0, 40))},
                   {"C", ids(2001, *rc::gen::inRange(0, 3))}},
                  *rc::gen::inRange(1, 9));
    rounds.run(std::chrono::hours(3));
    std::size_t count = 0;
    for (const auto& [kind, all] : rounds.objects) {
      count += all.size();
      for (const ObjectId id : all) {
        const std::vector<SteadyTime>& times = rounds.looks[id];
        RC_ASSERT(times.size() >= 18U);
        RC_ASSERT(times.front() - kStart <= kPeriod);
        for (std::size_t i = 1; i < times.size(); ++i) {
          RC_ASSERT(times[i] - times[i - 1] <= kPeriod);
          RC_ASSERT(times[i] - times[i - 1] >= kPeriod * 9 / 10 - Millis(1));
        }
      }
    }
    // Evenly spread: in a tenth of a period come a tenth of them.
    RC_ASSERT(rounds.most_within(kPeriod * 9 / 100) <= count / 10 + 1);
  });
}

TEST(Resync, OfVeryManyComesEverySecond) {
  Rounds rounds({{"A", ids(1, 6'000)}}, 200);
  rounds.run(std::chrono::minutes(30));
  EXPECT_EQ(rounds.looks.size(), 6'000U);
  EXPECT_LE(rounds.most_within(Millis(900)), 12U);
}

TEST(Resync, OfNothingCostsALookInAPeriod) {
  Rounds rounds({{"A", {}}, {"B", {}}}, 10);
  rounds.run(std::chrono::hours(1));
  rounds.objects["B"] = ids(1, 3);
  rounds.run(std::chrono::minutes(20));
  EXPECT_EQ(rounds.looks.size(), 3U);
}

TEST(Resync, GetsAlongWithManyNewObjectsInTheMiddleOfARound) {
  Rounds rounds({{"A", ids(1, 1)}}, 200);
  rounds.run(std::chrono::minutes(5));
  rounds.objects["A"] = ids(1, 1'200);
  rounds.run(2 * kPeriod);
  EXPECT_EQ(rounds.looks.size(), 1'200U);
  EXPECT_LE(rounds.most_within(Millis(900)), 3U);
}

TEST(Resync, DoesNotCatchUpWithWhatAnOutageHasCost) {
  Rounds rounds({{"A", ids(1, 1'200)}}, 200);
  rounds.run(std::chrono::minutes(5));
  rounds.now += std::chrono::minutes(30);  // nothing could be read
  rounds.run(std::chrono::minutes(30));
  EXPECT_EQ(rounds.looks.size(), 1'200U);
  EXPECT_LE(rounds.most_within(Millis(900)), 3U);
}

TEST(Cursor, PassesAllKindsAndBeginsAgain) {
  const std::map<std::string, std::vector<ObjectId>> objects{{"A", ids(1, 4)}, {"B", {}}, {"C", ids(11, 1)}};
  const Rounds rounds(objects, 2);
  Cursor cursor(rounds.names());
  for (int round = 0; round < 2; ++round) {
    std::vector<ObjectId> seen;
    for (bool is_done = false; !is_done;) {
      const store::Page page = rounds.answer(cursor.next_page(2));
      for (const store::Row& row : page.rows) seen.push_back(row.id);
      is_done = cursor.pass(page, 2);
    }
    EXPECT_EQ(seen, (std::vector<ObjectId>{1, 2, 3, 4, 11}));
  }
}

}  // namespace
}  // namespace threeport::reconcile
