#include "providers/kubernetes/drift.h"

#include <gtest/gtest.h>

#include "base/yaml.h"
#include "providers/kubernetes/quantity.h"

namespace threeport::providers::kubernetes {
namespace {

using base::json::Value;
using Paths = std::vector<std::string>;

Value yaml(std::string_view text) {
  auto document = base::yaml::parse_document(text);
  EXPECT_TRUE(document) << document.error().message;
  return document ? std::move(*document) : Value();
}

const char* const kDesired = R"(
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop, labels: {app: web}}
spec:
  replicas: 2
  template:
    metadata: {creationTimestamp: null, labels: {app: web}}
    spec:
      hostNetwork: false
      containers:
      - name: web
        image: shop/web:1
        command: []
        ports: [{containerPort: 80}]
        resources: {limits: {cpu: 1000m, memory: 1Gi}, requests: {cpu: 0.5}}
        env: [{name: LEVEL, value: "1000m"}, {name: EMPTY, value: ""}]
      volumes: [{name: tmp, emptyDir: {}}]
status: {}
)";

const char* const kLive = R"(
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop, uid: u, generation: 1, labels: {app: web, extra: theirs}}
spec:
  replicas: 2
  strategy: {type: RollingUpdate}
  template:
    metadata: {labels: {app: web}}
    spec:
      restartPolicy: Always
      containers:
      - name: sidecar
        image: mesh/proxy:1
      - name: web
        image: shop/web:1
        imagePullPolicy: IfNotPresent
        ports: [{containerPort: 80, protocol: TCP}]
        resources: {limits: {cpu: "1", memory: 1024Mi}, requests: {cpu: 500m}}
        env: [{name: LEVEL, value: "1000m"}, {name: EMPTY}]
      volumes: [{name: injected, emptyDir: {}}, {name: tmp, emptyDir: {}}]
status: {readyReplicas: 2}
)";

/// kLive with the text `from` replaced.
Value live_with(const std::string& from, const std::string& to) {
  std::string text = kLive;
  text.replace(text.find(from), from.size(), to);
  return yaml(text);
}

TEST(DriftTest, defaults_normal_forms_and_the_fields_of_others_are_no_drift) {
  EXPECT_EQ(differences(yaml(kDesired), yaml(kLive)), Paths{});
}

TEST(DriftTest, what_differs_is_named_by_its_path) {
  const Value desired = yaml(kDesired);
  EXPECT_EQ(differences(desired, live_with("replicas: 2", "replicas: 3")), (Paths{".spec.replicas"}));
  EXPECT_EQ(differences(desired, live_with("image: shop/web:1", "image: shop/web:2")),
            (Paths{".spec.template.spec.containers[name=web].image"}));
  EXPECT_EQ(differences(desired, live_with("name: web\n", "name: other\n")),
            (Paths{".spec.template.spec.containers[name=web]"}));
  EXPECT_EQ(differences(desired, live_with("memory: 1024Mi", "memory: 1025Mi")),
            (Paths{".spec.template.spec.containers[name=web].resources.limits.memory"}));
  EXPECT_EQ(differences(desired, live_with("labels: {app: web, extra", "labels: {extra")),
            (Paths{".metadata.labels.app"}));
  // Plain text is no quantity.
  EXPECT_EQ(differences(desired, live_with("{name: LEVEL, value: \"1000m\"}", "{name: LEVEL, value: \"1\"}")),
            (Paths{".spec.template.spec.containers[name=web].env[name=LEVEL].value"}));
}

TEST(DriftTest, the_count_is_left_to_an_autoscaler) {
  const Value scaled = live_with("replicas: 2", "replicas: 7");
  EXPECT_FALSE(drifted(yaml(kDesired), scaled, {.ignore_replicas = true}));
  EXPECT_EQ(owned_hash(yaml(kDesired), scaled, {.ignore_replicas = true}),
            owned_hash(yaml(kDesired), yaml(kLive), {.ignore_replicas = true}));
  EXPECT_NE(owned_hash(yaml(kDesired), scaled), owned_hash(yaml(kDesired), yaml(kLive)));
}

TEST(DriftTest, the_hash_depends_on_what_we_own_alone) {
  const Value desired = yaml(kDesired);
  const std::string hash = owned_hash(desired, yaml(kLive));
  EXPECT_EQ(hash.size(), 64U);
  EXPECT_EQ(owned_hash(desired, live_with("extra: theirs", "extra: changed")), hash);
  EXPECT_EQ(owned_hash(desired, live_with("readyReplicas: 2", "readyReplicas: 0")), hash);
  EXPECT_EQ(owned_hash(desired, live_with("image: mesh/proxy:1", "image: mesh/proxy:2")), hash);
  EXPECT_NE(owned_hash(desired, live_with("image: shop/web:1", "image: shop/web:2")), hash);
  EXPECT_NE(owned_hash(desired, live_with("containerPort: 80", "containerPort: 81")), hash);
}

TEST(DriftTest, secrets_compare_by_their_decoded_values) {
  const Value desired = yaml("{apiVersion: v1, kind: Secret, metadata: {name: s}, stringData: {k: secret}}");
  const Value live = yaml("{apiVersion: v1, kind: Secret, metadata: {name: s}, type: Opaque, data: {k: c2VjcmV0}}");
  EXPECT_FALSE(drifted(desired, live));
  const Value other = yaml("{apiVersion: v1, kind: Secret, metadata: {name: s}, type: Opaque, data: {k: b3RoZXI=}}");
  EXPECT_EQ(differences(desired, other), (Paths{".data.k"}));
}

TEST(DriftTest, lists_of_custom_resources_count_whole) {
  const Value desired = yaml("{apiVersion: x.io/v1, kind: W, spec: {ports: [{name: a, port: 1}]}}");
  EXPECT_FALSE(drifted(desired, yaml("{apiVersion: x.io/v1, kind: W, spec: {ports: [{name: a, port: 1, more: 2}]}}")));
  EXPECT_EQ(
      differences(desired, yaml("{apiVersion: x.io/v1, kind: W, spec: {ports: [{name: a, port: 1}, {name: b}]}}")),
      (Paths{".spec.ports"}));
}

TEST(QuantityTest, equal_amounts_are_equal_however_they_are_written) {
  const auto equal = [](const char* a, const char* b) {
    const auto left = parse_quantity(a);
    return left.has_value() && left == parse_quantity(b);
  };
  EXPECT_TRUE(equal("1", "1000m"));
  EXPECT_TRUE(equal("0.5", "500m"));
  EXPECT_TRUE(equal("1Gi", "1024Mi"));
  EXPECT_TRUE(equal("1k", "1e3"));
  EXPECT_TRUE(equal("0", "0Gi"));
  EXPECT_TRUE(equal("+1", "1.000"));
  EXPECT_TRUE(equal("-1", "-1000m"));
  EXPECT_FALSE(equal("1G", "1Gi"));
  EXPECT_FALSE(equal("1", "1001m"));
  for (const char* text : {"", ".", "m", "1x", "abc", "1 Gi", "1e", "1e999", "12345678901234567890"}) {
    EXPECT_FALSE(parse_quantity(text)) << text;
  }
}

}  // namespace
}  // namespace threeport::providers::kubernetes
