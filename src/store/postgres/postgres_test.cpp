// PostgreSQL alone: replicas, lost connections, and what goes wrong in words.
#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "store/postgres/connect.h"
#include "store/postgres/cutting_proxy.h"
#include "store/postgres/temporary_schema.h"
#include "store/store.h"
#include "store/testing.h"

namespace threeport::store {
namespace {

using base::ErrorKind;
using testing::create;
using testing::CuttingProxy;
using testing::set_of;
using testing::update;
using testing::why;
using Cut = CuttingProxy::Cut;

/// Does not wait, so that a test of giving up is over at once.
class ImpatientClock final : public base::Clock {
 public:
  [[nodiscard]] base::TimePoint now() const override { return base::system_clock().now(); }
  [[nodiscard]] std::chrono::steady_clock::time_point steady_now() const override { return {}; }
  void wait_until(std::unique_lock<std::mutex>& /*lock*/, std::condition_variable& /*condition*/,
                  std::chrono::steady_clock::time_point /*until*/) override {}
};

class Postgres : public ::testing::Test {
 protected:
  void SetUp() override {
    schema_ = testing::make_postgres_schema();
    if (!schema_) GTEST_SKIP();
  }
  std::unique_ptr<Store> open_store(const std::string& options = {}) {
    auto store = open(schema_->url() + options, clock_);
    EXPECT_TRUE(store) << why(store);
    return store ? std::move(*store) : nullptr;
  }
  base::Error open_error(const std::string& url) {
    auto store = open(url, clock_);
    EXPECT_FALSE(store);
    return store ? base::Error{} : store.error();
  }
  static std::string through(const CuttingProxy& proxy) {
    return "&host=127.0.0.1&port=" + std::to_string(proxy.port()) + "&sslmode=disable";
  }
  static ObjectId new_id(Store& store) {
    auto id = store.new_id();
    EXPECT_TRUE(id) << why(id);
    return id ? *id : 0;
  }

  ImpatientClock clock_;
  std::unique_ptr<testing::PostgresSchema> schema_;
};

TEST_F(Postgres, ReplicasMayCreateTheTablesAtTheSameTime) {
  std::vector<std::unique_ptr<Store>> stores(4);
  std::vector<std::thread> threads;
  for (auto& store : stores) threads.emplace_back([&] { store = open_store(); });
  for (auto& thread : threads) thread.join();
  std::set<ObjectId> ids;
  for (auto& store : stores) {
    ASSERT_NE(store, nullptr);
    ids.insert(new_id(*store));
  }
  EXPECT_EQ(ids.size(), stores.size());
}

TEST_F(Postgres, WritesOfReplicasAreOneSequence) {
  constexpr int kThreads = 8;
  constexpr int kWrites = 60;
  const auto first = open_store();
  const auto second = open_store();
  const ObjectId shared = new_id(*first);
  ASSERT_TRUE(first->commit(set_of(create(shared, "Thing", "shared"))));

  std::atomic<int> updates{0};
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      Store& store = thread % 2 == 0 ? *first : *second;
      for (int i = 0; i < kWrites; ++i) {
        const ObjectId id = new_id(store);
        auto created = store.commit(set_of(create(id, "Thing", "t" + std::to_string(thread * kWrites + i))));
        ASSERT_TRUE(created) << why(created);
        ASSERT_TRUE(store.get("Thing", id)) << "what was committed is seen";
        auto row = store.get("Thing", shared);
        ASSERT_TRUE(row) << why(row);
        auto updated = store.commit(set_of(update(*row)));
        if (updated) {
          ++updates;
        } else {
          ASSERT_EQ(updated.error().reason, "Version") << why(updated);
        }
      }
    });
  }
  for (auto& thread : threads) thread.join();

  const auto changes = second->changes(0, 1'000'000);
  ASSERT_TRUE(changes) << why(changes);
  Sequence expected = 0;
  std::set<ObjectId> created;
  for (const auto& change : *changes) {
    ASSERT_EQ(change.sequence, ++expected);
    if (change.verb == Verb::created) {
      EXPECT_TRUE(created.insert(change.id).second);
    }
  }
  EXPECT_EQ(*first->head(), expected);
  EXPECT_EQ(created.size(), std::size_t{kThreads * kWrites + 1});
  EXPECT_EQ(*first->count("Thing"), kThreads * kWrites + 1);
  EXPECT_EQ(first->get("Thing", shared)->version, updates + 1) << "no update was lost";
  EXPECT_GT(updates, 0);
}

TEST_F(Postgres, ReplicasMayPurgeAtTheSameTime) {
  const auto first = open_store();
  const auto second = open_store();
  WriteSet made = set_of(), gone = set_of();
  for (int i = 0; i < 1'200; ++i) {
    made.puts.push_back(create(new_id(*first), "Thing", ""));
    gone.puts.push_back(testing::remove(made.puts.back().row));
    gone.puts.back().row.version = gone.puts.back().expected_version = 1;
  }
  ASSERT_TRUE(first->commit(std::move(made)));
  ASSERT_TRUE(first->commit(std::move(gone)));
  const Retention none{.changes = base::Millis(-1), .watched = base::Millis(-1), .deleted_objects = base::Millis(-1)};
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      for (bool more = true; more;) {
        const auto purged = (thread % 2 == 0 ? *first : *second).purge(none);
        ASSERT_TRUE(purged) << why(purged);
        more = *purged;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(first->purged()->sequence, 2'400);
  EXPECT_EQ(schema_->execute("SELECT count(*) FROM " + schema_->name() + ".changes"), "0");
  EXPECT_EQ(schema_->execute("SELECT count(*) FROM " + schema_->name() + ".objects"), "0");
  ASSERT_TRUE(second->commit(set_of(create(new_id(*second), "Thing", "")))) << "the log goes on";
  EXPECT_EQ(first->changes(2'400, 10)->size(), 1U);
  EXPECT_EQ(first->changes(2'399, 10).error().kind, ErrorKind::expired);
}

TEST_F(Postgres, AReplicaWhoseTimeIsUpLosesItsShards) {
  const auto first = open_store();
  const auto second = open_store();
  const auto held = first->hold_leases("a", base::Millis(-1));
  ASSERT_TRUE(held) << why(held);
  ASSERT_EQ(held->size(), 256U);
  const auto taken = second->hold_leases("b", base::Millis(60'000));
  ASSERT_TRUE(taken) << why(taken);
  ASSERT_EQ(taken->size(), 256U);
  auto set = set_of(create(new_id(*first), "Thing", ""));
  set.preconditions = {LeaseIs{held->at(0).shard, held->at(0).epoch}};
  EXPECT_EQ(first->commit(set).error().kind, ErrorKind::canceled);
}

TEST_F(Postgres, SurvivesTheLossOfItsConnections) {
  const auto store = open_store();
  const ObjectId id = new_id(*store);
  ASSERT_TRUE(store->commit(set_of(create(id, "Thing", "a"))));
  ASSERT_TRUE(store->get("Thing", id));
  schema_->terminate_sessions();
  EXPECT_TRUE(store->get("Thing", id));
  auto committed = store->commit(set_of(create(new_id(*store), "Thing", "b")));
  EXPECT_TRUE(committed) << why(committed);
  EXPECT_EQ(*store->head(), 2);
}

TEST_F(Postgres, LooksUpByIndexAlsoWithoutStatistics) {
  constexpr int kObjects = 5'000;
  constexpr int kRounds = 20;
  auto store = open_store();
  const auto use_everything = [&](int round) {
    const std::string name = "t" + std::to_string(round);
    const ObjectId id = 1'000'000 + round;
    const IndexEntry entry{"Group", std::to_string(round)};
    ASSERT_TRUE(store->commit(set_of(create(id, "Thing", name, "{}", {entry}))));
    auto set = set_of(update(*store->get("Thing", id)), create(2'000'000 + round, "Thing", ""));
    set.preconditions = {ReferenceLive{"Thing", id, ""}, NoneWith{"Thing", "Group", "none", ""}};
    set.work = {{.id = id, .next_at = {}}};
    auto committed = store->commit(set);
    ASSERT_TRUE(committed) << why(committed);
    EXPECT_EQ(store->list({.kind = "Thing", .name = name})->rows.size(), 1U);
    EXPECT_EQ(store->list({.kind = "Thing", .filters = {entry}, .want_total = true})->total, 1);
    EXPECT_EQ(store->list({.kind = "Thing", .filters = {entry, entry}})->rows.size(), 1U);
    EXPECT_EQ(store->list({.kind = "Thing", .limit = 1})->rows.size(), 1U);
    EXPECT_EQ(store->get_many({id})->size(), 1U);
  };
  use_everything(0);  // plans are made here, of empty tables, and kept
  const auto fill = [&](const std::string& columns) {
    schema_->execute("INSERT INTO " + schema_->name() + "." + columns + " FROM generate_series(1, " +
                     std::to_string(kObjects) + ") i");
  };
  fill("objects SELECT i, 'Thing', 'filled' || i, 1, 1, 0, NULL, '{}'");
  fill("member_index SELECT 'Thing', 'Group', 'filled' || i, i");
  fill("work SELECT i % 256, i, 0, 0");
  for (int round = 1; round <= kRounds; ++round) use_everything(round);

  store.reset();  // the server counts what a session has read when it ends
  while (schema_->sessions() > 0) {
  }
  const int read = std::stoi(schema_->execute(
      "SELECT sum(idx_tup_read) + (SELECT sum(seq_tup_read) FROM pg_stat_user_tables WHERE schemaname = '" +
      schema_->name() +
      "' AND relname IN ('objects', 'member_index', 'work')) FROM pg_stat_user_indexes"
      " WHERE schemaname = '" +
      schema_->name() + "'"));
  EXPECT_GT(read, kRounds);
  EXPECT_LT(read, kRounds * 100) << "rows that " << kRounds << " rounds have touched among " << kObjects;
}

class PostgresCut : public Postgres, public ::testing::WithParamInterface<Cut> {};

TEST_P(PostgresCut, ACommitWhoseAnswerIsLostIsLookedUpAndMadeOnce) {
  CuttingProxy proxy(schema_->port());
  auto store = open_store(through(proxy));
  ASSERT_NE(store, nullptr);
  const ObjectId id = new_id(*store);
  proxy.cut_once(GetParam());
  auto committed = store->commit(set_of(create(id, "Thing", "a", std::string(CuttingProxy::kMarker))));
  ASSERT_TRUE(committed) << why(committed);
  EXPECT_EQ(committed->sequence, 1);
  EXPECT_EQ(*store->head(), 1);
  EXPECT_EQ(store->changes(0, 10)->size(), 1U);
  EXPECT_EQ(*store->count("Thing"), 1);
  store.reset();
}

TEST_P(PostgresCut, ACommitThatCannotBeLookedUpHasAnUnknownOutcome) {
  CuttingProxy proxy(schema_->port());
  auto store = open_store(through(proxy));
  ASSERT_NE(store, nullptr);
  const ObjectId id = new_id(*store);
  proxy.cut_once(GetParam());
  proxy.then_refuse();
  const auto committed = store->commit(set_of(create(id, "Thing", "a", std::string(CuttingProxy::kMarker))));
  ASSERT_FALSE(committed);
  EXPECT_EQ(committed.error().kind, ErrorKind::unavailable);
  EXPECT_EQ(committed.error().reason, "OutcomeUnknown");
  store.reset();
  EXPECT_EQ(open_store()->get("Thing", id).has_value(), GetParam() == Cut::after);
}

INSTANTIATE_TEST_SUITE_P(Cuts, PostgresCut, ::testing::Values(Cut::before, Cut::after),
                         [](const auto& test) { return test.param == Cut::before ? "BeforeTheServer" : "AfterIt"; });

TEST_F(Postgres, SaysWhatIsWrongWithTheConnection) {
  const auto url_with = [&](const std::string& option) { return schema_->url() + "&" + option; };
  EXPECT_EQ(open_error("postgresql://%zz/").kind, ErrorKind::invalid);

  const auto no_database = open_error(url_with("dbname=no_such_database"));
  EXPECT_EQ(no_database.kind, ErrorKind::invalid) << no_database.detail;
  EXPECT_NE(no_database.message.find("no_such_database"), std::string::npos) << no_database.message;

  const auto no_user = open_error(url_with("user=no_such_user&password=hush"));
  EXPECT_EQ(no_user.kind, ErrorKind::denied) << no_user.detail;
  EXPECT_EQ(no_user.message.find("hush"), std::string::npos) << "passwords are not repeated";

  const auto nobody = open_error(url_with("host=127.0.0.1&port=1"));
  EXPECT_EQ(nobody.kind, ErrorKind::unavailable) << nobody.detail;
  EXPECT_NE(nobody.message.find("127.0.0.1:1"), std::string::npos) << nobody.message;
}

TEST_F(Postgres, RefusesADatabaseFromTheFuture) {
  ASSERT_TRUE(open_store()->set_meta("schema_version", "4711"));
  const auto error = open_error(schema_->url());
  EXPECT_EQ(error.kind, ErrorKind::invalid);
  EXPECT_NE(error.message.find("4711"), std::string::npos) << error.message;
  EXPECT_NE(error.message.find("version 3)"), std::string::npos) << error.message;
}

TEST(PostgresErrors, AreToldByTheirSqlstate) {
  EXPECT_EQ(postgres::statement_error("53100", "").reason, "DiskFull");
  EXPECT_EQ(postgres::statement_error("40001", "").reason, "Retry");
  EXPECT_EQ(postgres::statement_error("57014", "").kind, ErrorKind::unavailable);
  EXPECT_EQ(postgres::statement_error("25006", "").kind, ErrorKind::unavailable);
  EXPECT_EQ(postgres::statement_error("42501", "").kind, ErrorKind::denied);
  EXPECT_EQ(postgres::statement_error("22021", "").kind, ErrorKind::internal);
}

}  // namespace
}  // namespace threeport::store
