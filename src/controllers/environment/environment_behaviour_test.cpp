// Environments from declaration to cluster and back, in a World with fake clusters.
#include <gtest/gtest.h>

#include "tests/support/cluster_world.h"

namespace threeport::controllers::environment {
namespace {

namespace k8s = applyset::k8s;
using kinds::Environment;
using kinds::WorkloadInstance;
using testing::must;

class EnvironmentTest : public testing::ClusterWorld {
 protected:
  schema::ObjectId add_environment(const std::function<void(Environment&)>& with = [](Environment&) {}) {
    Environment environment;
    environment.name = "dev";
    with(environment);
    return world_.create(environment);
  }
  schema::ObjectId add_workload(schema::ObjectId environment, const std::string& name = "web-dev") {
    if (definition_ == 0) {
      kinds::WorkloadDefinition definition;
      definition.definition.name = "web";
      definition.yaml_document = "{apiVersion: v1, kind: ConfigMap, metadata: {name: settings}}";
      definition_ = world_.create(definition);
    }
    WorkloadInstance instance;
    instance.instance.name = name;
    instance.definition = {definition_};
    instance.environment = {environment};
    return world_.create(instance);
  }

  static k8s::ObjectRef namespace_ref(const Environment& environment) {
    return {"v1", "Namespace", "", environment.environment_namespace};
  }
  bool has_namespace(const std::string& runtime, schema::ObjectId environment) {
    return cluster(runtime).find(namespace_ref(world_.get<Environment>(environment))).has_value();
  }

  schema::ObjectId definition_ = 0;
};

TEST_F(EnvironmentTest, GetsAPlaceAndANamespaceOfItsOwn) {
  const auto runtime = add_runtime("local", true);
  const auto id = add_environment();
  ASSERT_TRUE(ready(id)) << world_.ready(id).message;
  const auto environment = world_.get<Environment>(id);
  EXPECT_EQ(environment.status, "Healthy");
  EXPECT_EQ(environment.placed.id, runtime);
  EXPECT_TRUE(environment.environment_namespace.starts_with("dev-"));
  const auto made = cluster("local").find(namespace_ref(environment));
  ASSERT_TRUE(made);
  EXPECT_EQ(k8s::label_of(*made, "control-plane.threeport.io/environment"), std::to_string(id));
  EXPECT_EQ(k8s::label_of(*made, "control-plane.threeport.io/installation"), "test-installation");
}

TEST_F(EnvironmentTest, FallsSilentOnceHealthy) {
  add_runtime("local");
  ASSERT_TRUE(ready(add_environment()));
  eventually([&] { return world_.run_until_idle() == 0; });
  const auto head = world_.head();
  world_.advance(base::Millis(300'000));
  EXPECT_EQ(world_.head(), head);
}

TEST_F(EnvironmentTest, WaitsForACluster) {
  const auto id = add_environment([](Environment& e) { e.location = "Local"; });
  world_.run_until_idle();
  EXPECT_EQ(world_.ready(id).reason, "RuntimeNotReady");
  EXPECT_NE(world_.ready(id).message.find("Location Local"), std::string::npos) << world_.ready(id).message;
  add_runtime("local");
  EXPECT_TRUE(ready(id)) << world_.ready(id).message;
}

TEST_F(EnvironmentTest, StaysWhereItIsThoughAnotherClusterWouldBeChosenNow) {
  const auto first = add_runtime("first");
  const auto id = add_environment();
  ASSERT_TRUE(ready(id));
  add_runtime("second", true);
  cluster("first").set_reachable(false);
  EXPECT_TRUE(eventually([&] {
    world_.advance(base::Millis(60'000));
    return world_.ready(id).status != "True";
  }));
  EXPECT_EQ(world_.get<Environment>(id).placed.id, first);
  cluster("first").set_reachable(true);
  EXPECT_TRUE(eventually([&] {
    world_.advance(base::Millis(60'000));
    return world_.ready(id).status == "True";
  }));
}

TEST_F(EnvironmentTest, MovesToAnotherPinWhileNobodyLivesThere) {
  add_runtime("first");
  const auto second = add_runtime("second");
  const auto id = add_environment();
  ASSERT_TRUE(ready(id));
  ASSERT_TRUE(has_namespace("first", id));
  world_.patch<Environment>(id, json::Object{{"KubernetesRuntimeInstanceID", second}});
  ASSERT_TRUE(eventually([&] { return world_.get<Environment>(id).placed.id == second; })) << world_.ready(id).message;
  EXPECT_TRUE(ready(id)) << world_.ready(id).message;
  EXPECT_TRUE(has_namespace("second", id));
  EXPECT_FALSE(has_namespace("first", id));
}

TEST_F(EnvironmentTest, IsNotMovedUnderWhatLivesThere) {
  const auto first = add_runtime("first"), second = add_runtime("second");
  const auto id = add_environment();
  ASSERT_TRUE(ready(id));
  add_workload(id);
  world_.patch<Environment>(id, json::Object{{"KubernetesRuntimeInstanceID", second}});
  ASSERT_TRUE(eventually([&] { return world_.condition(id, "Stalled").status == "True"; }));
  EXPECT_NE(world_.ready(id).message.find("lives on first with workload instance web-dev"), std::string::npos)
      << world_.ready(id).message;
  EXPECT_EQ(world_.get<Environment>(id).placed.id, first);
  world_.patch<Environment>(id, json::Object{{"KubernetesRuntimeInstanceID", first}});
  EXPECT_TRUE(ready(id)) << world_.ready(id).message;
}

TEST_F(EnvironmentTest, ItsNamespaceIsMadeAgainAndItsLabelsAreMended) {
  add_runtime("local");
  const auto id = add_environment();
  ASSERT_TRUE(ready(id));
  const auto ref = namespace_ref(world_.get<Environment>(id));
  must(cluster("local").remove(ref, {}, {}));
  EXPECT_TRUE(eventually([&] { return cluster("local").find(ref).has_value(); }));
  constexpr const char* kLabel = "control-plane.threeport.io/environment";
  must(cluster("local").patch(
      ref, json::Object{{"metadata", json::Object{{"labels", json::Object{{"app.kubernetes.io/name", "other"}}}}}},
      {}));
  EXPECT_TRUE(
      eventually([&] { return k8s::label_of(*cluster("local").find(ref), "app.kubernetes.io/name") == "dev"; }));
  EXPECT_EQ(k8s::label_of(*cluster("local").find(ref), kLabel), std::to_string(id));
}

TEST_F(EnvironmentTest, ANamespaceOfAnotherOwnerIsRefusedAndLeftAlone) {
  const auto id = add_environment();
  const std::string name = applyset::namespace_name("dev", "test-installation", id);
  const json::Value labels = json::Object{{std::string(applyset::kInstallationLabel), "somebody-else"}};
  must(cluster("local").apply(
      json::Object{
          {"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", json::Object{{"name", name}, {"labels", labels}}}},
      {}, {}));
  add_runtime("local");
  ASSERT_TRUE(eventually([&] { return world_.ready(id).reason == "NamespaceTaken"; })) << world_.ready(id).reason;
  EXPECT_NE(world_.ready(id).message.find("installation somebody-else"), std::string::npos);
  EXPECT_EQ(world_.get<Environment>(id).status, "Error");
  remove<Environment>(id);
  ASSERT_TRUE(gone<Environment>(id));
  EXPECT_TRUE(cluster("local").find({"v1", "Namespace", "", name}));
}

TEST_F(EnvironmentTest, ADeletionTakesTheNamespaceAlong) {
  options_.hold_namespaces = true;
  add_runtime("local");
  const auto id = add_environment();
  ASSERT_TRUE(ready(id));
  const auto ref = namespace_ref(world_.get<Environment>(id));
  remove<Environment>(id);
  ASSERT_TRUE(eventually([&] { return world_.ready(id).reason == "Deleting"; }));
  EXPECT_EQ(world_.get<Environment>(id).status, "Deleting");
  cluster("local").finish_namespaces();
  EXPECT_TRUE(gone<Environment>(id));
  EXPECT_FALSE(cluster("local").find(ref));
}

TEST_F(EnvironmentTest, ACascadeDeletesTheWorkloadsFirst) {
  add_runtime("local");
  const auto id = add_environment();
  ASSERT_TRUE(ready(id));
  const auto ref = namespace_ref(world_.get<Environment>(id));
  add_workload(id, "web-dev");
  add_workload(id, "api-dev");
  world_.run_until_idle();
  remove<Environment>(id, true);
  ASSERT_TRUE(gone<Environment>(id));
  EXPECT_TRUE(world_.list<WorkloadInstance>().empty());
  EXPECT_FALSE(cluster("local").find(ref));
}

TEST_F(EnvironmentTest, ARetainedDependencyHoldsTheDeletionUpAndIsNamed) {
  add_runtime("local");
  const auto id = add_environment();
  ASSERT_TRUE(ready(id));
  const auto retained = world_
                            .write({.op = apiserver::Write::Op::create,
                                    .kind = "DependencyInstance",
                                    .id = 0,
                                    .body = json::Object{{"Identity", "postgres.default#main"},
                                                         {"Type", "postgres"},
                                                         {"Class", "default"},
                                                         {"Key", "main"},
                                                         {"Scope", "environment"},
                                                         {"ScopeID", id},
                                                         {"EnvironmentID", id},
                                                         {"Profile", json::Object{{"Name", "postgres"},
                                                                                  {"Type", "postgres"},
                                                                                  {"Provider", "manifests"},
                                                                                  {"Reclaim", "retain"}}},
                                                         {"RetainedSince", "2030-01-02T03:04:05Z"}},
                                    .version = {},
                                    .observed = {},
                                    .by_controller = true})
                            .id;
  remove<Environment>(id, true);
  ASSERT_TRUE(eventually([&] { return world_.ready(id).reason == "DependencyNotReady"; })) << world_.ready(id).reason;
  EXPECT_NE(world_.ready(id).message.find("postgres.default#main is retained"), std::string::npos)
      << world_.ready(id).message;
  world_.remove<kinds::DependencyInstance>(retained);
  EXPECT_TRUE(gone<Environment>(id));
}

TEST_F(EnvironmentTest, WhenItsTTLHasPassedItGoesWithAllThatLivesThere) {
  add_runtime("local");
  const auto id = add_environment([](Environment& e) { e.ttl = "72h"; });
  ASSERT_TRUE(ready(id));
  EXPECT_EQ(world_.get<Environment>(id).expires_at,
            world_.get<Environment>(id).meta.created_at + std::chrono::hours(72));
  add_workload(id);
  world_.advance(std::chrono::hours(71));
  EXPECT_TRUE(world_.find<Environment>(id));
  EXPECT_FALSE(world_.get<Environment>(id).reconciliation.deletion_scheduled);
  world_.advance(std::chrono::hours(1));
  EXPECT_TRUE(gone<Environment>(id));
  EXPECT_TRUE(world_.list<WorkloadInstance>().empty());
}

TEST_F(EnvironmentTest, ATTLCanBeTakenBack) {
  add_runtime("local");
  const auto id = add_environment([](Environment& e) { e.ttl = "2h"; });
  ASSERT_TRUE(ready(id));
  world_.write({.op = apiserver::Write::Op::merge,
                .kind = "Environment",
                .id = id,
                .body = json::Object{{"TTL", nullptr}},
                .version = {},
                .observed = {}});
  ASSERT_TRUE(ready(id));
  EXPECT_FALSE(world_.get<Environment>(id).expires_at);
  world_.advance(std::chrono::hours(3));
  EXPECT_FALSE(world_.get<Environment>(id).reconciliation.deletion_scheduled);
}

TEST_F(EnvironmentTest, AWorkloadThatNamesAClusterTooMustNameThatOfItsEnvironment) {
  const auto first = add_runtime("first"), second = add_runtime("second");
  const auto id = add_environment();
  ASSERT_TRUE(ready(id));
  const auto workload = add_workload(id);
  const auto name_cluster = [&](schema::ObjectId runtime) {
    apiserver::WriteContext context;
    return world_.objects().write({.op = apiserver::Write::Op::patch,
                                   .kind = "WorkloadInstance",
                                   .id = workload,
                                   .body = json::Object{{"KubernetesRuntimeInstanceID", runtime}},
                                   .version = {},
                                   .observed = {}},
                                  context);
  };
  const auto refused = name_cluster(second);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, base::ErrorKind::invalid);
  EXPECT_NE(refused.error().message.find("environment dev lives on " + std::to_string(first)), std::string::npos)
      << refused.error().message;
  EXPECT_TRUE(name_cluster(first));
}

/// One fault after another, at every call to the cluster: each run converges and leaves nothing.
TEST_F(EnvironmentTest, ConvergesWhicheverCallFails) {
  add_runtime("local");
  ASSERT_TRUE(ready(add_environment([](Environment& e) { e.name = "first"; })));
  const auto before = cluster("local").size();
  for (const auto how : {k8s::Fault::How::fail, k8s::Fault::How::fail_after}) {
    for (int failing = 1; failing <= 6; ++failing) {
      int seen = 0;
      cluster("local").set_fault_hook([&](const k8s::FakeCall& call) -> std::optional<k8s::Fault> {
        if (call.verb == "watch" || ++seen != failing) return std::nullopt;
        return k8s::Fault{.how = how, .error = base::unavailable("injected")};
      });
      const auto id = add_environment();
      const auto converged = [&] {
        world_.advance(base::Millis(10'000));
        return world_.ready(id).status == "True";
      };
      ASSERT_TRUE(eventually(converged)) << "call " << failing << ": " << world_.ready(id).message;
      remove<Environment>(id);
      ASSERT_TRUE(eventually([&] {
        world_.advance(base::Millis(10'000));
        return !world_.find<Environment>(id);
      })) << "call "
          << failing;
      cluster("local").set_fault_hook({});
      EXPECT_EQ(cluster("local").size(), before) << "call " << failing;
    }
  }
}

}  // namespace
}  // namespace threeport::controllers::environment
