#include "dependencies/resolver.h"

#include <gtest/gtest.h>

#include "dependencies/testing.h"

namespace threeport::dependencies {
namespace {

using testing::need;
using testing::profile;
using testing::shared_need;
using testing::Shelf;

constexpr ObjectId kWeb = 17, kShop = 18, kDev = 4, kCluster = 3;

Request request(std::vector<Declaration> declarations, ObjectId workload = kWeb, std::string name = "web-dev") {
  Setting setting;
  setting.environment = "dev";
  setting.environment_id = kDev;
  setting.runtime_id = kCluster;
  setting.workload_instance_id = workload;
  return {.claimant = {.id = workload, .is_workload = true, .name = std::move(name)},
          .declarations = std::move(declarations),
          .setting = std::move(setting)};
}

class Resolver : public ::testing::Test {
 protected:
  Resolver() {
    DependencyProfile server = profile("server");
    server.shared = true;
    shelf_.known_profiles = {profile("redis"),
                             profile("postgres", json::Object{{"server", json::Object{{"Type", "server"}}}}), server,
                             profile("dns"), profile("route")};
  }

  /// The lines of the result: "Create redis.default#web-dev.cache".
  std::vector<std::string> plan(const Request& request) {
    auto outcome = shelf_.resolve_for(request);
    if (!outcome) return {"error: " + outcome.error().message};
    std::vector<std::string> out;
    for (const Node& node : outcome->resolution.nodes)
      out.push_back(std::string(to_string(node.action)) + " " + node.instance.identity);
    return out;
  }
  void apply(const Request& request) {
    auto outcome = shelf_.resolve_for(request);
    ASSERT_TRUE(outcome) << outcome.error().message;
    ASSERT_TRUE(shelf_.write(outcome->writes));
  }
  std::string error(const Request& request) {
    auto outcome = shelf_.resolve_for(request);
    return outcome ? std::string() : outcome.error().message;
  }
  DependencyInstance& only_instance() { return shelf_.all_instances.begin()->second; }

  Shelf shelf_;
};

using Lines = std::vector<std::string>;

TEST_F(Resolver, WithoutAnIdADependencyIsPrivate) {
  EXPECT_EQ(plan(request({need("cache", "redis")})), Lines{"Create redis.default#web-dev.cache"});
  apply(request({need("cache", "redis")}));
  EXPECT_EQ(plan(request({need("cache", "redis")})), Lines{"Reuse redis.default#web-dev.cache"});
  EXPECT_EQ(plan(request({need("cache", "redis")}, kShop, "shop-dev")), Lines{"Create redis.default#shop-dev.cache"});
}

TEST_F(Resolver, WhoNamesTheSameIdSharesIt) {
  apply(request({shared_need("cache", "redis", "main")}));
  EXPECT_EQ(plan(request({shared_need("store", "redis", "main")}, kShop, "shop-dev")),
            Lines{"Reuse redis.default#main"});
  EXPECT_EQ(plan(request({shared_need("store", "redis", "other")}, kShop, "shop-dev")),
            Lines{"Create redis.default#other"});
}

TEST_F(Resolver, RequirementsOfRequirementsAreResolvedAndSharedOnesMadeOnce) {
  const auto outcome = shelf_.resolve_for(request({need("a", "postgres"), need("b", "postgres")}));
  ASSERT_TRUE(outcome);
  Lines lines;
  for (const Node& node : outcome->resolution.nodes) lines.push_back(node.instance.identity);
  EXPECT_EQ(lines, (Lines{"postgres.default#web-dev.a", "server.default#shared", "postgres.default#web-dev.b"}));
  EXPECT_EQ(outcome->resolution.edges.size(), 4U);
  EXPECT_EQ(outcome->writes.instances.size(), 2U) << "the server is claimed by the databases";
}

TEST_F(Resolver, ParametersThatNameAnotherDependencyMakeAnEdge) {
  const auto outcome = shelf_.resolve_for(
      request({need("dns", "dns"), need("route", "route", json::Object{{"host", "${resources.dns.host}"}})}));
  ASSERT_TRUE(outcome);
  ASSERT_EQ(outcome->resolution.edges.size(), 3U);
  EXPECT_EQ(outcome->resolution.edges[2].alias, "resources.dns");
  EXPECT_EQ(outcome->writes.claims.size(), 3U);
}

TEST_F(Resolver, ACycleIsRefusedWithItsPath) {
  const std::string message = error(request({need("a", "dns", json::Object{{"x", "${resources.b.host}"}}),
                                             need("b", "route", json::Object{{"x", "${resources.a.host}"}})}));
  EXPECT_NE(message.find("dns.default#web-dev.a -> route.default#web-dev.b -> dns.default#web-dev.a"),
            std::string::npos)
      << message;
}

TEST_F(Resolver, ProfilesThatRequireEachOtherAreRefused) {
  shelf_.known_profiles = {profile("a", json::Object{{"b", json::Object{{"Type", "b"}}}}),
                           profile("b", json::Object{{"a", json::Object{{"Type", "a"}}}})};
  EXPECT_NE(error(request({need("x", "a")})).find("require each other without end"), std::string::npos);
}

TEST_F(Resolver, AnUnknownTypeNamesTheProfileToWrite) {
  EXPECT_EQ(error(request({need("queue", "amqp")})),
            "resources.queue: no dependency profile provides type amqp, class default (known types are dns, postgres, "
            "redis, route, server): write a DependencyProfile with Type: amqp");
}

TEST_F(Resolver, TheFirstWhoGivesParametersOwnsThem) {
  const json::Value small = json::Object{{"size", "1Gi"}}, big = json::Object{{"size", "2Gi"}};
  apply(request({shared_need("cache", "redis", "main", small)}));
  EXPECT_EQ(plan(request({shared_need("store", "redis", "main")}, kShop, "shop-dev")),
            Lines{"Reuse redis.default#main"});
  const std::string message = error(request({shared_need("store", "redis", "main", big)}, kShop, "shop-dev"));
  EXPECT_NE(
      message.find("resources.store: redis.default#main has the parameters {\"size\":\"1Gi\"} of workload instance "
                   "17, cache, not {\"size\":\"2Gi\"}"),
      std::string::npos)
      << message;
  EXPECT_EQ(plan(request({shared_need("cache", "redis", "main", big)})), Lines{"Update redis.default#main"});
}

TEST_F(Resolver, AnImmutableParameterNeedsAnotherIncarnation) {
  shelf_.known_profiles[0].immutable_params = {"engine"};
  apply(request({need("cache", "redis", json::Object{{"engine", "a"}})}));
  const Request changed = request({need("cache", "redis", json::Object{{"engine", "b"}})});
  EXPECT_EQ(plan(changed), Lines{"Replace redis.default#web-dev.cache"});
  apply(changed);
  ASSERT_EQ(shelf_.all_instances.size(), 2U);
  const auto after = shelf_.resolve_for(changed);
  ASSERT_TRUE(after);
  EXPECT_EQ(after->resolution.nodes[0].action, Action::reuse);
  EXPECT_EQ(after->resolution.nodes[0].instance.incarnation, 2);
  EXPECT_EQ(after->resolution.releases.size(), 1U) << "the claim on the one before";
}

TEST_F(Resolver, DataIsNotLostWithoutTheUsersWord) {
  shelf_.known_profiles[0].immutable_params = {"engine"};
  shelf_.known_profiles[0].data_bearing = true;
  apply(request({need("cache", "redis", json::Object{{"engine", "a"}})}));
  Request changed = request({need("cache", "redis", json::Object{{"engine", "b"}})});
  EXPECT_NE(error(changed).find("--discard-data"), std::string::npos) << error(changed);
  changed.discard_data = true;
  EXPECT_EQ(plan(changed), Lines{"Replace redis.default#web-dev.cache"});
}

TEST_F(Resolver, WhatIsThereKeepsItsProfileAndItsKey) {
  apply(request({need("cache", "redis")}));
  shelf_.known_profiles.erase(shelf_.known_profiles.begin());
  EXPECT_EQ(plan(request({need("cache", "redis")}, kWeb, "renamed")), Lines{"Reuse redis.default#web-dev.cache"});
}

TEST_F(Resolver, WhatIsLeavingCannotBeClaimed) {
  apply(request({shared_need("cache", "redis", "main")}));
  only_instance().reconciliation.deletion_scheduled = base::TimePoint(base::Millis(1));
  const auto outcome = shelf_.resolve_for(request({shared_need("store", "redis", "main")}, kShop, "shop-dev"));
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().kind, base::ErrorKind::blocked);
}

TEST_F(Resolver, WhatIsNoLongerDeclaredIsReleased) {
  apply(request({need("cache", "redis"), need("db", "postgres")}));
  const auto outcome = shelf_.resolve_for(request({need("db", "postgres")}));
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->resolution.releases.size(), 1U);
}

}  // namespace
}  // namespace threeport::dependencies
