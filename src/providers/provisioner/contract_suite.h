// What every Provisioner that makes notes (fake_provisioner.h, samples/provisioner) guarantees, as tests: instantiate
// ProvisionerContract with a Target for each way to reach one.
#pragma once

#include <ostream>

#include <gtest/gtest.h>

#include "providers/provisioner/provisioner.h"

namespace threeport::providers::provisioner::contract {

/// A provisioner to test.
struct Target {
  std::string name;
  std::function<std::unique_ptr<Provisioner>()> make;
};

inline void PrintTo(const Target& target, std::ostream* out) { *out << target.name; }

class ProvisionerContract : public ::testing::TestWithParam<Target> {
 protected:
  static Request note(const std::string& guid, json::Value params = json::Object{{"text", "hello"}}) {
    Request out;
    out.guid = guid;
    out.uid = "note.default#" + guid;
    out.type = "note";
    out.class_name = "default";
    out.id = guid;
    out.params = std::move(params);
    out.source_workload = "web";
    out.ns = "dev-abc";
    return out;
  }

  std::unique_ptr<Provisioner> provisioner_ = GetParam().make();
};

TEST_P(ProvisionerContract, MakesAResourceWithOutputsAndState) {
  const auto made = provisioner_->provision(note("a"), {});
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(made->outputs.at("name"), "note-a");
  EXPECT_EQ(made->outputs.at("text"), "hello");
  EXPECT_EQ(made->shared_state, json::Value(json::Object{{"notes", json::Object{{"a", true}}}}));
  EXPECT_EQ(made->state.at("token"), made->outputs.at("token", "Secret"));
  EXPECT_TRUE(made->manifests.empty());
}

TEST_P(ProvisionerContract, AsksAgainWithItsStateAndGetsTheSame) {
  Request request = note("a");
  const auto first = provisioner_->provision(request, {});
  ASSERT_TRUE(first) << first.error().message;
  request.state = first->state;
  const auto again = provisioner_->provision(request, {});
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->outputs, first->outputs);
  EXPECT_EQ(again->state, first->state);
}

TEST_P(ProvisionerContract, ChangedParamsChangeTheOutputsAndKeepTheRest) {
  Request request = note("a");
  const auto first = provisioner_->provision(request, {});
  ASSERT_TRUE(first) << first.error().message;
  request.state = first->state;
  request.params = json::Object{{"text", "changed"}};
  const auto changed = provisioner_->provision(request, {});
  ASSERT_TRUE(changed) << changed.error().message;
  EXPECT_EQ(changed->outputs.at("text"), "changed");
  EXPECT_EQ(changed->outputs.at("token"), first->outputs.at("token"));
}

TEST_P(ProvisionerContract, TwoResourcesAreTwo) {
  const auto a = provisioner_->provision(note("a"), {}), b = provisioner_->provision(note("b"), {});
  ASSERT_TRUE(a && b);
  EXPECT_NE(a->outputs.at("name"), b->outputs.at("name"));
  EXPECT_NE(a->outputs.at("token"), b->outputs.at("token"));
}

TEST_P(ProvisionerContract, NothingButTheGuidIsNeeded) {
  Request request;
  request.guid = "bare";
  const auto made = provisioner_->provision(request, {});
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(made->outputs.at("text"), "");
}

TEST_P(ProvisionerContract, TextsArriveAsTheyAre) {
  const std::string text = "--text=$(id) `id` \"quoted\" 'ä'\n\\ ${x}";
  const auto made = provisioner_->provision(note("a", json::Object{{"text", text}}), {});
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(made->outputs.at("text"), text);
}

TEST_P(ProvisionerContract, AFailureHasItsWordsAndItsReason) {
  const auto refused = provisioner_->provision(note("a", json::Object{{"colour", "red"}}), {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, kProvisionerFailed);
  EXPECT_NE(refused.error().message.find("unknown param colour"), std::string::npos) << refused.error().message;
}

TEST_P(ProvisionerContract, RemovesWhatThereIsAndWhatThereIsNot) {
  Request request = note("a");
  EXPECT_TRUE(provisioner_->remove(request, {}));
  const auto made = provisioner_->provision(request, {});
  ASSERT_TRUE(made) << made.error().message;
  request.state = made->state;
  for (int i = 0; i < 2; ++i) {
    const auto removed = provisioner_->remove(request, {});
    EXPECT_TRUE(removed) << removed.error().message;
  }
}

TEST_P(ProvisionerContract, AStopEndsTheCall) {
  std::stop_source source;
  source.request_stop();
  const auto made = provisioner_->provision(note("a"), {.timeout = base::Millis(60'000), .stop = source.get_token()});
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().kind, base::ErrorKind::canceled);
}

}  // namespace threeport::providers::provisioner::contract
