// Objects that live in another one: its deletion, with cascade and without, and what enters meanwhile.
#include <gtest/gtest.h>

#include "tests/support/control_plane.h"

namespace threeport::testing {
namespace {

class ResidenceTest : public ::testing::Test {
 protected:
  ResidenceTest() {
    environment_ = plane_.create("environments", R"({"Name":"dev"})");
    definition_ = plane_.create("workload-definitions", R"({"Name":"web","YAMLDocument":"a: 1"})");
  }
  Reply enter(const std::string& name, http::Headers headers = {}) {
    return plane_.call("POST", "/v0/workload-instances",
                       json::dump(json::Object{
                           {"Name", name}, {"WorkloadDefinitionID", definition_}, {"EnvironmentID", environment_}}),
                       std::move(headers));
  }
  Reply remove(const std::string& query = "") {
    return plane_.call("DELETE", "/v0/environments/" + std::to_string(environment_) + query);
  }
  std::string residents() { return plane_.call("GET", "/v0/workload-instances").names(); }
  static std::string path_of(const Reply& made) {
    return "/v0/workload-instances/" + std::to_string(made.first().at("ID").as_int().value_or(0));
  }

  ControlPlane plane_;
  schema::ObjectId environment_ = 0, definition_ = 0;
};

TEST_F(ResidenceTest, WhereSomebodyLivesTheDeletionIsRefusedAndCascadeIsNamed) {
  ASSERT_EQ(enter("web-dev").status, 201);
  const Reply refused = remove();
  EXPECT_EQ(refused.status, 409);
  EXPECT_NE(refused.error().find("?cascade=true"), std::string::npos) << refused.error();
}

TEST_F(ResidenceTest, WithCascadeTheDeletionIsScheduledAndSaysSo) {
  ASSERT_EQ(enter("web-dev").status, 201);
  const Reply scheduled = remove("?cascade=true");
  ASSERT_EQ(scheduled.status, 200) << scheduled.text;
  EXPECT_EQ(scheduled.first().at("Cascade"), true);
  EXPECT_TRUE(scheduled.first().at("DeletionScheduled").is_string());
  EXPECT_EQ(residents(), "web-dev");
  EXPECT_EQ(remove("?cascade=true").status, 409) << "it is being deleted already";
}

TEST_F(ResidenceTest, AnEmptyOneIsDeletedWithoutCascade) {
  const Reply scheduled = remove();
  ASSERT_EQ(scheduled.status, 200) << scheduled.text;
  EXPECT_EQ(scheduled.first().at("Cascade"), false);
}

TEST_F(ResidenceTest, CascadeIsForKindsInWhichSomethingLives) {
  const auto tier = plane_.create("tiers", R"({"Name":"gold","Criticality":5})");
  const Reply refused = plane_.call("DELETE", "/v0/tiers/" + std::to_string(tier) + "?cascade=true");
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(refused.error(), "cascade: nothing lives in a tier; leave it out");
  EXPECT_EQ(remove("?cascade=true&abandon=true").status, 400);
}

TEST_F(ResidenceTest, NothingEntersWhatIsBeingDeletedAndNothingInItIsChanged) {
  const std::string path = path_of(enter("web-dev"));
  ASSERT_EQ(remove("?cascade=true").status, 200);
  for (const http::Headers& headers : {http::Headers(), http::Headers({{"Idempotency-Key", "k"}})}) {
    const Reply refused = enter("late", headers);
    EXPECT_EQ(refused.status, 409);
    EXPECT_TRUE(refused.error().starts_with("EnvironmentID: environment dev is being deleted")) << refused.error();
  }
  EXPECT_EQ(plane_.call("PATCH", path, R"({"Name":"other"})").status, 409);
  EXPECT_EQ(residents(), "web-dev");
  EXPECT_EQ(plane_.call("DELETE", path).status, 200) << "what lives there can be deleted";
}

/// The deletion is committed between the look at the environment and the commit of the one who enters.
TEST_F(ResidenceTest, ADeletionThatComesBetweenWinsOverWhoEnters) {
  bool deleted = false;
  plane_.store().set_before([&](std::string_view call) -> std::optional<base::Error> {
    if (call == "commit" && !std::exchange(deleted, true)) {
      must(plane_.objects().write({.op = apiserver::Write::Op::remove,
                                   .kind = "Environment",
                                   .id = environment_,
                                   .body = {},
                                   .version = {},
                                   .observed = {}},
                                  {}));
    }
    return std::nullopt;
  });
  const Reply refused = enter("late");
  plane_.store().set_before({});
  EXPECT_TRUE(deleted);
  EXPECT_EQ(refused.status, 409) << refused.text;
  EXPECT_EQ(residents(), "");
}

/// A change of the environment that is none of its deletion costs nothing but another look.
TEST_F(ResidenceTest, AnotherChangeThatComesBetweenDoesNotKeepAnybodyOut) {
  bool changed = false;
  plane_.store().set_before([&](std::string_view call) -> std::optional<base::Error> {
    if (call == "commit" && !std::exchange(changed, true))
      plane_.set("Environment", environment_, json::Object{{"Status", "Healthy"}});
    return std::nullopt;
  });
  EXPECT_EQ(enter("web-dev").status, 201);
  plane_.store().set_before({});
  EXPECT_TRUE(changed);
}

TEST_F(ResidenceTest, AWorkloadInstanceDoesNotMoveBetweenEnvironments) {
  const std::string path = path_of(enter("web-dev"));
  const auto other = plane_.create("environments", R"({"Name":"staging"})");
  const Reply refused = plane_.call("PATCH", path, json::dump(json::Object{{"EnvironmentID", other}}));
  EXPECT_EQ(refused.status, 400);
  EXPECT_TRUE(refused.error().starts_with("EnvironmentID is immutable")) << refused.error();
}

}  // namespace
}  // namespace threeport::testing
