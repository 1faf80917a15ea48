#include "cli/vocabulary.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "kinds/registry.h"

namespace threeport::cli {
namespace {

class VocabularyTest : public ::testing::Test {
 protected:
  /// The name that documents have for the word, or the error.
  [[nodiscard]] std::string find(std::string_view word) const {
    const auto subject = vocabulary_.find(word);
    return subject ? subject->name : subject.error().message;
  }

  schema::Registry registry_{kinds::all()};
  Vocabulary vocabulary_{registry_};
};

TEST_F(VocabularyTest, AKindIsFoundBySingularPluralAliasAndNameWithoutCase) {
  for (const char* word : {"workload-instance", "workload-instances", "wi", "WorkloadInstance", "WORKLOAD-INSTANCE"}) {
    EXPECT_EQ(find(word), "WorkloadInstance") << word;
  }
}

TEST_F(VocabularyTest, DefinitionAndInstanceTogetherAreASubjectOfTheirOwn) {
  for (const char* word : {"workload", "workloads", "Workload"}) EXPECT_EQ(find(word), "Workload") << word;
  const Subject subject = vocabulary_.find("kubernetes-runtime").value();
  EXPECT_TRUE(subject.is_combined());
  EXPECT_EQ(subject.kind->name, "KubernetesRuntimeInstance");
  EXPECT_EQ(subject.definition->name, "KubernetesRuntimeDefinition");
}

TEST_F(VocabularyTest, PartsWithoutANameAreNotCombined) {
  EXPECT_EQ(vocabulary_.find_name("WorkloadResource"), nullptr);
  EXPECT_NE(vocabulary_.find_name("WorkloadResourceInstance"), nullptr);
}

TEST_F(VocabularyTest, AnUnknownKindIsRefusedWithTheNearestOne) {
  EXPECT_EQ(find("wrokload"),
            "this build has no kind \"wrokload\"; did you mean \"workload\"? (tptctl get --help lists the kinds)");
  EXPECT_EQ(vocabulary_.find("frobnicator").error().kind, base::ErrorKind::invalid);
}

TEST_F(VocabularyTest, DocumentNamesAreFoundExactly) {
  EXPECT_NE(vocabulary_.find_name("Workload"), nullptr);
  EXPECT_EQ(vocabulary_.find_name("workload"), nullptr);
}

TEST_F(VocabularyTest, EveryWordForCompletionIsFound) {
  const auto words = vocabulary_.words();
  EXPECT_NE(std::find(words.begin(), words.end(), "workloads"), words.end());
  for (const std::string& word : words) EXPECT_TRUE(vocabulary_.find(word)) << word;
}

TEST_F(VocabularyTest, SingularsFollowTheSpelling) {
  EXPECT_EQ(singular("workload-instances"), "workload-instance");
  EXPECT_EQ(singular("proxies"), "proxy");
}

TEST_F(VocabularyTest, ReferencesAreWrittenWithoutTheirSuffix) {
  const auto key = [&](const char* kind, const char* member) {
    return reference_key(*registry_.find(kind)->find(member));
  };
  EXPECT_EQ(key("WorkloadInstance", "WorkloadDefinitionID"), "WorkloadDefinition");
  EXPECT_EQ(key("KubernetesRuntimeInstance", "DnsControllerInstanceId"), "DnsControllerInstance");
}

TEST_F(VocabularyTest, AReferenceToWhatHasNoNameIsNotByName) {
  EXPECT_TRUE(is_named_reference(registry_, *registry_.find("WorkloadInstance")->find("KubernetesRuntimeInstanceID")));
  EXPECT_FALSE(is_named_reference(registry_, *registry_.find("WorkloadInstance")->find("TargetRevisionID")));
}

}  // namespace
}  // namespace threeport::cli
