#include "dependencies/wiring.h"

#include <gtest/gtest.h>

#include "base/yaml.h"

namespace threeport::dependencies {
namespace {

base::Result<score::Output> look_up(const score::Reference& reference) {
  if (reference.text == "resources.db.password") return score::Output{.value = "s3cr3t", .secret = true};
  if (reference.text == "resources.db.port") return score::Output{.value = 5432};
  if (reference.text == "resources.db.host") return score::Output{.value = "db.dev.svc"};
  return base::invalid("${" + reference.text + "}: no such thing");
}

json::Value manifest(const std::string& text) { return base::yaml::parse_document(text).value(); }

constexpr const char* kDeployment =
    "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  template:\n    spec:\n      containers:\n"
    "        - name: web\n          env:\n            - {name: URL, value: \"pg:${resources.db.password}@x\"}\n"
    "            - {name: PORT, value: \"${resources.db.port}\"}\n          ports:\n"
    "            - containerPort: ${resources.db.port}\n";

TEST(Wiring, SecretsOfTheEnvironmentMoveIntoOneSecret) {
  const auto wired = wire_manifests({manifest(kDeployment)}, look_up, "web", "salt");
  ASSERT_TRUE(wired) << wired.error().message;
  ASSERT_EQ(wired->size(), 2U);
  const json::Value& secret = wired->at(0);
  EXPECT_EQ(secret.at("stringData", "web.URL.0").text(), "pg:s3cr3t@x");
  const json::Value& container = wired->at(1).at("spec", "template", "spec", "containers").as_array()[0];
  EXPECT_EQ(json::dump(container.at("env").as_array()[0]), R"({"name":"URL","valueFrom":{"secretKeyRef":{"name":")" +
                                                               std::string(secret.at("metadata", "name").text()) +
                                                               R"(","key":"web.URL.0"}}})");
  EXPECT_EQ(json::dump(container.at("env").as_array()[1]), R"({"name":"PORT","value":"5432"})");
  EXPECT_EQ(json::dump(container.at("ports").as_array()[0]), R"({"containerPort":5432})");
  EXPECT_EQ(json::dump(wired->at(1)).find("s3cr3t"), std::string::npos);
}

TEST(Wiring, OtherContentIsAnotherSecret) {
  const auto with = [](const std::string& password) {
    const auto wired = wire_manifests(
        {manifest(kDeployment)},
        [&](const score::Reference& reference) -> base::Result<score::Output> {
          if (reference.text == "resources.db.password") return score::Output{.value = password, .secret = true};
          return look_up(reference);
        },
        "web", "salt");
    return std::string(wired->at(0).at("metadata", "name").text());
  };
  EXPECT_EQ(with("a"), with("a"));
  EXPECT_NE(with("a"), with("b"));
}

TEST(Wiring, ASecretMayStandInDataOfASecretAndNowhereElse) {
  const auto secret = fill_manifest(
      manifest("apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {p: \"${resources.db.password}\"}\n"),
      look_up);
  ASSERT_TRUE(secret);
  EXPECT_EQ(secret->at("stringData", "p").text(), "s3cr3t");
  const auto map = fill_manifest(
      manifest("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {p: \"${resources.db.password}\"}\n"),
      look_up);
  ASSERT_FALSE(map);
  EXPECT_TRUE(map.error().message.starts_with("ConfigMap c, data.p: ${resources.db.password} is secret"))
      << map.error().message;
  const auto arguments =
      wire_manifests({manifest("apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: a, args: "
                               "[\"${resources.db.password}\"]}]}\n")},
                     look_up, "p", "");
  ASSERT_FALSE(arguments);
  EXPECT_NE(arguments.error().message.find("spec.containers.0.args.0"), std::string::npos) << arguments.error().message;
}

TEST(Wiring, AnUnknownReferenceHasItsPath) {
  const auto filled = fill_manifest(
      manifest("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {p: \"${nope}\"}\n"), look_up);
  ASSERT_FALSE(filled);
  EXPECT_EQ(filled.error().message, "ConfigMap c, data.p: ${nope}: no such thing");
}

}  // namespace
}  // namespace threeport::dependencies
