// POST /v0/plan, and /v0/apply of a plan (shapes A.7).
#include <gtest/gtest.h>

#include "tests/support/control_plane.h"

namespace threeport::testing {
namespace {

class PlanTest : public ::testing::Test {
 protected:
  Reply plan(const std::string& documents) {
    return plane_.call("POST", "/v0/plan", R"({"Documents":[)" + documents + "]}");
  }
  Reply apply(const std::string& documents) {
    return plane_.call("POST", "/v0/apply", R"({"Documents":[)" + documents + "]}");
  }
  Reply apply_plan(const json::Value& id) {
    return plane_.call("POST", "/v0/apply", json::dump(json::Object{{"PlanID", id}}));
  }
  std::int64_t count(const std::string& plural) {
    return plane_.call("GET", "/v0/" + plural).body.at("Meta", "TotalCount").as_int().value_or(-1);
  }
  static std::string stale(const json::Value& id, const std::string& why) {
    return "plan " + json::dump(id) + " is stale: " + why + "; make a new plan and look at it";
  }

  ControlPlane plane_;
};

const std::string kTier = R"({"Tier":{"Name":"gold","Criticality":1}})";
const std::string kRuntime =
    R"({"KubernetesRuntime":{"Name":"local","InfraProvider":"kubeconfig","Location":"Local","DefaultRuntime":true}})";
const std::string kWeb = R"({"Workload":{"Name":"web","YAMLDocument":"a: 1"}})";

TEST_F(PlanTest, ShowsWhatWouldBeMadeAndMakesNothing) {
  const Reply reply = plan(kRuntime + "," + kWeb);
  EXPECT_EQ(reply.status, 200) << reply.error();
  EXPECT_EQ(reply.body.at("Type"), "Plan");
  const json::Value& shown = reply.first();
  EXPECT_EQ(shown.at("Applied"), false);
  EXPECT_TRUE(shown.at("ExpiresAt").is_string());
  EXPECT_EQ(shown.find("Request"), nullptr) << "the documents stay inside";
  ASSERT_EQ(shown.at("Changes").as_array().size(), 4U);
  EXPECT_EQ(shown.at("Changes").as_array()[3],
            json::parse(R"-({"Action":"Create","Kind":"WorkloadInstance","ID":0,"Name":"web","Members":[],)-"
                        R"-("Reason":"Declared","Message":"document 2 (Workload)"})-")
                .value());
  EXPECT_EQ(count("workload-definitions"), 0);
  EXPECT_EQ(plane_.call("GET", "/v0/plans/" + json::dump(shown.at("ID"))).first().at("Changes"), shown.at("Changes"));
}

TEST_F(PlanTest, IsAppliedOnce) {
  const json::Value id = plan(kRuntime + "," + kWeb).first().at("ID");
  const Reply applied = apply_plan(id);
  EXPECT_EQ(applied.status, 200) << applied.error();
  EXPECT_EQ(applied.first().at("Applied"), true);
  EXPECT_EQ(applied.first().at("ID"), id);
  const json::Value& made = applied.first().at("Changes").as_array()[3];
  EXPECT_EQ(plane_.call("GET", "/v0/workload-instances?name=web").first().at("ID"), made.at("ID"));
  EXPECT_EQ(plane_.call("GET", "/v0/plans/" + json::dump(id)).first().at("Applied"), true);
  const Reply again = apply_plan(id);
  EXPECT_EQ(again.status, 409);
  EXPECT_TRUE(again.error().starts_with("plan " + json::dump(id) + " was applied at ")) << again.error();
}

TEST_F(PlanTest, ShowsTheMembersThatChangeWithoutSecrets) {
  const auto runtime = [](const char* token) {
    return R"({"KubernetesRuntime":{"Name":"a","InfraProvider":"kind","Location":"Local","ConnectionToken":")" +
           std::string(token) + "\"}}";
  };
  apply(runtime("old"));
  const Reply reply = plan(runtime("new"));
  EXPECT_EQ(reply.first().at("Changes").as_array()[0].at("Action"), "None");
  EXPECT_EQ(reply.first().at("Changes").as_array()[1].at("Members"),
            json::parse(R"([{"Member":"ConnectionToken","From":"***","To":"***"}])").value());
  const auto rows = must(plane_.objects().list("Plan"));
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(json::dump(rows[0].data).find("\"new\""), std::string::npos) << "the documents are stored encrypted";
}

TEST_F(PlanTest, IsStaleWhenADeclaredObjectHasChanged) {
  apply(kTier);
  const json::Value id = plan(R"({"Tier":{"Name":"gold","Criticality":2}})").first().at("ID");
  apply(R"({"Tier":{"Name":"gold","Criticality":3}})");
  const Reply refused = apply_plan(id);
  EXPECT_EQ(refused.status, 409);
  EXPECT_EQ(refused.error(), stale(id, "tier gold has been changed since"));
  EXPECT_EQ(plane_.call("GET", "/v0/tiers?name=gold").first().at("Criticality"), 3);
}

TEST_F(PlanTest, IsStaleWhenItsObjectsHaveComeOrGone) {
  const json::Value creates = plan(kTier).first().at("ID");
  const json::Value made = apply(kTier).first().at("Changes").as_array()[0].at("ID");
  EXPECT_EQ(apply_plan(creates).error(), stale(creates, "tier gold has been made by somebody else"));
  const json::Value updates = plan(R"({"Tier":{"Name":"gold","Criticality":2}})").first().at("ID");
  plane_.call("DELETE", "/v0/tiers/" + json::dump(made));
  EXPECT_EQ(apply_plan(updates).error(), stale(updates, "tier gold is gone"));
  EXPECT_EQ(count("tiers"), 0);
}

TEST_F(PlanTest, IsStaleWhenANameStandsForAnotherObject) {
  apply(kRuntime);
  const json::Value id = plan(kWeb).first().at("ID");
  apply(R"({"KubernetesRuntime":{"Name":"local","InfraProvider":"kubeconfig","Location":"Local"}})");
  apply(
      R"({"KubernetesRuntime":{"Name":"other","InfraProvider":"kubeconfig","Location":"Local","DefaultRuntime":true}})");
  EXPECT_EQ(apply_plan(id).error(),
            stale(id, "a name in its documents, or the default runtime, stands for another object now"));
  EXPECT_EQ(count("workload-instances"), 0);
}

TEST_F(PlanTest, IsStaleWhenItCouldNotBeMadeAnyMore) {
  apply(kRuntime + "," + kWeb);
  const std::string more = R"({"WorkloadInstance":{"Name":"web-2","WorkloadDefinition":{"Name":"web"}}})";
  const json::Value id = plan(more).first().at("ID");
  const auto id_of = [&](const std::string& plural) {
    return plane_.call("GET", "/v0/" + plural + "?name=web").first().at("ID").as_int().value_or(0);
  };
  plane_.finalize("WorkloadInstance", id_of("workload-instances"));
  plane_.finalize("WorkloadDefinition", id_of("workload-definitions"));
  EXPECT_EQ(apply_plan(id).error(), stale(id,
                                          "document 1 (WorkloadInstance): WorkloadDefinition: there is no workload "
                                          "definition named web"));
}

TEST_F(PlanTest, StaysGoodWhenOnlyTheStateOfItsObjectsChanges) {
  apply(kRuntime + "," + kWeb);
  const json::Value id = plan(R"({"Workload":{"Name":"web","YAMLDocument":"a: 2"}})").first().at("ID");
  const auto instance = plane_.call("GET", "/v0/workload-instances?name=web").first().at("ID").as_int().value_or(0);
  plane_.set("WorkloadInstance", instance, json::Object{{"Status", "Healthy"}});
  EXPECT_EQ(apply_plan(id).status, 200);
  EXPECT_EQ(plane_.call("GET", "/v0/workload-definitions?name=web").first().at("YAMLDocument"), "a: 2");
}

TEST_F(PlanTest, HasTheErrorsOfApply) {
  EXPECT_EQ(plan(R"({"Tier":{"Name":"gold"}})").error(), "document 1 (Tier): Missing required field(s) : Criticality");
  EXPECT_EQ(
      plan(R"({"WorkloadInstance":{"Name":"w","WorkloadDefinitionID":777,"KubernetesRuntimeInstanceID":778}})").error(),
      apply(R"({"WorkloadInstance":{"Name":"w","WorkloadDefinitionID":777,"KubernetesRuntimeInstanceID":778}})")
          .error());
  EXPECT_EQ(count("plans"), 0);
}

TEST_F(PlanTest, ThatDoesNotExistIsNamed) {
  const Reply missing = apply_plan(91);
  EXPECT_EQ(missing.status, 404);
  EXPECT_EQ(missing.error(),
            "there is no plan 91: a plan is kept for an hour after POST /v0/plan made it; make a new one");
  EXPECT_EQ(plane_.call("POST", "/v0/apply", R"({"PlanID":"91"})").error(),
            "PlanID must be the ID of a plan, a positive integer, as POST /v0/plan answers it");
  EXPECT_EQ(plane_.call("POST", "/v0/apply", R"({"PlanID":91,"DiscardData":true})").error(),
            "PlanID stands alone: a plan is applied as it was made; leave the other members out");
}

TEST_F(PlanTest, IsMadeByPlanningOnly) { EXPECT_EQ(plane_.call("POST", "/v0/plans", R"({"Sequence":1})").status, 405); }

TEST_F(PlanTest, ExpiresAfterAnHourAndGoes) {
  const json::Value id = plan(kTier).first().at("ID");
  plane_.clock().advance(std::chrono::hours(1));
  const Reply late = apply_plan(id);
  EXPECT_EQ(late.status, 409);
  EXPECT_TRUE(late.error().starts_with("plan " + json::dump(id) + " expired at ")) << late.error();
  const json::Value next = plan(kTier).first().at("ID");
  EXPECT_EQ(plane_.call("GET", "/v0/plans/" + json::dump(id)).status, 404);
  EXPECT_EQ(apply_plan(next).status, 200);
}

}  // namespace
}  // namespace threeport::testing
