// The scopes' rule over all kinds and all routes of this build.
#include "apiserver/access.h"

#include <set>

#include <gtest/gtest.h>

#include "kinds/registry.h"
#include "tests/support/control_plane.h"

namespace threeport::apiserver {
namespace {

using schema::Scope;
using schema::Scopes;

class AccessTest : public ::testing::Test {
 protected:
  /// The kinds whose objects exactly these scopes may write.
  std::set<std::string> written_by(Scopes writers) const {
    std::set<std::string> out;
    for (const KindDescriptor& kind : registry_.kinds()) {
      if (kind.writers == writers) out.emplace(kind.name);
    }
    return out;
  }
  Scopes callers(std::string_view method, std::string_view path) const { return callers_of(registry_, method, path); }

  schema::Registry registry_{kinds::all()};
};

TEST_F(AccessTest, DevelopersWriteWorkloadsAndWhatBelongsToThem) {
  EXPECT_EQ(written_by(schema::kDevelopers), (std::set<std::string>{"WorkloadDefinition",
                                                                    "WorkloadInstance",
                                                                    "WorkloadResourceDefinition",
                                                                    "WorkloadResourceInstance",
                                                                    "WorkloadEvent",
                                                                    "Revision",
                                                                    "Plan",
                                                                    "HelmWorkloadDefinition",
                                                                    "HelmWorkloadInstance",
                                                                    "TerraformDefinition",
                                                                    "TerraformInstance",
                                                                    "SecretDefinition",
                                                                    "SecretInstance",
                                                                    "GatewayDefinition",
                                                                    "GatewayInstance",
                                                                    "GatewayHttpPort",
                                                                    "GatewayTcpPort",
                                                                    "DomainNameDefinition",
                                                                    "DomainNameInstance",
                                                                    "AwsRelationalDatabaseDefinition",
                                                                    "AwsRelationalDatabaseInstance",
                                                                    "AwsObjectStorageBucketDefinition",
                                                                    "AwsObjectStorageBucketInstance",
                                                                    "Environment",
                                                                    "DependencyInstance",
                                                                    "DependencyClaim"}));
}

TEST_F(AccessTest, TokensAreForAdminsAndAllElseForOperators) {
  EXPECT_EQ(written_by(schema::kAdmins), std::set<std::string>{"AccessToken"});
  EXPECT_EQ(written_by(schema::kEveryone), std::set<std::string>{"IdempotencyRecord"}) << "a part of their own request";
  EXPECT_EQ(written_by(schema::kDevelopers).size() + written_by(schema::kOperators).size() + 2,
            registry_.kinds().size());
}

TEST_F(AccessTest, EveryoneReadsEverything) {
  for (const KindDescriptor& kind : registry_.kinds()) {
    for (const char* method : {"GET", "HEAD", "OPTIONS"})
      EXPECT_EQ(callers(method, "/v0/" + std::string(kind.path) + "/17"), schema::kEveryone) << kind.name;
  }
  EXPECT_EQ(callers("GET", "/metrics"), schema::kEveryone);
}

TEST_F(AccessTest, ARouteOfAKindTakesTheKindsWriters) {
  for (const KindDescriptor& kind : registry_.kinds()) {
    const std::string collection = "/v0/" + std::string(kind.path);
    for (const char* method : {"POST", "PUT", "PATCH", "DELETE"}) {
      EXPECT_EQ(callers(method, collection + "/{}"), kind.writers) << kind.name;
      EXPECT_EQ(callers(method, collection + "/{}/rollback"), kind.writers) << kind.name;
    }
    EXPECT_EQ(callers("POST", collection), kind.writers) << kind.name;
    EXPECT_EQ(callers("POST", collection + "/"), kind.writers) << kind.name;
  }
}

TEST_F(AccessTest, WhoMayWriteAKindMayWriteWhatItNests) {
  for (const KindDescriptor& kind : registry_.kinds()) {
    for (const schema::FieldDescriptor& field : kind.fields) {
      const KindDescriptor* nested =
          field.type == schema::FieldType::relation ? registry_.find(field.references) : nullptr;
      if (nested == nullptr) continue;
      for (const Scope scope : schema::kScopes)
        EXPECT_TRUE(!kind.writers.has(scope) || nested->writers.has(scope)) << kind.name << "." << field.name;
    }
  }
}

TEST_F(AccessTest, OtherRoutesHaveARuleAndWhatHasNoneIsForOperators) {
  EXPECT_EQ(callers("POST", "/v0/apply"), schema::kDevelopers);
  EXPECT_EQ(callers("POST", "/v0/plan"), schema::kDevelopers);
  EXPECT_EQ(callers("POST", "/v0/workload-resource-definition-sets"), schema::kDevelopers);
  EXPECT_EQ(callers("DELETE", "/v0/workload-events"), schema::kDevelopers);
  EXPECT_EQ(callers("POST", "/v0/image-builds"), schema::kBuilders);
  EXPECT_EQ(callers("POST", "/my-module-example-com/v0/foos"), schema::kOperators);
  EXPECT_EQ(callers("DELETE", "/v0/no-such-kind/1"), schema::kOperators);
}

TEST_F(AccessTest, NoRouteThatWritesIsForThoseWhoOnlyRead) {
  threeport::testing::ControlPlane plane;
  std::size_t writing = 0;
  for (const Router::Route& route : plane.server().router().routes()) {
    if (route.method == "GET" || route.method == "OPTIONS") continue;
    ++writing;
    const Scopes callers = callers_of(registry_, route.method, route.pattern);
    EXPECT_TRUE(callers.has(Scope::admin)) << route.pattern;
    EXPECT_FALSE(callers.has(Scope::read_only) || callers.has(Scope::ci)) << route.method << " " << route.pattern;
  }
  EXPECT_GT(writing, registry_.kinds().size());
}

TEST_F(AccessTest, OnlyProbesAndTheVersionAreOpen) {
  for (const char* path : {"/healthz", "/readyz", "/readyz/", "/version"}) EXPECT_TRUE(is_open(path)) << path;
  for (const char* path : {"/metrics", "/openapi.json", "/v0/whoami", "/v0/tiers", "/", "", "/healthz/x", "//healthz"})
    EXPECT_FALSE(is_open(path)) << path;
}

TEST_F(AccessTest, ARefusalNamesTheScopeAndThoseThatWouldDo) {
  EXPECT_TRUE(check_scope(Scope::operations, schema::kOperators, "create tiers"));
  const auto refused = check_scope(Scope::developer, schema::kOperators, "create objects of kind tier");
  EXPECT_EQ(refused.error().kind, base::ErrorKind::denied);
  EXPECT_EQ(refused.error().message,
            "the scope developer does not allow to create objects of kind tier; that takes admin or operator");
}

}  // namespace
}  // namespace threeport::apiserver
