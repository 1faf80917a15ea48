// The history of an object and its state at a time.
#include <gtest/gtest.h>

#include "tests/support/control_plane.h"

namespace threeport::testing {
namespace {

json::Value value(const std::string& text) { return must(json::parse(text)); }

class HistoryTest : public ::testing::Test {
 protected:
  static std::string target(const std::string& path, schema::ObjectId id) {
    return "/v0/" + path + "/" + std::to_string(id);
  }
  Reply get(const std::string& path, schema::ObjectId id, const std::string& rest) {
    return plane_.call("GET", target(path, id) + rest);
  }
  schema::ObjectId add_tier() { return plane_.create("tiers", R"({"Name":"gold","Criticality":1})"); }
  void patch_tier(schema::ObjectId id, const std::string& body) {
    ASSERT_EQ(plane_.call("PATCH", target("tiers", id), body).status, 200);
  }
  /// The Verbs and Patches of an object's changes, newest first.
  std::vector<std::string> changes(const Reply& reply) {
    std::vector<std::string> out;
    for (const json::Value& change : reply.body.at("Data").as_array()) {
      const json::Value* patch = change.find("Patch");
      out.push_back(std::string(change.at("Verb").text()) + (patch == nullptr ? "" : " " + json::dump(*patch)));
    }
    return out;
  }
  void forget(base::Millis age, const store::Retention& retention = {}) {
    plane_.clock().advance(age);
    while (must(plane_.store().purge(retention))) {
    }
  }

  ControlPlane plane_;
};

using Texts = std::vector<std::string>;

TEST_F(HistoryTest, AHistorySaysWhoChangedWhatNewestFirst) {
  const auto id = add_tier();
  plane_.clock().advance(std::chrono::seconds(10));
  patch_tier(id, R"({"Criticality":7})");
  const Reply reply = get("tiers", id, "/history");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body.at("Type"), "Change");
  EXPECT_EQ(reply.body.at("Meta"), value(R"({"Page":1,"Size":50,"TotalCount":2})"));
  EXPECT_EQ(changes(reply), (Texts{R"(updated {"Criticality":7})", R"(created {"Name":"gold","Criticality":1})"}));
  const json::Value& newest = reply.first();
  EXPECT_EQ(newest.at("Sequence"), 2);
  EXPECT_EQ(newest.at("At"), "2030-01-02T03:04:15Z");
  EXPECT_EQ(newest.at("By"), "anonymous");
  EXPECT_NE(newest.at("RequestID").text(), "");
  EXPECT_EQ(newest.find("Reason"), nullptr);
}

TEST_F(HistoryTest, AMemberThatWasClearedIsNullInThePatch) {
  const auto id =
      plane_.create("helm-workload-definitions", R"({"Name":"h","Repo":"https://x","Chart":"c","ChartVersion":"1.2"})");
  const Reply cleared = plane_.call("PATCH", target("helm-workload-definitions", id), R"({"ChartVersion":null})",
                                    {{"Content-Type", "application/merge-patch+json"}});
  ASSERT_EQ(cleared.status, 200) << cleared.text;
  EXPECT_EQ(changes(get("helm-workload-definitions", id, "/history")).front(), R"(updated {"ChartVersion":null})");
}

TEST_F(HistoryTest, StatusIsNoPartOfIt) {
  const auto id = plane_.add_workload("web");
  plane_.report("WorkloadInstance", id, {});
  EXPECT_EQ(changes(get("workload-instances", id, "/history")).size(), 1U);
}

TEST_F(HistoryTest, IsReadInPages) {
  const auto id = add_tier();
  for (int i = 2; i <= 250; ++i) patch_tier(id, R"({"Criticality":)" + std::to_string(i) + "}");
  const Reply reply = get("tiers", id, "/history?size=2&page=70");
  EXPECT_EQ(reply.body.at("Meta"), value(R"({"Page":70,"Size":2,"TotalCount":250})"));
  EXPECT_EQ(changes(reply), (Texts{R"(updated {"Criticality":112})", R"(updated {"Criticality":111})"}));
  EXPECT_EQ(changes(get("tiers", id, "/history?size=-1")).size(), 250U);
  EXPECT_EQ(changes(get("tiers", id, "/history?size=2&page=126")).size(), 0U);
  EXPECT_EQ(get("tiers", id, "/history?size=x").status, 400);
}

TEST_F(HistoryTest, DeletedObjectsKeepTheirs) {
  const auto id = add_tier();
  ASSERT_EQ(plane_.call("DELETE", target("tiers", id)).status, 200);
  EXPECT_EQ(changes(get("tiers", id, "/history")), (Texts{"deleted", R"(created {"Name":"gold","Criticality":1})"}));
  forget(std::chrono::hours(72));
  ASSERT_TRUE(must(plane_.store().last_known({id})).empty()) << "its row is gone";
  EXPECT_EQ(changes(get("tiers", id, "/history")), (Texts{"deleted", R"(created {"Name":"gold","Criticality":1})"}));
  EXPECT_EQ(get("tiers", id, "?at=1").first(), value(R"({"ID":1,"Name":"gold","Criticality":1})"));
}

TEST_F(HistoryTest, ADeletionThatIsAskedForSaysSo) {
  const auto id = plane_.add_workload("web");
  ASSERT_EQ(plane_.call("DELETE", target("workload-instances", id)).status, 200);
  const Reply reply = get("workload-instances", id, "/history");
  EXPECT_EQ(changes(reply).front(), "updated {}");
  EXPECT_EQ(reply.first().at("Reason"), "deletion asked for");
}

TEST_F(HistoryTest, WhatNeverWasHasNone) {
  const auto id = add_tier();
  EXPECT_EQ(get("tiers", id + 1000, "/history").status, 404);
  EXPECT_EQ(get("tiers", id + 1000, "?at=1").status, 404);
  EXPECT_EQ(get("workload-definitions", id, "/history").status, 404) << "of another kind";
  EXPECT_EQ(plane_.call("GET", "/v0/tiers/x/history").status, 404);
  EXPECT_EQ(plane_.call("GET", "/v0/events/1/history").text, "{\"message\":\"Not Found\"}\n") << "no history is kept";
}

TEST_F(HistoryTest, SecretsAreHashesInIt) {
  const auto secret = plane_.create("secret-definitions", R"({"Name":"s","Data":{"password":"swordfish"}})");
  const auto helm =
      plane_.create("helm-workload-definitions",
                    R"({"Name":"h","Repo":"https://x","Chart":"c","ValuesDocument":"password: swordfish"})");
  ASSERT_EQ(
      plane_.call("PATCH", target("helm-workload-definitions", helm), R"({"ValuesDocument":"password: sw0rdfish"})")
          .status,
      200);
  const std::string stored(must(plane_.objects().get("SecretDefinition", secret)).data.at("Data", "password").text());
  for (const auto& [path, id] : {std::pair{"secret-definitions", secret}, {"helm-workload-definitions", helm}}) {
    for (const std::string rest : {"/history", "?at=1", "?at=2", "?at=3"}) {
      const Reply reply = get(path, id, rest);
      if (reply.status == 404) continue;  // before it was made
      EXPECT_NE(reply.text.find("sha256:"), std::string::npos) << reply.text;
      EXPECT_EQ(reply.text.find("sw"), std::string::npos) << reply.text;
      EXPECT_EQ(reply.text.find(stored), std::string::npos) << reply.text;
    }
  }
}

TEST_F(HistoryTest, AnObjectIsReadAsItWasAtASequenceOrATime) {
  const auto id = add_tier();
  plane_.clock().advance(std::chrono::minutes(1));
  patch_tier(id, R"({"Criticality":2})");
  plane_.clock().advance(std::chrono::minutes(1));
  patch_tier(id, R"({"Criticality":3})");
  const auto at = [&](const std::string& moment) {
    return get("tiers", id, "?at=" + moment).first().at("Criticality");
  };
  EXPECT_EQ(at("1"), 1);
  EXPECT_EQ(at("2"), 2);
  EXPECT_EQ(at("3"), 3);
  EXPECT_EQ(at("2030-01-02T03:04:05Z"), 1);
  EXPECT_EQ(at("2030-01-02T03:05:04.9Z"), 1);
  EXPECT_EQ(at("2030-01-02T03:05:05Z"), 2);
  EXPECT_EQ(at("2030-01-02T04:05:10%2B01:00"), 2);
  EXPECT_EQ(at("2040-01-02T03:04:05Z"), 3) << "a time to come is now";
  const Reply reply = get("tiers", id, "?at=2");
  EXPECT_EQ(reply.text, R"({"Meta":{"Page":1,"Size":1,"TotalCount":1},"Type":"Tier","Data":[{"ID":1,"Name":"gold",)"
                        R"("Criticality":2}],"Status":{"code":200,"message":"OK","error":""}})"
                        "\n");
  EXPECT_EQ(reply.headers.get("Threeport-Sequence"), "2");
  EXPECT_EQ(reply.headers.get("ETag"), "") << "it is no version to change";
}

TEST_F(HistoryTest, BeforeItWasMadeAndAfterItWasDeletedItWasNot) {
  plane_.create("tiers", R"({"Name":"silver","Criticality":1})");
  const auto id = add_tier();
  plane_.clock().advance(std::chrono::minutes(1));
  ASSERT_EQ(plane_.call("DELETE", target("tiers", id)).status, 200);
  const auto answer = [&](const std::string& moment) {
    const Reply reply = get("tiers", id, "?at=" + moment);
    return std::to_string(reply.status) + " " + reply.error();
  };
  EXPECT_EQ(answer("1"), "404 there was no tier 2 at 1: it was made at 2030-01-02T03:04:05Z (sequence 2)");
  EXPECT_EQ(answer("2030-01-01T00:00:00Z"),
            "404 there was no tier 2 at 2030-01-01T00:00:00Z: it was made at 2030-01-02T03:04:05Z (sequence 2)");
  EXPECT_EQ(answer("3"), "404 there was no tier 2 at 3: it was deleted at 2030-01-02T03:05:05Z (sequence 3)");
  EXPECT_EQ(answer("2"), "200 ");
}

TEST_F(HistoryTest, WhatIsPastTheRetentionIsGone) {
  const auto id = add_tier();
  patch_tier(id, R"({"Criticality":2})");
  plane_.clock().advance(std::chrono::hours(1));
  patch_tier(id, R"({"Criticality":3})");
  forget(std::chrono::hours(24 * 90));
  EXPECT_EQ(changes(get("tiers", id, "/history")), (Texts{R"(updated {"Criticality":3})"}));
  EXPECT_EQ(get("tiers", id, "?at=3").first().at("Criticality"), 3);
  // The newest purged change made it what it was until the next one.
  EXPECT_EQ(get("tiers", id, "?at=2").first().at("Criticality"), 2);
  EXPECT_EQ(get("tiers", id, "?at=2030-01-02T03:04:05Z").first().at("Criticality"), 2);
  for (const char* moment : {"1", "2030-01-02T03:04:04Z"}) {
    const Reply reply = get("tiers", id, std::string("?at=") + moment);
    EXPECT_EQ(reply.status, 410) << moment;
    EXPECT_NE(reply.error().find("the change log begins after sequence 2 (2030-01-02T03:04:05Z)"), std::string::npos)
        << reply.error();
  }
}

TEST_F(HistoryTest, AnOldObjectThatDoesNotChangeIsKnownAllTheSame) {
  const auto id = add_tier();
  forget(std::chrono::hours(24 * 91));
  EXPECT_EQ(changes(get("tiers", id, "/history")), Texts{});
  EXPECT_EQ(get("tiers", id, "?at=2030-02-02T00:00:00Z").first().at("Name"), "gold");
}

TEST_F(HistoryTest, OddMomentsAreRefused) {
  const auto id = add_tier();
  const auto answer = [&](const std::string& target) {
    const Reply reply = plane_.call("GET", target);
    return std::to_string(reply.status) + " " + reply.error();
  };
  const std::string tier = target("tiers", id);
  EXPECT_EQ(answer(tier + "?at=yesterday"),
            "400 at must be a time (RFC 3339) such as 2030-01-02T03:04:05Z or the sequence number of a change, not "
            "\"yesterday\"");
  EXPECT_TRUE(answer(tier + "?at=").starts_with("400 at must be"));
  EXPECT_TRUE(answer(tier + "?at=-1").starts_with("400 at must be"));
  EXPECT_EQ(answer(tier + "?at=2"),
            "400 at: no change has the sequence 2 yet, the newest has 1: name that one or an earlier one");
  EXPECT_TRUE(answer(tier + "?at=99999999999999999999").starts_with("400 at: no change has the sequence"));
  EXPECT_TRUE(answer(tier + "?at=1&wait=1s").starts_with("400 at goes without wait"));
  EXPECT_EQ(answer("/v0/tiers?at=1"), "400 at: the past is kept by object; name one: GET /v0/tiers/ID?at=1");
  EXPECT_TRUE(answer("/v0/events/1?at=1").starts_with("400 at: objects of kind Event have no history"));
}

TEST_F(HistoryTest, ADeletionThatAnOlderProgramLoggedIsUnderstood) {
  const auto id = add_tier();
  patch_tier(id, R"({"Criticality":2})");
  store::Row row = must(plane_.store().get("Tier", id));
  store::WriteSet set;
  set.puts.push_back({.verb = store::Verb::deleted, .row = row, .expected_version = row.version});
  must(plane_.store().commit(std::move(set)));
  const Texts all{"deleted", R"(updated {"Criticality":2})", R"(created {"Name":"gold","Criticality":1})"};
  EXPECT_EQ(changes(get("tiers", id, "/history")), all);
  EXPECT_EQ(get("tiers", id, "?at=2").first().at("Criticality"), 2);
  forget(std::chrono::hours(49));
  EXPECT_EQ(changes(get("tiers", id, "/history")),
            (Texts{"deleted", "updated", R"(created {"Name":"gold","Criticality":1})"}))
      << "nobody knows any more what was before the deletion";
  EXPECT_EQ(get("tiers", id, "?at=2").status, 410);
  EXPECT_EQ(get("tiers", id, "?at=1").first().at("Criticality"), 1);
}

TEST_F(HistoryTest, AChangeBetweenTheReadsIsSeen) {
  const auto id = add_tier();
  bool is_first = true;
  plane_.store().set_before([&](std::string_view call) -> std::optional<base::Error> {
    if (call != "changes_of" || !std::exchange(is_first, false)) return std::nullopt;
    must(plane_.objects().write({.op = apiserver::Write::Op::patch,
                                 .kind = "Tier",
                                 .id = id,
                                 .body = json::Object{{"Criticality", 9}},
                                 .version = {},
                                 .observed = {}},
                                {}));
    return std::nullopt;
  });
  EXPECT_EQ(changes(get("tiers", id, "/history")),
            (Texts{R"(updated {"Criticality":9})", R"(created {"Name":"gold","Criticality":1})"}));
}

}  // namespace
}  // namespace threeport::testing
