// What the shells are told may stand next.
#include "cli/complete.h"

#include <gtest/gtest.h>

#include "tests/support/terminal.h"

namespace threeport::testing {
namespace {

class CompleteTest : public ::testing::Test {
 protected:
  /// The candidates without their descriptions, with spaces between them.
  std::string candidates(std::vector<std::string> words) {
    words.insert(words.begin(), "__complete");
    std::istringstream lines(terminal_.print(words));
    std::string out, line;
    while (std::getline(lines, line)) out += (out.empty() ? "" : " ") + line.substr(0, line.find('\t'));
    return out;
  }

  ControlPlane plane_;
  Terminal terminal_{plane_};
};

TEST_F(CompleteTest, CommandsComeFirst) {
  EXPECT_EQ(candidates({"de"}), "describe delete");
  EXPECT_EQ(candidates({"config", ""}), "current-control-plane current-environment get-control-planes aws-account");
  EXPECT_EQ(candidates({"completion", ""}), "bash zsh fish");
  EXPECT_EQ(candidates({"-i", "test", "ro"}), "rollback");
  EXPECT_EQ(terminal_.print({"__complete", "rollb"}), "rollback\tGo back to an earlier revision of a workload\n");
}

TEST_F(CompleteTest, KindsAreFollowedByNamesOfTheControlPlane) {
  plane_.create("tiers", R"({"Name":"gold","Criticality":1})");
  plane_.create("tiers", R"({"Name":"silver","Criticality":1})");
  EXPECT_EQ(candidates({"get", "tier"}), "tier tiers");
  EXPECT_EQ(candidates({"get", "tiers", ""}), "gold silver");
  EXPECT_EQ(candidates({"describe", "-o", "json", "tier", "g"}), "gold");
  EXPECT_EQ(candidates({"describe", "tier", "gold", ""}), "");
  plane_.add_workload("web");
  EXPECT_EQ(candidates({"delete", "workload", ""}), "web");
}

TEST_F(CompleteTest, OptionsAndTheirValuesAreKnown) {
  EXPECT_EQ(candidates({"describe", "--f"}), "--field");
  EXPECT_EQ(candidates({"rollback", "--"}),
            "--environment --to --wait --control-plane-name --threeport-config --provider-config --token");
  EXPECT_EQ(candidates({"get", "tiers", "-o", ""}), "table wide json yaml name");
  EXPECT_EQ(candidates({"describe", "tier", "a", "--output", "p"}), "plain");
  EXPECT_EQ(candidates({"apply", "-f", "x"}), ":files");
  EXPECT_EQ(candidates({"logs", "workload", "web", "-c", ""}), "");
  EXPECT_EQ(candidates({"get", "-i", "t"}), "test");
}

TEST_F(CompleteTest, PluginsAreCommands) {
  terminal_.write(".threeport/plugins/greet", "");
  EXPECT_EQ(candidates({"gre"}), "greet");
}

TEST_F(CompleteTest, WhoCannotBeAskedHasNoNames) {
  plane_.stop();
  EXPECT_EQ(candidates({"get", "tiers", ""}), "");
  EXPECT_EQ(candidates({"get", "tiers", "-i", "nobody", ""}), "");
}

}  // namespace
}  // namespace threeport::testing
