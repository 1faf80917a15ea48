#include "dependencies/profile.h"

#include <gtest/gtest.h>

#include "dependencies/testing.h"

namespace threeport::dependencies {
namespace {

DependencyProfile redis(std::string name, json::Value when, bool system = false, std::int64_t priority = 0) {
  DependencyProfile out = testing::profile("redis");
  out.name = std::move(name);
  out.when = std::move(when);
  out.system = system;
  out.priority = priority;
  out.scope = "workload";
  return out;
}

Setting production() {
  Setting out;
  out.workload = "web";
  out.environment = "prod";
  out.tier = "production";
  out.labels = {{"team", "shop"}, {"zone", "a"}};
  out.location = "Local";
  out.infra_provider = "kubeconfig";
  return out;
}

std::string chosen(std::vector<DependencyProfile> profiles) {
  const Catalogue catalogue(std::move(profiles));
  auto choice = catalogue.choose("redis", "default", production());
  return choice ? choice->profile->name : "error: " + choice.error().message;
}

TEST(Choice, PrefersOperationsToTheSystem) {
  EXPECT_EQ(chosen({redis("system-redis", {}, true), redis("ours", {})}), "ours");
  EXPECT_EQ(chosen({redis("system-redis", {}, true), redis("ours", json::Object{{"Tier", "development"}})}),
            "system-redis");
}

TEST(Choice, PrefersTheMoreSpecificWhen) {
  const auto tier = redis("tier", json::Object{{"Tier", "production"}});
  const auto provider = redis("provider", json::Object{{"InfraProvider", "kubeconfig"}, {"Location", "Local"}});
  const auto workload = redis("workload", json::Object{{"Workload", "web"}});
  EXPECT_EQ(chosen({provider, tier}), "tier");
  EXPECT_EQ(chosen({provider, tier, workload}), "workload");
  EXPECT_EQ(chosen({redis("one", json::Object{{"Labels", json::Object{{"team", "shop"}}}}),
                    redis("two", json::Object{{"Labels", json::Object{{"team", "shop"}, {"zone", "a"}}}})}),
            "two");
}

TEST(Choice, ThenPriority) { EXPECT_EQ(chosen({redis("low", {}), redis("high", {}, false, 5)}), "high"); }

TEST(Choice, RefusesATieAndNamesBoth) {
  EXPECT_EQ(chosen({redis("a", {}), redis("b", {})}),
            "error: profiles a and b are equally good for type redis: give one of them a higher Priority");
}

TEST(Choice, SaysWhenNoneApplies) {
  EXPECT_NE(chosen({redis("a", json::Object{{"Tier", "development"}})}).find("whose When holds here"),
            std::string::npos);
}

TEST(Tie, IsFoundWhereBothCouldApplySomewhere) {
  DependencyProfile a = redis("a", json::Object{{"Tier", "x"}}), b = redis("b", json::Object{{"Tier", "y"}});
  a.meta.id = 1;
  b.meta.id = 2;
  EXPECT_EQ(find_tie(a, {b}), nullptr);
  b.when = json::Object{{"Tier", "x"}};
  ASSERT_NE(find_tie(a, {b}), nullptr);
  b.priority = 1;
  EXPECT_EQ(find_tie(a, {b}), nullptr);
  EXPECT_EQ(find_tie(a, {a}), nullptr) << "not with itself";
}

std::string checked(const DependencyProfile& profile) {
  auto result = check_profile(profile);
  return result ? "" : result.error().message;
}

TEST(Check, NamesTheMemberAndTheRule) {
  DependencyProfile profile = testing::profile("redis");
  EXPECT_EQ(checked(profile), "");
  profile.when = json::Object{{"Workload", "web"}};
  EXPECT_NE(checked(profile).find("When.Workload differs between those who share"), std::string::npos)
      << checked(profile);
  profile.scope = "workload";
  EXPECT_EQ(checked(profile), "");
  profile.when = json::Object{{"Colour", "red"}};
  EXPECT_NE(checked(profile).find("When.Colour is unknown"), std::string::npos);
  profile.when = {};
  profile.provider = "magic";
  EXPECT_NE(checked(profile).find("no provider \"magic\""), std::string::npos);
  profile.provider = "manifests";
  profile.params = {};
  EXPECT_NE(checked(profile).find("Params.Manifests is missing"), std::string::npos);
  profile = testing::profile("redis", json::Object{{"db", json::Object{{"Kind", "x"}}}});
  EXPECT_NE(checked(profile).find("Requires.db.Type is missing"), std::string::npos);
  profile = testing::profile("redis");
  profile.generate = json::Object{{"password", json::Object{}}};
  EXPECT_NE(checked(profile).find("Generate.password.Length"), std::string::npos);
  profile.generate = {};
  profile.idle_ttl = "soon";
  EXPECT_NE(checked(profile).find("IdleTTL"), std::string::npos);
}

TEST(Retention, FollowsReclaimElseDataAndCriticality) {
  DependencyProfile profile = testing::profile("redis");
  EXPECT_FALSE(is_retained(profile, 200));
  profile.data_bearing = true;
  EXPECT_FALSE(is_retained(profile, 99));
  EXPECT_TRUE(is_retained(profile, 100));
  profile.reclaim = "delete";
  EXPECT_FALSE(is_retained(profile, 200));
  profile.reclaim = "retain";
  EXPECT_TRUE(is_retained(profile, 0));
}

}  // namespace
}  // namespace threeport::dependencies
