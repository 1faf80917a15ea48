// `history`, `rollback`, `events`, `logs`: what happened.
#include <gtest/gtest.h>

#include "tests/support/terminal.h"

namespace threeport::testing {
namespace {

class HistoryTest : public ::testing::Test {
 protected:
  HistoryTest()
      : plane_(
            {.extend =
                 [this](apiserver::ApiServer& server) {
                   server.router().add("POST", "/v0/workload-instances/{}/rollback", "", [this](apiserver::Call& call) {
                     rollback_ = call.parameters[0] + " " + call.request.body;
                     return http::Response{.status = 201, .body = R"({"Data":[{"ID":1,"Number":3}],"Status":{}})"};
                   });
                   server.router().add("GET", "/v0/workload-instances/{}/logs", "", [this](apiserver::Call& call) {
                     http::Response response;
                     response.headers.add("Content-Type", "text/plain");
                     response.body = logs_;
                     asked_ = call.request.raw_query;
                     return response;
                   });
                 }}),
        instance_(plane_.add_workload("web")) {}

  schema::ObjectId add_revision(int number, json::Object cause) {
    const auto definition = must(plane_.objects().get("WorkloadInstance", instance_)).data.at("WorkloadDefinitionID");
    return plane_.create_as_controller("Revision", json::Object{{"Number", number},
                                                                {"WorkloadInstanceID", instance_},
                                                                {"WorkloadDefinitionID", definition},
                                                                {"DefinitionGeneration", 1},
                                                                {"Cause", std::move(cause)}});
  }
  void add_event(const std::string& reason, const std::string& note, const std::string& time) {
    const auto reference = plane_.create(
        "attached-object-references", R"({"ObjectType":"v0.WorkloadInstance","ObjectID":)" + std::to_string(instance_) +
                                          R"(,"AttachedObjectType":"v0.Event","AttachedObjectID":)" +
                                          std::to_string(++attached_) + "}");
    plane_.create("events", R"({"Reason":")" + reason + R"(","Note":")" + note + R"(","Count":2,"EventTime":")" + time +
                                R"(","LastObservedTime":")" + time +
                                R"(","Type":"Normal","ReportingController":"c","AttachedObjectReferenceID":)" +
                                std::to_string(reference) + "}");
  }
  void add_workload_event(const std::string& reason, const std::string& time) {
    plane_.create("workload-events", R"({"RuntimeEventUID":")" + reason + R"(","Type":"Warning","Reason":")" + reason +
                                         R"(","Message":"back off","Timestamp":")" + time +
                                         R"(","WorkloadInstanceID":)" + std::to_string(instance_) + "}");
  }

  std::string rollback_, logs_, asked_;
  ControlPlane plane_;
  Terminal terminal_{plane_};
  schema::ObjectId instance_;
  int attached_ = 1000;
};

TEST_F(HistoryTest, RevisionsAreListedNewestFirstWithTheirStateAndCause) {
  const auto first = add_revision(1, {{"Type", "Definition"}, {"By", "controller:WorkloadInstance"}, {"Note", ""}});
  const auto second = add_revision(
      2, {{"Type", "Rollback"}, {"By", "anonymous"}, {"Note", "to revision 1"}, {"FromRevisionID", first}});
  plane_.set("WorkloadInstance", instance_, json::Object{{"TargetRevisionID", second}, {"GoodRevisionID", first}});
  EXPECT_EQ(terminal_.print({"history", "workload", "web"}),
            "REVISION  STATE      CAUSE       BY                           NOTE           AGE\n"
            "2         wanted     Rollback    anonymous                    to revision 1  0s\n"
            "1         last good  Definition  controller:WorkloadInstance                 0s\n");
  plane_.set("WorkloadInstance", instance_, json::Object{{"GoodRevisionID", second}});
  EXPECT_NE(terminal_.print({"history", "workload", "web"}).find("2         running"), std::string::npos);
}

TEST_F(HistoryTest, AWorkloadWithoutRevisionsSaysSo) {
  EXPECT_EQ(terminal_.print({"history", "workload", "web"}), "Info: workload-instance/web has no revisions yet\n");
  EXPECT_EQ(terminal_.print({"history", "workload", "web", "-o", "json"}), "[]\n");
}

TEST_F(HistoryTest, OtherKindsShowWhoChangedWhat) {
  const auto id = plane_.create("tiers", R"({"Name":"gold","Criticality":1})");
  ASSERT_EQ(plane_.call("PATCH", "/v0/tiers/" + std::to_string(id), R"({"Name":"au","Criticality":7})").status, 200);
  const std::string first = std::to_string(must(plane_.store().head()) - 1);
  const std::string second = std::to_string(must(plane_.store().head()));
  EXPECT_EQ(terminal_.print({"history", "tier", "au"}), "SEQUENCE  AGE  VERB     BY         CHANGED\n" + second +
                                                            "         0s   updated  anonymous  Name, Criticality\n" +
                                                            first +
                                                            "         0s   created  anonymous  Name, Criticality\n");
  EXPECT_NE(terminal_.print({"history", "tier", "au", "-o", "yaml"}).find("Patch:\n    Name: au\n    Criticality: 7\n"),
            std::string::npos);
  EXPECT_EQ(terminal_.print({"get", "tier", "au", "--at", first}), "NAME  CRITICALITY  AGE\ngold  1\n");
  EXPECT_EQ(terminal_.print({"get", "tier", "au", "--at", "2030-01-02T03:04:05+00:00", "-o", "name"}), "tier/au\n");
}

TEST_F(HistoryTest, ADeletionThatWasAskedForIsSeen) {
  const auto id = plane_.create("kubernetes-runtime-definitions", R"({"Name":"k","InfraProvider":"kind"})");
  plane_.call("DELETE", "/v0/kubernetes-runtime-definitions/" + std::to_string(id));
  EXPECT_NE(terminal_.print({"history", "kubernetes-runtime-definition", "k"}).find("(deletion asked for)"),
            std::string::npos);
}

TEST_F(HistoryTest, KindsWithoutHistorySaySo) {
  add_event("Healthy", "all is well", "2030-01-02T03:04:04Z");
  const auto id = plane_.call("GET", "/v0/events").first().at("ID");
  EXPECT_EQ(terminal_.print({"history", "event", json::dump(id)}),
            "exit 2: Error: objects of kind Event have no history\n");
}

TEST_F(HistoryTest, ThePastIsOfOneObject) {
  EXPECT_EQ(terminal_.print({"get", "tiers", "--at", "1"}),
            "exit 2: Error: --at shows one object as it was: tptctl get tier NAME --at 1\n");
  EXPECT_EQ(terminal_.print({"get", "workload", "web", "--at", "1"}),
            "exit 2: Error: --at shows one object as it was: name the kind workload-definitions or "
            "workload-instances\n");
}

TEST_F(HistoryTest, ARollbackNamesItsRevision) {
  add_revision(1, {{"Type", "Definition"}});
  EXPECT_EQ(terminal_.print({"rollback", "workload", "web", "--to", "1"}),
            "workload-instance/web rolled back to revision 1\n");
  EXPECT_EQ(rollback_, std::to_string(instance_) + R"( {"To":1})");
  EXPECT_EQ(terminal_.print({"rollback", "workload", "web"}), "workload-instance/web rolled back\n");
  EXPECT_EQ(rollback_, std::to_string(instance_) + " {}");
}

TEST_F(HistoryTest, OnlyWorkloadsAreRolledBack) {
  EXPECT_EQ(terminal_.print({"rollback", "tier", "gold"}),
            "exit 2: Error: objects of kind Tier have no revisions; roll back a workload instead\n");
}

TEST_F(HistoryTest, EventsOfAnObjectAreOfItsControllerAndOfKubernetesInOrderOfTime) {
  add_event("Healthy", "all is well", "2030-01-02T03:04:04.5Z");
  add_workload_event("BackOff", "2030-01-02T03:04:04.25Z");
  terminal_.clock.advance(std::chrono::minutes(1));
  EXPECT_EQ(terminal_.print({"events", "workload", "web"}),
            "LAST SEEN  TYPE     REASON   COUNT  MESSAGE\n"
            "1m         Warning  BackOff  1      back off\n"
            "1m         Normal   Healthy  2      all is well\n");
}

TEST_F(HistoryTest, AllEventsNameTheirObject) {
  add_event("Healthy", "all is well", "2030-01-02T03:04:04Z");
  add_workload_event("BackOff", "2030-01-02T03:04:05Z");
  EXPECT_EQ(terminal_.print({"events"}),
            "LAST SEEN  TYPE     REASON   OBJECT                 COUNT  MESSAGE\n"
            "1s         Normal   Healthy  workload-instance/web  2      all is well\n"
            "0s         Warning  BackOff  workload-instance/web  1      back off\n");
}

TEST_F(HistoryTest, WithoutEventsItSaysSo) {
  EXPECT_EQ(terminal_.print({"events"}), "Info: there are no events\n");
  EXPECT_EQ(terminal_.print({"events", "workload", "web"}), "Info: there are no events of workload web\n");
}

TEST_F(HistoryTest, LogsArePrintedAsTheyCome) {
  logs_ = "web-1/nginx hello\n";
  EXPECT_EQ(terminal_.print({"logs", "workload", "web", "-c", "nginx", "--tail", "20", "-f", "-p"}), logs_);
  EXPECT_EQ(asked_, "container=nginx&follow=true&previous=true&tail=20");
}

TEST_F(HistoryTest, EmptyLogsSaySoOnStandardError) {
  const Ran ran = terminal_.run({"logs", "workload", "web"});
  EXPECT_EQ(ran.code, 0);
  EXPECT_EQ(ran.out, "");
  EXPECT_EQ(ran.err, "Warning: there is nothing in the logs of workload web\n");
}

TEST_F(HistoryTest, OnlyWorkloadsHaveLogs) {
  plane_.create("tiers", R"({"Name":"gold","Criticality":1})");
  EXPECT_EQ(terminal_.print({"logs", "tier", "gold"}),
            "exit 2: Error: objects of kind Tier have no logs: tptctl logs workload NAME\n");
}

}  // namespace
}  // namespace threeport::testing
