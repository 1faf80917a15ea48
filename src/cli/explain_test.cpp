// `explain` and `graph`, against an API that answers as the control plane does.
#include <gtest/gtest.h>

#include "tests/support/terminal.h"

namespace threeport::testing {
namespace {

constexpr const char* kTold =
    R"({"Ready":false,"Summary":"web waits for cache: pod redis-0: no node takes the pod",)"
    R"("Chain":[{"Kind":"WorkloadInstance","ID":1,"Name":"web","Reason":"DependencyNotReady","Message":"cache"},)"
    R"({"Kind":"DependencyInstance","ID":2,"Name":"redis.default#web.cache","Reason":"Unschedulable","Message":"pod redis-0"},)"
    R"({"Kind":"Pod","Object":"v1/Pod/dev/redis-0","Reason":"Unschedulable","Message":"no node takes the pod"}],)"
    R"("RootCause":{"Kind":"Pod","Object":"v1/Pod/dev/redis-0","Reason":"Unschedulable","Message":"no node takes the pod"},)"
    R"("Since":"2030-01-02T03:04:00Z","Change":{"Sequence":812,"At":"2030-01-02T03:03:55Z","By":"cert:alice",)"
    R"("Kind":"Tier","ID":TIER,"Member":"Criticality"},"Fix":"add a node"})";

constexpr const char* kGraph =
    R"({"Nodes":[{"ID":"DependencyInstance/r","Kind":"DependencyInstance","Name":"r","ObjectID":3,"Ready":false,)"
    R"("Reason":"Unschedulable","Type":"redis","Profile":"redis-here","State":"Down"},)"
    R"({"ID":"WorkloadInstance/web","Kind":"WorkloadInstance","Name":"web","ObjectID":1,"Ready":true,"Reason":"Healthy",)"
    R"("State":"Healthy"},)"
    R"({"ID":"WorkloadInstance/api","Kind":"WorkloadInstance","Name":"api","ObjectID":2,"Ready":false,)"
    R"("Reason":"DependencyNotReady","State":"Reconciling"}],)"
    R"("Edges":[{"From":"WorkloadInstance/web","To":"DependencyInstance/r","Alias":"cache","Phase":"Active"},)"
    R"({"From":"WorkloadInstance/api","To":"DependencyInstance/r","Alias":"old","Phase":"Held"}]})";

class ExplainCommandTest : public ::testing::Test {
 protected:
  ExplainCommandTest()
      : plane_({.extend = [this](apiserver::ApiServer& server) {
          server.router().add("GET", "/v0/explain/{}/{}", "", [this](apiserver::Call& call) {
            asked_ = call.parameters[0] + " " + call.parameters[1];
            return http::Response{.status = 200,
                                  .body = R"({"Type":"Explanation","Data":[)" + told_ + R"(],"Status":{}})"};
          });
          server.router().add("GET", "/v0/graph", "", [this](apiserver::Call& call) {
            asked_ = call.request.raw_query;
            return http::Response{.status = 200, .body = R"({"Type":"Graph","Data":[)" + graph_ + R"(],"Status":{}})"};
          });
        }}) {
    const auto tier = plane_.create("tiers", R"({"Name":"gold","Criticality":1})");
    told_ = kTold;
    told_.replace(told_.find("TIER"), 4, std::to_string(tier));
  }

  std::string told_, graph_ = kGraph, asked_;
  ControlPlane plane_;
  Terminal terminal_{plane_};
};

TEST_F(ExplainCommandTest, the_chain_the_change_and_the_fix_are_told) {
  const auto instance = plane_.add_workload("web");
  EXPECT_EQ(terminal_.print({"explain", "workload", "web"}),
            "web waits for cache: pod redis-0: no node takes the pod\n"
            "\n"
            "  CHAIN                                        REASON              BECAUSE OF\n"
            "  workload-instance/web                        DependencyNotReady  cache\n"
            "  dependency-instance/redis.default#web.cache  Unschedulable       pod redis-0\n"
            "  v1/Pod/dev/redis-0                           Unschedulable       no node takes the pod\n"
            "\n"
            "Since:   2030-01-02T03:04:00Z (5s ago)\n"
            "Change:  cert:alice changed tier/gold, Criticality, 2030-01-02T03:03:55Z (10s ago); sequence 812\n"
            "Fix:     add a node\n");
  EXPECT_EQ(asked_, "workload-instances " + std::to_string(instance));
}

TEST_F(ExplainCommandTest, what_is_ready_is_one_line) {
  plane_.add_workload("web");
  told_ = R"({"Ready":true,"Summary":"web is ready","Chain":[]})";
  EXPECT_EQ(terminal_.print({"explain", "workload", "web"}), "web is ready\n");
  EXPECT_EQ(terminal_.print({"explain", "workload", "web", "-o", "yaml"}),
            "Ready: true\nSummary: web is ready\nChain: []\n");
}

TEST_F(ExplainCommandTest, a_dependency_is_named_by_its_identity) {
  const auto id =
      plane_.create_as_controller("DependencyInstance", json::Object{{"Identity", "redis.default#web.cache"},
                                                                     {"Type", "redis"},
                                                                     {"Class", "default"},
                                                                     {"Key", "web.cache"},
                                                                     {"Scope", "environment"},
                                                                     {"ScopeID", 0},
                                                                     {"Incarnation", 1}});
  terminal_.print({"explain", "dependency-instance", "redis.default#web.cache"});
  EXPECT_EQ(asked_, "dependency-instances " + std::to_string(id));
  EXPECT_EQ(terminal_.print({"explain", "dependency-instance", "redis.default#other"}),
            "exit 3: Error: no dependency instance with identity redis.default#other\n");
}

TEST_F(ExplainCommandTest, wrong_words_are_refused) {
  EXPECT_EQ(terminal_.print({"explain", "workload"}),
            "exit 2: Error: explain needs a name: tptctl explain workload NAME\n");
  EXPECT_EQ(terminal_.print({"explain", "workload", "web", "-o", "jsn"}),
            "exit 2: Error: -o jsn is not one of plain, json, yaml; did you mean \"json\"?\n");
  EXPECT_EQ(terminal_.print({"graph", "tier", "gold"}),
            "exit 2: Error: a graph is of a workload, of an environment or of all: tptctl graph workload NAME, tptctl "
            "graph --environment NAME, tptctl graph\n");
}

TEST_F(ExplainCommandTest, a_graph_is_a_tree_of_users_and_what_they_use) {
  EXPECT_EQ(terminal_.print({"graph"}),
            "NAME             TYPE   PROFILE     STATE\n"
            "web                                 Healthy\n"
            "  cache: r       redis  redis-here  Unschedulable\n"
            "api                                 DependencyNotReady\n"
            "  old (Held): r  redis  redis-here  Unschedulable\n");
  EXPECT_EQ(asked_, "");
}

TEST_F(ExplainCommandTest, a_graph_is_of_what_was_asked_for) {
  const auto instance = plane_.add_workload("web");
  const auto environment = plane_.create("environments", R"({"Name":"dev"})");
  terminal_.print({"graph", "workload", "web"});
  EXPECT_EQ(asked_, "workloadinstance=" + std::to_string(instance));
  terminal_.print({"graph", "--environment", "dev"});
  EXPECT_EQ(asked_, "environment=" + std::to_string(environment));
  terminal_.configure("CurrentControlPlane: test\nCurrentEnvironment: dev\n");
  asked_ = "";
  terminal_.print({"graph"});
  EXPECT_EQ(asked_, "environment=" + std::to_string(environment));
}

TEST_F(ExplainCommandTest, an_empty_graph_says_so) {
  graph_ = R"({"Nodes":[],"Edges":[]})";
  EXPECT_EQ(terminal_.print({"graph"}), "Info: there are no workloads and no dependencies\n");
}

TEST_F(ExplainCommandTest, a_graph_is_drawn_with_dot) {
  EXPECT_EQ(terminal_.print({"graph", "-o", "dot"}),
            "digraph threeport {\n"
            "  rankdir=LR;\n"
            "  \"DependencyInstance/r\" [label=\"r\\nUnschedulable\", shape=ellipse, color=red];\n"
            "  \"WorkloadInstance/web\" [label=\"web\\nHealthy\", shape=box];\n"
            "  \"WorkloadInstance/api\" [label=\"api\\nDependencyNotReady\", shape=box, color=red];\n"
            "  \"WorkloadInstance/web\" -> \"DependencyInstance/r\" [label=\"cache\"];\n"
            "  \"WorkloadInstance/api\" -> \"DependencyInstance/r\" [label=\"old\", style=dashed];\n"
            "}\n");
}

}  // namespace
}  // namespace threeport::testing
