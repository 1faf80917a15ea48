// The contract of discovery, get, apply and patch.
#pragma once

#include <algorithm>
#include <thread>

#include "providers/kubernetes/contract/fixture.h"
#include "providers/kubernetes/drift.h"

namespace threeport::providers::kubernetes::contract {

TEST_P(ClusterContract, discovers_types_with_plural_scope_and_verbs) {
  const auto types = cluster_->discover(call_);
  ASSERT_TRUE(types) << types.error().message;
  const auto found = std::find_if(types->begin(), types->end(), [](const ResourceType& type) {
    return type.type == TypeRef{"apps/v1", "Deployment"};
  });
  ASSERT_NE(found, types->end());
  EXPECT_EQ(found->plural, "deployments");
  EXPECT_TRUE(found->namespaced);
  EXPECT_TRUE(found->has_verb("watch"));
  const auto ns = cluster_->resource_type({"v1", "Namespace"}, call_);
  ASSERT_TRUE(ns);
  EXPECT_FALSE(ns->namespaced);
}

TEST_P(ClusterContract, a_kind_that_the_cluster_lacks_is_invalid_with_reason_KindUnknown) {
  for (const char* api_version : {"v1", "apps/v1", "nobody.example.com/v1"}) {
    const auto type = cluster_->resource_type({api_version, "Nonesuch"}, call_);
    ASSERT_FALSE(type);
    EXPECT_EQ(type.error().kind, base::ErrorKind::invalid);
    EXPECT_EQ(type.error().reason, reason::kKindUnknown);
  }
  Value manifest = Object{{"apiVersion", "nobody.example.com/v1"}, {"kind", "Nonesuch"}};
  manifest["metadata"] = Object{{"name", "x"}, {"namespace", "default"}};
  const auto applied = cluster_->apply(manifest, {}, call_);
  ASSERT_FALSE(applied);
  EXPECT_EQ(applied.error().reason, reason::kKindUnknown);
  EXPECT_NE(applied.error().message.find("Nonesuch"), std::string::npos);
}

TEST_P(ClusterContract, an_absent_object_is_not_found) {
  const std::string ns = make_namespace();
  const auto object = cluster_->get({"v1", "ConfigMap", ns, "absent"}, call_);
  ASSERT_FALSE(object);
  EXPECT_EQ(object.error().kind, base::ErrorKind::not_found);
  const auto patched = cluster_->patch({"v1", "ConfigMap", ns, "absent"}, Object{{"data", Object{}}}, call_);
  ASSERT_FALSE(patched);
  EXPECT_EQ(patched.error().kind, base::ErrorKind::not_found);
}

TEST_P(ClusterContract, apply_makes_an_object_and_a_second_one_changes_nothing) {
  const std::string ns = make_namespace();
  const Value first = apply(config_map(ns, "one", "a"));
  EXPECT_EQ(first.at("data", "key").text(), "a");
  EXPECT_FALSE(first.at("metadata", "uid").text().empty());
  const Value second = apply(config_map(ns, "one", "a"));
  EXPECT_EQ(second.at("metadata", "resourceVersion"), first.at("metadata", "resourceVersion"));
  EXPECT_EQ(get({"v1", "ConfigMap", ns, "one"}), second);
}

TEST_P(ClusterContract, objects_come_with_their_type_and_without_managed_fields) {
  const std::string ns = make_namespace();
  const Value applied = apply(config_map(ns, "one", "a"));
  EXPECT_EQ(ref_of(applied), (ObjectRef{"v1", "ConfigMap", ns, "one"}));
  EXPECT_TRUE(applied.at("metadata", "managedFields").is_null());
  const auto page = cluster_->list({.type = {"v1", "ConfigMap"}, .ns = ns, .label_selector = "app=contract"}, call_);
  ASSERT_TRUE(page);
  ASSERT_EQ(page->items.size(), 1U);
  EXPECT_EQ(page->items[0], applied);
}

TEST_P(ClusterContract, apply_removes_what_left_the_manifest_and_keeps_what_others_set) {
  const std::string ns = make_namespace();
  Value ours = config_map(ns, "one", "a");
  ours["data"]["second"] = "b";
  apply(ours);
  Value theirs = config_map(ns, "one", "a");
  theirs["data"] = Object{{"theirs", "x"}};
  apply(theirs, "somebody");
  const Value after = apply(config_map(ns, "one", "a"));
  EXPECT_EQ(after.at("data"), (Value(Object{{"key", "a"}, {"theirs", "x"}})));
}

TEST_P(ClusterContract, a_field_of_another_manager_is_a_conflict_unless_forced) {
  const std::string ns = make_namespace();
  apply(config_map(ns, "one", "theirs"), "somebody");
  const auto polite = cluster_->apply(config_map(ns, "one", "ours"), {.force = false}, call_);
  ASSERT_FALSE(polite);
  EXPECT_EQ(polite.error().kind, base::ErrorKind::conflict);
  EXPECT_NE(polite.error().message.find("somebody"), std::string::npos);
  EXPECT_NE(polite.error().message.find("data.key"), std::string::npos);
  const Value forced = apply(config_map(ns, "one", "ours"));
  EXPECT_EQ(forced.at("data", "key").text(), "ours");
  // The other manager no longer owns the field, so that its removal by us removes it.
  Value empty = config_map(ns, "one", "");
  empty.as_object().erase("data");
  EXPECT_TRUE(apply(empty).at("data", "key").is_null());
}

TEST_P(ClusterContract, equal_values_are_shared_and_stay_until_the_last_owner_leaves) {
  const std::string ns = make_namespace();
  apply(config_map(ns, "one", "same"), "somebody");
  const auto polite = cluster_->apply(config_map(ns, "one", "same"), {.force = false}, call_);
  ASSERT_TRUE(polite) << polite.error().message;
  Value empty = config_map(ns, "one", "");
  empty.as_object().erase("data");
  EXPECT_EQ(apply(empty).at("data", "key").text(), "same");
  EXPECT_TRUE(apply(empty, "somebody").at("data", "key").is_null());
}

TEST_P(ClusterContract, containers_merge_by_name) {
  const std::string ns = make_namespace();
  apply(deployment(ns, "web"));
  Value sidecar = deployment(ns, "web");
  sidecar["spec"] = yaml("template: {spec: {containers: [{name: proxy, image: example.invalid/proxy:1}]}}");
  apply(sidecar, "mesh");
  const auto names = [](const Value& object) {
    std::vector<std::string> out;
    for (const Value& container : object.at("spec", "template", "spec", "containers").as_array()) {
      out.emplace_back(container.at("name").text());
    }
    std::sort(out.begin(), out.end());
    return out;
  };
  EXPECT_EQ(names(apply(deployment(ns, "web"))), (std::vector<std::string>{"proxy", "web"}));
  Value without = sidecar;
  without["spec"] = yaml("{}");
  EXPECT_EQ(names(apply(without, "mesh")), (std::vector<std::string>{"web"}));
}

TEST_P(ClusterContract, generation_rises_with_the_spec_and_not_with_labels) {
  const std::string ns = make_namespace();
  EXPECT_EQ(apply(deployment(ns, "web")).at("metadata", "generation").as_int(), 1);
  Value labelled = deployment(ns, "web");
  labelled["metadata"]["labels"] = Object{{"a", "b"}};
  EXPECT_EQ(apply(labelled).at("metadata", "generation").as_int(), 1);
  labelled["spec"]["replicas"] = 2;
  EXPECT_EQ(apply(labelled).at("metadata", "generation").as_int(), 2);
}

TEST_P(ClusterContract, what_was_applied_shows_no_drift_and_what_others_change_does) {
  const std::string ns = make_namespace();
  const Value desired = deployment(ns, "web");
  const Value live = apply(desired);
  EXPECT_EQ(differences(desired, live), std::vector<std::string>{});
  const ObjectRef ref = ref_of(desired);
  const std::string hash = owned_hash(desired, live);
  EXPECT_EQ(owned_hash(desired, get(ref)), hash);
  auto patched = cluster_->patch(ref, Object{{"metadata", Object{{"annotations", Object{{"note", "x"}}}}}}, call_);
  ASSERT_TRUE(patched);
  EXPECT_EQ(owned_hash(desired, *patched), hash);
  patched = cluster_->patch(ref, Object{{"spec", Object{{"replicas", 3}}}}, call_);
  ASSERT_TRUE(patched);
  EXPECT_NE(owned_hash(desired, *patched), hash);
  EXPECT_EQ(differences(desired, *patched), (std::vector<std::string>{".spec.replicas"}));
  EXPECT_EQ(owned_hash(desired, apply(desired)), hash);
}

TEST_P(ClusterContract, texts_of_a_secret_become_data_and_leave_with_their_key) {
  const std::string ns = make_namespace();
  Value secret =
      Object{{"apiVersion", "v1"}, {"kind", "Secret"}, {"metadata", Object{{"namespace", ns}, {"name", "s"}}}};
  secret["stringData"] = Object{{"a", "one"}, {"b", "two"}};
  const Value first = apply(secret);
  EXPECT_EQ(first.at("data"), (Value(Object{{"a", "b25l"}, {"b", "dHdv"}})));
  EXPECT_FALSE(drifted(secret, first));
  secret["stringData"].as_object().erase("b");
  EXPECT_EQ(apply(secret).at("data"), (Value(Object{{"a", "b25l"}})));
}

TEST_P(ClusterContract, a_dry_run_judges_and_stores_nothing) {
  const std::string ns = make_namespace();
  const auto tried = cluster_->apply(config_map(ns, "one", "a"), {.dry_run = true}, call_);
  ASSERT_TRUE(tried) << tried.error().message;
  EXPECT_EQ(tried->at("data", "key").text(), "a");
  EXPECT_TRUE(is_gone({"v1", "ConfigMap", ns, "one"}));
  Value wrong = deployment(ns, "web");
  wrong["spec"]["template"]["metadata"]["labels"]["app"] = "other";
  EXPECT_FALSE(cluster_->apply(wrong, {.dry_run = true}, call_));
}

TEST_P(ClusterContract, what_the_server_refuses_is_Rejected_in_its_words_with_the_field) {
  const std::string ns = make_namespace();
  Value wrong = deployment(ns, "web");
  wrong["spec"]["template"]["metadata"]["labels"]["app"] = "other";
  const auto mismatch = cluster_->apply(wrong, {}, call_);
  ASSERT_FALSE(mismatch);
  EXPECT_EQ(mismatch.error().kind, base::ErrorKind::invalid);
  EXPECT_EQ(mismatch.error().reason, reason::kRejected);
  EXPECT_NE(mismatch.error().message.find("spec.template.metadata.labels"), std::string::npos);
  apply(deployment(ns, "web"));
  Value moved = wrong;
  moved["spec"]["selector"]["matchLabels"]["app"] = "other";
  const auto immutable = cluster_->apply(moved, {}, call_);
  ASSERT_FALSE(immutable);
  EXPECT_EQ(immutable.error().reason, reason::kRejected);
  EXPECT_NE(immutable.error().message.find("field is immutable"), std::string::npos);
  const auto name = cluster_->apply(config_map(ns, "Not_A_Name", "x"), {}, call_);
  ASSERT_FALSE(name);
  EXPECT_EQ(name.error().reason, reason::kRejected);
}

TEST_P(ClusterContract, an_object_without_its_namespace_is_invalid_and_a_missing_namespace_blocks) {
  Value homeless = config_map("x", "one", "a");
  homeless["metadata"].as_object().erase("namespace");
  const auto applied = cluster_->apply(homeless, {}, call_);
  ASSERT_FALSE(applied);
  EXPECT_EQ(applied.error().kind, base::ErrorKind::invalid);
  EXPECT_NE(applied.error().message.find("metadata.namespace"), std::string::npos);
  const auto early = cluster_->apply(config_map(unique_name(), "one", "a"), {}, call_);
  ASSERT_FALSE(early);
  EXPECT_EQ(early.error().kind, base::ErrorKind::blocked);
  EXPECT_EQ(early.error().reason, reason::kNamespaceMissing);
}

TEST_P(ClusterContract, patch_changes_only_what_it_names) {
  const std::string ns = make_namespace();
  apply(config_map(ns, "one", "a"));
  const auto patched = cluster_->patch({"v1", "ConfigMap", ns, "one"}, Object{{"data", Object{{"more", "b"}}}}, call_);
  ASSERT_TRUE(patched) << patched.error().message;
  EXPECT_EQ(patched->at("data"), (Value(Object{{"key", "a"}, {"more", "b"}})));
  EXPECT_EQ(patched->at("metadata", "labels", "app").text(), "contract");
}

TEST_P(ClusterContract, many_threads_apply_at_the_same_time) {
  const std::string ns = make_namespace();
  constexpr int kThreads = 8;
  constexpr int kEach = 10;
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  std::vector<int> applied(kThreads, 0);
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i) {
        const std::string name = "c" + std::to_string(t) + "-" + std::to_string(i);
        if (cluster_->apply(config_map(ns, name, "x"), {}, call_)) ++applied[static_cast<std::size_t>(t)];
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(applied, std::vector<int>(kThreads, kEach));
  const auto all =
      list_all(*cluster_, {.type = {"v1", "ConfigMap"}, .ns = ns, .label_selector = "app=contract"}, call_);
  ASSERT_TRUE(all);
  EXPECT_EQ(all->items.size(), static_cast<std::size_t>(kThreads * kEach));
}

}  // namespace threeport::providers::kubernetes::contract
