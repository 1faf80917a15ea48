// `plan`, and `apply --plan`, against the real API.
#include "cli/plan.h"

#include <gtest/gtest.h>

#include "tests/support/terminal.h"

namespace threeport::testing {
namespace {

using cli::line_changes;
using Lines = std::vector<std::string>;

class PlanCommandTest : public ::testing::Test {
 protected:
  void write_tier(int criticality) {
    terminal_.write("tier.yaml", "Tier: {Name: gold, Criticality: " + std::to_string(criticality) + "}\n");
  }

  ControlPlane plane_;
  Terminal terminal_{plane_};
};

TEST_F(PlanCommandTest, ShowsWhatApplyWouldDoAndHowToDoIt) {
  write_tier(1);
  EXPECT_EQ(terminal_.print({"plan", "-f", "tier.yaml"}),
            "+ tier/gold\nInfo: plan 2: 1 to create; `tptctl apply --plan 2` does exactly this, until "
            "2030-01-02T04:04:05Z\n");
  EXPECT_EQ(plane_.call("GET", "/v0/tiers").body.at("Meta", "TotalCount"), 0);
  EXPECT_EQ(terminal_.print({"apply", "--plan", "2"}), "tier/gold created\n");
}

TEST_F(PlanCommandTest, MembersAreShownAsTheyChange) {
  write_tier(1);
  terminal_.print({"apply", "-f", "tier.yaml"});
  write_tier(2);
  terminal_.write("profile.yaml", "Profile: {Name: a}\n");
  const std::string shown = terminal_.print({"plan", "-f", "tier.yaml", "-f", "profile.yaml"});
  EXPECT_TRUE(shown.starts_with("~ tier/gold\n    Criticality: 1 → 2\n+ profile/a\nInfo: plan ")) << shown;
  EXPECT_NE(shown.find(": 1 to create, 1 to change; "), std::string::npos) << shown;
}

TEST_F(PlanCommandTest, TextsAreShownLineByLine) {
  plane_.add_workload("other");
  terminal_.write("web.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\ndata: {a: one}\n");
  terminal_.print({"apply", "-f", "web.yaml"});
  terminal_.write("web.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\ndata: {a: two}\n");
  const std::string shown = terminal_.print({"plan", "-f", "web.yaml"});
  EXPECT_TRUE(
      shown.starts_with("~ workload-definition/web\n    YAMLDocument: \n      …\n        kind: ConfigMap\n"
                        "        metadata: {name: web}\n      - data: {a: one}\n      + data: {a: two}\n"
                        "  workload-instance/web  (unchanged)\n"))
      << shown;
}

TEST_F(PlanCommandTest, TheIdAloneServesScripts) {
  write_tier(1);
  EXPECT_EQ(terminal_.print({"plan", "-f", "tier.yaml", "-o", "name"}), "2\n");
  EXPECT_EQ(plane_.call("GET", "/v0/plans/2").status, 200);
}

TEST_F(PlanCommandTest, AStalePlanIsRefused) {
  write_tier(1);
  terminal_.print({"plan", "-f", "tier.yaml"});
  terminal_.print({"apply", "-f", "tier.yaml"});
  EXPECT_EQ(
      terminal_.print({"apply", "--plan", "2"}),
      "exit 4: Error: plan 2 is stale: tier gold has been made by somebody else; make a new plan and look at it\n");
}

TEST_F(PlanCommandTest, FilesAndAPlanExcludeEachOther) {
  EXPECT_EQ(terminal_.print({"apply", "--plan", "2", "-f", "tier.yaml"}),
            "exit 2: Error: --plan stands alone: a plan has the content of its files; leave -f out\n");
  EXPECT_EQ(terminal_.print({"apply", "--plan", "two"}),
            "exit 2: Error: --plan two must be a whole number, such as 2\n");
}

TEST(LineChangesTest, ShowsWhatDiffersWithTheLinesAroundIt) {
  EXPECT_EQ(line_changes("a\nb\nc\nd\ne\nf\n", "a\nb\nc\nx\ne\nf\n"),
            (Lines{"…", "  b", "  c", "- d", "+ x", "  e", "  f"}));
  EXPECT_EQ(line_changes("a\nb\n", "b\nc\n"), (Lines{"- a", "  b", "+ c"}));
  EXPECT_EQ(line_changes("", "a\n"), (Lines{"+ a"}));
  EXPECT_EQ(line_changes("a", "a"), (Lines{"…"}));
}

}  // namespace
}  // namespace threeport::testing
