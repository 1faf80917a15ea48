// Lists: filters and pages.
#include <vector>

#include <gtest/gtest.h>

#include "store/contract.h"
#include "store/store.h"
#include "store/testing.h"

namespace threeport::store {
namespace {

using testing::create;
using testing::set_of;
using testing::update;
using testing::why;

class StoreQueries : public testing::StoreContract {};

TEST_P(StoreQueries, FiltersByNameAndIndexedMembers) {
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

TEST_P(StoreQueries, ListsInPages) {
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

TEST_P(StoreQueries, GetsManyInTheOrderOfTheIds) {
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

TP_ON_ALL_DATABASES(StoreQueries);

}  // namespace
}  // namespace threeport::store
