// The change log.
#include <condition_variable>
#include <mutex>

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
using testing::update;

class StoreChanges : public testing::StoreContract {};

TEST_P(StoreChanges, LogsWhoDidWhatInTheOrderOfCommits) {
  const ObjectId a = id();
  auto set = set_of(create(a, "Thing", "a", R"({"v":1})"));
  set.by = "cert:alice";
  set.request_id = "r1";
  set.reason = "because";
  commit(set);
  Row row = get("Thing", a);
  row.generation = 2;
  auto put = update(row, R"({"v":null})");
  put.note.wakes = false;
  commit(set_of(put));
  commit(set_of(remove(get("Thing", a))));

  const auto log = changes();
  ASSERT_EQ(log.size(), 3U);
  EXPECT_EQ(log[0].verb, Verb::created);
  EXPECT_EQ(log[0].kind, "Thing");
  EXPECT_EQ(log[0].id, a);
  EXPECT_EQ(log[0].generation, 1);
  EXPECT_EQ(log[0].by, "cert:alice");
  EXPECT_EQ(log[0].request_id, "r1");
  EXPECT_EQ(log[0].reason, "because");
  EXPECT_EQ(log[0].body, R"({"v":1})");
  EXPECT_TRUE(log[0].wakes);
  EXPECT_EQ(log[1].verb, Verb::updated);
  EXPECT_EQ(log[1].generation, 2);
  EXPECT_EQ(log[1].body, R"({"v":null})");
  EXPECT_FALSE(log[1].wakes);
  EXPECT_EQ(log[2].verb, Verb::deleted);
  EXPECT_LE(log[0].at, log[2].at);
  expect_contiguous();
  EXPECT_EQ(changes(2).size(), 1U);
  EXPECT_TRUE(changes(3).empty());
  EXPECT_EQ(store_->changes(0, 2)->size(), 2U);
}

TEST_P(StoreChanges, SaysWhenChangesHaveBeenPurged) {
  thing("a");
  thing("b");
  ASSERT_TRUE(store_->set_meta("log_tail", "1"));
  EXPECT_EQ(store_->changes(0, 10).error().kind, ErrorKind::expired);
  EXPECT_EQ(changes(1).size(), 1U);
}

TEST_P(StoreChanges, HintsAfterCommits) {
  std::mutex mutex;
  std::condition_variable hinted;
  int hints = 0;
  store_->on_commit([&] {
    const std::lock_guard lock(mutex);
    ++hints;
    hinted.notify_all();
  });
  thing("a");
  std::unique_lock lock(mutex);
  EXPECT_TRUE(hinted.wait_for(lock, std::chrono::seconds(10), [&] { return hints == 1; }));
  lock.unlock();
  store_.reset();
}

TP_ON_ALL_DATABASES(StoreChanges);

}  // namespace
}  // namespace threeport::store
