// The contract of removal, namespaces, custom resources, lists, and of calls as such.
#pragma once

#include <set>

#include "providers/kubernetes/contract/fixture.h"

namespace threeport::providers::kubernetes::contract {

TEST_P(ClusterContract, removal_is_idempotent_and_checks_the_incarnation) {
  const std::string ns = make_namespace();
  const ObjectRef ref{"v1", "ConfigMap", ns, "one"};
  const Value live = apply(config_map(ns, "one", "a"));
  const auto other = cluster_->remove(ref, {.uid = "00000000-0000-0000-0000-000000000000"}, call_);
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().kind, base::ErrorKind::conflict);
  EXPECT_FALSE(is_gone(ref));
  const auto removed = cluster_->remove(ref, {.uid = std::string(live.at("metadata", "uid").text())}, call_);
  ASSERT_TRUE(removed) << removed.error().message;
  EXPECT_EQ(*removed, Removal::gone);
  EXPECT_TRUE(is_gone(ref));
  const auto again = cluster_->remove(ref, {}, call_);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(*again, Removal::gone);
  const auto unknown = cluster_->remove({"nobody.example.com/v1", "Nonesuch", ns, "x"}, {}, call_);
  ASSERT_TRUE(unknown) << unknown.error().message;
  EXPECT_EQ(*unknown, Removal::gone);
}

TEST_P(ClusterContract, a_finalizer_holds_an_object_until_it_is_taken_off) {
  const std::string ns = make_namespace();
  Value held = config_map(ns, "held", "a");
  held["metadata"]["finalizers"] = Array{"threeport.io/contract"};
  apply(held);
  const ObjectRef ref = ref_of(held);
  auto removed = cluster_->remove(ref, {}, call_);
  ASSERT_TRUE(removed) << removed.error().message;
  EXPECT_EQ(*removed, Removal::pending);
  EXPECT_FALSE(get(ref).at("metadata", "deletionTimestamp").is_null());
  removed = cluster_->remove(ref, {}, call_);
  ASSERT_TRUE(removed);
  EXPECT_EQ(*removed, Removal::pending);
  const auto patched = cluster_->patch(ref, Object{{"metadata", Object{{"finalizers", nullptr}}}}, call_);
  ASSERT_TRUE(patched) << patched.error().message;
  EXPECT_TRUE(eventually([&] { return is_gone(ref); }));
}

TEST_P(ClusterContract, dependents_go_with_their_owner) {
  const std::string ns = make_namespace();
  for (const Propagation propagation : {Propagation::background, Propagation::foreground}) {
    const Value owner = apply(config_map(ns, "owner", "a"));
    Value dependent = config_map(ns, "dependent", "a");
    dependent["metadata"]["ownerReferences"] = Array{Object{{"apiVersion", "v1"},
                                                            {"kind", "ConfigMap"},
                                                            {"name", "owner"},
                                                            {"uid", owner.at("metadata", "uid")},
                                                            {"blockOwnerDeletion", true}}};
    apply(dependent);
    const auto removed = cluster_->remove(ref_of(owner), {.propagation = propagation}, call_);
    ASSERT_TRUE(removed) << removed.error().message;
    EXPECT_TRUE(eventually([&] { return is_gone(ref_of(dependent)) && is_gone(ref_of(owner)); }));
  }
}

TEST_P(ClusterContract, orphaned_dependents_stay) {
  const std::string ns = make_namespace();
  const Value owner = apply(config_map(ns, "owner", "a"));
  Value dependent = config_map(ns, "dependent", "a");
  dependent["metadata"]["ownerReferences"] = Array{
      Object{{"apiVersion", "v1"}, {"kind", "ConfigMap"}, {"name", "owner"}, {"uid", owner.at("metadata", "uid")}}};
  apply(dependent);
  ASSERT_TRUE(cluster_->remove(ref_of(owner), {.propagation = Propagation::orphan}, call_));
  EXPECT_TRUE(eventually([&] {
    const Value live = get(ref_of(dependent));
    const Value& owners = live.at("metadata", "ownerReferences");
    return is_gone(ref_of(owner)) && (owners.is_null() || owners.as_array().empty());
  }));
}

TEST_P(ClusterContract, a_namespace_that_ends_takes_nothing_new_and_goes_with_its_content) {
  const std::string ns = make_namespace();
  Value held = config_map(ns, "held", "a");
  held["metadata"]["finalizers"] = Array{"threeport.io/contract"};
  apply(held);
  apply(config_map(ns, "other", "a"));
  const ObjectRef ref{"v1", "Namespace", "", ns};
  const auto removed = cluster_->remove(ref, {}, call_);
  ASSERT_TRUE(removed) << removed.error().message;
  EXPECT_EQ(*removed, Removal::pending);
  const auto late = cluster_->apply(config_map(ns, "late", "a"), {}, call_);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().kind, base::ErrorKind::blocked);
  EXPECT_EQ(late.error().reason, reason::kNamespaceTerminating);
  EXPECT_TRUE(eventually([&] { return is_gone({"v1", "ConfigMap", ns, "other"}); }));
  EXPECT_EQ(get(ref).at("status", "phase").text(), "Terminating");
  ASSERT_TRUE(cluster_->patch(ref_of(held), Object{{"metadata", Object{{"finalizers", nullptr}}}}, call_));
  EXPECT_TRUE(eventually([&] { return is_gone(ref); }));
}

TEST_P(ClusterContract, a_custom_resource_definition_brings_its_kind_and_takes_it_away) {
  const std::string ns = make_namespace();
  const std::string group = unique_name("g") + ".threeport.example.com";
  Value definition = yaml(R"(
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {}
spec:
  scope: Namespaced
  names: {plural: widgets, singular: widget, kind: Widget}
  versions:
  - name: v1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, x-kubernetes-preserve-unknown-fields: true}}}}
)");
  definition["metadata"]["name"] = "widgets." + group;
  definition["spec"]["group"] = group;
  const TypeRef type{group + "/v1", "Widget"};
  EXPECT_FALSE(cluster_->resource_type(type, call_));
  apply(definition);
  remove_later(ref_of(definition));
  ASSERT_TRUE(eventually([&] { return cluster_->resource_type(type, call_).has_value(); }));
  Value widget = Object{{"apiVersion", type.api_version}, {"kind", type.kind}, {"spec", Object{{"size", 3}}}};
  widget["metadata"] = Object{{"name", "w"}, {"namespace", ns}};
  EXPECT_TRUE(eventually([&] { return cluster_->apply(widget, {}, call_).has_value(); }));
  EXPECT_EQ(get(ref_of(widget)).at("spec", "size").as_int(), 3);
  ASSERT_TRUE(cluster_->remove(ref_of(definition), {}, call_));
  EXPECT_TRUE(eventually([&] {
    const auto found = cluster_->get(ref_of(widget), call_);
    return !found && found.error().reason == reason::kKindUnknown;
  }));
}

TEST_P(ClusterContract, lists_come_in_pages_and_by_selector) {
  const std::string ns = make_namespace();
  for (int i = 0; i < 7; ++i) {
    apply(config_map(ns, "c" + std::to_string(i), "x", i % 2 == 0 ? "even" : "odd"));
  }
  ListRequest request{.type = {"v1", "ConfigMap"}, .ns = ns, .label_selector = "app in (even,odd)", .page_size = 3};
  std::set<std::string> names;
  int pages = 0;
  do {
    const auto page = cluster_->list(request, call_);
    ASSERT_TRUE(page) << page.error().message;
    EXPECT_LE(page->items.size(), 3U);
    EXPECT_FALSE(page->resource_version.empty());
    for (const Value& item : page->items) names.insert(ref_of(item).name);
    request.continue_token = page->continue_token;
    ++pages;
  } while (!request.continue_token.empty());
  EXPECT_EQ(names.size(), 7U);
  EXPECT_EQ(pages, 3);
  const auto count = [&](const std::string& labels, const std::string& fields = "") {
    const auto all = list_all(
        *cluster_,
        {.type = {"v1", "ConfigMap"}, .ns = ns, .label_selector = labels, .field_selector = fields, .page_size = 2},
        call_);
    return all ? static_cast<int>(all->items.size()) : -1;
  };
  EXPECT_EQ(count("app=even"), 4);
  EXPECT_EQ(count("app!=even,app"), 3);
  EXPECT_EQ(count("app notin (even)", "metadata.name=c1"), 1);
  EXPECT_EQ(count("absent"), 0);
  EXPECT_EQ(count("app=even", "metadata.name=c1"), 0);
}

TEST_P(ClusterContract, an_unknown_kind_cannot_be_listed_or_watched) {
  const auto listed = cluster_->list({.type = {"nobody.example.com/v1", "Nonesuch"}}, call_);
  ASSERT_FALSE(listed);
  EXPECT_EQ(listed.error().reason, reason::kKindUnknown);
  const auto watched = cluster_->watch(
      {.type = {"nobody.example.com/v1", "Nonesuch"}, .resource_version = "1"}, [](const WatchEvent&) { return true; },
      call_);
  ASSERT_FALSE(watched);
  EXPECT_EQ(watched.error().reason, reason::kKindUnknown);
}

TEST_P(ClusterContract, a_call_that_is_stopped_is_canceled) {
  std::stop_source stop;
  stop.request_stop();
  const auto object = cluster_->get({"v1", "Namespace", "", "default"}, {.stop = stop.get_token()});
  ASSERT_FALSE(object);
  EXPECT_EQ(object.error().kind, base::ErrorKind::canceled);
}

TEST_P(ClusterContract, logs_of_an_absent_pod_are_not_found) {
  const std::string ns = make_namespace();
  const auto read = cluster_->logs({.ns = ns, .pod = "absent"}, [](std::string_view) { return true; }, call_);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().kind, base::ErrorKind::not_found);
}

TEST_P(ClusterContract, tells_its_version_and_health) {
  const auto version = cluster_->version(call_);
  ASSERT_TRUE(version) << version.error().message;
  EXPECT_EQ(version->major, 1U);
  EXPECT_GE(version->minor, 20U);
  EXPECT_TRUE(version->git_version.starts_with("v1."));
  EXPECT_TRUE(cluster_->health(call_));
}

}  // namespace threeport::providers::kubernetes::contract
