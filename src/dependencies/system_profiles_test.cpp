#include "dependencies/system_profiles.h"

#include <algorithm>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "base/yaml.h"
#include "dependencies/outputs.h"
#include "dependencies/profile.h"
#include "dependencies/wiring.h"
#include "kinds/registry.h"
#include "score/placeholder.h"

namespace threeport::dependencies {
namespace {

constexpr std::string_view kSecret = "gEnErAtEd123456789012345";

const std::map<std::string, json::Value>& profiles() {
  static const auto all = [] {
    std::map<std::string, json::Value> out;
    auto read = system_profiles();
    EXPECT_TRUE(read) << read.error().message;
    for (json::Value& profile : *read) out.emplace(std::string(profile.at("Type").text()), profile);
    return out;
  }();
  return all;
}

std::set<std::string> keys_of(const json::Value& value) {
  std::set<std::string> out;
  if (const json::Object* object = value.if_object()) {
    for (const json::Member& member : *object) out.insert(member.key);
  }
  return out;
}

/// Parameters that users must give, by type.
const std::map<std::string, json::Object> kRequiredParams{{"route", {{"host", "web.localhost"}, {"port", "web"}}},
                                                          {"endpoint", {{"port", 8181}}}};

/// What a reference of a profile stands for in these tests; an error where it can stand for nothing.
base::Result<score::Output> look_up(const json::Value& profile, const score::Reference& reference) {
  const std::string type(profile.at("Type").text());
  json::Value params = profile.at("Defaults").is_object() ? profile.at("Defaults") : json::Value(json::Object{});
  if (const auto given = kRequiredParams.find(type); given != kRequiredParams.end()) {
    for (const json::Member& member : given->second) params[member.key] = member.value;
  }
  json::Value known =
      json::Object{{"self", json::Object{{"name", type + "-k3x2m5q7ab"}, {"namespace", "dev-a2b3c4d5e6"}}},
                   {"workload", json::Object{{"name", "web"}, {"namespace", "dev-a2b3c4d5e6"}}},
                   {"target", json::Object{{"service", "backend"}, {"port", 8080}}},
                   {"params", params},
                   {"generated", json::Object{}},
                   {"requires", json::Object{}}};
  for (const std::string& name : keys_of(profile.at("Generate"))) known["generated"][name] = kSecret;
  for (const std::string& alias : keys_of(profile.at("Requires"))) {
    const std::string required(profile.at("Requires").at(alias).at("Type").text());
    for (const std::string& output : keys_of(profiles().at(required).at("Outputs"))) {
      known["requires"][alias][output] = output == "port" ? json::Value(5432) : json::Value(alias + "-" + output);
    }
  }
  TP_TRY(json::Value value, score::walk(known, reference, 0));
  return score::Output{.value = std::move(value), .secret = reference.path[0] == "generated"};
}

/// All objects that a profile makes, also by its variants, and what it applies before removal.
std::vector<json::Value> objects_of(const json::Value& profile) {
  std::vector<std::string> texts;
  const json::Value& params = profile.at("Params");
  for (const char* member : {"Manifests", "RemoveManifests"}) texts.emplace_back(params.at(member).text());
  if (const json::Array* variants = params.at("Variants").if_array()) {
    for (const json::Value& variant : *variants) texts.emplace_back(variant.at("Manifests").text());
  }
  std::vector<json::Value> out;
  for (const std::string& text : texts) {
    auto expanded =
        score::expand(std::string_view(text), [&](const auto& reference) { return look_up(profile, reference); });
    EXPECT_TRUE(expanded) << expanded.error().message;
    if (!expanded) continue;
    auto documents = yaml::parse_documents(expanded->text);
    EXPECT_TRUE(documents) << documents.error().message << "\n" << expanded->text;
    if (documents) std::ranges::move(*documents, std::back_inserter(out));
  }
  return out;
}

/// Every value of member `key` at any depth.
void find_all(const json::Value& value, std::string_view key, std::vector<json::Value>& out) {
  if (const json::Object* object = value.if_object()) {
    for (const json::Member& member : *object) {
      if (member.key == key) out.push_back(member.value);
      find_all(member.value, key, out);
    }
  } else if (const json::Array* list = value.if_array()) {
    for (const json::Value& element : *list) find_all(element, key, out);
  }
}

std::vector<json::Value> all_named(const json::Value& value, std::string_view key) {
  std::vector<json::Value> out;
  find_all(value, key, out);
  return out;
}

TEST(SystemProfiles, HaveOnlyMembersOfTheKindAndNamesOfTheirTypes) {
  const auto kinds = kinds::all();
  const auto kind = std::ranges::find(kinds, "DependencyProfile", &schema::KindDescriptor::name);
  ASSERT_NE(kind, kinds.end());
  std::set<std::string> members;
  for (const auto& field : kind->fields) members.emplace(field.name);
  for (const auto& [type, profile] : profiles()) {
    EXPECT_EQ(profile.at("Name").text(), "system-" + type);
    EXPECT_EQ(profile.at("System"), json::Value(true)) << type;
    for (const std::string& member : keys_of(profile)) EXPECT_TRUE(members.contains(member)) << type << ": " << member;
    EXPECT_TRUE(
        (std::set<std::string_view>{"manifests", "names", "environment"}.contains(profile.at("Provider").text())))
        << type;
  }
}

TEST(SystemProfiles, GiveTheOutputsOfScoresWellKnownTypes) {
  const std::map<std::string, std::set<std::string>> wanted{
      {"volume", {"source"}},
      {"dns", {"host", "url"}},
      {"route", {}},
      {"service-port", {"hostname", "port"}},
      {"service", {"name"}},
      {"postgres", {"host", "port", "name", "database", "username", "password"}},
      {"postgres-instance", {"host", "port", "username", "password"}},
      {"mysql", {"host", "port", "name", "database", "username", "password"}},
      {"mssql", {"server", "port", "connection", "database", "username", "password"}},
      {"mongodb", {"host", "port", "username", "password", "connection"}},
      {"redis", {"host", "port", "username", "password"}},
      {"amqp", {"host", "port", "vhost", "username", "password"}},
      {"kafka-topic", {"host", "port", "name", "num_partitions"}},
      {"kafka-instance", {"host", "port"}},
      {"s3", {"bucket", "access_key_id", "secret_key", "endpoint", "region", "aws_access_key_id", "aws_secret_key"}},
      {"elasticsearch", {"host", "port", "username", "password"}},
      {"environment", {}},
      {"horizontal-pod-autoscaler", {}},
      {"endpoint", {"url"}},
      {"namespace", {"name"}}};
  for (const auto& [type, outputs] : wanted) {
    ASSERT_TRUE(profiles().contains(type)) << type;
    EXPECT_EQ(keys_of(profiles().at(type).at("Outputs")), outputs) << type;
  }
  EXPECT_EQ(profiles().size(), wanted.size());
}

TEST(SystemProfiles, ReadOnlyWhatTheyGenerateRequireOrKnow) {
  for (const auto& [type, profile] : profiles()) {
    for (const score::Reference& reference : score::references_in(profile)) {
      const auto found = look_up(profile, reference);
      EXPECT_TRUE(found) << type << ": " << (found ? "" : found.error().message);
    }
  }
}

TEST(SystemProfiles, AreValidAndTakeTheParametersOfTheirTypes) {
  for (const auto& [type, members] : profiles()) {
    auto profile = schema::from_json<DependencyProfile>(members);
    ASSERT_TRUE(profile) << type << ": " << profile.error().message;
    const auto valid = check_profile(*profile);
    EXPECT_TRUE(valid) << type << ": " << (valid ? "" : valid.error().message);
    Outputs given;
    if (const auto required = kRequiredParams.find(type); required != kRequiredParams.end()) {
      for (const json::Member& member : required->second) given[member.key] = {.value = member.value};
    }
    const auto complete = complete_params(given, profile->defaults, score::references_in(members));
    EXPECT_TRUE(complete) << type << ": " << (complete ? "" : complete.error().message);
    EXPECT_EQ(complete_params({}, profile->defaults, score::references_in(members)).has_value(), given.empty()) << type;
  }
}

TEST(SystemProfiles, MeanTheSameFilledInAsTextsAndAsObjects) {
  for (const auto& [type, profile] : profiles()) {
    std::vector<json::Value> texts = all_named(profile, "Manifests");
    std::ranges::move(all_named(profile, "RemoveManifests"), std::back_inserter(texts));
    std::vector<json::Value> filled;
    for (const json::Value& text : texts) {
      auto documents = yaml::parse_documents(text.text());
      ASSERT_TRUE(documents) << type << ": " << documents.error().message;
      for (const json::Value& document : *documents) {
        auto object = fill_manifest(document, [&](const auto& reference) { return look_up(profile, reference); });
        ASSERT_TRUE(object) << type << ": " << object.error().message;
        filled.push_back(std::move(*object));
      }
    }
    EXPECT_EQ(json::Value(filled), json::Value(objects_of(profile))) << type;
  }
}

TEST(SystemProfiles, ShowNoGeneratedValueButInSecretsAndSecretOutputs) {
  for (const auto& [type, profile] : profiles()) {
    for (const std::string& name : keys_of(profile.at("Outputs"))) {
      const json::Value& output = profile.at("Outputs").at(name);
      if (keys_of(output) == std::set<std::string>{"Secret"}) continue;
      for (const score::Reference& reference : score::references_in(output)) {
        EXPECT_NE(reference.path[0], "generated") << type << "." << name;
      }
    }
    for (const json::Value& object : objects_of(profile)) {
      if (object.at("kind").text() == "Secret") continue;
      EXPECT_EQ(json::dump(object).find(kSecret), std::string::npos) << type << ": " << json::dump(object);
    }
  }
}

TEST(SystemProfiles, MakeObjectsOfTheirNamespaceThatFitTogether) {
  for (const auto& [type, profile] : profiles()) {
    const bool is_one_of_several = profile.at("Params", "Variants").is_array();
    std::map<std::string, json::Value> objects;
    for (json::Value& object : objects_of(profile)) {
      EXPECT_FALSE(object.at("apiVersion").text().empty()) << type;
      EXPECT_EQ(object.at("metadata", "namespace").text(), "dev-a2b3c4d5e6") << type;
      EXPECT_TRUE(object.at("metadata", "name").text().starts_with(type + "-k3x2m5q7ab")) << type;
      const std::string key =
          std::string(object.at("kind").text()) + "/" + std::string(object.at("metadata", "name").text());
      EXPECT_TRUE(objects.emplace(key, object).second || is_one_of_several) << key;
    }
    for (const auto& [name, object] : objects) {
      for (const json::Value& reference : all_named(object, "secretKeyRef")) {
        const auto secret = objects.find("Secret/" + std::string(reference.at("name").text()));
        ASSERT_NE(secret, objects.end()) << name;
        EXPECT_TRUE(keys_of(secret->second.at("stringData")).contains(std::string(reference.at("key").text()))) << name;
      }
      for (const json::Value& claim : all_named(object, "claimName")) {
        EXPECT_TRUE(objects.contains("PersistentVolumeClaim/" + std::string(claim.text()))) << name;
      }
      for (const json::Value& map : all_named(object, "configMap")) {
        EXPECT_TRUE(objects.contains("ConfigMap/" + std::string(map.at("name").text()))) << name;
      }
      const json::Value& selected = object.at("spec", "selector", "matchLabels");
      for (const std::string& label : keys_of(selected)) {
        EXPECT_EQ(selected.at(label), object.at("spec", "template", "metadata", "labels").at(label)) << name;
      }
    }
  }
}

TEST(SystemProfiles, RunTheirContainersWithoutRootAndWithinLimits) {
  for (const auto& [type, profile] : profiles()) {
    for (const json::Value& object : objects_of(profile)) {
      const json::Value& pod = object.at("spec", "template", "spec");
      if (pod.is_null()) continue;
      EXPECT_EQ(pod.at("securityContext", "runAsNonRoot"), json::Value(true)) << type;
      EXPECT_EQ(pod.at("enableServiceLinks"), json::Value(false)) << type;
      for (const json::Value& container : pod.at("containers").as_array()) {
        EXPECT_FALSE(container.at("image").text().empty()) << type;
        EXPECT_FALSE(container.at("resources", "requests", "memory").text().empty()) << type;
        EXPECT_FALSE(container.at("resources", "limits", "memory").text().empty()) << type;
        EXPECT_EQ(container.at("securityContext", "allowPrivilegeEscalation"), json::Value(false)) << type;
        EXPECT_EQ(container.at("readinessProbe").is_object(), object.at("kind").text() != "Job") << type;
      }
    }
  }
}

}  // namespace
}  // namespace threeport::dependencies
