// What every store promises, on every database.
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "store/store.h"
#include "store/testing.h"

namespace threeport::store {
namespace {

using base::ErrorKind;
using testing::create;
using testing::remove;
using testing::set_of;
using testing::TemporaryDatabase;
using testing::update;
using testing::why;

struct Kind {
  const char* name;
  std::function<std::unique_ptr<TemporaryDatabase>()> make;
};

class StoreContract : public ::testing::TestWithParam<Kind> {
 protected:
  void SetUp() override {
    database_ = GetParam().make();
    ASSERT_NE(database_, nullptr);
    reopen();
  }
  void reopen() {
    store_.reset();
    auto opened = open(database_->url(), base::system_clock());
    ASSERT_TRUE(opened) << why(opened);
    store_ = std::move(*opened);
  }

  ObjectId id() {
    auto made = store_->new_id();
    EXPECT_TRUE(made) << why(made);
    return made ? *made : 0;
  }
  Committed commit(WriteSet set) {
    auto committed = store_->commit(std::move(set));
    EXPECT_TRUE(committed) << why(committed);
    return committed ? *committed : Committed{};
  }
  ErrorKind commit_error(WriteSet set, const std::string& reason = {}) {
    auto committed = store_->commit(std::move(set));
    EXPECT_FALSE(committed);
    if (committed) return ErrorKind::internal;
    EXPECT_EQ(committed.error().reason, reason);
    return committed.error().kind;
  }
  Row get(const std::string& kind, ObjectId object) {
    auto row = store_->get(kind, object);
    EXPECT_TRUE(row) << why(row);
    return row ? *row : Row{};
  }
  /// An object of kind "Thing", committed.
  ObjectId thing(const std::string& name, std::vector<IndexEntry> index = {}) {
    const ObjectId made = id();
    commit(set_of(create(made, "Thing", name, R"({"Name":")" + name + R"("})", std::move(index))));
    return made;
  }
  std::vector<ObjectId> ids(const Query& query) {
    auto page = store_->list(query);
    EXPECT_TRUE(page) << why(page);
    std::vector<ObjectId> found;
    if (page) {
      for (const auto& row : page->rows) found.push_back(row.id);
    }
    return found;
  }
  std::vector<Change> changes(Sequence after = 0) {
    auto read = store_->changes(after, 1'000'000);
    EXPECT_TRUE(read) << why(read);
    return read ? *read : std::vector<Change>{};
  }
  void expect_contiguous() {
    Sequence expected = 0;
    for (const auto& change : changes()) EXPECT_EQ(change.sequence, ++expected);
    EXPECT_EQ(*store_->head(), expected);
  }

  std::unique_ptr<TemporaryDatabase> database_;
  std::unique_ptr<Store> store_;
};

TEST_P(StoreContract, IsEmptyAtFirst) {
  EXPECT_TRUE(*store_->is_new());
  EXPECT_EQ(*store_->head(), 0);
  EXPECT_EQ(*store_->count("Thing"), 0);
  EXPECT_TRUE(changes().empty());
  EXPECT_TRUE(store_->ping());
  EXPECT_EQ(store_->get("Thing", 1).error().kind, ErrorKind::not_found);
  EXPECT_EQ(id(), 1);
  EXPECT_EQ(id(), 2);
}

TEST_P(StoreContract, ReadsWhatWasCreated) {
  const ObjectId object = id();
  auto put = create(object, "Thing", "näme", R"({"b":1.10,"a":"ü\n","c":[]})");
  put.row.generation = 7;
  put.row.observed = 3;
  const auto committed = commit(set_of(put));
  EXPECT_EQ(committed.sequence, 1);
  EXPECT_EQ(committed.versions, std::vector<std::int64_t>{1});

  const Row row = get("Thing", object);
  EXPECT_EQ(row.id, object);
  EXPECT_EQ(row.kind, "Thing");
  EXPECT_EQ(row.name, "näme");
  EXPECT_EQ(row.version, 1);
  EXPECT_EQ(row.generation, 7);
  EXPECT_EQ(row.observed, 3);
  EXPECT_FALSE(row.deleted_at);
  EXPECT_EQ(row.doc, R"({"b":1.10,"a":"ü\n","c":[]})");
  EXPECT_FALSE(*store_->is_new());
}

TEST_P(StoreContract, KeepsEverythingWhenItIsOpenedAgain) {
  if (database_->url() == "sqlite::memory:") GTEST_SKIP() << "memory forgets";
  const ObjectId object = thing("a");
  ASSERT_TRUE(store_->set_meta("installation_uid", "u1"));
  reopen();
  EXPECT_EQ(get("Thing", object).name, "a");
  EXPECT_EQ(**store_->meta("installation_uid"), "u1");
  EXPECT_EQ(*store_->count("Thing"), 1);
  EXPECT_GT(id(), object) << "ids are never handed out twice";
  EXPECT_FALSE(*store_->is_new());
}

TEST_P(StoreContract, HidesObjectsOfOtherKinds) {
  const ObjectId object = thing("a");
  EXPECT_EQ(store_->get("Other", object).error().kind, ErrorKind::not_found);
  auto row = get("Thing", object);
  row.kind = "Other";
  EXPECT_EQ(commit_error(set_of(update(row))), ErrorKind::not_found);
}

TEST_P(StoreContract, RaisesTheVersionWithEveryWrite) {
  const ObjectId object = thing("a");
  Row row = get("Thing", object);
  row.doc = R"({"x":1})";
  row.generation = 2;
  EXPECT_EQ(commit(set_of(update(row))).versions[0], 2);
  EXPECT_EQ(get("Thing", object).doc, R"({"x":1})");
  EXPECT_EQ(get("Thing", object).version, 2);
  EXPECT_EQ(get("Thing", object).generation, 2);
}

TEST_P(StoreContract, RefusesAWriteOfAnOldVersion) {
  const ObjectId object = thing("a");
  const Row old = get("Thing", object);
  commit(set_of(update(old)));
  EXPECT_EQ(commit_error(set_of(update(old)), "Version"), ErrorKind::conflict);
  EXPECT_EQ(commit_error(set_of(remove(old)), "Version"), ErrorKind::conflict);
  EXPECT_EQ(*store_->head(), 2);
}

TEST_P(StoreContract, HidesDeletedObjectsAndFreesTheirNames) {
  const ObjectId object = thing("a", {{"Color", "red"}});
  const Row row = get("Thing", object);
  commit(set_of(remove(row)));
  EXPECT_EQ(store_->get("Thing", object).error().kind, ErrorKind::not_found);
  EXPECT_TRUE(store_->get_many({object})->empty());
  EXPECT_TRUE(ids({.kind = "Thing"}).empty());
  EXPECT_TRUE(ids({.kind = "Thing", .filters = {{"Color", "red"}}}).empty());
  EXPECT_EQ(*store_->count("Thing"), 0);
  EXPECT_EQ(commit_error(set_of(update(row))), ErrorKind::not_found);
  const ObjectId next = thing("a");
  EXPECT_EQ(ids({.kind = "Thing", .name = "a"}), std::vector<ObjectId>{next});
}

TEST_P(StoreContract, NamesAreUniquePerKindAmongLiveObjects) {
  thing("a");
  EXPECT_EQ(commit_error(set_of(create(id(), "Thing", "a")), "NameTaken"), ErrorKind::conflict);
  commit(set_of(create(id(), "Other", "a")));
  commit(set_of(create(id(), "Thing", ""), create(id(), "Thing", "")));
  EXPECT_EQ(*store_->count("Thing"), 3);
  EXPECT_EQ(commit_error(set_of(create(id(), "Thing", "b"), create(id(), "Thing", "b")), "NameTaken"),
            ErrorKind::conflict);
}

TEST_P(StoreContract, RenamesToFreeNamesOnly) {
  const ObjectId a = thing("a");
  const ObjectId b = thing("b");
  Row row = get("Thing", a);
  row.name = "b";
  EXPECT_EQ(commit_error(set_of(update(row)), "NameTaken"), ErrorKind::conflict);
  row.name = "c";
  commit(set_of(update(row)));
  EXPECT_EQ(ids({.kind = "Thing", .name = "c"}), std::vector<ObjectId>{a});
  EXPECT_TRUE(ids({.kind = "Thing", .name = "a"}).empty());
  Row other = get("Thing", b);
  other.name = "a";
  commit(set_of(update(other)));
}

TEST_P(StoreContract, ObjectsOfOneSetMaySwapNames) {
  Row a = get("Thing", thing("a"));
  Row b = get("Thing", thing("b"));
  std::swap(a.name, b.name);
  commit(set_of(update(a), update(b)));
  EXPECT_EQ(ids({.kind = "Thing", .name = "b"}), std::vector<ObjectId>{a.id});
  EXPECT_EQ(ids({.kind = "Thing", .name = "a"}), std::vector<ObjectId>{b.id});
}

TEST_P(StoreContract, ASetIsAllOrNothing) {
  const ObjectId a = thing("a");
  const ObjectId b = id();
  auto set = set_of(create(b, "Thing", "b"), create(id(), "Thing", "a"));
  set.work = {{.id = b, .next_at = base::TimePoint(base::Millis(5)), .failures = 1}};
  EXPECT_EQ(commit_error(set, "NameTaken"), ErrorKind::conflict);
  EXPECT_EQ(store_->get("Thing", b).error().kind, ErrorKind::not_found);
  EXPECT_TRUE(store_->work({shard_of(b)})->empty());
  EXPECT_EQ(*store_->count("Thing"), 1);
  EXPECT_EQ(*store_->head(), 1);
  EXPECT_EQ(get("Thing", a).version, 1);
}

TEST_P(StoreContract, ReferencesMustBeLive) {
  const ObjectId definition = thing("definition");
  const auto refer = [&](ObjectId to, const std::string& kind = "Thing") {
    auto set = set_of(create(id(), "Instance", ""));
    set.preconditions = {ReferenceLive{kind, to, "ThingID: there is no such Thing"}};
    return set;
  };
  commit(refer(definition));
  EXPECT_EQ(commit_error(refer(definition, "Other")), ErrorKind::invalid);
  EXPECT_EQ(commit_error(refer(999'999)), ErrorKind::invalid);
  EXPECT_EQ(store_->commit(refer(999'999)).error().message, "ThingID: there is no such Thing");
  commit(set_of(remove(get("Thing", definition))));
  EXPECT_EQ(commit_error(refer(definition)), ErrorKind::invalid);
}

TEST_P(StoreContract, ASetMayReferToWhatItCreates) {
  const ObjectId definition = id();
  auto set = set_of(create(id(), "Instance", ""), create(definition, "Thing", "d"));
  set.preconditions = {ReferenceLive{"Thing", definition, "gone"}};
  commit(set);
}

TEST_P(StoreContract, NoneWithSeesIndexEntries) {
  const ObjectId definition = thing("definition");
  const ObjectId instance = id();
  const std::string value = std::to_string(definition);
  commit(set_of(create(instance, "Instance", "", "{}", {{"ThingID", value}})));
  const auto remove_definition = [&] {
    auto set = set_of(remove(get("Thing", definition)));
    set.preconditions = {NoneWith{"Instance", "ThingID", value, "is in use"}};
    return set;
  };
  EXPECT_EQ(commit_error(remove_definition()), ErrorKind::conflict);
  EXPECT_EQ(store_->commit(remove_definition()).error().message, "is in use");
  commit(set_of(remove(get("Instance", instance))));
  commit(remove_definition());
}

TEST_P(StoreContract, NoneWithJudgesObjectsOfTheSetByTheirStateAfterIt) {
  const ObjectId a = thing("a", {{"Identity", "x"}});
  const NoneWith free{"Thing", "Identity", "x", "identity x is taken"};

  auto create_with = set_of(create(id(), "Thing", "", "{}", {{"Identity", "x"}}));
  create_with.preconditions = {free};
  EXPECT_EQ(commit_error(create_with), ErrorKind::conflict);

  auto moves_away = update(get("Thing", a));
  moves_away.index = std::vector<IndexEntry>{{"Identity", "y"}};
  auto move = set_of(moves_away);
  move.preconditions = {free};
  commit(move);

  auto touch = set_of(update(get("Thing", a)));
  touch.preconditions = {NoneWith{"Thing", "Identity", "y", "taken"}};
  EXPECT_EQ(commit_error(touch), ErrorKind::conflict) << "an update without entries leaves them as they are";

  auto away = set_of(remove(get("Thing", a)));
  away.preconditions = {NoneWith{"Thing", "Identity", "y", "taken"}};
  commit(away);
}

TEST_P(StoreContract, ChecksVersionsOfOtherObjects) {
  const ObjectId a = thing("a");
  const auto with_version = [&](ObjectId object, std::int64_t version) {
    auto set = set_of(create(id(), "Other", ""));
    set.preconditions = {VersionIs{object, version}};
    return set;
  };
  commit(with_version(a, 1));
  EXPECT_EQ(commit_error(with_version(a, 2), "Version"), ErrorKind::conflict);
  EXPECT_EQ(commit_error(with_version(999'999, 1), "Version"), ErrorKind::conflict);
}

TEST_P(StoreContract, FiltersByNameAndIndexedMembers) {
  const ObjectId a = thing("a", {{"Color", "red"}, {"Size", "1"}});
  const ObjectId b = thing("b", {{"Color", "red"}, {"Size", "2"}});
  const ObjectId c = thing("c", {{"Color", "blue"}, {"Size", "1"}, {"Size", "1"}});
  commit(set_of(create(id(), "Other", "a", "{}", {{"Color", "red"}})));
  using Ids = std::vector<ObjectId>;
  EXPECT_EQ(ids({.kind = "Thing"}), (Ids{a, b, c}));
  EXPECT_EQ(ids({.kind = "Thing", .name = "b"}), (Ids{b}));
  EXPECT_EQ(ids({.kind = "Thing", .filters = {{"Color", "red"}}}), (Ids{a, b}));
  EXPECT_EQ(ids({.kind = "Thing", .filters = {{"Color", "red"}, {"Size", "1"}}}), (Ids{a}));
  EXPECT_EQ(ids({.kind = "Thing", .name = "c", .filters = {{"Color", "red"}}}), (Ids{}));
  EXPECT_EQ(ids({.kind = "Thing", .name = "c", .filters = {{"Size", "1"}}}), (Ids{c}));
  EXPECT_EQ(ids({.kind = "Thing", .filters = {{"Color", "green"}}}), (Ids{}));

  EXPECT_EQ(store_->list({.kind = "Thing", .filters = {{"Color", "red"}}, .limit = 1, .want_total = true})->total, 2);
  EXPECT_EQ(store_->list({.kind = "Thing", .limit = 1, .want_total = true})->total, 3);

  auto repaint = update(get("Thing", a));
  repaint.index = std::vector<IndexEntry>{{"Color", "blue"}};
  commit(set_of(repaint));
  EXPECT_EQ(ids({.kind = "Thing", .filters = {{"Color", "blue"}}}), (Ids{a, c}));
  EXPECT_EQ(ids({.kind = "Thing", .filters = {{"Size", "1"}}}), (Ids{c}));
}

TEST_P(StoreContract, ListsInPages) {
  std::vector<ObjectId> all;
  WriteSet set = set_of();
  for (int i = 0; i < 2'345; ++i) {
    all.push_back(id());
    set.puts.push_back(create(all.back(), "Thing", "t" + std::to_string(i), "{}", {{"All", "1"}}));
  }
  commit(set);
  EXPECT_EQ(ids({.kind = "Thing"}), all);
  EXPECT_EQ(ids({.kind = "Thing", .filters = {{"All", "1"}}}), all);
  const auto part = [&](std::size_t from, std::size_t count) {
    return std::vector<ObjectId>(all.begin() + static_cast<std::ptrdiff_t>(from),
                                 all.begin() + static_cast<std::ptrdiff_t>(from + count));
  };
  EXPECT_EQ(ids({.kind = "Thing", .limit = 10}), part(0, 10));
  EXPECT_EQ(ids({.kind = "Thing", .after = all[99], .limit = 10}), part(100, 10));
  EXPECT_EQ(ids({.kind = "Thing", .offset = 1'200, .limit = 1'100}), part(1'200, 1'100));
  EXPECT_EQ(ids({.kind = "Thing", .filters = {{"All", "1"}}, .after = all[9], .offset = 5, .limit = 3}), part(15, 3));
  EXPECT_TRUE(ids({.kind = "Thing", .limit = 0}).empty());
}

TEST_P(StoreContract, GetsManyInTheOrderOfTheIds) {
  const ObjectId a = thing("a");
  const ObjectId b = id();
  commit(set_of(create(b, "Other", "b")));
  const auto rows = store_->get_many({b, 999'999, a});
  ASSERT_TRUE(rows) << why(rows);
  ASSERT_EQ(rows->size(), 2U);
  EXPECT_EQ((*rows)[0].id, b);
  EXPECT_EQ((*rows)[1].id, a);
  EXPECT_TRUE(store_->get_many({})->empty());
}

TEST_P(StoreContract, LogsWhoDidWhatInTheOrderOfCommits) {
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

TEST_P(StoreContract, SaysWhenChangesHaveBeenPurged) {
  thing("a");
  thing("b");
  ASSERT_TRUE(store_->set_meta("log_tail", "1"));
  EXPECT_EQ(store_->changes(0, 10).error().kind, ErrorKind::expired);
  EXPECT_EQ(changes(1).size(), 1U);
}

TEST_P(StoreContract, HintsAfterCommits) {
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

TEST_P(StoreContract, KeepsTimersOfTheShards) {
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

TEST_P(StoreContract, LiveOwnersShareTheShardsEvenly) {
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

TEST_P(StoreContract, AWorkerThatLostItsLeaseLosesItsWrite) {
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

TEST_P(StoreContract, KeepsFactsAboutTheInstallation) {
  EXPECT_EQ(*store_->meta("schema_version"), "1");
  EXPECT_EQ(*store_->meta("installation_uid"), std::nullopt);
  ASSERT_TRUE(store_->set_meta("installation_uid", "a"));
  ASSERT_TRUE(store_->set_meta("installation_uid", "b"));
  EXPECT_EQ(*store_->meta("installation_uid"), "b");
}

const Kind kKinds[] = {
    {"SqliteMemory", [] { return std::make_unique<testing::MemoryDatabase>(); }},
    {"SqliteFile", [] { return std::make_unique<testing::FileDatabase>(); }},
};
INSTANTIATE_TEST_SUITE_P(Databases, StoreContract, ::testing::ValuesIn(kKinds),
                         [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace threeport::store
