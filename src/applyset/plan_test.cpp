#include "applyset/plan.h"

#include <gtest/gtest.h>

#include "applyset/clusters.h"
#include "providers/kubernetes/drift.h"

namespace threeport::applyset {
namespace {

const Identity kIdentity{.installation_uid = "uid-1", .id = 17, .instance_name = "web", .definition_name = "web"};

json::Value config_map(std::string name, std::string value) {
  return json::Object{{"apiVersion", "v1"},
                      {"kind", "ConfigMap"},
                      {"metadata", json::Object{{"name", name}}},
                      {"data", json::Object{{"k", value}}}};
}

Desired desired_of(const std::vector<json::Value>& manifests) {
  Desired out{.ns = "ns", .own_namespace = true, .objects = {}};
  for (const auto& manifest : manifests) out.objects.push_back(make_desired(manifest, true, "ns", kIdentity));
  return out;
}

/// The inventory after `desired` was applied and nothing else has happened.
std::vector<InventoryRow> applied(const Desired& desired) {
  std::vector<InventoryRow> rows;
  for (const DesiredObject& object : desired.objects) {
    rows.push_back({.ref = object.ref,
                    .recorded = object.recorded,
                    .applied_hash = k8s::owned_hash(object.manifest, object.manifest),
                    .applied = true});
  }
  return rows;
}

FindLive cluster_with(const Desired& desired) {
  return [desired](const k8s::ObjectRef& ref) -> k8s::LiveObject {
    for (const DesiredObject& object : desired.objects) {
      if (object.ref == ref) return std::make_shared<const json::Value>(object.manifest);
    }
    return nullptr;
  };
}

TEST(Plan, AppliesWhatIsNew) {
  const Desired desired = desired_of({config_map("a", "1")});
  const Plan plan = make_plan(desired, {}, cluster_with({}));
  ASSERT_EQ(plan.apply.size(), 1U);
  EXPECT_TRUE(plan.apply[0].record_first);
  EXPECT_EQ(plan.apply[0].row, nullptr);
}

TEST(Plan, IsEmptyAfterApply) {
  const Desired desired = desired_of({config_map("a", "1"), config_map("b", "2")});
  EXPECT_TRUE(make_plan(desired, applied(desired), cluster_with(desired)).empty());
}

TEST(Plan, AppliesAgainWhatSomebodyChangedOrRemoved) {
  const Desired desired = desired_of({config_map("a", "1"), config_map("b", "2")});
  const auto rows = applied(desired);
  const Plan plan = make_plan(desired, rows, cluster_with(desired_of({config_map("a", "changed")})));
  ASSERT_EQ(plan.apply.size(), 2U);
  EXPECT_EQ(plan.apply[0].why, Why::drifted);
  EXPECT_EQ(plan.apply[1].why, Why::drifted);
  EXPECT_FALSE(plan.apply[0].record_first);
}

TEST(Plan, RecordsAChangedManifestBeforeItIsApplied) {
  const auto rows = applied(desired_of({config_map("a", "1")}));
  const Plan plan =
      make_plan(desired_of({config_map("a", "2")}), rows, cluster_with(desired_of({config_map("a", "1")})));
  ASSERT_EQ(plan.apply.size(), 1U);
  EXPECT_EQ(plan.apply[0].why, Why::declared);
  EXPECT_TRUE(plan.apply[0].record_first);
}

TEST(Plan, AppliesAgainWhereTheInventoryDoesNotSayThatItSucceeded) {
  const Desired desired = desired_of({config_map("a", "1")});
  auto rows = applied(desired);
  rows[0].applied_hash.reset();
  EXPECT_EQ(make_plan(desired, rows, cluster_with(desired)).apply.size(), 1U);
}

TEST(Plan, PrunesOnlyWhatItsOwnRowsSay) {
  auto rows = applied(desired_of({config_map("mine", "1"), config_map("injected", "1")}));
  rows[1].injected = true;
  const Plan plan = make_plan(desired_of({}), rows, cluster_with({}));
  ASSERT_EQ(plan.remove.size(), 1U);
  EXPECT_EQ(plan.remove[0]->ref.name, "mine");
}

TEST(Plan, KeepsWhatOldClientsInjectedUntilTheyWantItGone) {
  auto rows = applied(desired_of({config_map("injected", "1")}));
  rows[0].injected = true;
  rows[0].applied = false;
  Desired desired = desired_of({});
  add_injected_rows(desired, rows, kIdentity);
  EXPECT_EQ(make_plan(desired, rows, cluster_with({})).apply.size(), 1U);
  rows[0].asked_to_leave = true;
  Desired after = desired_of({});
  add_injected_rows(after, rows, kIdentity);
  EXPECT_EQ(make_plan(after, rows, cluster_with({})).remove.size(), 1U);
}

TEST(Plan, LeavesWhatIsKeptOnTheCluster) {
  auto rows = applied(desired_of({config_map("old-settings", "1")}));
  rows[0].kept = true;
  EXPECT_TRUE(make_plan(desired_of({}), rows, cluster_with({})).empty());
}

TEST(Plan, LeavesReplicasToAnAutoscaler) {
  const auto deployment = [](int replicas) {
    return json::Value(json::Object{{"apiVersion", "apps/v1"},
                                    {"kind", "Deployment"},
                                    {"metadata", json::Object{{"name", "web"}}},
                                    {"spec", json::Object{{"replicas", replicas}}}});
  };
  const json::Value scaler = json::Object{
      {"apiVersion", "autoscaling/v2"},
      {"kind", "HorizontalPodAutoscaler"},
      {"metadata", json::Object{{"name", "web"}}},
      {"spec", json::Object{{"scaleTargetRef",
                             json::Object{{"apiVersion", "apps/v1"}, {"kind", "Deployment"}, {"name", "web"}}}}}};
  const Desired desired = desired_of({deployment(1), scaler});
  auto rows = applied(desired);
  rows[0].applied_hash =
      k8s::owned_hash(desired.objects[0].manifest, desired.objects[0].manifest, {.ignore_replicas = true});
  EXPECT_TRUE(make_plan(desired, rows, cluster_with(desired_of({deployment(7), scaler}))).empty());
}

TEST(Owner, IsTakenFromTheLabels) {
  EXPECT_EQ(other_owner(make_desired(config_map("a", "1"), true, "ns", kIdentity).manifest, kIdentity), "");
  EXPECT_EQ(other_owner(config_map("a", "1"), kIdentity), "");
  Identity other = kIdentity;
  other.id = 18;
  EXPECT_EQ(other_owner(make_desired(config_map("a", "1"), true, "ns", other).manifest, kIdentity),
            "workload instance 18");
  Identity dependency = kIdentity;
  dependency.owner_label = kDependencyLabel;
  EXPECT_EQ(other_owner(make_desired(config_map("a", "1"), true, "ns", dependency).manifest, kIdentity),
            "dependency instance 17");
  other.installation_uid = "uid-2";
  EXPECT_EQ(other_owner(make_desired(config_map("a", "1"), true, "ns", other).manifest, kIdentity),
            "installation uid-2");
}

}  // namespace
}  // namespace threeport::applyset
