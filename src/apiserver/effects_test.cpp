// What plans and applications do beyond the declared objects: dependencies, environments, profiles in use.
#include <gtest/gtest.h>

#include "kinds/dependency.h"
#include "tests/support/control_plane.h"

namespace threeport::testing {
namespace {

std::string score(const std::string& name, const std::string& resources) {
  return "apiVersion: score.dev/v1b1\nmetadata: {name: " + name +
         "}\ncontainers: {main: {image: busybox}}\nresources: " + resources + "\n";
}

class EffectsTest : public ::testing::Test {
 protected:
  EffectsTest() {
    apply({json::Object{{"KubernetesRuntime", json::Object{{"Name", "local"},
                                                           {"InfraProvider", "kubeconfig"},
                                                           {"Location", "Local"},
                                                           {"DefaultRuntime", true}}}},
           profile("postgres", json::Object{{"server", json::Object{{"Type", "server"}}}}), profile("server", {}, true),
           environment("dev"), environment("staging")});
  }

  static json::Value environment(const std::string& name) {
    return json::Object{{"Environment", json::Object{{"Name", name}}}};
  }
  static json::Value profile(const std::string& type, json::Value requires_, bool shared = false,
                             const std::string& provider = "manifests") {
    return json::Object{{"DependencyProfile", json::Object{{"Name", type},
                                                           {"Type", type},
                                                           {"Provider", provider},
                                                           {"Shared", shared},
                                                           {"Requires", std::move(requires_)},
                                                           {"Params", json::Object{{"Manifests", ""}}}}}};
  }
  Reply call(const char* path, json::Array documents, const std::string& environment) {
    json::Object body{{"Documents", std::move(documents)}};
    if (!environment.empty()) body.set("Environment", environment);
    return plane_.call("POST", path, json::dump(body));
  }
  Reply apply(json::Array documents, const std::string& environment = "") {
    return call("/v0/apply", std::move(documents), environment);
  }
  Reply plan(json::Array documents, const std::string& environment = "") {
    return call("/v0/plan", std::move(documents), environment);
  }
  static json::Value document(const std::string& name, const std::string& resources) {
    return json::Object{{"Score", score(name, resources)}};
  }
  /// "Create postgres.default#web-dev.db: web-dev needs db; profile postgres"
  static std::vector<std::string> dependencies(const Reply& reply) {
    std::vector<std::string> out;
    for (const json::Value& change : reply.first().at("Changes").as_array()) {
      if (change.at("Kind").text() != "DependencyInstance") continue;
      out.push_back(std::string(change.at("Action").text()) + " " + std::string(change.at("Name").text()) + ": " +
                    std::string(change.at("Message").text()));
    }
    return out;
  }
  json::Value instance(const std::string& name) {
    return plane_.call("GET", "/v0/workload-instances?name=" + name).first();
  }
  /// An instance of a profile, as its controller would have made it.
  void provide(const std::string& type) {
    const json::Value stored = plane_.call("GET", "/v0/dependency-profiles?name=" + type).first();
    kinds::DependencyInstance made;
    made.identity = type + ".default#main";
    made.type = type;
    made.dependency_class = "default";
    made.key = "main";
    made.scope = "global";
    made.profile_id = stored.at("ID").as_int().value_or(0);
    made.profile = json::Object{{"Name", type}, {"Provider", "manifests"}, {"DataBearing", true}};
    must(plane_.objects().write({.op = apiserver::Write::Op::create,
                                 .kind = "DependencyInstance",
                                 .id = 0,
                                 .body = schema::to_json(made),
                                 .version = {},
                                 .observed = {},
                                 .by_controller = true},
                                {}));
  }

  ControlPlane plane_;
};

using Lines = std::vector<std::string>;

TEST_F(EffectsTest, AScoreFileBecomesADefinitionAndAnInstanceInItsEnvironment) {
  const Reply reply = apply({document("web", "{}")}, "dev");
  ASSERT_EQ(reply.status, 200) << reply.error();
  EXPECT_EQ(instance("web-dev").at("WorkloadDefinitionID"),
            plane_.call("GET", "/v0/workload-definitions?name=web").first().at("ID"));
  EXPECT_EQ(instance("web-dev").at("EnvironmentID"), plane_.call("GET", "/v0/environments?name=dev").first().at("ID"));
  EXPECT_EQ(instance("web-dev").find("KubernetesRuntimeInstanceID"), nullptr) << "the environment decides";
}

TEST_F(EffectsTest, AScoreFileNeedsAnEnvironmentThatExists) {
  EXPECT_EQ(apply({document("web", "{}")}).status, 400);
  const Reply reply = apply({document("web", "{}")}, "nowhere");
  EXPECT_EQ(reply.status, 400);
  EXPECT_NE(reply.error().find("there is no environment named nowhere"), std::string::npos) << reply.error();
}

TEST_F(EffectsTest, APlanShowsEverythingBelowWithItsReason) {
  const Reply reply = plan({document("web", "{db: {type: postgres}}")}, "dev");
  ASSERT_EQ(reply.status, 200) << reply.error();
  EXPECT_EQ(dependencies(reply),
            (Lines{"Create postgres.default#web-dev.db: web-dev needs db; profile postgres",
                   "Create server.default#shared: postgres.default#web-dev.db needs server; profile server"}));
  EXPECT_EQ(reply.first().at("Edges").as_array().size(), 2U);
  EXPECT_EQ(
      json::dump(reply.first().at("Edges").as_array()[1]),
      R"({"From":"WorkloadInstance/web-dev","To":"DependencyInstance/postgres.default#web-dev.db","Alias":"db"})");
}

TEST_F(EffectsTest, WorkloadsOfOneCallShareWhatTheyName) {
  const Reply reply =
      plan({document("web", "{db: {type: postgres, id: main}}"), document("shop", "{db: {type: postgres, id: main}}")},
           "dev");
  ASSERT_EQ(reply.status, 200) << reply.error();
  EXPECT_EQ(dependencies(reply)[2], "Reuse postgres.default#main: shop-dev needs db; it is there already");
}

TEST_F(EffectsTest, ParametersThatDifferAreRefusedBeforeAnythingHappens) {
  const Reply reply = apply({document("web", "{db: {type: postgres, id: main, params: {size: 1}}}"),
                             document("shop", "{db: {type: postgres, id: main, params: {size: 2}}}")},
                            "dev");
  EXPECT_EQ(reply.status, 400);
  EXPECT_NE(reply.error().find("document 2 (Score): resources.db: postgres.default#main has the parameters"),
            std::string::npos)
      << reply.error();
  EXPECT_EQ(plane_.call("GET", "/v0/workload-definitions").body.at("Meta", "TotalCount"), 0);
}

TEST_F(EffectsTest, AChangeIsAskedForByTheEnvironmentThatItIsAppliedTo) {
  apply({document("web", "{}")}, "dev");
  apply({document("web", "{}")}, "staging");
  EXPECT_EQ(instance("web-staging").at("RequestedGeneration"), 1);
  apply({document("web", "{db: {type: postgres}}")}, "dev");
  EXPECT_EQ(instance("web-dev").at("RequestedGeneration"), 2);
  EXPECT_EQ(instance("web-staging").at("RequestedGeneration"), 1);
  apply({document("web", "{db: {type: postgres}}")}, "staging");
  EXPECT_EQ(instance("web-staging").at("RequestedGeneration"), 2);
}

TEST_F(EffectsTest, AProfileInUseChangesWithThePlanThatShowsIt) {
  provide("server");
  const json::Value edit = profile("server", json::Object{{"disk", json::Object{{"Type", "volume"}}}}, true);
  const Reply refused = apply({edit});
  EXPECT_EQ(refused.status, 409) << refused.error();
  ASSERT_EQ(dependencies(refused).size(), 1U);
  EXPECT_EQ(dependencies(refused)[0], "Update server.default#main: it was made from profile server");
  const json::Value id = refused.first().at("ID");
  EXPECT_EQ(plane_.call("GET", "/v0/dependency-profiles?name=server").first().find("Requires"), nullptr);
  const Reply applied = plane_.call("POST", "/v0/apply", json::dump(json::Object{{"PlanID", id}}));
  EXPECT_EQ(applied.status, 200) << applied.error();
  EXPECT_FALSE(must(plane_.objects().list("DependencyInstance")).at(0).data.at("Profile", "Requires").is_null());
  EXPECT_EQ(apply({edit}).status, 200) << "it is as it should be";
}

TEST_F(EffectsTest, APatchOfAProfileInUseTakesItsPlan) {
  provide("server");
  const std::string path = "/v0/dependency-profiles/" +
                           json::dump(plane_.call("GET", "/v0/dependency-profiles?name=server").first().at("ID"));
  const std::string body = R"({"Priority": 3})";
  const Reply refused = plane_.call("PATCH", path, body);
  EXPECT_EQ(refused.status, 409) << refused.error();
  const Reply done = plane_.call("PATCH", path + "?plan=" + json::dump(refused.first().at("ID")), body);
  EXPECT_EQ(done.status, 200) << done.error();
  EXPECT_EQ(done.first().at("Priority"), 3);
}

TEST_F(EffectsTest, AnotherProviderForDataNeedsAWayToMoveIt) {
  provide("server");
  json::Value edit = profile("server", {}, true, "command");
  edit["DependencyProfile"]["Params"] = json::Object{{"Provision", json::Array{"make"}}};
  const Reply refused = apply({edit});
  EXPECT_EQ(refused.status, 400);
  EXPECT_NE(refused.error().find("server.default#main holds data"), std::string::npos) << refused.error();
}

}  // namespace
}  // namespace threeport::testing
