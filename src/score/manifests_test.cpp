#include "score/manifests.h"

#include <gtest/gtest.h>

#include "base/crypto.h"
#include "base/text.h"
#include "base/yaml.h"

namespace threeport::score {
namespace {

const json::Value kOutputs = yaml::parse_document(R"(
db: {host: db.local, port: 5432, password: s3cr3t}
data: {source: {persistentVolumeClaim: {claimName: data-a1b2}}, claim: other-claim}
bad: {source: {emptyDir: {}}}
)")
                                 .value();

/// `resources.<alias>.<output>` of kOutputs; a password is a secret.
base::Result<Output> look_up(const Reference& reference) {
  TP_TRY(json::Value value, walk(kOutputs, reference, 1));
  return Output{.value = std::move(value), .secret = reference.path.back() == "password"};
}

std::string file_with(std::string_view containers, std::string_view metadata = "name: shop",
                      std::string_view more = "") {
  return "apiVersion: score.dev/v1b1\nmetadata: {" + std::string(metadata) +
         "}\ncontainers: " + std::string(containers) + "\nresources: {db: {type: postgres}, data: {type: volume}}\n" +
         std::string(more);
}

base::Result<std::vector<json::Value>> render(const std::string& file, std::string salt = "salt") {
  TP_TRY(const Workload workload, parse(file));
  return make_manifests(workload, {.resources = look_up, .salt = std::move(salt)});
}

std::string error_of(const std::string& file) {
  const auto manifests = render(file);
  return manifests ? "accepted" : manifests.error().message;
}

/// The object of the kind, null where there is none.
json::Value object_of(const std::string& file, std::string_view kind, std::string_view name = "") {
  const auto manifests = render(file);
  if (!manifests) return manifests.error().message;
  for (const json::Value& manifest : *manifests) {
    if (manifest.at("kind").text() != kind) continue;
    if (name.empty() || manifest.at("metadata", "name").text() == name) return manifest;
  }
  return {};
}

json::Value pod_of(const std::string& file) { return object_of(file, "Deployment").at("spec", "template", "spec"); }
std::string as_yaml(const json::Value& value) { return yaml::dump(value); }

TEST(ScoreManifests, AWorkloadIsADeploymentWithStableLabels) {
  EXPECT_EQ(as_yaml(object_of(
                file_with("{web: {image: nginx, command: [sh], args: [-c, run], resources: {requests: {cpu: 10m}, "
                          "limits: {memory: 1Gi}}}, side: {image: busybox}}",
                          "name: shop, annotations: {team.io/name: blue, control-plane.threeport.io/replicas: '3'}"),
                "Deployment")),
            R"(apiVersion: apps/v1
kind: Deployment
metadata:
  name: shop
  labels:
    app.kubernetes.io/name: shop
    app.kubernetes.io/instance: shop
    app.kubernetes.io/managed-by: threeport
spec:
  selector:
    matchLabels:
      app.kubernetes.io/instance: shop
  replicas: 3
  template:
    metadata:
      labels:
        app.kubernetes.io/name: shop
        app.kubernetes.io/instance: shop
        app.kubernetes.io/managed-by: threeport
      annotations:
        team.io/name: blue
        k8s.score.dev/workload-name: shop
    spec:
      containers:
      - name: web
        image: nginx
        command:
        - sh
        args:
        - -c
        - run
        resources:
          requests:
            cpu: 10m
          limits:
            memory: 1Gi
      - name: side
        image: busybox
)");
}

TEST(ScoreManifests, PortsAreAService) {
  const std::string file =
      file_with("{web: {image: a}}", "name: shop",
                "service: {ports: {web: {port: 80, targetPort: 8080}, dns: {port: 53, protocol: UDP}}}\n");
  EXPECT_EQ(as_yaml(object_of(file, "Service").at("spec")), R"(selector:
  app.kubernetes.io/instance: shop
ports:
- name: web
  port: 80
  targetPort: 8080
  protocol: TCP
- name: dns
  port: 53
  targetPort: 53
  protocol: UDP
)");
  EXPECT_EQ(object_of(file, "Service").at("metadata", "name").text(), "shop");
  EXPECT_TRUE(object_of(file_with("{web: {image: a}}"), "Service").is_null());
  const std::string renamed =
      file_with("{web: {image: a}}", "name: shop, annotations: {k8s.score.dev/service-name: front}",
                "service: {ports: {web: {port: 80}}}\n");
  EXPECT_EQ(object_of(renamed, "Service").at("metadata", "name").text(), "front");
}

TEST(ScoreManifests, AStatefulSetHasAHeadlessService) {
  const std::string file = file_with("{web: {image: a}}", "name: shop, annotations: {k8s.score.dev/kind: StatefulSet}",
                                     "service: {ports: {web: {port: 80}}}\n");
  EXPECT_TRUE(object_of(file, "Deployment").is_null());
  EXPECT_EQ(object_of(file, "StatefulSet").at("spec", "serviceName").text(), "shop-headless-svc");
  EXPECT_EQ(object_of(file, "Service", "shop-headless-svc").at("spec", "clusterIP").text(), "None");
  EXPECT_TRUE(object_of(file, "Service", "shop").at("spec", "clusterIP").is_null());
  EXPECT_EQ(object_of(file, "StatefulSet").at("spec", "template", "metadata", "annotations"),
            json::Value(json::Object{{"k8s.score.dev/workload-name", "shop"}}));
}

TEST(ScoreManifests, VariablesAreSortedAndLiteral) {
  const json::Value pod =
      pod_of(file_with(R"({web: {image: a, variables: {URL: "http://${resources.db.host}:${resources.db.port}",
    NAME: "${metadata.name}", RAW: "$$(HOME) $$$${x} a$$$$b"}}})"));
  EXPECT_EQ(as_yaml(pod.at("containers").as_array()[0].at("env")), R"(- name: NAME
  value: shop
- name: RAW
  value: $$(HOME) $$${x} a$$$b
- name: URL
  value: http://db.local:5432
)");
}

TEST(ScoreManifests, AValueWithASecretIsAKeyOfOneSecret) {
  const std::string file =
      file_with(R"({web: {image: a, variables: {URL: "pg://u:${resources.db.password}@x", PLAIN: a},
    files: {/etc/db.conf: {content: "pw=${resources.db.password}", mode: "0400"}}}})");
  const json::Value secret = object_of(file, "Secret");
  const std::string name(secret.at("metadata", "name").text());
  EXPECT_TRUE(name.starts_with("shop-"));
  EXPECT_EQ(name.size(), std::string("shop-").size() + 10);
  EXPECT_EQ(secret.at("immutable"), json::Value(true));
  EXPECT_EQ(secret.at("data", "web.variable.URL").text(), base::base64_encode("pg://u:s3cr3t@x"));
  const json::Object& data = secret.at("data").as_object();
  ASSERT_EQ(data.size(), 2u);
  const std::string file_key = data.begin()->key;
  EXPECT_TRUE(file_key.starts_with("web.file.etc-db.conf-")) << file_key;
  EXPECT_EQ(data.begin()->value.text(), base::base64_encode("pw=s3cr3t"));

  const json::Value pod = pod_of(file);
  EXPECT_EQ(
      as_yaml(pod),
      "containers:\n- name: web\n  image: a\n  env:\n  - name: PLAIN\n    value: a\n  - name: URL\n    valueFrom:\n"
      "      secretKeyRef:\n        name: " +
          name +
          "\n        key: web.variable.URL\n  volumeMounts:\n"
          "  - name: secret-files\n    mountPath: /etc/db.conf\n    subPath: " +
          file_key +
          "\n    readOnly: true\n"
          "volumes:\n- name: secret-files\n  secret:\n    secretName: " +
          name + "\n    items:\n    - key: " + file_key + "\n      path: " + file_key + "\n      mode: 256\n");
  EXPECT_TRUE(object_of(file, "ConfigMap").is_null());
  const auto manifests = render(file);
  for (const json::Value& manifest : *manifests) {
    const bool tells = json::dump(manifest).find("s3cr3t") != std::string::npos;
    EXPECT_FALSE(tells && manifest.at("kind").text() != "Secret");
  }
}

TEST(ScoreManifests, FilesAreKeysOfOneConfigMap) {
  const std::string file = file_with(R"({web: {image: a, files: {/etc/a.txt: {content: "I am ${metadata.name}"},
    /etc/b.txt: {content: "${not.replaced}", noExpand: true}, /c.bin: {binaryContent: /w==}}}, two: {image: a, files: {/etc/a.txt: {content: two}}}})");
  const json::Value config_map = object_of(file, "ConfigMap");
  std::vector<std::string> texts;
  for (const json::Member& member : config_map.at("data").as_object()) {
    texts.push_back(member.key.substr(0, member.key.rfind('-')) + "=" + std::string(member.value.text()));
  }
  EXPECT_EQ(base::join(texts, "\n"),
            "two.file.etc-a.txt=two\nweb.file.etc-a.txt=I am shop\nweb.file.etc-b.txt=${not.replaced}");
  EXPECT_EQ(config_map.at("binaryData", "web.file.c.bin").text(), "/w==");
  const json::Value pod = pod_of(file);
  ASSERT_EQ(pod.at("volumes").as_array().size(), 1u);
  EXPECT_EQ(pod.at("volumes").as_array()[0].at("configMap", "items").as_array().size(), 4u);
  EXPECT_EQ(pod.at("containers").as_array()[0].at("volumeMounts").as_array()[0].at("mountPath").text(), "/etc/a.txt");
}

TEST(ScoreManifests, WhatHasControlCharactersIsBinary) {
  const auto is_text = [](std::string_view bytes) {
    const json::Value map = object_of(
        file_with("{web: {image: a, files: {/f: {binaryContent: " + base::base64_encode(bytes) + "}}}}"), "ConfigMap");
    return map.find("data") != nullptr;
  };
  EXPECT_TRUE(is_text("a\tb\r\n\u00e4\u00a0"));
  for (const std::string_view bytes : {std::string_view("\0", 1), std::string_view("\x1b["), std::string_view("\x7f"),
                                       std::string_view("\u0090"), std::string_view("\xff")}) {
    EXPECT_FALSE(is_text(bytes)) << base::hex(bytes);
  }
}

TEST(ScoreManifests, OtherContentsAreAnotherObjectAndEqualInputGivesEqualObjects) {
  const auto name = [](std::string_view content, std::string salt) {
    return std::string(
        render(file_with("{web: {image: a, files: {/a: {content: " + std::string(content) + "}}}}"), std::move(salt))
            ->front()
            .at("metadata", "name")
            .text());
  };
  EXPECT_EQ(name("one", "s"), name("one", "s"));
  EXPECT_NE(name("one", "s"), name("two", "s"));
  EXPECT_NE(name("one", "s"), name("one", "t"));
  EXPECT_NE(name("one", ""), "shop-");
}

TEST(ScoreManifests, VolumesAreClaimsOrWhatAResourceStandsFor) {
  const json::Value pod = pod_of(file_with(R"({web: {image: a, volumes: {
    /a: {source: "${resources.data}", path: /sub, readOnly: true},
    /b: {source: "my-${metadata.name}"},
    /c: {source: "${resources.data.claim}"},
    /d: {source: "${resources.data}"}}}})"));
  const json::Array& mounts = pod.at("containers").as_array()[0].at("volumeMounts").as_array();
  const json::Array& volumes = pod.at("volumes").as_array();
  ASSERT_EQ(volumes.size(), 3u);
  EXPECT_EQ(volumes[0].at("persistentVolumeClaim", "claimName").text(), "data-a1b2");
  EXPECT_EQ(volumes[1].at("persistentVolumeClaim", "claimName").text(), "my-shop");
  EXPECT_EQ(volumes[2].at("persistentVolumeClaim", "claimName").text(), "other-claim");
  ASSERT_EQ(mounts.size(), 4u);
  EXPECT_EQ(mounts[0],
            json::Value(json::Object{
                {"name", volumes[0].at("name")}, {"mountPath", "/a"}, {"subPath", "sub"}, {"readOnly", true}}));
  EXPECT_EQ(mounts[3], json::Value(json::Object{{"name", volumes[0].at("name")}, {"mountPath", "/d"}}));
}

TEST(ScoreManifests, ProbesRunACommandWhereThereIsOne) {
  const json::Value pod = pod_of(file_with(R"({web: {image: a,
    livenessProbe: {exec: {command: [ok]}, httpGet: {port: 80, path: /}},
    readinessProbe: {httpGet: {port: 80, path: /r, host: h, scheme: HTTPS, httpHeaders: [{name: A, value: b}]}}}})"));
  EXPECT_EQ(as_yaml(pod.at("containers").as_array()[0].at("livenessProbe")), "exec:\n  command:\n  - ok\n");
  EXPECT_EQ(
      as_yaml(pod.at("containers").as_array()[0].at("readinessProbe")),
      "httpGet:\n  path: /r\n  port: 80\n  host: h\n  scheme: HTTPS\n  httpHeaders:\n  - name: A\n    value: b\n");
}

// The schema's text says that the named containers start first; its name, and the one runtime that has it, that they
// start afterwards.
TEST(ScoreManifests, BeforeMakesThisContainerStartBeforeTheNamedOne) {
  const json::Value pod = pod_of(file_with(R"({web: {image: a},
    proxy: {image: b, readinessProbe: {exec: {command: [ok]}}, before: {web: {ready: healthy}}},
    agent: {image: c, before: {web: {ready: started}}},
    migrate: {image: d, before: {proxy: {ready: complete}}}})"));
  EXPECT_EQ(as_yaml(pod), R"(initContainers:
- name: agent
  image: c
  restartPolicy: Always
- name: migrate
  image: d
- name: proxy
  image: b
  readinessProbe:
    exec:
      command:
      - ok
  restartPolicy: Always
  startupProbe:
    exec:
      command:
      - ok
    periodSeconds: 2
    failureThreshold: 150
containers:
- name: web
  image: a
)");
}

TEST(ScoreManifests, RefusesWhatCannotBeDelivered) {
  EXPECT_EQ(error_of(file_with("{web: {image: .}}")),
            "containers.web.image: \".\" is given at deploy time; say --image web=REF");
  EXPECT_EQ(error_of(file_with("{web: {image: a, files: {/a: {source: a.txt}}}}")),
            "containers.web.files[\"/a\"]: source a.txt must be inlined as content or binaryContent, as tptctl does");
  EXPECT_EQ(error_of(file_with("{web: {image: a, volumes: {/a: {source: '${resources.db.password}'}}}}")),
            "containers.web.volumes[\"/a\"].source: must not be a secret; secrets may stand in variables and files");
  EXPECT_EQ(error_of(file_with("{web: {image: a, variables: {A: '${resources.db.nope}'}}}")),
            "containers.web.variables.A: ${resources.db.nope}: there is no \"nope\"; there is host, port, password");
  const std::string large(1u << 20, 'x');
  EXPECT_EQ(error_of(file_with("{web: {image: a, files: {/a: {content: " + large + "}}}}")), "accepted");
  EXPECT_EQ(
      error_of(file_with("{web: {image: a, files: {/a: {content: x" + large + "}}}}")),
      "containers: the files of all containers have 1048577 bytes, more than the 1048576 that a ConfigMap holds; put "
      "large files into the image or a volume");
}

}  // namespace
}  // namespace threeport::score
