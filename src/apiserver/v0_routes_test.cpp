// The endpoints of v0 outside the pattern (v0-behaviour 1.4).
#include <gtest/gtest.h>

#include "tests/support/control_plane.h"

namespace threeport::testing {
namespace {

class V0RoutesTest : public ::testing::Test {
 protected:
  schema::ObjectId add_event(const std::string& reason, schema::ObjectId about) {
    const auto reference = plane_.create("attached-object-references",
                                         R"({"ObjectType":"v0.WorkloadInstance","ObjectID":)" + std::to_string(about) +
                                             R"(,"AttachedObjectType":"v0.Event","AttachedObjectID":)" +
                                             std::to_string(++attached_) + "}");
    return plane_.create(
        "events", R"({"Reason":")" + reason +
                      R"(","Count":1,"EventTime":"2030-01-02T03:04:05Z","LastObservedTime":"2030-01-02T03:04:05Z",)" +
                      R"("Type":"Normal","ReportingController":"c","AttachedObjectReferenceID":)" +
                      std::to_string(reference) + "}");
  }
  void add_workload_event(const std::string& uid, schema::ObjectId instance) {
    plane_.create(
        "workload-events",
        R"({"RuntimeEventUID":")" + uid +
            R"(","Type":"Normal","Reason":"r","Message":"m","Timestamp":"2030-01-02T03:04:05Z","WorkloadInstanceID":)" +
            std::to_string(instance) + "}");
  }
  static std::string reasons(const Reply& reply) {
    std::string out;
    for (const json::Value& event : reply.body.at("Data").as_array())
      out += std::string(event.at("Reason").text()) + " ";
    return out;
  }

  ControlPlane plane_;
  int attached_ = 1000;
};

TEST_F(V0RoutesTest, ASetOfManifestsIsMadeAsAWhole) {
  const auto id = std::to_string(plane_.create("workload-definitions", R"({"Name":"web","YAMLDocument":"a: 1"})"));
  const Reply made = plane_.call("POST", "/v0/workload-resource-definition-sets",
                                 R"([{"JSONDefinition":{"n":1},"WorkloadDefinitionID":)" + id +
                                     R"(},{"JSONDefinition":{"n":2},"WorkloadDefinitionID":)" + id + "}]");
  EXPECT_EQ(made.status, 201) << made.text;
  EXPECT_EQ(made.body.at("Type"), "WorkloadResourceDefinition");
  EXPECT_EQ(made.body.at("Meta"), json::parse(R"({"Page":1,"Size":2,"TotalCount":2})").value());
  EXPECT_EQ(made.body.at("Data").as_array()[1].at("JSONDefinition", "n"), 2);
}

TEST_F(V0RoutesTest, ASetWithOneWrongElementMakesNothing) {
  const auto id = std::to_string(plane_.create("workload-definitions", R"({"Name":"web","YAMLDocument":"a: 1"})"));
  const Reply refused =
      plane_.call("POST", "/v0/workload-resource-definition-sets",
                  R"([{"JSONDefinition":{},"WorkloadDefinitionID":)" + id + R"(},{"JSONDefinition":{}}])");
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(refused.error(), "Missing required field(s) : WorkloadDefinitionID");
  EXPECT_EQ(plane_.call("GET", "/v0/workload-resource-definitions").body.at("Meta", "TotalCount"), 0);
}

TEST_F(V0RoutesTest, ASetIsAnArrayThatIsNotEmpty) {
  const auto error = [&](const char* body) {
    return plane_.call("POST", "/v0/workload-resource-definition-sets", body).error();
  };
  EXPECT_EQ(error("[]"), "JSON payload is empty");
  EXPECT_EQ(error("{}"), "the body must be an array of WorkloadResourceDefinition");
  EXPECT_TRUE(error("[").starts_with("the body is not valid JSON: "));
}

TEST_F(V0RoutesTest, TheEventsOfOneWorkloadAreDeletedTogether) {
  const auto web = plane_.add_workload("web");
  const auto api = plane_.add_workload("api");
  add_workload_event("u1", web);
  add_workload_event("u2", web);
  add_workload_event("u3", api);
  const Reply gone = plane_.call("DELETE", "/v0/workload-events?workloadinstanceid=" + std::to_string(web));
  EXPECT_EQ(gone.status, 200);
  EXPECT_EQ(gone.body.at("Meta"), json::parse(R"({"Page":1,"Size":50,"TotalCount":2})").value());
  EXPECT_EQ(plane_.call("GET", "/v0/workload-events").first().at("RuntimeEventUID"), "u3");
}

TEST_F(V0RoutesTest, DeletingEventsNeedsExactlyOneOfTwoKeys) {
  const auto answer = [&](const char* query) {
    const Reply reply = plane_.call("DELETE", std::string("/v0/workload-events") + query);
    return std::to_string(reply.status) + " " + reply.error();
  };
  const std::string one =
      "400 must provide one - and only one - query parameter when deleting multiple workload events";
  EXPECT_EQ(answer(""), one);
  EXPECT_EQ(answer("?workloadinstanceid=1&helmworkloadinstanceid=2"), one);
  EXPECT_EQ(answer("?type=Normal"),
            "400 can only delete multiple workload events using query parameter keys [workloadinstanceid "
            "helmworkloadinstanceid]");
  EXPECT_EQ(answer("?workloadinstanceid=77"), "404 object not found");
}

TEST_F(V0RoutesTest, EventsAreJoinedWithTheObjectThatTheyAreAbout) {
  const auto web = plane_.add_workload("web");
  add_event("Healthy", web);
  add_event("Progressing", web);
  add_event("Other", web + 1000);
  const std::string target = "/v0/events-join-attached-object-references?objectid=" + std::to_string(web);
  const Reply all = plane_.call("GET", target);
  EXPECT_EQ(all.status, 200);
  EXPECT_EQ(reasons(all), "Healthy Progressing ");
  EXPECT_EQ(all.body.at("Meta", "TotalCount"), 0);
  EXPECT_EQ(reasons(plane_.call("GET", target + "&reason=Healthy")), "Healthy ");
}

TEST_F(V0RoutesTest, TheJoinNeedsTheIdOfAnObject) {
  EXPECT_EQ(plane_.call("GET", "/v0/events-join-attached-object-references").error(), "must provide object ID");
  const Reply wrong = plane_.call("GET", "/v0/events-join-attached-object-references?objectid=web");
  EXPECT_EQ(wrong.status, 400);
  EXPECT_EQ(wrong.error(), "objectid must be an object id, not \"web\"");
}

}  // namespace
}  // namespace threeport::testing
