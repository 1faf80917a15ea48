// Dependencies from declaration to cluster and back, in a World with a fake cluster.
#include <gtest/gtest.h>

#include "base/yaml.h"
#include "tests/support/cluster_world.h"

namespace threeport::controllers::dependency {
namespace {

namespace k8s = applyset::k8s;
using kinds::DependencyClaim;
using kinds::DependencyInstance;
using kinds::WorkloadInstance;
using testing::must;

class DependencyTest : public testing::ClusterWorld {
 protected:
  void SetUp() override {
    ClusterWorld::SetUp();
    add_runtime("local", true);
    kinds::Environment dev;
    dev.name = "dev";
    dev.variables = std::map<std::string, std::string>{{"GREETING", "hello"}};
    environment_ = world_.create(dev);
    add_profile("postgres", {{"Requires", json::Object{{"server", json::Object{{"Type", "server"}}}}},
                             {"Outputs", json::Object{{"host", "${requires.server.host}"},
                                                      {"name", "${self.name}"},
                                                      {"password", json::Object{{"Secret", "${generated.password}"}}}}},
                             {"Generate", json::Object{{"password", json::Object{{"Length", 24}}}}}});
    add_profile("server", {{"Shared", true}, {"IdleTTL", "10m"}, {"Outputs", json::Object{{"host", "${self.name}"}}}});
  }

  void add_profile(const std::string& type, std::initializer_list<std::pair<const char*, json::Value>> more = {}) {
    json::Object body{
        {"Name", type + "-profile"},
        {"Type", type},
        {"Provider", "manifests"},
        {"Params",
         json::Object{{"Manifests", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: \"${self.name}\"}\n"}}}};
    for (const auto& [key, value] : more) body.set(key, value);
    world_.create_body("DependencyProfile", std::move(body));
  }

  static std::string score(const std::string& name, const std::string& resources,
                           const std::string& variables = "{A: b}") {
    return "apiVersion: score.dev/v1b1\nmetadata: {name: " + name +
           "}\ncontainers: {main: {image: busybox, variables: " + variables + "}}\nresources: " + resources + "\n";
  }

  schema::ObjectId deploy(const std::string& name, const std::string& document) {
    kinds::WorkloadDefinition definition;
    definition.definition.name = name;
    definition.score_document = document;
    definitions_[name] =
        world_.create_body("WorkloadDefinition", json::Object{{"Name", name}, {"ScoreDocument", document}});
    WorkloadInstance instance;
    instance.instance.name = name + "-dev";
    instance.definition = {definitions_[name]};
    instance.environment = {environment_};
    return world_.create(instance);
  }
  void change(const std::string& name, const std::string& document) {
    world_.patch<kinds::WorkloadDefinition>(definitions_.at(name), json::Object{{"ScoreDocument", document}});
  }

  /// "postgres.default#web-dev.db Healthy", sorted.
  std::vector<std::string> dependencies() {
    std::vector<std::string> out;
    for (const auto& instance : world_.list<DependencyInstance>())
      out.push_back(instance.identity + " " + instance.status);
    std::sort(out.begin(), out.end());
    return out;
  }
  std::string problem(schema::ObjectId id) { return world_.ready(id).reason + ": " + world_.ready(id).message; }
  json::Value deployment(const std::string& name) {
    const auto ns = world_.get<kinds::Environment>(environment_).environment_namespace;
    return cluster("local").find({"apps/v1", "Deployment", ns, name}).value_or(json::Value());
  }

  schema::ObjectId environment_ = 0;
  std::map<std::string, schema::ObjectId> definitions_;
};

using Lines = std::vector<std::string>;

TEST_F(DependencyTest, AWorkloadGetsWhatItNeedsWithEverythingBelow) {
  const auto web = deploy("web", score("web", "{db: {type: postgres}}",
                                       "{HOST: \"${resources.db.host}\", URL: \"pg:${resources.db.password}\"}"));
  ASSERT_TRUE(ready(web)) << problem(web);
  EXPECT_EQ(dependencies(), (Lines{"postgres.default#web-dev.db Healthy", "server.default#shared Healthy"}));
  const json::Value web_now = deployment("web");
  const json::Value& container = web_now.at("spec", "template", "spec", "containers").as_array()[0];
  EXPECT_TRUE(container.at("env").as_array()[0].at("value").text().starts_with("server-")) << json::dump(container);
  EXPECT_FALSE(container.at("env").as_array()[1].at("valueFrom", "secretKeyRef").is_null()) << json::dump(container);
}

TEST_F(DependencyTest, NamesOfOtherWorkloadsAreFoundByParamsWhetherMadeOrOnlyNamed) {
  add_profile("port-of", {{"Provider", "names"},
                          {"Params", json::Object{}},
                          {"Outputs", json::Object{{"url", "${target.service}:${target.port}"}}}});
  add_profile("proxy", {{"Outputs", json::Object{{"url", "${self.name}->${target.service}:${target.port}"}}}});
  const auto backend =
      deploy("backend",
             "apiVersion: score.dev/v1b1\nmetadata: {name: backend}\nservice: {ports: {http: {port: 8080}}}\n"
             "containers: {main: {image: busybox, variables: {BACK: \"${resources.front.url}\"}}}\n"
             "resources: {front: {type: port-of, params: {workload: frontend, port: 80}}}\n");
  const auto frontend =
      deploy("frontend", score("frontend",
                               "{named: {type: port-of, params: {workload: backend, port: http}}, "
                               "made: {type: proxy, params: {workload: backend, port: http}}}",
                               "{MADE: \"${resources.made.url}\", NAMED: \"${resources.named.url}\"}"));
  ASSERT_TRUE(ready(frontend)) << problem(frontend);
  ASSERT_TRUE(ready(backend)) << problem(backend);
  const json::Value now = deployment("frontend");
  const json::Array& variables = now.at("spec", "template", "spec", "containers").as_array()[0].at("env").as_array();
  EXPECT_TRUE(variables[0].at("value").text().ends_with("->backend:8080")) << json::dump(now);
  EXPECT_EQ(variables[1].at("value").text(), "backend:8080");
}

TEST_F(DependencyTest, AChangeOfTheDefinitionForAnotherEnvironmentLeavesItAlone) {
  add_profile("way", {{"Outputs", json::Object{{"port", "${target.port}"}}}});
  const auto document = [](const std::string& port) {
    return "apiVersion: score.dev/v1b1\nmetadata: {name: web}\nservice: {ports: {" + port +
           ": {port: 8080}}}\ncontainers: {main: {image: busybox, variables: {P: \"${resources.way.port}\"}}}\n"
           "resources: {way: {type: way, params: {port: " +
           port + "}}}\n";
  };
  const auto web = deploy("web", document("http"));
  ASSERT_TRUE(ready(web)) << problem(web);
  world_.patch<WorkloadInstance>(web, json::Object{{"RequestedGeneration", 1}});
  change("web", document("other"));
  world_.advance(std::chrono::minutes(1));
  EXPECT_EQ(dependencies(), (Lines{"way.default#web-dev.way Healthy"}));
  for (const auto& way : world_.list<DependencyInstance>())
    EXPECT_TRUE(way.reconciliation.is_ready()) << json::dump(schema::to_json(way));
}

TEST_F(DependencyTest, TwoWorkloadsOnOneDatabaseKeepItUntilBothAreGone) {
  const std::string main = "{db: {type: postgres, id: main}}";
  const auto web = deploy("web", score("web", main)), shop = deploy("shop", score("shop", main));
  ASSERT_TRUE(ready(web)) << problem(web);
  ASSERT_TRUE(ready(shop)) << problem(shop);
  EXPECT_EQ(dependencies(), (Lines{"postgres.default#main Healthy", "server.default#shared Healthy"}));
  remove<WorkloadInstance>(web);
  ASSERT_TRUE(gone<WorkloadInstance>(web));
  world_.advance(std::chrono::hours(1));
  EXPECT_EQ(dependencies(), (Lines{"postgres.default#main Healthy", "server.default#shared Healthy"}));
  remove<WorkloadInstance>(shop);
  ASSERT_TRUE(gone<WorkloadInstance>(shop));
  world_.advance(std::chrono::minutes(9));
  EXPECT_EQ(dependencies().size(), 2U) << "both may be used again for ten minutes";
  EXPECT_TRUE(eventually([&] {
    world_.advance(std::chrono::minutes(1));
    return world_.list<DependencyInstance>().empty();
  }));
  EXPECT_TRUE(world_.list<DependencyClaim>().empty());
}

TEST_F(DependencyTest, APrivateDatabaseGoesWithItsWorkloadAndTheSharedServerAfterItsTime) {
  const auto web = deploy("web", score("web", "{db: {type: postgres}}"));
  ASSERT_TRUE(ready(web)) << problem(web);
  remove<WorkloadInstance>(web);
  ASSERT_TRUE(gone<WorkloadInstance>(web));
  EXPECT_TRUE(eventually([&] { return dependencies() == Lines{"server.default#shared Idle"}; }));
  world_.advance(std::chrono::minutes(11));
  EXPECT_TRUE(eventually([&] { return dependencies().empty(); }));
}

TEST_F(DependencyTest, WhoComesBackInTimeFindsItsServerAgain) {
  const auto web = deploy("web", score("web", "{db: {type: postgres}}"));
  ASSERT_TRUE(ready(web)) << problem(web);
  const auto server = must(world_.objects().list("DependencyInstance", "Type", "server")).at(0).id;
  remove<WorkloadInstance>(web);
  ASSERT_TRUE(gone<WorkloadInstance>(web));
  const auto again = deploy("shop", score("shop", "{db: {type: postgres}}"));
  ASSERT_TRUE(ready(again)) << problem(again);
  world_.advance(std::chrono::hours(1));
  EXPECT_EQ(world_.get<DependencyInstance>(server).status, "Healthy");
  EXPECT_FALSE(world_.get<DependencyInstance>(server).idle_since);
}

TEST_F(DependencyTest, AClaimOfThePreviousGoodRevisionIsHeldForARollback) {
  const auto web = deploy("web", score("web", "{db: {type: postgres}}"));
  ASSERT_TRUE(ready(web)) << problem(web);
  change("web", score("web", "{}"));
  ASSERT_TRUE(ready(web)) << problem(web);
  EXPECT_TRUE(eventually([&] {
    const auto claims = world_.list<DependencyClaim>("WorkloadInstanceID", web);
    return claims.size() == 1 && claims[0].phase == "Held";
  }));
  change("web", score("web", "{}", "{A: c}"));
  ASSERT_TRUE(ready(web)) << problem(web);
  EXPECT_TRUE(eventually([&] { return dependencies() == Lines{"server.default#shared Idle"}; }))
      << "nobody needs it any more";
}

TEST_F(DependencyTest, PasswordsAreMadeOnceAndAreNowhereInClear) {
  const auto web = deploy("web", score("web", "{db: {type: postgres}}", "{P: \"${resources.db.password}\"}"));
  ASSERT_TRUE(ready(web)) << problem(web);
  const auto before = must(world_.objects().list("DependencyInstance", "Type", "postgres")).at(0);
  const std::string stored(before.data.at("Outputs", "password", "Secret").text());
  const std::string password = must(json::parse(must(world_.objects().reveal(stored)))).as_string();
  EXPECT_EQ(password.size(), 24U);
  world_.crash_and_restart();
  change("web", score("web", "{db: {type: postgres}}", "{P: \"${resources.db.password}\", Q: r}"));
  ASSERT_TRUE(ready(web)) << problem(web);
  const auto after = must(world_.objects().list("DependencyInstance", "Type", "postgres")).at(0);
  EXPECT_EQ(after.data.at("Outputs"), before.data.at("Outputs"));
  for (const char* kind : {"DependencyInstance", "WorkloadResourceInstance", "Revision", "WorkloadEvent"}) {
    for (const auto& object : must(world_.objects().list(kind)))
      EXPECT_EQ(json::dump(object.data).find(password), std::string::npos) << kind;
  }
}

TEST_F(DependencyTest, RetainedDataIsKeptAndUsedAgainByTheSameIdentity) {
  add_profile("volume", {{"Reclaim", "retain"}, {"Outputs", json::Object{{"x", "y"}}}});
  const auto web = deploy("web", score("web", "{data: {type: volume}}"));
  ASSERT_TRUE(ready(web)) << problem(web);
  const auto id = world_.list<DependencyInstance>().at(0).meta.id;
  remove<WorkloadInstance>(web);
  ASSERT_TRUE(gone<WorkloadInstance>(web));
  EXPECT_TRUE(eventually([&] { return dependencies() == Lines{"volume.default#web-dev.data Retained"}; }));
  world_.advance(std::chrono::hours(1000));
  remove<kinds::WorkloadDefinition>(definitions_["web"]);
  ASSERT_TRUE(gone<kinds::WorkloadDefinition>(definitions_["web"]));
  const auto again = deploy("web", score("web", "{data: {type: volume}}"));
  ASSERT_TRUE(ready(again)) << problem(again);
  EXPECT_EQ(world_.list<DependencyInstance>().at(0).meta.id, id);
  EXPECT_FALSE(world_.get<DependencyInstance>(id).retained_since);
}

TEST_F(DependencyTest, VariablesOfTheEnvironmentReachAWorkloadAndItsChanges) {
  add_profile("environment", {{"Provider", "environment"}, {"Params", json::Object{}}});
  const auto web = deploy("web", score("web", "{env: {type: environment}}", "{G: \"${resources.env.GREETING}\"}"));
  ASSERT_TRUE(ready(web)) << problem(web);
  const auto greeting = [&] {
    return std::string(deployment("web")
                           .at("spec", "template", "spec", "containers")
                           .as_array()[0]
                           .at("env")
                           .as_array()[0]
                           .at("value")
                           .text());
  };
  EXPECT_EQ(greeting(), "hello");
  world_.patch<kinds::Environment>(environment_, json::Object{{"Variables", json::Object{{"GREETING", "good day"}}}});
  EXPECT_TRUE(eventually([&] { return greeting() == "good day"; }));
}

TEST_F(DependencyTest, AnUnknownTypeNamesTheProfileToWrite) {
  const auto web = deploy("web", score("web", "{queue: {type: queue}}"));
  EXPECT_TRUE(eventually([&] {
    return world_.ready(web).message.find("write a DependencyProfile with Type: queue") != std::string::npos;
  })) << problem(web);
  add_profile("queue", {{"Outputs", json::Object{{"x", "y"}}}});
  EXPECT_TRUE(ready(web)) << problem(web);
}

TEST_F(DependencyTest, AReplacementTakesOverBeforeTheOldOneGoes) {
  add_profile("cache", {{"Immutable", json::Array{"engine"}},
                        {"Defaults", json::Object{{"engine", "a"}}},
                        {"Outputs", json::Object{{"host", "${self.name}-${params.engine}"}}}});
  const std::string host = "{H: \"${resources.cache.host}\"}";
  const auto web = deploy("web", score("web", "{cache: {type: cache, params: {engine: a}}}", host));
  ASSERT_TRUE(ready(web)) << problem(web);
  change("web", score("web", "{cache: {type: cache, params: {engine: b}}}", host));
  ASSERT_TRUE(eventually([&] {
    const auto all = world_.list<DependencyInstance>();
    return std::any_of(all.begin(), all.end(), [](const auto& i) { return i.incarnation == 2; });
  })) << problem(web);
  ASSERT_TRUE(ready(web)) << problem(web);
  change("web", score("web", "{cache: {type: cache, params: {engine: b}}}", "{H: \"${resources.cache.host}\", X: z}"));
  ASSERT_TRUE(ready(web)) << problem(web);
  EXPECT_TRUE(eventually([&] { return world_.list<DependencyInstance>().size() == 1; }));
  EXPECT_EQ(world_.list<DependencyInstance>().at(0).incarnation, 2);
}

TEST_F(DependencyTest, NothingIsLeftAfterTheEnvironmentWasDeletedWithAllThatLivesThere) {
  const auto web = deploy("web", score("web", "{db: {type: postgres}}"));
  ASSERT_TRUE(ready(web)) << problem(web);
  remove<kinds::Environment>(environment_, true);
  EXPECT_TRUE(gone<kinds::Environment>(environment_)) << problem(environment_);
  EXPECT_TRUE(world_.list<DependencyInstance>().empty());
  EXPECT_TRUE(world_.list<DependencyClaim>().empty());
}

}  // namespace
}  // namespace threeport::controllers::dependency
