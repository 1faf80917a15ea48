// Idempotency-Key.
#include <thread>

#include <gtest/gtest.h>

#include "tests/support/control_plane.h"

namespace threeport::testing {
namespace {

const std::string kTier = R"({"Name":"gold","Criticality":1})";

class IdempotencyTest : public ::testing::Test {
 protected:
  Reply post(const std::string& path, const std::string& body, const std::string& key) {
    return plane_.call("POST", path, body, {{"Idempotency-Key", key}});
  }
  std::int64_t count(const std::string& plural) {
    return plane_.call("GET", "/v0/" + plural).body.at("Meta", "TotalCount").as_int().value_or(-1);
  }

  ControlPlane plane_;
};

TEST_F(IdempotencyTest, ARepeatedCreationIsAnsweredAsTheFirstTime) {
  const Reply first = post("/v0/tiers", kTier, "k1");
  EXPECT_EQ(first.status, 201);
  EXPECT_FALSE(first.headers.contains("Idempotency-Replayed"));
  const Reply again = post("/v0/tiers", kTier, "k1");
  EXPECT_EQ(again.status, 201);
  EXPECT_EQ(again.body, first.body);
  EXPECT_EQ(again.headers.get("Idempotency-Replayed"), "true");
  EXPECT_EQ(count("tiers"), 1);
}

TEST_F(IdempotencyTest, TheAnswerStaysWhateverBecameOfTheObject) {
  const Reply first = post("/v0/tiers", kTier, "k1");
  plane_.call("DELETE", "/v0/tiers/" + json::dump(first.first().at("ID")));
  EXPECT_EQ(post("/v0/tiers", kTier, "k1").body, first.body);
  EXPECT_EQ(count("tiers"), 0);
}

TEST_F(IdempotencyTest, AKeyStandsForOneRequest) {
  post("/v0/tiers", kTier, "k1");
  const Reply other = post("/v0/tiers", R"({"Name":"silver","Criticality":2})", "k1");
  EXPECT_EQ(other.status, 409);
  EXPECT_EQ(other.error(),
            "Idempotency-Key k1 was used for another request within the last day; use a new key for each request");
  EXPECT_EQ(post("/v0/profiles", R"({"Name":"a"})", "k1").status, 409);
  EXPECT_EQ(count("tiers"), 1);
}

TEST_F(IdempotencyTest, ARequestThatFailedIsExecutedAgain) {
  EXPECT_EQ(post("/v0/tiers", R"({"Name":"gold"})", "k1").status, 400);
  EXPECT_EQ(post("/v0/tiers", kTier, "k1").status, 201);
}

TEST_F(IdempotencyTest, AKeyEndsAfterADay) {
  const Reply first = post("/v0/tiers", kTier, "k1");
  plane_.clock().advance(std::chrono::hours(24));
  const Reply again = post("/v0/tiers", kTier, "k1");
  EXPECT_EQ(again.status, 409) << "executed again: its name is taken";
  EXPECT_TRUE(again.error().starts_with("the name \"gold\" is taken")) << again.error();
  plane_.call("DELETE", "/v0/tiers/" + json::dump(first.first().at("ID")));
  EXPECT_EQ(post("/v0/tiers", kTier, "k1").status, 201);
}

TEST_F(IdempotencyTest, OldRecordsGoAsNewOnesCome) {
  for (int i = 0; i < 3; ++i) post("/v0/profiles", R"({"Name":"p)" + std::to_string(i) + "\"}", std::to_string(i));
  plane_.clock().advance(std::chrono::hours(25));
  post("/v0/tiers", kTier, "k1");
  EXPECT_EQ(must(plane_.objects().list("IdempotencyRecord")).size(), 1U);
}

TEST_F(IdempotencyTest, AnApplyIsAnsweredWithItsChanges) {
  const std::string body = R"({"Documents":[{"Tier":)" + kTier + "}]}";
  const Reply first = post("/v0/apply", body, "k1");
  EXPECT_EQ(first.first().at("Changes").as_array()[0].at("Action"), "Create");
  EXPECT_EQ(post("/v0/apply", body, "k1").body, first.body);
  EXPECT_EQ(post("/v0/apply", body, "k2").first().at("Changes").as_array()[0].at("Action"), "None");
}

TEST_F(IdempotencyTest, APlanIsMadeOnce) {
  const std::string body = R"({"Documents":[{"Tier":)" + kTier + "}]}";
  const Reply first = post("/v0/plan", body, "k1");
  EXPECT_EQ(post("/v0/plan", body, "k1").body, first.body);
  EXPECT_EQ(count("plans"), 1);
}

TEST_F(IdempotencyTest, ASetOfObjectsIsAnsweredWhole) {
  const std::string workload = json::dump(
      plane_.call("POST", "/v0/workload-definitions", R"({"Name":"w","YAMLDocument":"a: 1"})").first().at("ID"));
  const std::string row = R"({"JSONDefinition":{"a":1},"WorkloadDefinitionID":)" + workload + "}";
  const Reply first = post("/v0/workload-resource-definition-sets", "[" + row + "," + row + "]", "k1");
  EXPECT_EQ(first.status, 201) << first.error();
  EXPECT_EQ(first.body.at("Data").as_array().size(), 2U);
  EXPECT_EQ(post("/v0/workload-resource-definition-sets", "[" + row + "," + row + "]", "k1").body, first.body);
}

TEST_F(IdempotencyTest, AnswersAreStoredEncrypted) {
  post("/v0/tiers", kTier, "k1");
  const auto records = must(plane_.objects().list("IdempotencyRecord"));
  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(json::dump(records[0].data).find("gold"), std::string::npos);
}

TEST_F(IdempotencyTest, OnlyVisibleKeysOfModerateLengthAreTaken) {
  const std::string expected = "Idempotency-Key must be 1 to 255 visible characters, such as a UUID";
  EXPECT_EQ(post("/v0/tiers", kTier, "").error(), expected);
  EXPECT_EQ(post("/v0/tiers", kTier, "a b").error(), expected);
  EXPECT_EQ(post("/v0/tiers", kTier, std::string(256, 'k')).error(), expected);
  EXPECT_EQ(count("tiers"), 0);
}

TEST_F(IdempotencyTest, OfManyAtOnceOneIsExecuted) {
  std::vector<std::thread> threads;
  threads.reserve(8);
  std::atomic<int> unexpected = 0;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      const Reply reply = post("/v0/workload-definitions", R"({"Name":"w","YAMLDocument":"a: 1"})", "k1");
      if (reply.status == 201) return;
      const bool is_race = reply.status == 409 && reply.error().starts_with("the same request, with the same");
      if (!is_race) ++unexpected;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(unexpected, 0);
  EXPECT_EQ(count("workload-definitions"), 1);
}

}  // namespace
}  // namespace threeport::testing
