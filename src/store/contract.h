// The fixture of the contract suite: what every store promises, on every database.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "store/open_database.h"
#include "store/store.h"
#include "store/testing.h"

namespace threeport::store::testing {

class StoreContract : public ::testing::TestWithParam<DatabaseKind> {
 protected:
  void SetUp() override {
    database_ = GetParam().make();
    if (!database_) GTEST_SKIP();
    reopen();
  }
  void reopen() {
    store_.reset();
    auto opened = open(database_->url(), clock());
    ASSERT_TRUE(opened) << why(opened);
    store_ = std::move(*opened);
  }

  virtual base::Clock& clock() { return base::system_clock(); }
  /// Runs SQL past the store, which is closed meanwhile: the columns of all rows as texts. Not for a database in
  /// memory.
  std::vector<std::string> sql(std::string_view statement, int columns = 1) {
    store_.reset();
    std::vector<std::string> found;
    if (auto database = open_database(database_->url(), clock())) {
      auto session = (*database)->connect(Access::write);
      EXPECT_TRUE(session) << why(session);
      auto done = session ? (*session)->run(Step{statement,
                                                 {},
                                                 [&](const RowView& row) {
                                                   for (int i = 0; i < columns; ++i) found.emplace_back(row.text(i));
                                                 }})
                          : base::Result<void>();
      EXPECT_TRUE(done) << why(done);
    } else {
      ADD_FAILURE() << why(database);
    }
    reopen();
    return found;
  }
  [[nodiscard]] bool is_in_memory() const { return database_->url() == "sqlite::memory:"; }

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
  base::ErrorKind commit_error(WriteSet set, const std::string& reason = {}) {
    auto committed = store_->commit(std::move(set));
    EXPECT_FALSE(committed);
    if (committed) return base::ErrorKind::internal;
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

/// Runs the tests of a fixture on all databases.
#define TP_ON_ALL_DATABASES(fixture)                                                                               \
  INSTANTIATE_TEST_SUITE_P(Databases, fixture, ::testing::ValuesIn(::threeport::store::testing::database_kinds()), \
                           [](const auto& test) { return test.param.name; })

}  // namespace threeport::store::testing
