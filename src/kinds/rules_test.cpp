#include "kinds/rules.h"

#include <gtest/gtest.h>

#include "kinds/aws.h"
#include "kinds/environment.h"
#include "kinds/module.h"

namespace threeport::kinds {
namespace {

/// The message of the first rule of the kind that refuses the object; "" where all of them take it.
std::string refusal(std::string_view kind, const json::Value& after, const json::Value* before = nullptr) {
  for (const Rule& rule : rules()) {
    if (rule.kind != kind) continue;
    if (const auto checked = rule.check(before, after); !checked) return checked.error().message;
  }
  return "";
}

json::Value database(std::string_view engine, std::string_view version) {
  return json::Object{{"Engine", engine}, {"EngineVersion", version}};
}

TEST(AwsAccountRule, TakesBothKeysOrNeither) {
  constexpr std::string_view kKind = AwsAccount::kind.name;
  EXPECT_EQ(refusal(kKind, json::Object{{"Name", "a"}}), "");
  EXPECT_EQ(refusal(kKind, json::Object{{"AccessKeyID", "i"}, {"SecretAccessKey", "k"}}), "");
  EXPECT_TRUE(refusal(kKind, json::Object{{"AccessKeyID", "i"}}).starts_with("SecretAccessKey is missing"));
  EXPECT_TRUE(refusal(kKind, json::Object{{"SecretAccessKey", "k"}}).starts_with("AccessKeyID is missing"));
}

TEST(AwsAccountRule, LetsAnExistingAccountGetItsKeysOneByOne) {
  const json::Value before = json::Object{{"Name", "a"}};
  EXPECT_EQ(refusal(AwsAccount::kind.name, json::Object{{"AccessKeyID", "i"}}, &before), "");
}

TEST(AwsRelationalDatabaseRule, TakesTheVersionsOfTheEngine) {
  constexpr std::string_view kKind = AwsRelationalDatabaseDefinition::kind.name;
  for (const char* version : {"10.3", "10.4", "10.5", "10.6", "10.11"})
    EXPECT_EQ(refusal(kKind, database("mariadb", version)), "") << version;
  for (const char* version : {"5.7", "8.0"}) EXPECT_EQ(refusal(kKind, database("mysql", version)), "") << version;
  for (const char* version : {"11.16", "11.21", "12.11", "12.16", "13.7", "13.12", "14.3", "14.9", "15.2", "15.4"})
    EXPECT_EQ(refusal(kKind, database("postgres", version)), "") << version;
}

TEST(AwsRelationalDatabaseRule, RefusesOtherVersionsAndNamesTheSupportedOnes) {
  constexpr std::string_view kKind = AwsRelationalDatabaseDefinition::kind.name;
  EXPECT_EQ(refusal(kKind, database("mysql", "8.1")),
            "EngineVersion: 8.1 is not a supported version of mysql; supported: 5.7, 8.0");
  for (const char* version : {"10.7", "10.2", "10.12", "10", ""})
    EXPECT_NE(refusal(kKind, database("mariadb", version)), "") << version;
  for (const char* version : {"11.15", "11.22", "15.5", "16.1", "5.7"})
    EXPECT_NE(refusal(kKind, database("postgres", version)), "") << version;
}

TEST(ModuleApiRule, TakesAHostAndPerhapsAPort) {
  for (const char* endpoint : {"moduleapi-endpoint", "m.threeport-control-plane.svc.cluster.local", "10.0.0.7:8080",
                               "localhost:1", "[::1]", "[fe80::1]:65535", "a_b:80"})
    EXPECT_EQ(refusal(ModuleApi::kind.name, json::Object{{"Endpoint", endpoint}}), "") << endpoint;
}

TEST(ModuleApiRule, RefusesWhateverElseAUrlMayHold) {
  for (const char* endpoint :
       {"",      "http://m", "user@m", "user:secret@m:80", "m/path", "m:80/", "m?q", "m:", "m:0",  "m:65536",
        "m:8o",  "m m",      " m",     "m\r\nX: y",        "::1",    "[::1",  "[m]", "-m", "a..b", "m:80:80",
        "[::1]x"})
    EXPECT_TRUE(refusal(ModuleApi::kind.name, json::Object{{"Endpoint", endpoint}}).starts_with("Endpoint: "))
        << endpoint;
}

TEST(ModuleApiRouteRule, TakesSegmentsWithAndWithoutTheFirstSlash) {
  for (const char* path :
       {"/my-module-example-com/v0/foos", "/m", "moduleapiroute-path", "/m/foos/versions", "/~a;b=c"})
    EXPECT_EQ(refusal(ModuleApiRoute::kind.name, json::Object{{"Path", path}}), "") << path;
}

TEST(ModuleApiRouteRule, RefusesPathsThatHaveSeveralSpellings) {
  for (const std::string& path :
       {std::string(), std::string("/"), std::string("//m"), std::string("/m/"), std::string("/m//v0"),
        std::string("/m/../v0"), std::string("/./m"), std::string("/m%20"), std::string("/m?x"), std::string("/m#x"),
        std::string("/a b"), "/" + std::string(1024, 'a')})
    EXPECT_TRUE(refusal(ModuleApiRoute::kind.name, json::Object{{"Path", path}}).starts_with("Path: ")) << path;
}

TEST(EnvironmentRule, TakesADurationAsTTL) {
  constexpr std::string_view kKind = Environment::kind.name;
  EXPECT_EQ(refusal(kKind, json::Object{{"Name", "dev"}}), "");
  for (const char* ttl : {"72h", "500ms", "1h30m"}) EXPECT_EQ(refusal(kKind, json::Object{{"TTL", ttl}}), "") << ttl;
  for (const char* ttl : {"", "72", "soon", "0s", "-1h"}) {
    const std::string message = refusal(kKind, json::Object{{"TTL", ttl}});
    EXPECT_TRUE(message.starts_with("TTL")) << ttl << ": " << message;
  }
}

TEST(EnvironmentRule, TakesKeysThatAPlaceholderCanName) {
  constexpr std::string_view kKind = Environment::kind.name;
  for (const char* member : {"Variables", "Secrets"}) {
    for (const char* key : {"LOG_LEVEL", "api-key", "x9"})
      EXPECT_EQ(refusal(kKind, json::Object{{member, json::Object{{key, "v"}}}}), "") << key;
    for (const char* key : {"", "a.b", "a=b", "a}", "a b", "ä"}) {
      const std::string message = refusal(kKind, json::Object{{member, json::Object{{key, "v"}}}});
      EXPECT_TRUE(message.starts_with(std::string(member) + ": the key \"" + key + "\"")) << message;
    }
  }
}

TEST(EnvironmentRule, RefusesAKeyThatIsVariableAndSecret) {
  const json::Value both = json::Object{{"Variables", json::Object{{"A", "1"}}}, {"Secrets", json::Object{{"A", "2"}}}};
  EXPECT_TRUE(refusal(Environment::kind.name, both).starts_with("Secrets: the key A is one of Variables too"));
}

}  // namespace
}  // namespace threeport::kinds
