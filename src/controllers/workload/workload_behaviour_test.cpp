// Workloads from declaration to cluster and back, in a World with a fake cluster.
#include <gtest/gtest.h>

#include "base/yaml.h"
#include "tests/support/cluster_world.h"

namespace threeport::controllers::workload {
namespace {

namespace k8s = applyset::k8s;
using kinds::WorkloadInstance;
using testing::must;

constexpr const char* kManifests =
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {color: blue}\n---\n"
    "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  replicas: 1\n  selector: {matchLabels: "
    "{app: web}}\n"
    "  template:\n    metadata: {labels: {app: web}}\n    spec: {containers: [{name: web, image: shop/web:1}]}\n";

class WorkloadTest : public testing::ClusterWorld {
 protected:
  WorkloadTest() { cluster_ = &cluster("local"); }
  void SetUp() override {
    ClusterWorld::SetUp();
    runtime_ = add_runtime("local");
  }

  schema::ObjectId deploy(std::string manifests, const std::string& name = "web") {
    kinds::WorkloadDefinition definition;
    definition.definition.name = name;
    definition.yaml_document = std::move(manifests);
    definition_ = world_.create(definition);
    WorkloadInstance instance;
    instance.instance.name = name;
    instance.definition = {definition_};
    instance.runtime = {runtime_};
    return world_.create(instance);
  }

  std::optional<json::Value> on_cluster(const WorkloadInstance& instance, std::string api_version, std::string kind,
                                        std::string name) {
    return cluster_->find({std::move(api_version), std::move(kind), instance.workload_namespace, std::move(name)});
  }
  static base::Millis heal_time() { return base::Millis(2000); }

  k8s::FakeCluster* cluster_ = nullptr;
  schema::ObjectId runtime_ = 0, definition_ = 0;
};

TEST_F(WorkloadTest, ReachesTheClusterAndBecomesHealthy) {
  const auto id = deploy(kManifests);
  ASSERT_TRUE(ready(id)) << world_.ready(id).reason << ": " << world_.ready(id).message;
  const auto instance = world_.get<WorkloadInstance>(id);
  EXPECT_EQ(instance.instance.status, "Healthy");
  EXPECT_TRUE(instance.workload_namespace.starts_with("web-"));
  EXPECT_EQ(instance.target_revision, instance.good_revision);
  EXPECT_TRUE(on_cluster(instance, "apps/v1", "Deployment", "web"));
  EXPECT_EQ(world_.list<kinds::WorkloadResourceInstance>("WorkloadInstanceID", id).size(), 3U);
  EXPECT_EQ(world_.list<kinds::WorkloadResourceDefinition>("WorkloadDefinitionID", definition_).size(), 2U);
}

TEST_F(WorkloadTest, FallsSilentOnceHealthy) {
  const auto id = deploy(kManifests);
  ASSERT_TRUE(ready(id));
  eventually([&] { return world_.run_until_idle() == 0; });
  const auto head = world_.head();
  world_.advance(base::Millis(300'000));
  EXPECT_EQ(world_.head(), head);
}

TEST_F(WorkloadTest, AChangedDocumentMakesARevisionAndChangesTheCluster) {
  const auto id = deploy(kManifests);
  ASSERT_TRUE(ready(id));
  std::string changed(kManifests);
  changed.replace(changed.find("blue"), 4, "red");
  world_.patch<kinds::WorkloadDefinition>(definition_, json::Object{{"YAMLDocument", changed}});
  const auto color = [&] {
    const auto object = on_cluster(world_.get<WorkloadInstance>(id), "v1", "ConfigMap", "settings");
    return object ? std::string(object->at("data", "color").text()) : std::string();
  };
  EXPECT_TRUE(eventually([&] { return color() == "red"; })) << color();
  EXPECT_EQ(world_.list<kinds::Revision>("WorkloadInstanceID", id).size(), 2U);
}

TEST_F(WorkloadTest, WhatLeftTheDefinitionIsRemoved) {
  const auto id = deploy(kManifests);
  ASSERT_TRUE(ready(id));
  const std::string all(kManifests);
  world_.patch<kinds::WorkloadDefinition>(definition_,
                                          json::Object{{"YAMLDocument", all.substr(all.find("---\n") + 4)}});
  EXPECT_TRUE(eventually([&] { return !on_cluster(world_.get<WorkloadInstance>(id), "v1", "ConfigMap", "settings"); }));
  EXPECT_TRUE(
      eventually([&] { return world_.list<kinds::WorkloadResourceInstance>("WorkloadInstanceID", id).size() == 2U; }));
}

TEST_F(WorkloadTest, DriftIsHealed) {
  const auto id = deploy(kManifests);
  ASSERT_TRUE(ready(id));
  const auto instance = world_.get<WorkloadInstance>(id);
  const k8s::ObjectRef ref{"v1", "ConfigMap", instance.workload_namespace, "settings"};
  must(cluster_->patch(ref, json::Object{{"data", json::Object{{"color", "tampered"}}}}, {}));
  EXPECT_TRUE(eventually([&] { return cluster_->find(ref)->at("data", "color").text() == "blue"; }));
  must(cluster_->remove(ref, {}, {}));
  EXPECT_TRUE(eventually([&] { return cluster_->find(ref).has_value(); }));
}

TEST_F(WorkloadTest, AFightOverAFieldIsGivenUpAndSaidSo) {
  const auto id = deploy(kManifests);
  ASSERT_TRUE(ready(id));
  const k8s::ObjectRef ref{"v1", "ConfigMap", world_.get<WorkloadInstance>(id).workload_namespace, "settings"};
  for (int i = 0; i < 7 && world_.ready(id).reason != "DriftFight"; ++i) {
    must(cluster_->patch(ref, json::Object{{"data", json::Object{{"color", "tampered"}}}}, {}));
    eventually([&] {
      return cluster_->find(ref)->at("data", "color").text() == "blue" || world_.ready(id).reason == "DriftFight";
    });
  }
  EXPECT_EQ(world_.ready(id).reason, "DriftFight");
  EXPECT_EQ(world_.condition(id, "Stalled").status, "True");
}

TEST_F(WorkloadTest, SaysWhichImageCannotBePulled) {
  cluster_->set_pods(k8s::PodFate::image_pull_fails);
  const auto id = deploy(kManifests);
  EXPECT_TRUE(eventually([&] { return world_.ready(id).reason == "ImagePullFailed"; })) << world_.ready(id).reason;
  EXPECT_NE(world_.ready(id).message.find("shop/web:1"), std::string::npos) << world_.ready(id).message;
  EXPECT_TRUE(world_.is_reconciled(id));
  EXPECT_EQ(world_.get<WorkloadInstance>(id).instance.status, "Down");
}

TEST_F(WorkloadTest, DeletionLeavesTheClusterClean) {
  const auto before = cluster_->size();
  const auto id = deploy(kManifests);
  ASSERT_TRUE(ready(id));
  world_.remove<WorkloadInstance>(id);
  EXPECT_TRUE(eventually([&] { return !world_.find<WorkloadInstance>(id); }));
  EXPECT_EQ(cluster_->size(), before);
  EXPECT_TRUE(world_.list<kinds::WorkloadResourceInstance>().empty());
  EXPECT_TRUE(world_.list<kinds::Revision>().empty());
}

TEST_F(WorkloadTest, DeletionIsNotConfirmedBeforeTheNamespaceIsGone) {
  fakes_["local"] = std::make_shared<k8s::FakeCluster>(k8s::FakeOptions{.hold_namespaces = true});
  cluster_ = &cluster("local");
  const auto id = deploy(kManifests);
  ASSERT_TRUE(ready(id));
  world_.remove<WorkloadInstance>(id);
  EXPECT_TRUE(eventually([&] { return world_.ready(id).reason == "Deleting"; }));
  EXPECT_TRUE(world_.find<WorkloadInstance>(id));
  cluster_->finish_namespaces();
  EXPECT_TRUE(eventually([&] { return !world_.find<WorkloadInstance>(id); }));
}

TEST_F(WorkloadTest, ANamespaceOfAnotherOwnerIsRefused) {
  must(cluster_->apply(
      json::Object{{"apiVersion", "v1"},
                   {"kind", "Namespace"},
                   {"metadata", json::Object{{"name", "shop"},
                                             {"labels", json::Object{{std::string(applyset::kInstallationLabel),
                                                                      "somebody-else"}}}}}},
      {}, {}));
  const auto id = deploy(std::string("apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n---\n") + kManifests);
  EXPECT_TRUE(eventually([&] { return world_.ready(id).reason == "NamespaceTaken"; })) << world_.ready(id).reason;
  EXPECT_NE(world_.ready(id).message.find("installation somebody-else"), std::string::npos);
  world_.remove<WorkloadInstance>(id);
  EXPECT_TRUE(eventually([&] { return !world_.find<WorkloadInstance>(id); }));
  EXPECT_TRUE(cluster_->find({"v1", "Namespace", "", "shop"}));
}

TEST_F(WorkloadTest, AManifestThatIsNoKubernetesObjectStallsWithItsPlace) {
  const auto id = deploy("apiVersion: v1\nkind: ConfigMap\ndata: {}\n");
  EXPECT_TRUE(eventually([&] { return world_.ready(id).reason == "InvalidManifest"; })) << world_.ready(id).reason;
  EXPECT_EQ(world_.condition(id, "Stalled").status, "True");
  EXPECT_NE(world_.ready(id).message.find("metadata.name"), std::string::npos) << world_.ready(id).message;
}

TEST_F(WorkloadTest, AKindThatTheClusterLacksIsNamedAndDeliveredOnceItIsThere) {
  const auto id = deploy(std::string(kManifests) + "---\napiVersion: shop.io/v1\nkind: Gizmo\nmetadata: {name: one}\n");
  ASSERT_TRUE(eventually([&] { return world_.ready(id).reason == "KindUnknown"; })) << world_.ready(id).reason;
  EXPECT_NE(world_.ready(id).message.find("shop.io/v1/Gizmo"), std::string::npos) << world_.ready(id).message;
  EXPECT_TRUE(world_.list<kinds::WorkloadResourceInstance>().empty()) << "a part of it was applied";
  must(cluster_->apply(must(base::yaml::parse_document("apiVersion: apiextensions.k8s.io/v1\n"
                                                       "kind: CustomResourceDefinition\n"
                                                       "metadata: {name: gizmos.shop.io}\n"
                                                       "spec: {group: shop.io, scope: Namespaced, names: {plural: "
                                                       "gizmos, kind: Gizmo}, versions: [{name: v1, served: true}]}")),
                       {}, {}));
  world_.advance(base::Millis(33'000));
  EXPECT_TRUE(ready(id)) << world_.ready(id).reason << ": " << world_.ready(id).message;
}

TEST_F(WorkloadTest, AnUnreachableClusterIsSaidAndWaitedFor) {
  cluster_->set_reachable(false);
  const auto id = deploy(kManifests);
  EXPECT_TRUE(eventually([&] { return world_.ready(id).reason == "RuntimeNotReady"; })) << world_.ready(id).reason;
  cluster_->set_reachable(true);
  EXPECT_TRUE(eventually([&] {
    world_.advance(base::Millis(60'000));
    return world_.ready(id).status == "True";
  })) << world_.ready(id).message;
}

/// One fault after another, at every call to the cluster: each run converges, leaves nothing and doubles nothing.
TEST_F(WorkloadTest, ConvergesWhicheverCallFails) {
  constexpr int kCalls = 24;
  for (const auto how : {k8s::Fault::How::fail, k8s::Fault::How::fail_after}) {
    for (int failing = 1; failing <= kCalls; ++failing) {
      const std::string name = "web-" + std::to_string(failing) + (how == k8s::Fault::How::fail ? "a" : "b");
      int seen = 0;
      cluster_->set_fault_hook([&](const k8s::FakeCall& call) -> std::optional<k8s::Fault> {
        if (call.verb == "watch" || ++seen != failing) return std::nullopt;
        return k8s::Fault{.how = how, .error = base::unavailable("injected")};
      });
      const auto id = deploy(kManifests, name);
      const auto converged = [&] {
        world_.advance(base::Millis(10'000));
        return world_.ready(id).status == "True";
      };
      ASSERT_TRUE(eventually(converged)) << "call " << failing << ": " << world_.ready(id).reason << " "
                                         << world_.ready(id).message;
      EXPECT_EQ(world_.list<kinds::WorkloadResourceInstance>("WorkloadInstanceID", id).size(), 3U)
          << "call " << failing;
      cluster_->set_fault_hook({});
      world_.remove<WorkloadInstance>(id);
      ASSERT_TRUE(eventually([&] { return !world_.find<WorkloadInstance>(id); })) << "call " << failing;
    }
  }
  EXPECT_TRUE(world_.list<kinds::WorkloadResourceInstance>().empty());
}

}  // namespace
}  // namespace threeport::controllers::workload
