#include "controllers/workload/revisions.h"

#include <gtest/gtest.h>

namespace threeport::controllers::workload {
namespace {

kinds::WorkloadInstance instance() {
  kinds::WorkloadInstance out;
  out.meta.id = 17;
  return out;
}

kinds::WorkloadDefinition definition(std::int64_t generation, std::string text) {
  kinds::WorkloadDefinition out;
  out.meta.id = 12;
  out.meta.generation = generation;
  out.yaml_document = std::move(text);
  return out;
}

kinds::Revision revision(std::int64_t number, std::int64_t seen, std::string text) {
  kinds::Revision out;
  out.meta.id = 100 + number;
  out.number = number;
  out.workload_instance = {17};
  out.workload_definition = {12};
  out.seen = json::Object{{"Definition", seen}};
  out.yaml_document = std::move(text);
  return out;
}

TEST(Revisions, TheFirstOneHasNumberOneAndTheDocument) {
  const auto made = make_next(instance(), {definition(1, "a")}, {});
  ASSERT_TRUE(made);
  EXPECT_EQ(made->number, 1);
  EXPECT_EQ(made->yaml_document, "a");
  EXPECT_EQ(made->seen, (json::Value(json::Object{{"Definition", 1}})));
  EXPECT_EQ(made->cause.at("Type").text(), "Definition");
}

TEST(Revisions, AChangedDocumentMakesTheNextOne) {
  const auto made = make_next(instance(), {definition(2, "b")}, {revision(1, 1, "a")});
  ASSERT_TRUE(made);
  EXPECT_EQ(made->number, 2);
  EXPECT_EQ(made->cause.at("FromRevisionID"), json::Value(101));
}

TEST(Revisions, AGenerationThatWasSeenMakesNone) {
  EXPECT_FALSE(make_next(instance(), {definition(2, "b")}, {revision(3, 2, "rolled back")}));
}

TEST(Revisions, ANewGenerationWithTheSameContentMakesNone) {
  EXPECT_FALSE(make_next(instance(), {definition(2, "a")}, {revision(1, 1, "a")}));
}

TEST(Revisions, ARollbackHasTheOldContentAndHasSeenWhatIsCurrent) {
  const auto made = make_rollback(revision(1, 1, "a"), revision(2, 2, "b"), {definition(2, "b")}, "cert:alice");
  EXPECT_EQ(made.number, 3);
  EXPECT_EQ(made.yaml_document, "a");
  EXPECT_EQ(made.seen.at("Definition"), json::Value(2));
  EXPECT_EQ(made.cause.at("By").text(), "cert:alice");
  EXPECT_FALSE(make_next(instance(), {definition(2, "b")}, {revision(1, 1, "a"), revision(2, 2, "b"), made}));
  EXPECT_TRUE(make_next(instance(), {definition(3, "c")}, {revision(1, 1, "a"), revision(2, 2, "b"), made}));
}

TEST(Revisions, ARollbackGoesToTheGoodOneThatIsNotTheTarget) {
  auto of = instance();
  of.good_revision = 101;
  const std::vector<kinds::Revision> all{revision(1, 1, "a"), revision(2, 2, "b"), revision(3, 3, "c")};
  ASSERT_NE(previous_good(of, all), nullptr);
  EXPECT_EQ(previous_good(of, all)->number, 1);
  of.good_revision = 103;  // the target itself: then the one before it
  EXPECT_EQ(previous_good(of, all)->number, 2);
  EXPECT_EQ(previous_good(of, {revision(1, 1, "a")}), nullptr);
}

TEST(Revisions, TheNewestTenAndTheGoodOneAreKept) {
  auto of = instance();
  of.good_revision = 101;
  of.target_revision = 115;
  std::vector<kinds::Revision> all;
  for (int n = 1; n <= 15; ++n) all.push_back(revision(n, n, "x"));
  const std::vector<schema::ObjectId> expected{105, 104, 103, 102};
  EXPECT_EQ(superfluous(of, all), expected);
}

}  // namespace
}  // namespace threeport::controllers::workload
