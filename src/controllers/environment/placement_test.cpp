#include "controllers/environment/placement.h"

#include <gtest/gtest.h>

namespace threeport::controllers::environment {
namespace {

Candidate candidate(schema::ObjectId id, const std::string& ready, const std::string& provider = "kubeconfig",
                    const std::string& location = "Local") {
  Candidate out{.runtime = {}, .infra_provider = provider};
  out.runtime.meta.id = id;
  out.runtime.instance.name = "cluster-" + std::to_string(id);
  out.runtime.location = location;
  if (!ready.empty()) {
    out.runtime.reconciliation.conditions.push_back(
        {.type = "Ready", .status = ready, .reason = "R", .message = ready == "True" ? "" : "it does not answer"});
  }
  return out;
}

Candidate with_default(Candidate out) {
  out.runtime.default_runtime = true;
  return out;
}

TEST(ChooseRuntime, TakesTheDefaultFirstAndThenTheOldest) {
  const kinds::Environment any;
  EXPECT_EQ(choose_runtime(any, {candidate(3, "True"), candidate(2, "True")}).runtime, 2);
  EXPECT_EQ(choose_runtime(any, {candidate(2, "True"), with_default(candidate(3, "True"))}).runtime, 3);
}

TEST(ChooseRuntime, TakesWhatTheEnvironmentAsksFor) {
  kinds::Environment environment;
  environment.infra_provider = "kind";
  EXPECT_EQ(choose_runtime(environment, {candidate(2, "True"), candidate(3, "True", "kind")}).runtime, 3);
  environment.location = "Europe:Paris";
  const Choice none = choose_runtime(environment, {candidate(2, "True"), candidate(3, "True", "kind")});
  EXPECT_EQ(none.runtime, 0);
  EXPECT_TRUE(none.why.starts_with("No Kubernetes runtime has InfraProvider kind and Location Europe:Paris: add one"))
      << none.why;
}

TEST(ChooseRuntime, SaysHowToAddOneWhereThereIsNone) {
  EXPECT_TRUE(choose_runtime({}, {}).why.starts_with("There is no Kubernetes runtime yet: add one with `tptctl"));
}

TEST(ChooseRuntime, PassesOverWhatIsNotReadyOrLeaves) {
  Candidate leaving = candidate(1, "True");
  leaving.runtime.reconciliation.deletion_scheduled = base::TimePoint{};
  EXPECT_EQ(choose_runtime({}, {leaving, with_default(candidate(2, "False")), candidate(3, "True")}).runtime, 3);
  const Choice none = choose_runtime({}, {candidate(2, "False")});
  EXPECT_EQ(none.runtime, 0);
  EXPECT_EQ(none.why, "Kubernetes runtime cluster-2 is not ready: it does not answer");
}

TEST(ChooseRuntime, WaitsForOneThatWasNeverChecked) {
  const Choice waits = choose_runtime({}, {with_default(candidate(2, "")), candidate(1, "True")});
  EXPECT_EQ(waits.runtime, 0);
  EXPECT_EQ(waits.why, "Kubernetes runtime cluster-2 is not ready: it has not been checked yet");
}

}  // namespace
}  // namespace threeport::controllers::environment
