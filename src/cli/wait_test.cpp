#include "cli/wait.h"

#include <gtest/gtest.h>

#include "tests/support/terminal.h"

namespace threeport::testing {
namespace {

using cli::Awaited;

class WaitTest : public ::testing::Test {
 protected:
  WaitTest() : id_(plane_.add_workload("web")) {}

  [[nodiscard]] Awaited web() { return {plane_.registry().find("WorkloadInstance"), id_, "web", {}, {}}; }
  /// "<code>\n<output and errors>" of what the command does.
  std::string wait(const std::function<base::Result<int>(cli::Session&)>& command) {
    terminal_.out.str("");
    terminal_.err.str("");
    const cli::Environment environment = terminal_.environment();
    cli::Session session(environment, {});
    const auto code = command(session);
    if (!code) return "error: " + code.error().message;
    return std::to_string(*code) + "\n" + terminal_.out.str() + terminal_.err.str();
  }
  std::string until_ready(base::Millis limit = std::chrono::seconds(60)) {
    return wait([&](cli::Session& session) { return cli::wait_until_ready(session, {web()}, limit); });
  }
  std::string until_gone(base::Millis limit = std::chrono::seconds(60)) {
    return wait([&](cli::Session& session) { return cli::wait_until_gone(session, {web()}, limit); });
  }
  void report(const Report& report) { plane_.report("WorkloadInstance", id_, report); }

  ControlPlane plane_;
  Terminal terminal_{plane_};
  schema::ObjectId id_;
};

TEST_F(WaitTest, ShowsEachStateOnceAndEndsWhenReady) {
  int waits = 0;
  terminal_.clock.on_wait = [&] {
    if (++waits == 2) report({.ready = "False", .reason = "Progressing", .message = "0 of 1 pods ready"});
    if (waits == 4) report({.ready = "True", .reason = "Healthy"});
  };
  EXPECT_EQ(until_ready(),
            "0\n"
            "workload-instance/web  waiting for its controller\n"
            "workload-instance/web  Progressing: 0 of 1 pods ready\n"
            "workload-instance/web  Healthy\n"
            "Complete: workload-instance/web: Healthy\n");
}

TEST_F(WaitTest, EndsWith9WhereItIsStalled) {
  report({.ready = "False", .reason = "InvalidManifest", .message = "no kind", .is_stalled = true});
  EXPECT_EQ(until_ready(),
            "9\n"
            "workload-instance/web  InvalidManifest: no kind\n"
            "Error: this stays as it is until something changes: workload-instance/web: InvalidManifest: no kind "
            "(`tptctl describe workload-instance web` shows more)\n");
}

TEST_F(WaitTest, EndsWith8AtTheLimit) {
  report({.ready = "False", .reason = "Progressing", .message = "0 of 1 pods ready"});
  EXPECT_EQ(until_ready(std::chrono::seconds(90)),
            "8\n"
            "workload-instance/web  Progressing: 0 of 1 pods ready\n"
            "Error: not ready after 1m30s: workload-instance/web: Progressing: 0 of 1 pods ready (`tptctl describe "
            "workload-instance web` shows more)\n");
}

TEST_F(WaitTest, AStateOfTheGenerationBeforeDoesNotCount) {
  report({.ready = "True", .reason = "Healthy"});
  plane_.create("workload-definitions", R"({"Name":"api","YAMLDocument":"a: 1"})");
  const auto api = must(plane_.objects().find_by_name("WorkloadDefinition", "api")).value().id;
  plane_.call("PATCH", "/v0/workload-instances/" + std::to_string(id_),
              R"({"WorkloadDefinitionID":)" + std::to_string(api) + "}");
  EXPECT_TRUE(
      until_ready(std::chrono::seconds(1)).starts_with("8\nworkload-instance/web  waiting for its controller\n"));
}

TEST_F(WaitTest, WhatHasNoControllerCountsAsReady) {
  report({.ready = "Unknown", .reason = "NoController", .message = "nothing reconciles it"});
  EXPECT_TRUE(until_ready().starts_with("0\n"));
}

TEST_F(WaitTest, AnApiThatDoesNotAnswerIsAskedAgainUntilTheLimit) {
  terminal_.clock.on_wait = [&] { plane_.stop(); };
  EXPECT_EQ(until_ready(std::chrono::seconds(5)),
            "8\n"
            "workload-instance/web  waiting for its controller\n"
            "workload-instance/web  the control plane does not answer, asking again\n"
            "Error: not ready after 5s: workload-instance/web: waiting for its controller (`tptctl describe "
            "workload-instance web` shows more)\n");
}

TEST_F(WaitTest, AnObjectThatGoesMeanwhileIsAnError) {
  terminal_.clock.on_wait = [&] { plane_.finalize("WorkloadInstance", id_); };
  EXPECT_EQ(until_ready(), "error: workload-instance/web was deleted while it was waited for");
}

TEST_F(WaitTest, NothingToWaitForIsDone) {
  EXPECT_EQ(wait([](cli::Session& session) { return cli::wait_until_ready(session, {}, std::chrono::seconds(1)); }),
            "0\n");
}

TEST_F(WaitTest, ARevisionThatIsNotTheNewOneDoesNotCount) {
  report({.ready = "True", .reason = "Healthy"});
  Awaited awaited = web();
  awaited.after_revision = 1;
  int waits = 0;
  terminal_.clock.on_wait = [&] {
    if (++waits != 2) return;
    const auto definition = must(plane_.objects().get("WorkloadInstance", id_)).data.at("WorkloadDefinitionID");
    const auto revision = plane_.create_as_controller("Revision", json::Object{{"Number", 2},
                                                                               {"WorkloadInstanceID", id_},
                                                                               {"WorkloadDefinitionID", definition},
                                                                               {"DefinitionGeneration", 1}});
    plane_.set("WorkloadInstance", id_, json::Object{{"TargetRevisionID", revision}, {"GoodRevisionID", revision}});
  };
  EXPECT_TRUE(wait([&](cli::Session& session) {
                return cli::wait_until_ready(session, {awaited}, std::chrono::seconds(60));
              }).starts_with("0\nworkload-instance/web  waiting for its controller\n"));
  EXPECT_EQ(waits, 2);
}

TEST_F(WaitTest, OnATerminalTheSecondsRun) {
  terminal_.is_terminal = true;
  terminal_.variables["NO_COLOR"] = "1";
  report({.ready = "False", .reason = "Progressing"});
  const std::string text = until_ready(std::chrono::seconds(2));
  EXPECT_NE(text.find("workload-instance/web (0s)  Progressing"), std::string::npos) << text;
  EXPECT_NE(text.find("workload-instance/web (1s)  Progressing"), std::string::npos) << text;
  EXPECT_NE(text.find("\033[1A"), std::string::npos) << "rewritten in place";
}

TEST_F(WaitTest, WaitsUntilTheObjectIsGone) {
  report({.ready = "True", .reason = "Healthy"});
  plane_.call("DELETE", "/v0/workload-instances/" + std::to_string(id_));
  int waits = 0;
  terminal_.clock.on_wait = [&] {
    if (++waits == 1) report({.ready = "False", .reason = "Deleting", .message = "2 objects left"});
    if (waits == 3) plane_.finalize("WorkloadInstance", id_);
  };
  EXPECT_EQ(until_gone(),
            "0\n"
            "workload-instance/web  being deleted\n"
            "workload-instance/web  Deleting: 2 objects left\n"
            "workload-instance/web  deleted\n");
}

TEST_F(WaitTest, ADeletionThatTakesTooLongGoesOn) {
  plane_.call("DELETE", "/v0/workload-instances/" + std::to_string(id_));
  EXPECT_EQ(until_gone(std::chrono::seconds(10)),
            "8\n"
            "workload-instance/web  being deleted\n"
            "Error: not gone after 10s, the deletion goes on: workload-instance/web: being deleted (`tptctl describe "
            "workload-instance web` shows more; `tptctl delete --abandon` gives up what cannot be reached)\n");
}

}  // namespace
}  // namespace threeport::testing
