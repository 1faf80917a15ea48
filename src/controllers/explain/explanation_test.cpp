#include "controllers/explain/explanation.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "controllers/explain/fixes.h"

namespace threeport::controllers::explain {
namespace {

constexpr base::TimePoint at(int seconds) { return base::TimePoint(std::chrono::seconds(1'900'000'000 + seconds)); }

const Key kWeb{"WorkloadInstance", 1}, kCache{"DependencyInstance", 2}, kDisk{"DependencyInstance", 3},
    kDev{"Environment", 4}, kLocal{"KubernetesRuntimeInstance", 5}, kDefinition{"WorkloadDefinition", 6},
    kProfile{"DependencyProfile", 7};

class ExplanationTest : public ::testing::Test {
 protected:
  void add(const Key& key, const std::string& name, const std::string& reason, std::vector<Need> needs = {},
           std::vector<Key> declared_by = {}) {
    subjects_[key] = {.key = key,
                      .name = name,
                      .ready = reason == "Healthy",
                      .reason = reason,
                      .message = "message of " + name,
                      .since = at(0),
                      .needs = std::move(needs),
                      .declared_by = std::move(declared_by)};
  }
  /// "web > cache > disk".
  std::string way() {
    std::vector<std::string> names;
    for (const Step& step : find_way(subjects_, kWeb)) names.push_back(step.subject->name);
    return base::join(names, " > ");
  }
  std::string suspects() {
    std::vector<std::string> out;
    for (const Key& key : suspects_of(find_way(subjects_, kWeb))) out.push_back(key.kind);
    return base::join(out, ", ");
  }
  Explanation explain(std::optional<Link> culprit = {}, const std::vector<Change>& changes = {}) {
    return conclude(find_way(subjects_, kWeb), std::move(culprit), changes);
  }

  Subjects subjects_;
};

const Link kPod{.kind = "Pod",
                .id = 0,
                .name = {},
                .object = "v1/Pod/dev-1/redis-0",
                .reason = "Unschedulable",
                .message = "no node takes the pod: Insufficient memory"};

TEST_F(ExplanationTest, the_way_follows_what_the_reason_is_about) {
  const std::vector<Need> all{{kDefinition, "workload definition web"},
                              {kDev, "environment dev"},
                              {kLocal, "Kubernetes runtime local"},
                              {kCache, "cache"}};
  struct Case {
    std::string reason, way;
  };
  for (const auto& [reason, expected] :
       {Case{"DependencyNotReady", "web > cache"}, Case{"RuntimeNotReady", "web > dev"},
        Case{"RuntimeUnreachable", "web > dev"}, Case{"InvalidManifest", "web > definition"},
        Case{"ImagePullFailed", "web"}, Case{"Rejected", "web"}, Case{"Healthy", "web"}}) {
    subjects_.clear();
    add(kWeb, "web", reason, all);
    add(kDefinition, "definition", "InvalidManifest");
    add(kDev, "dev", "RuntimeNotReady");
    add(kLocal, "local", "RuntimeUnreachable");
    add(kCache, "cache", "ImagePullFailed");
    EXPECT_EQ(way(), expected) << reason;
  }
}

TEST_F(ExplanationTest, the_way_goes_as_far_as_something_is_not_ready) {
  add(kWeb, "web", "DependencyNotReady", {{kCache, "cache"}});
  add(kCache, "cache", "DependencyNotReady", {{kDisk, "disk"}});
  add(kDisk, "disk", "Rejected");
  EXPECT_EQ(way(), "web > cache > disk");
  add(kDisk, "disk", "Healthy");
  EXPECT_EQ(way(), "web > cache");
  subjects_.erase(kDisk);
  EXPECT_EQ(way(), "web > cache");
}

TEST_F(ExplanationTest, what_is_in_trouble_comes_before_what_is_on_its_way) {
  add(kWeb, "web", "DependencyNotReady", {{kCache, "cache"}, {kDisk, "disk"}});
  add(kCache, "cache", "Progressing");
  add(kDisk, "disk", "Progressing");
  EXPECT_EQ(way(), "web > cache");
  add(kDisk, "disk", "CrashLooping");
  EXPECT_EQ(way(), "web > disk");
  // Two ways to the same trouble: the first counts.
  add(kCache, "cache", "DependencyNotReady", {{kDisk, "disk"}});
  EXPECT_EQ(way(), "web > cache > disk");
}

TEST_F(ExplanationTest, a_circle_ends) {
  add(kWeb, "web", "DependencyNotReady", {{kCache, "cache"}});
  add(kCache, "cache", "DependencyNotReady", {{kDisk, "disk"}});
  add(kDisk, "disk", "DependencyNotReady", {{kCache, "cache"}});
  EXPECT_EQ(way(), "web > cache > disk > cache");
}

TEST_F(ExplanationTest, the_chain_ends_at_the_pod_and_its_links_name_the_next) {
  add(kWeb, "web-dev", "DependencyNotReady", {{kCache, "cache"}});
  add(kCache, "redis.default#web-dev.cache", "Unschedulable");
  const json::Value told = explain(kPod).to_json();
  EXPECT_EQ(told.at("Summary").text(),
            "web-dev waits for cache: pod redis-0: no node takes the pod: Insufficient memory");
  const json::Array& chain = told.at("Chain").as_array();
  ASSERT_EQ(chain.size(), 3U);
  EXPECT_EQ(json::dump(chain[0]),
            R"({"Kind":"WorkloadInstance","ID":1,"Name":"web-dev","Reason":"DependencyNotReady","Message":"cache"})");
  EXPECT_EQ(chain[1].at("Message").text(), "pod redis-0");
  EXPECT_EQ(chain[2], told.at("RootCause"));
  EXPECT_EQ(json::dump(told.at("RootCause")),
            R"({"Kind":"Pod","Object":"v1/Pod/dev-1/redis-0","Reason":"Unschedulable",)"
            R"("Message":"no node takes the pod: Insufficient memory"})");
  EXPECT_EQ(told.at("Fix").text(), "lower the memory that the pod requests, or add a node");
}

TEST_F(ExplanationTest, summaries_are_sentences) {
  add(kWeb, "web", "DependencyNotReady", {{kCache, "cache"}});
  add(kCache, "cache", "DependencyNotReady", {{kDisk, "disk"}});
  add(kDisk, "disk", "Rejected");
  EXPECT_EQ(explain().summary, "web waits for cache, which waits for disk: message of disk");
  add(kWeb, "web", "InvalidManifest");
  EXPECT_EQ(explain().summary, "web is not ready: message of web");
  add(kWeb, "web", "Deleting");
  EXPECT_EQ(explain().summary, "web is being deleted: message of web");
}

TEST_F(ExplanationTest, a_ready_object_has_no_cause) {
  add(kWeb, "web", "Healthy");
  const json::Value told =
      explain({}, {{.sequence = 1, .at = at(0), .by = "cert:alice", .key = kWeb, .member = {}}}).to_json();
  EXPECT_EQ(told.at("Ready"), json::Value(true));
  EXPECT_EQ(told.at("Summary").text(), "web is ready");
  EXPECT_EQ(told.at("Chain").as_array().size(), 1U);
  for (const char* member : {"RootCause", "Change", "Fix"}) EXPECT_TRUE(told.at(member).is_null()) << member;
}

TEST_F(ExplanationTest, the_object_that_the_cluster_has_refused_begins_the_message) {
  const auto refused = [&](std::string message) {
    add(kWeb, "web", "Rejected");
    subjects_[kWeb].message = std::move(message);
    const auto link = find_refused(subjects_[kWeb]);
    return link ? link->kind + " " + link->object + " | " + link->message : std::string();
  };
  EXPECT_EQ(refused("apps/v1/Deployment/shop/web: denied: no"), "Object apps/v1/Deployment/shop/web | denied: no");
  EXPECT_EQ(refused("v1/Namespace//shop belongs to another: rename it"),
            "Object v1/Namespace//shop | v1/Namespace//shop belongs to another: rename it");
  EXPECT_EQ(refused("v1/Pod/shop/one: denied"), "Pod v1/Pod/shop/one | denied");
  for (const char* message : {"", "Deployment web: denied", "http://127.0.0.1:80/a/b/c: refused", "resources.db: no"})
    EXPECT_EQ(refused(message), "") << message;
}

TEST_F(ExplanationTest, suspects_are_those_whose_values_reach_the_cause) {
  add(kWeb, "web", "DependencyNotReady", {{kCache, "cache"}}, {kDefinition, kDev});
  add(kCache, "cache", "Rejected", {}, {kProfile, kDev});
  EXPECT_EQ(suspects(), "DependencyInstance, DependencyProfile, Environment, WorkloadInstance, WorkloadDefinition");
  // Nothing that a workload declares makes a cluster unreachable.
  add(kWeb, "web", "RuntimeNotReady", {{kLocal, "Kubernetes runtime local"}}, {kDefinition});
  add(kLocal, "local", "RuntimeUnreachable");
  EXPECT_EQ(suspects(), "KubernetesRuntimeInstance");
  add(kWeb, "web", "InvalidManifest", {{kDefinition, "workload definition web"}}, {kDefinition});
  add(kDefinition, "web", "InvalidManifest");
  EXPECT_EQ(suspects(), "WorkloadDefinition");
}

TEST_F(ExplanationTest, the_newest_change_of_a_user_shortly_before_is_blamed) {
  const auto change = [](store::Sequence sequence, int seconds, std::string by) {
    return Change{.sequence = sequence, .at = at(seconds), .by = std::move(by), .key = kProfile, .member = {}};
  };
  const auto blamed = [](const std::vector<Change>& changes) {
    const auto culprit = find_culprit(changes, at(0));
    return culprit ? culprit->sequence : 0;
  };
  EXPECT_EQ(blamed({change(3, -50, "cert:alice"), change(5, -5, "anonymous"), change(4, -20, "cert:bob")}), 5);
  EXPECT_EQ(blamed({change(3, -50, "cert:alice"), change(5, -5, "controller:Environment")}), 3);
  EXPECT_EQ(blamed({change(3, 0, "cert:alice"), change(5, 60, "cert:alice")}), 3);  // that one came later
  EXPECT_EQ(blamed({change(3, -3600, "cert:alice")}), 0);                           // too long ago
  EXPECT_EQ(blamed({}), 0);
}

TEST_F(ExplanationTest, a_change_is_told_with_its_members) {
  const auto members = [](std::string_view patch) { return members_of(json::parse(patch).value()); };
  EXPECT_EQ(members(R"({"Params":{"size":"8Gi"}})"), "Params.size");
  EXPECT_EQ(members(R"({"Params":{"size":"8Gi","class":"x"}})"), "Params");
  EXPECT_EQ(members(R"({"Name":"a","Criticality":7})"), "Name, Criticality");
  EXPECT_EQ(members(R"({"YAMLDocument":"sha256:1"})"), "YAMLDocument");
  EXPECT_EQ(members("{}"), "");
  add(kWeb, "web", "Rejected");
  const json::Value told =
      explain({}, {{.sequence = 812, .at = at(-5), .by = "cert:alice", .key = kProfile, .member = "Params.size"}})
          .to_json();
  EXPECT_EQ(json::dump(told.at("Change")),
            R"({"Sequence":812,"At":")" + base::format_time(at(-5)) +
                R"(","By":"cert:alice","Kind":"DependencyProfile","ID":7,"Member":"Params.size"})");
}

TEST(FixTest, every_reason_of_ready_has_its_own) {
  const std::string other = fix_of("WorkloadInstance", "NoSuchReason", "");
  for (const char* reason :
       {"Progressing", "ImagePullFailed", "CrashLooping", "Unschedulable", "QuotaExceeded", "Rejected", "KindUnknown",
        "InvalidManifest", "NamespaceTaken", "RuntimeUnreachable", "DriftFight", "Deleting", "NoController"})
    EXPECT_NE(fix_of("WorkloadInstance", reason, ""), other) << reason;
  EXPECT_NE(fix_of("KubernetesRuntimeInstance", "CredentialsInvalid", ""), other);
  EXPECT_NE(fix_of("Environment", "RuntimeNotReady", ""), other);
}

TEST(FixTest, the_message_tells_causes_of_one_reason_apart) {
  EXPECT_EQ(fix_of("Pod", "ImagePullFailed", "image shop/web:9 not found in docker.io"),
            "correct the image's name or tag, or push it to that registry");
  EXPECT_EQ(fix_of("Pod", "CrashLooping", "container web crashed: out of memory (limit reached)"),
            "raise the container's memory limit, or let it use less");
  EXPECT_EQ(fix_of("Pod", "Progressing", "cannot be made: configmap \"c\" not found"),
            "make the ConfigMap, or the key of it, that the container names");
}

}  // namespace
}  // namespace threeport::controllers::explain
