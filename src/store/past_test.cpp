// What the log tells of one object, and how it is purged.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "store/contract.h"
#include "store/purger.h"
#include "store/store.h"
#include "store/testing.h"

namespace threeport::store {
namespace {

using base::ErrorKind;
using std::chrono::hours;
using testing::create;
using testing::remove;
using testing::set_of;
using testing::update;
using testing::why;

constexpr std::int64_t kAll = 1'000'000;
constexpr Sequence kNewest = INT64_MAX;

class StorePast : public testing::StoreContract {
 protected:
  base::Clock& clock() override { return clock_; }

  void change(ObjectId object, std::string reverse_patch) {
    commit(set_of(update(get("Thing", object), std::move(reverse_patch))));
  }
  void forget(ObjectId object, std::string last) {
    auto put = remove(get("Thing", object));
    put.note.body = std::move(last);
    commit(set_of(std::move(put)));
  }
  std::vector<Sequence> sequences_of(ObjectId object, Sequence before = kNewest, std::int64_t limit = kAll) {
    auto found = store_->changes_of(object, before, limit);
    EXPECT_TRUE(found) << why(found);
    std::vector<Sequence> out;
    if (found) {
      for (const Change& change : *found) out.push_back(change.sequence);
    }
    return out;
  }
  /// Purges until there is nothing left: the number of steps.
  int purge(const Retention& retention = {}) {
    for (int steps = 1;; ++steps) {
      const auto more = store_->purge(retention);
      EXPECT_TRUE(more) << why(more);
      if (!more || !*more || steps > 1'000) return steps;
    }
  }

  base::ManualClock clock_;
};

using Sequences = std::vector<Sequence>;

TEST_P(StorePast, AnObjectsChangesAreItsOwnNewestFirstWithoutThoseOfStatus) {
  const ObjectId a = thing("a");            // 1
  const ObjectId b = thing("b");            // 2
  change(a, R"({"Color":"red"})");          // 3
  change(a, "");                            // 4: status
  change(b, R"({"Color":"blue"})");         // 5
  forget(a, R"({"Name":"a","Last":"1"})");  // 6
  EXPECT_EQ(sequences_of(a), (Sequences{6, 3, 1}));
  EXPECT_EQ(sequences_of(a, 6, 1), (Sequences{3}));
  EXPECT_EQ(sequences_of(b), (Sequences{5, 2}));
  EXPECT_EQ(*store_->count_changes_of(a), 3);
  EXPECT_TRUE(sequences_of(4711).empty());
  const auto newest = store_->changes_of(a, kNewest, 1);
  ASSERT_TRUE(newest) << why(newest);
  EXPECT_EQ(newest->at(0).verb, Verb::deleted);
  EXPECT_EQ(newest->at(0).body, R"({"Name":"a","Last":"1"})");
}

TEST_P(StorePast, NothingIsPurgedWithinTheRetention) {
  const ObjectId a = thing("a");
  forget(a, "{}");
  clock_.advance(hours(24));
  purge();
  EXPECT_EQ(changes().size(), 2U);
  EXPECT_EQ(store_->purged()->sequence, 0);
  EXPECT_EQ(store_->last_known({a})->size(), 1U);
}

TEST_P(StorePast, WatchersMissWhatIsOlderThanADayAndTheAuditLogKeepsIt) {
  const ObjectId a = thing("a");
  thing("b");
  clock_.advance(hours(25));
  thing("c");
  purge();
  EXPECT_EQ(store_->changes(1, 10).error().kind, ErrorKind::expired);
  EXPECT_EQ(changes(2).size(), 1U);
  EXPECT_EQ(sequences_of(a), (Sequences{1}));
  EXPECT_EQ(store_->purged()->sequence, 0);
}

TEST_P(StorePast, WatchersMissWhatIsFurtherBackThanSoManyRows) {
  for (const char* name : {"a", "b", "c", "d"}) thing(name);
  purge({.watched_rows = 3});
  EXPECT_EQ(store_->changes(0, 10).error().kind, ErrorKind::expired);
  EXPECT_EQ(changes(1).size(), 3U);
}

TEST_P(StorePast, RowsPastTheRetentionGoAndTheOthersStay) {
  const ObjectId a = thing("a");
  const base::TimePoint then = clock_.now();
  clock_.advance(hours(1));
  change(a, R"({"Color":"red"})");
  const Retention retention{.changes = hours(10)};
  clock_.advance(hours(9) + base::Millis(1));
  purge(retention);
  EXPECT_EQ(sequences_of(a), (Sequences{2}));
  EXPECT_EQ(store_->purged()->sequence, 1);
  EXPECT_EQ(store_->purged()->at, then);
  // A watch window longer than the retention ends where the rows do.
  EXPECT_EQ(store_->changes(0, 10).error().kind, ErrorKind::expired);
  EXPECT_EQ(changes(1).size(), 1U);
  clock_.advance(hours(1));
  purge(retention);
  EXPECT_TRUE(sequences_of(a).empty());
  EXPECT_EQ(store_->purged()->sequence, 2);
  EXPECT_EQ(store_->changes(1, 10).error().kind, ErrorKind::expired);
  EXPECT_TRUE(changes(2).empty());
  EXPECT_EQ(get("Thing", a).id, a) << "live objects stay";
}

TEST_P(StorePast, RowsOfDeletedObjectsGoAfterTwoDays) {
  const ObjectId gone = thing("gone");
  const ObjectId live = thing("live");
  forget(gone, "{}");
  clock_.advance(hours(48));
  const ObjectId just_gone = thing("just gone");
  forget(just_gone, "{}");
  purge();
  EXPECT_EQ(store_->last_known({gone, live, just_gone})->size(), 3U);
  clock_.advance(base::Millis(1));
  purge();
  const auto known = store_->last_known({gone, live, just_gone});
  ASSERT_TRUE(known) << why(known);
  ASSERT_EQ(known->size(), 2U);
  EXPECT_EQ((*known)[0].id, live);
  EXPECT_EQ(*store_->count("Thing"), 1);
  EXPECT_EQ(sequences_of(gone).size(), 2U) << "its history stays";
}

TEST_P(StorePast, PurgesInSmallSteps) {
  WriteSet set = set_of();
  std::vector<ObjectId> made;
  for (int i = 0; i < 1'700; ++i) {
    made.push_back(id());
    set.puts.push_back(create(made.back(), "Thing", ""));
  }
  commit(set);
  clock_.advance(hours(24 * 90) + base::Millis(1));
  const ObjectId young = thing("young");
  ASSERT_TRUE(*store_->purge({}));
  EXPECT_LT(store_->purged()->sequence, 1'000);
  EXPECT_GT(purge(), 1);
  EXPECT_EQ(store_->purged()->sequence, 1'700);
  EXPECT_EQ(changes(1'700).size(), 1U);
  EXPECT_TRUE(sequences_of(made.front()).empty());
  EXPECT_EQ(sequences_of(young).size(), 1U);
  EXPECT_EQ(purge(), 1) << "purging again does nothing";
}

TEST_P(StorePast, TheTailsSurviveAndOnlyRise) {
  if (is_in_memory()) return;  // gone when it is closed
  thing("a");
  thing("b");
  clock_.advance(hours(30));
  purge({.changes = hours(29)});
  thing("c");
  reopen();
  purge();
  EXPECT_EQ(store_->purged()->sequence, 2);
  EXPECT_EQ(store_->changes(1, 10).error().kind, ErrorKind::expired);
  EXPECT_EQ(changes(2).size(), 1U);
}

TEST_P(StorePast, ADatabaseOfVersionTwoGetsHistories) {
  if (is_in_memory()) return;  // gone with its process
  const ObjectId a = thing("a");
  const ObjectId b = thing("b");
  forget(a, "");  // as version 2 logged it
  sql("DROP INDEX changes_by_object");
  sql("DROP INDEX objects_by_deletion");
  sql("UPDATE meta SET value = '2' WHERE key = 'schema_version'");
  EXPECT_EQ(*store_->meta("schema_version"), "3");
  EXPECT_EQ(sequences_of(a), (Sequences{3, 1}));
  EXPECT_EQ(sequences_of(b), (Sequences{2}));
  clock_.advance(hours(49));
  purge();
  EXPECT_EQ(store_->last_known({a, b})->size(), 1U);
  // The same indexes as in a new database: both can be dropped again.
  sql("DROP INDEX changes_by_object");
  sql("DROP INDEX objects_by_deletion");
}

TEST_P(StorePast, ThePurgerRestsWhenNothingIsLeft) {
  WriteSet set = set_of();
  for (int i = 0; i < 700; ++i) set.puts.push_back(create(id(), "Thing", ""));
  commit(set);
  clock_.advance(hours(24 * 91));
  Purger purger(*store_, clock_, {});
  EXPECT_LT(purger.step(), base::Millis(1'000)) << "there is more";
  EXPECT_EQ(purger.step(), base::Millis(60'000));
  EXPECT_EQ(store_->purged()->sequence, 700);
}

TP_ON_ALL_DATABASES(StorePast);

}  // namespace
}  // namespace threeport::store
