#include "applyset/desired.h"

#include <gtest/gtest.h>

#include "applyset/clusters.h"
#include "providers/kubernetes/cluster.h"

namespace threeport::applyset {
namespace {

const Identity kIdentity{.installation_uid = "uid-1", .id = 17, .instance_name = "web", .definition_name = "Web Shop"};

base::Result<std::optional<bool>> known_types(const k8s::TypeRef& type) {
  if (type.group().find('.') != std::string_view::npos && type.group() != "apiextensions.k8s.io")
    return std::optional<bool>();
  return std::optional(type.kind != "Namespace" && type.kind != "ClusterRole" &&
                       type.kind != "CustomResourceDefinition");
}

std::vector<k8s::Manifest> manifests(const std::string& text) { return k8s::parse_manifests(text).value(); }

const Placement kOwn{.ns = "web-x"};

std::vector<std::string> refs(const Desired& desired) {
  std::vector<std::string> out;
  for (const auto& object : desired.objects) out.push_back(object.ref.to_text());
  return out;
}

constexpr const char* kDeployment =
    "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: elsewhere}\nspec: {template: {metadata: "
    "{}}}\n";

TEST(NamespaceName, IsBuiltFromTheNameAndAHashOfTheIds) {
  const std::string name = namespace_name("Web_Shop", "uid-1", 17);
  EXPECT_TRUE(name.starts_with("web-shop-")) << name;
  EXPECT_EQ(name.size(), std::string("web-shop-").size() + 10);
  EXPECT_EQ(name, namespace_name("Web_Shop", "uid-1", 17));
  EXPECT_NE(name, namespace_name("Web_Shop", "uid-2", 17));
  EXPECT_NE(name, namespace_name("Web_Shop", "uid-1", 18));
}

TEST(NamespaceName, IsAlwaysALabelOfDns) {
  for (const std::string& base :
       std::vector<std::string>{"---", "", "Ünïcode", "a.b/c", std::string(200, 'x'), "-lead-and-trail-"}) {
    const std::string name = namespace_name(base, "uid", 1);
    EXPECT_LE(name.size(), 63U);
    EXPECT_NE(name.front(), '-');
    EXPECT_EQ(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-"), std::string::npos) << name;
  }
}

TEST(Desired, ANamespaceOfItsOwnComesFirstAndHoldsEverything) {
  const auto made = make_desired(manifests(kDeployment), kOwn, kIdentity, known_types);
  ASSERT_TRUE(made);
  EXPECT_TRUE(made->own_namespace);
  const std::vector<std::string> expected{"v1/Namespace//" + made->ns, "apps/v1/Deployment/" + made->ns + "/web"};
  EXPECT_EQ(refs(*made), expected);
}

TEST(Desired, ADeclaredNamespaceHoldsEverything) {
  const auto made = make_desired(
      manifests(std::string(kDeployment) + "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n"), kOwn,
      kIdentity, known_types);
  ASSERT_TRUE(made);
  EXPECT_FALSE(made->own_namespace);
  const std::vector<std::string> expected{"v1/Namespace//shop", "apps/v1/Deployment/shop/web"};
  EXPECT_EQ(refs(*made), expected);
}

TEST(Desired, ASharedNamespaceIsNotMadeAndNotDeclared) {
  const Placement shared{.ns = "dev-x", .shared = true};
  const auto made = make_desired(manifests(kDeployment), shared, kIdentity, known_types);
  ASSERT_TRUE(made);
  EXPECT_EQ(refs(*made), std::vector<std::string>{"apps/v1/Deployment/dev-x/web"});
  const auto refused = make_desired(manifests("apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n"), shared,
                                    kIdentity, known_types);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("v1/Namespace shop"), std::string::npos) << refused.error().message;
}

TEST(Desired, LabelsSayWhoseItIsAlsoOnPodTemplates) {
  const auto made = make_desired(manifests(kDeployment), kOwn, kIdentity, known_types);
  ASSERT_TRUE(made);
  const json::Value& manifest = made->objects[1].manifest;
  EXPECT_EQ(k8s::label_of(manifest, "app.kubernetes.io/name"), "Web-Shop");
  EXPECT_EQ(k8s::label_of(manifest, kInstanceLabel), "17");
  EXPECT_EQ(k8s::label_of(manifest, kInstallationLabel), "uid-1");
  EXPECT_EQ(manifest.at("spec", "template", "metadata", "labels").find(kInstanceLabel)->text(), "17");
  EXPECT_EQ(made->objects[1].recorded.at("metadata", "labels"), json::Value());
}

TEST(Desired, AManifestCannotClaimToBeSomebodyElses) {
  const auto made =
      make_desired(manifests("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c\n  labels: "
                             "{control-plane.threeport.io/workload-instance: \"99\", app.kubernetes.io/name: mine}\n"),
                   kOwn, kIdentity, known_types);
  ASSERT_TRUE(made);
  EXPECT_EQ(k8s::label_of(made->objects[1].manifest, kInstanceLabel), "17");
  EXPECT_EQ(k8s::label_of(made->objects[1].manifest, "app.kubernetes.io/name"), "mine");
}

TEST(Desired, AKindThatTheClusterLacksIsRefusedWithItsPlace) {
  const auto made = make_desired(manifests("apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: w}\n"), kOwn,
                                 kIdentity, known_types);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().kind, base::ErrorKind::invalid);
  EXPECT_EQ(made.error().reason, k8s::reason::kKindUnknown);
  EXPECT_NE(made.error().message.find("example.com/v1/Widget of w (document 1, line 1)"), std::string::npos)
      << made.error().message;
}

TEST(Desired, AKindThatTheSetDefinesIsTakenWithItsScope) {
  const auto made = make_desired(
      manifests(
          "apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: w}\n---\n"
          "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: widgets.example.com}\n"
          "spec: {group: example.com, scope: Cluster, names: {kind: Widget}}\n"),
      kOwn, kIdentity, known_types);
  ASSERT_TRUE(made);
  EXPECT_EQ(made->objects.back().ref.to_text(), "example.com/v1/Widget//w");
}

TEST(Desired, SecretsAreRecordedAsHashes) {
  const auto made =
      make_desired(manifests("apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {password: hunter2}\n"),
                   kOwn, kIdentity, known_types);
  ASSERT_TRUE(made);
  EXPECT_EQ(json::dump(made->objects[1].recorded).find("hunter2"), std::string::npos);
  EXPECT_TRUE(made->objects[1].recorded.at("data", "password").text().starts_with("sha256:"));
}

}  // namespace
}  // namespace threeport::applyset
