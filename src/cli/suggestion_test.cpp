#include "cli/suggestion.h"

#include <gtest/gtest.h>

namespace threeport::cli {
namespace {

const std::vector<std::string> kWords{"workload", "workloads", "describe", "apply", "get"};

TEST(SuggestionTest, FindsWhatAFewTypingErrorsAway) {
  EXPECT_EQ(nearest("wrokload", kWords), "workload") << "swapped";
  EXPECT_EQ(nearest("descibe", kWords), "describe") << "left out";
  EXPECT_EQ(nearest("aplly", kWords), "apply") << "replaced";
  EXPECT_EQ(nearest("DESCRIBE", kWords), "describe") << "case";
}

TEST(SuggestionTest, PrefersTheNearest) { EXPECT_EQ(nearest("workload", {"workloads", "workload"}), "workload"); }

TEST(SuggestionTest, SaysNothingWhereNothingIsNear) {
  EXPECT_EQ(nearest("frobnicate", kWords), "");
  EXPECT_EQ(nearest("ls", kWords), "");
  EXPECT_EQ(did_you_mean("frobnicate", kWords), "");
}

TEST(SuggestionTest, AnEmptyWordMeansNothing) {
  EXPECT_EQ(nearest("", kWords), "");
  EXPECT_EQ(nearest("", {"a"}), "");
}

TEST(SuggestionTest, IsPartOfASentence) { EXPECT_EQ(did_you_mean("gte", kWords), "; did you mean \"get\"?"); }

}  // namespace
}  // namespace threeport::cli
