#include "providers/kubernetes/manifests.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "base/crypto.h"
#include "base/yaml.h"

namespace threeport::providers::kubernetes {
namespace {

using base::json::Object;
using base::json::Value;

Value yaml(std::string_view text) {
  auto document = base::yaml::parse_document(text);
  EXPECT_TRUE(document) << document.error().message;
  return document ? std::move(*document) : Value();
}

std::vector<std::string> names_of(const std::vector<Manifest>& manifests) {
  std::vector<std::string> out;
  for (const Manifest& manifest : manifests) out.push_back(manifest.ref.to_text());
  return out;
}

std::string error_of(std::string_view text) {
  const auto manifests = parse_manifests(text);
  EXPECT_FALSE(manifests);
  if (manifests) return "";
  EXPECT_EQ(manifests.error().kind, base::ErrorKind::invalid);
  EXPECT_EQ(manifests.error().reason, "InvalidManifest");
  return manifests.error().message;
}

TEST(ObjectRefTest, is_read_back_from_its_text) {
  for (const ObjectRef& ref : std::vector<ObjectRef>{{"apps/v1", "Deployment", "shop", "web"},
                                                     {"v1", "Namespace", "", "shop"},
                                                     {"v1", "ConfigMap", "a", "b"},
                                                     {"vault.example.com/v1beta1", "Vault", "x", "y"},
                                                     {"rbac.authorization.k8s.io/v1", "ClusterRole", "", "a/b:c"}}) {
    const auto read = ObjectRef::parse(ref.to_text());
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(*read, ref);
  }
  EXPECT_FALSE(ObjectRef::parse("web"));
  EXPECT_FALSE(ObjectRef::parse("v1/ConfigMap/a/"));
}

TEST(ManifestsTest, a_text_is_split_into_its_documents_with_place_and_reference) {
  const auto manifests = parse_manifests(R"(# a comment
---
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
# nothing here
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
)");
  ASSERT_TRUE(manifests) << manifests.error().message;
  EXPECT_EQ(names_of(*manifests), (std::vector<std::string>{"v1/Namespace//shop", "apps/v1/Deployment/shop/web"}));
  EXPECT_EQ((*manifests)[1].document, 2U);
  EXPECT_EQ((*manifests)[1].line, 9U);
}

TEST(ManifestsTest, lists_are_replaced_by_their_items_also_nested_and_typed_ones) {
  const auto manifests = parse_manifests(R"(
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}
- apiVersion: v1
  kind: SecretList
  items:
  - metadata: {name: b}
---
{apiVersion: v1, kind: List, items: []}
)");
  ASSERT_TRUE(manifests) << manifests.error().message;
  EXPECT_EQ(names_of(*manifests), (std::vector<std::string>{"v1/ConfigMap//a", "v1/Secret//b"}));
}

TEST(ManifestsTest, what_every_manifest_needs_is_named_with_its_place) {
  const auto says = [](std::string_view text, std::initializer_list<std::string_view> parts) {
    const std::string message = error_of(text);
    for (const std::string_view part : parts) EXPECT_NE(message.find(part), std::string::npos) << message;
  };
  says("kind: ConfigMap\nmetadata: {name: a}\n", {"document 1", "line 1", "apiVersion is missing"});
  says("apiVersion: v1\nmetadata: {name: a}\n", {"kind is missing"});
  says("{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n---\napiVersion: v1\nkind: ConfigMap\n",
       {"document 2", "line 3", "ConfigMap", "metadata.name is missing"});
  says("{apiVersion: v1, kind: Pod, metadata: {generateName: a-}}", {"generateName", "metadata.name"});
  says("{apiVersion: v1, kind: ConfigMap, metadata: {name: 7}}", {"metadata.name", "quotes"});
  says("{apiVersion: v1, kind: ConfigMap, metadata: {name: a, labels: {version: 1.5}}}",
       {"metadata.labels.version", "1.5", "quotes"});
  says("{apiVersion: v1, kind: ConfigMap, metadata: {name: a, annotations: [x]}}", {"metadata.annotations", "map"});
  says("- a\n- b\n", {"document 1", "array"});
  says("a: b: c\n", {"line 1"});
}

TEST(ManifestsTest, the_same_object_twice_is_refused_naming_both_places) {
  const std::string message = error_of(R"({apiVersion: v1, kind: ConfigMap, metadata: {name: a}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}
)");
  EXPECT_NE(message.find("document 1"), std::string::npos) << message;
  EXPECT_NE(message.find("document 2"), std::string::npos) << message;
  EXPECT_TRUE(parse_manifests(R"({apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: one}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: two}}
)"));
}

TEST(ManifestsTest, are_applied_from_namespaces_to_custom_resources) {
  auto manifests = parse_manifests(R"(
{apiVersion: example.com/v1, kind: Widget, metadata: {name: cr}}
---
{apiVersion: apps/v1, kind: Deployment, metadata: {name: d}}
---
{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: i}}
---
{apiVersion: v1, kind: Service, metadata: {name: s}}
---
{apiVersion: v1, kind: Secret, metadata: {name: b}}
---
{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}
---
{apiVersion: v1, kind: ServiceAccount, metadata: {name: sa}}
---
{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: {name: crd}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: ns}}
)");
  ASSERT_TRUE(manifests);
  sort_for_apply(*manifests);
  std::vector<std::string> names;
  for (const Manifest& manifest : *manifests) names.push_back(manifest.ref.name);
  EXPECT_EQ(names, (std::vector<std::string>{"ns", "crd", "sa", "b", "a", "s", "d", "i", "cr"}));
}

TEST(ManifestsTest, labels_are_added_where_keys_are_free_and_to_pod_templates) {
  const Labels labels{{"app.kubernetes.io/name", "shop"}, {"tier", "ours"}};
  const Labels pods{{"control-plane.threeport.io/workload-instance", "17"}};
  const Value labelled = with_labels(
      yaml(
          "{apiVersion: apps/v1, kind: Deployment, metadata: {name: d, labels: {tier: theirs}}, spec: {template: {}}}"),
      labels, pods);
  EXPECT_EQ(labelled.at("metadata", "labels"), (Value(Object{{"tier", "theirs"}, {"app.kubernetes.io/name", "shop"}})));
  EXPECT_EQ(labelled.at("spec", "template", "metadata", "labels"),
            (Value(Object{{"control-plane.threeport.io/workload-instance", "17"}})));
  const Value nested = with_labels(
      yaml("{apiVersion: batch/v1, kind: CronJob, metadata: {name: c}, spec: {jobTemplate: {spec: {template: {}}}}}"),
      labels, pods);
  EXPECT_FALSE(nested.at("spec", "jobTemplate", "spec", "template").at("metadata", "labels").is_null());
  const Value plain = with_labels(yaml("{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {}}"), labels, pods);
  EXPECT_TRUE(plain.at("spec", "template").is_null());
}

TEST(ManifestsTest, secrets_are_redacted_alike_however_they_are_written) {
  const Value encoded = redact_secret(yaml("{apiVersion: v1, kind: Secret, data: {k: c2VjcmV0}}"));
  const Value plain = redact_secret(yaml("{apiVersion: v1, kind: Secret, stringData: {k: secret}}"));
  EXPECT_EQ(encoded.at("data", "k").text(), "sha256:" + base::sha256_hex("secret"));
  EXPECT_EQ(encoded.at("data", "k"), plain.at("stringData", "k"));
  const Value annotated = redact_secret(yaml(
      R"({apiVersion: v1, kind: Secret, metadata: {annotations: {kubectl.kubernetes.io/last-applied-configuration:
      '{"apiVersion":"v1","kind":"Secret","data":{"k":"c2VjcmV0"}}'}}})"));
  EXPECT_EQ(base::json::dump(annotated).find("c2VjcmV0"), std::string::npos);
  const Value other = yaml("{apiVersion: v1, kind: ConfigMap, data: {k: v}}");
  EXPECT_EQ(redact_secret(other), other);
}

TEST(ManifestsTest, what_is_sent_carries_nothing_of_the_server_and_secrets_as_data) {
  const Value sent = make_applicable(yaml(R"(
apiVersion: v1
kind: Secret
metadata: {name: s, uid: u, resourceVersion: "3", creationTimestamp: null, managedFields: []}
data: {a: b25l}
stringData: {a: two, b: three}
status: {x: 1}
)"));
  EXPECT_EQ(sent, yaml("{apiVersion: v1, kind: Secret, metadata: {name: s}, data: {a: dHdv, b: dGhyZWU=}}"));
}

TEST(ManifestsTest, any_text_becomes_a_valid_label_value) {
  EXPECT_EQ(label_value("web"), "web");
  EXPECT_EQ(label_value("My App (v2)!"), "My-App--v2");
  EXPECT_EQ(label_value("--x--"), "x");
  EXPECT_EQ(label_value(std::string(80, 'a')).size(), 63U);
  EXPECT_EQ(label_value("***"), "");
}

TEST(ManifestsTest, an_autoscaler_names_its_target_and_keeps_its_count) {
  const Value scaler = yaml(R"(
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: h, namespace: shop}
spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}}
)");
  EXPECT_EQ(scale_target(scaler), (ObjectRef{"apps/v1", "Deployment", "shop", "web"}));
  EXPECT_EQ(scale_target(yaml("{apiVersion: v1, kind: ConfigMap}")), std::nullopt);
  const Value manifest = yaml("{kind: Deployment, spec: {replicas: 2}}");
  const Value live = yaml("{kind: Deployment, spec: {replicas: 9}}");
  EXPECT_EQ(with_live_replicas(manifest, &live).at("spec", "replicas").as_int(), 9);
  EXPECT_EQ(with_live_replicas(manifest, nullptr), manifest);
}

}  // namespace
}  // namespace threeport::providers::kubernetes
