#include "reconcile/read_index.h"

#include <gtest/gtest.h>

namespace threeport::reconcile {
namespace {

using Ids = std::vector<ObjectId>;

TEST(ReadIndex, KnowsTheReadersOfObjectsQueriesAndTopics) {
  ReadIndex index;
  index.add(1, Read::object(10));
  index.add(2, Read::object(10));
  index.add(2, Read::query("Part", "WidgetID", "2"));
  index.add(3, Read::topic("cluster/1"));
  EXPECT_EQ(index.readers(Read::object(10)), (Ids{1, 2}));
  EXPECT_EQ(index.readers(Read::query("Part", "WidgetID", "2")), (Ids{2}));
  EXPECT_EQ(index.readers(Read::query("Part", "WidgetID", "3")), (Ids{}));
  EXPECT_EQ(index.readers(Read::all_of("Part")), (Ids{}));
  EXPECT_EQ(index.readers(Read::topic("cluster/1")), (Ids{3}));
}

TEST(ReadIndex, TellsApartWhatLooksAlike) {
  EXPECT_NE(Read::query("a", "bc", ""), Read::query("ab", "c", ""));
  EXPECT_NE(Read::query("a", "", "b"), Read::query("a", "b", ""));
  EXPECT_NE(Read::topic("Part"), Read::all_of("Part"));
  EXPECT_EQ(Read::all_of("Part"), Read::query("Part", "", ""));
}

TEST(ReadIndex, ReplacesWhatAReaderHasRead) {
  ReadIndex index;
  for (const ObjectId id : {10, 11, 12}) index.add(1, Read::object(id));
  index.replace(1, {Read::object(11), Read::object(13)});
  EXPECT_TRUE(index.readers(Read::object(10)).empty());
  EXPECT_EQ(index.readers(Read::object(11)), (Ids{1}));
  EXPECT_EQ(index.readers(Read::object(13)), (Ids{1}));
  EXPECT_EQ(index.size(), 2U);
  index.forget(1);
  EXPECT_EQ(index.size(), 0U);
}

TEST(ReadIndex, ForgetsAllReadersOfAShard) {
  ReadIndex index;
  index.add(1, Read::object(10));
  index.add(2, Read::object(10));
  index.forget_if([](ObjectId id) { return id == 1; });
  EXPECT_EQ(index.readers(Read::object(10)), (Ids{2}));
}

TEST(ReadIndex, RemembersByWhichMembersAKindIsListed) {
  ReadIndex index;
  EXPECT_TRUE(index.filters("Part").empty());
  index.add_filter("Part", "WidgetID");
  index.add_filter("Part", "WidgetID");
  index.add_filter("Part", "Name");
  EXPECT_EQ(index.filters("Part"), (std::vector<std::string>{"Name", "WidgetID"}));
}

}  // namespace
}  // namespace threeport::reconcile
