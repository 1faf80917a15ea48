// Watches and waits over HTTP (shapes A.7).
#include <future>

#include <gtest/gtest.h>

#include "tests/support/control_plane.h"

namespace threeport::testing {
namespace {

using Seen = std::vector<std::string>;

class WatchTest : public ::testing::Test {
 protected:
  schema::ObjectId add(const std::string& name, int criticality) {
    return plane_.create("tiers", R"({"Name":")" + name + R"(","Criticality":)" + std::to_string(criticality) + "}");
  }
  void set(schema::ObjectId id, int criticality) {
    EXPECT_EQ(plane_.call("PATCH", tier(id), R"({"Criticality":)" + std::to_string(criticality) + "}").status, 200);
  }
  void remove(schema::ObjectId id) { EXPECT_EQ(plane_.call("DELETE", tier(id)).status, 200); }
  static std::string tier(schema::ObjectId id) { return "/v0/tiers/" + std::to_string(id); }
  std::string head() { return std::string(plane_.call("GET", "/v0/tiers").headers.get("Threeport-Sequence")); }

  ControlPlane plane_;
};

TEST_F(WatchTest, BeginsWithWhatExistsAndGoesOnWithWhatChanges) {
  const auto gold = add("gold", 1);
  add("silver", 2);
  const auto nothing = [] {};
  EXPECT_EQ(plane_.watch("/v0/tiers?watch=true",
                         {nothing, nothing, [&] { set(gold, 5); }, [&] { add("lead", 3); }, [&] { remove(gold); }}),
            (Seen{"created gold", "created silver", "synced", "updated gold", "created lead", "deleted"}));
}

TEST_F(WatchTest, AFilteredWatchShowsEntriesIntoAndExitsFromTheFilter) {
  const auto gold = add("gold", 1);
  const auto silver = add("silver", 2);
  EXPECT_EQ(plane_.watch("/v0/tiers?watch=true&criticality=1", {[] {}, [&] { set(silver, 1); }, [&] { set(gold, 2); },
                                                                [&] {
                                                                  set(gold, 3);  // out of sight
                                                                  remove(silver);
                                                                }}),
            (Seen{"created gold", "synced", "created silver", "removed gold", "deleted"}));
}

TEST_F(WatchTest, AResumedWatchGoesOnAfterItsSequence) {
  add("gold", 1);
  const std::string since = head();
  add("silver", 2);
  EXPECT_EQ(plane_.watch("/v0/tiers?watch=true&since=" + since, {[&] { add("lead", 3); }}),
            (Seen{"created silver", "created lead"}));
  EXPECT_EQ(plane_.watch("/v0/tiers?watch=true", {[&] { add("tin", 4); }}, {{"Last-Event-ID", since}}),
            (Seen{"created silver", "created lead"}));
}

TEST_F(WatchTest, AResumedFilteredWatchLearnsOfWhatLeftTheFilterMeanwhile) {
  const auto gold = add("gold", 1);
  const std::string since = head();
  set(gold, 2);
  EXPECT_EQ(plane_.watch("/v0/tiers?watch=true&criticality=1&since=" + since, {[&] {
                           set(gold, 3);  // out of sight already
                           add("silver", 1);
                         }}),
            (Seen{"removed gold", "created silver"}));
}

TEST_F(WatchTest, AResumedFilteredWatchIsNotToldOfNewObjectsThatDoNotMatch) {
  const std::string since = head();
  const auto gold = add("gold", 2);
  set(gold, 3);
  add("silver", 1);
  EXPECT_EQ(plane_.watch("/v0/tiers?watch=true&criticality=1&since=" + since, {}), (Seen{"created silver"}));
}

TEST_F(WatchTest, OneObjectCanBeWatchedUntilItIsGone) {
  const auto gold = add("gold", 1);
  EXPECT_EQ(plane_.watch(tier(gold) + "?watch=true", {[] {},
                                                      [&] {
                                                        add("silver", 2);
                                                        set(gold, 5);
                                                      },
                                                      [&] { remove(gold); }}),
            (Seen{"created gold", "synced", "updated gold", "deleted"}));
  EXPECT_EQ(plane_.call("GET", tier(gold) + "?watch=true").status, 404);
}

TEST_F(WatchTest, SeveralKindsCanBeWatchedTogether) {
  add("gold", 1);
  EXPECT_EQ(
      plane_.watch("/v0/watch?kinds=Tier,profiles", {[] {}, [&] { plane_.create("profiles", R"({"Name":"p"})"); }}),
      (Seen{"created gold", "synced", "created p"}));
  const Reply unknown = plane_.call("GET", "/v0/watch?kinds=Tier,Colour");
  EXPECT_EQ(unknown.status, 400);
  EXPECT_EQ(unknown.error(), "kinds: there is no kind \"Colour\"");
}

TEST_F(WatchTest, ASequenceThatIsNoneIsRefused) {
  for (const char* since : {"x", "-1"}) {
    const Reply reply = plane_.call("GET", std::string("/v0/tiers?watch=true&since=") + since);
    EXPECT_EQ(reply.status, 400);
    EXPECT_EQ(reply.error(), "since must be a sequence as a list or an event carries it");
  }
}

TEST_F(WatchTest, AFilterThatCannotBeReadIsRefusedBeforeTheStream) {
  EXPECT_EQ(plane_.call("GET", "/v0/tiers?watch=true&criticality=high").status, 400);
}

TEST_F(WatchTest, WaitAnswersAtOnceWhereTheObjectIsReadyOrStalled) {
  const auto id = plane_.add_workload("web");
  const std::string path = "/v0/workload-instances/" + std::to_string(id) + "?wait=60s";
  plane_.report("WorkloadInstance", id, {});
  EXPECT_EQ(plane_.call("GET", path).first().at("Reconciled"), true);
  plane_.report("WorkloadInstance", id, {.ready = "False", .reason = "InvalidManifest", .is_stalled = true});
  EXPECT_EQ(plane_.call("GET", path).status, 200);
}

TEST_F(WatchTest, WaitAnswersAsSoonAsTheObjectIsReady) {
  const auto id = plane_.add_workload("web");
  plane_.report("WorkloadInstance", id, {.ready = "False", .reason = "Progressing"});
  auto waiting = std::async(std::launch::async, [&] {
    const auto http = must(http::Client::make({.base_url = plane_.url()}));
    http::Call call;
    call.target = "/v0/workload-instances/" + std::to_string(id) + "?wait=60s";
    return must(http->call(call)).body;
  });
  plane_.report("WorkloadInstance", id, {.ready = "True", .reason = "Healthy"});
  EXPECT_NE(waiting.get().find("\"Reason\":\"Healthy\""), std::string::npos);
}

TEST_F(WatchTest, WaitAnswersTheStateAtTheLimit) {
  const auto id = plane_.add_workload("web");
  EXPECT_EQ(plane_.call("GET", "/v0/workload-instances/" + std::to_string(id) + "?wait=0s").first().at("Reconciled"),
            false);
}

TEST_F(WatchTest, WaitForWhatNoControllerMakesReadyAnswersAtOnce) {
  const auto id = add("gold", 1);
  EXPECT_EQ(plane_.call("GET", tier(id) + "?wait=60s").first().at("Name"), "gold");
}

TEST_F(WatchTest, ALimitThatIsNoDurationIsRefused) {
  const auto id = add("gold", 1);
  const Reply reply = plane_.call("GET", tier(id) + "?wait=long");
  EXPECT_EQ(reply.status, 400);
  EXPECT_TRUE(reply.error().starts_with("wait: ")) << reply.error();
  EXPECT_EQ(plane_.call("GET", "/v0/tiers/77?wait=60s").status, 404);
}

}  // namespace
}  // namespace threeport::testing
