// What becomes of attempts that fail.
#include <stdexcept>
#include <utility>

#include <gtest/gtest.h>

#include "tests/support/widgets.h"

namespace threeport::reconcile {
namespace {

using base::Error;
using base::ErrorKind;
using base::Millis;
using testing::Group;
using testing::Part;
using testing::Widget;
using testing::WidgetScript;
using testing::WidgetWorld;

/// Fails with `error` until it is taken away.
struct Failing {
  explicit Failing(Error first) : error(std::move(first)) {
    script.reconcile = [this](Widget&, Context&) -> base::Result<Outcome> {
      if (error) return *error;
      return Outcome::settled();
    };
  }
  std::optional<Error> error;
  WidgetScript script;
};

std::vector<store::WorkItem> stored_work(WidgetWorld& world) {
  std::vector<int> shards;
  for (int i = 0; i < store::kShards; ++i) shards.push_back(i);
  return testing::must(world.store().work(shards));
}

TEST(Failure, IsRetriedLessAndLessOftenAndTheConditionsSayWhy) {
  Failing failing(base::unavailable("the cluster does not answer"));
  WidgetWorld world(failing.script);
  const auto id = world.add_widget("a");
  world.run_until_idle();
  EXPECT_EQ(world.ready(id).status, "False");
  EXPECT_EQ(world.ready(id).reason, "Failed");
  EXPECT_EQ(world.ready(id).message, "the cluster does not answer");
  EXPECT_EQ(world.condition(id, "Reconciling").status, "True");
  EXPECT_EQ(world.condition(id, "Stalled").status, "False");
  world.advance(std::chrono::minutes(2));
  const int early = failing.script.attempts(id);
  EXPECT_GE(early, 6);  // at most 1 + 2 + 4 + ... + 64 seconds
  world.advance(std::chrono::hours(1));
  const int late = failing.script.attempts(id) - early;
  EXPECT_GE(late, 60 / 5);  // at most 5 minutes apart
  EXPECT_LE(late, 60 * 2);
  failing.error.reset();
  world.advance(std::chrono::minutes(6));
  EXPECT_EQ(world.ready(id).status, "True");
  EXPECT_TRUE(world.is_reconciled(id));
}

TEST(Failure, KeepsItsTimerInTheStoreOnlyWhileItFails) {
  Failing failing(base::unavailable("away"));
  WidgetWorld world(failing.script);
  const auto id = world.add_widget("a");
  world.add_widget("b");
  EXPECT_TRUE(stored_work(world).empty());
  world.advance(std::chrono::seconds(20));
  const auto work = stored_work(world);
  ASSERT_EQ(work.size(), 2U);
  EXPECT_EQ(work[work[0].id == id ? 0 : 1].failures, failing.script.attempts(id));
  failing.error.reset();
  world.advance(std::chrono::minutes(6));
  EXPECT_TRUE(stored_work(world).empty());
}

TEST(Failure, SurvivesARestartWithItsBackoff) {
  Failing failing(base::unavailable("away"));
  WidgetWorld world(failing.script);
  const auto id = world.add_widget("a");
  world.advance(std::chrono::minutes(30));
  const int failures = stored_work(world).at(0).failures;
  EXPECT_GT(failures, 8);
  const int attempts = failing.script.attempts(id);
  const auto due = stored_work(world).at(0).next_at.value();
  world.crash_and_restart();
  world.run_until_idle();
  EXPECT_EQ(failing.script.attempts(id), attempts);
  world.advance(std::chrono::ceil<Millis>(due - world.clock().now()));
  EXPECT_EQ(failing.script.attempts(id), attempts + 1);
  EXPECT_EQ(stored_work(world).at(0).failures, failures + 1);
}

TEST(Failure, AnEditThatACrashHasSwallowedIsNotHeldUpByTheBackoff) {
  Failing failing(base::unavailable("away"));
  WidgetWorld world(failing.script);
  const auto id = world.add_widget("a");
  world.advance(std::chrono::minutes(30));
  const int attempts = failing.script.attempts(id);
  world.patch<Widget>(id, json::Object{{"Color", "red"}});
  world.crash_and_restart();
  world.run_until_idle();
  EXPECT_EQ(failing.script.attempts(id), attempts + 1);
  EXPECT_EQ(stored_work(world).at(0).failures, 1);
}

TEST(Failure, WhatWaitsForAnotherObjectLearnsOfItAfterARestartToo) {
  WidgetScript script;
  script.reconcile = [](Widget& widget, Context& ctx) -> base::Result<Outcome> {
    TP_TRY(const Group group, ctx.get(widget.group));
    if (group.size == 0) return base::blocked("the group is empty");
    return Outcome::settled();
  };
  WidgetWorld world(script);
  const auto group = world.add_group("one");
  const auto id = world.add_widget("a", group);
  world.advance(std::chrono::minutes(30));
  EXPECT_TRUE(stored_work(world).empty());
  world.crash_and_restart();
  world.run_until_idle();
  world.patch<Group>(group, json::Object{{"Size", 1}});
  world.run_until_idle();
  EXPECT_TRUE(world.is_reconciled(id));
}

TEST(Failure, ATimerIsTakenBackAlsoIfItsWriteGotNoAnswer) {
  Failing failing(base::unavailable("the cluster does not answer"));
  WidgetWorld world(failing.script);
  const auto id = world.add_widget("a");
  bool is_lost = true;
  world.store().set_after([&](std::string_view call) -> std::optional<Error> {
    if (call == "commit" && std::exchange(is_lost, false)) return base::unavailable("the connection broke");
    return std::nullopt;
  });
  world.run_until_idle();
  EXPECT_EQ(stored_work(world).size(), 1U);
  failing.error.reset();
  world.advance(std::chrono::seconds(2));
  EXPECT_TRUE(world.is_reconciled(id));
  EXPECT_TRUE(stored_work(world).empty());
}

TEST(Failure, AnEditStartsTheBackoffAfresh) {
  Failing failing(base::unavailable("away"));
  WidgetWorld world(failing.script);
  const auto id = world.add_widget("a");
  world.advance(std::chrono::minutes(30));
  EXPECT_GT(stored_work(world).at(0).failures, 8);
  world.patch<Widget>(id, json::Object{{"Color", "red"}});
  world.run_until_idle();
  EXPECT_EQ(stored_work(world).at(0).failures, 1);
}

TEST(Failure, RetryAfterIsHonoured) {
  Error error = base::unavailable("too many requests");
  error.retry_after = std::chrono::seconds(100);
  Failing failing(error);
  WidgetWorld world(failing.script);
  const auto id = world.add_widget("a");
  world.run_until_idle();
  world.advance(std::chrono::seconds(99));
  EXPECT_EQ(failing.script.attempts(id), 1);
  world.advance(std::chrono::seconds(12));
  EXPECT_EQ(failing.script.attempts(id), 2);
}

TEST(Failure, InvalidStallsUntilSomethingThatWasReadChanges) {
  WidgetScript script;
  script.reconcile = [](Widget& widget, Context& ctx) -> base::Result<Outcome> {
    TP_TRY(const Group group, ctx.get(widget.group));
    if (group.size == 0) {
      Error error = base::invalid("Size of the group is 0: set it to a positive number");
      error.reason = "InvalidManifest";
      return error;
    }
    return Outcome::settled();
  };
  WidgetWorld world(script);
  const auto group = world.add_group("one");
  const auto id = world.add_widget("a", group);
  world.run_until_idle();
  EXPECT_EQ(world.condition(id, "Stalled").status, "True");
  EXPECT_EQ(world.condition(id, "Stalled").reason, "InvalidManifest");
  EXPECT_EQ(world.ready(id).reason, "InvalidManifest");
  world.advance(std::chrono::minutes(5));
  EXPECT_EQ(script.attempts(id), 1);
  EXPECT_TRUE(stored_work(world).empty());
  world.patch<Group>(group, json::Object{{"Size", 1}});
  world.run_until_idle();
  EXPECT_EQ(world.ready(id).status, "True");
  EXPECT_EQ(world.condition(id, "Stalled").status, "False");
}

TEST(Failure, DeniedStallsAndIsTriedRarely) {
  Failing failing(base::denied("the token has expired: renew it"));
  WidgetWorld world(failing.script);
  const auto id = world.add_widget("a");
  world.run_until_idle();
  EXPECT_EQ(world.condition(id, "Stalled").status, "True");
  EXPECT_EQ(world.ready(id).reason, "CredentialsInvalid");
  world.advance(std::chrono::hours(1));
  EXPECT_GE(failing.script.attempts(id), 6);
  EXPECT_LE(failing.script.attempts(id), 14);
}

TEST(Failure, AConflictIsRepeatedAtOnceAndUnheard) {
  WidgetScript script;
  script.reconcile = [&](Widget& widget, Context&) -> base::Result<Outcome> {
    if (script.attempts(widget.meta.id) == 1) return base::conflict("changed meanwhile");
    return Outcome::settled();
  };
  WidgetWorld world(script);
  const auto id = world.add_widget("a");
  world.run_until_idle();
  EXPECT_EQ(script.attempts(id), 2);
  EXPECT_TRUE(world.is_reconciled(id));
  EXPECT_EQ(world.object(id).version, 2);  // one status write
}

TEST(Failure, ConflictsInARowAreBackedOff) {
  Failing failing(base::conflict("changed meanwhile"));
  WidgetWorld world(failing.script);
  const auto id = world.add_widget("a");
  world.run_until_idle();
  EXPECT_EQ(failing.script.attempts(id), 2);
  EXPECT_EQ(world.ready(id).message, "changed meanwhile");
  world.advance(std::chrono::minutes(10));
  EXPECT_LE(failing.script.attempts(id), 30);
}

TEST(Failure, MissingThingsAreLookedForAfterHalfAMinute) {
  for (const Error& error : {base::not_found("no such image"), base::blocked("the runtime is not ready")}) {
    Failing failing(error);
    WidgetWorld world(failing.script);
    const auto id = world.add_widget("a");
    world.advance(std::chrono::seconds(14));
    EXPECT_EQ(failing.script.attempts(id), 1);
    EXPECT_EQ(world.ready(id).reason, "DependencyNotReady");
    world.advance(std::chrono::seconds(16));
    EXPECT_EQ(failing.script.attempts(id), 2);
  }
}

TEST(Failure, APanicIsTheObjectsOwn) {
  WidgetScript script;
  script.reconcile = [](Widget& widget, Context&) -> base::Result<Outcome> {
    if (widget.name == "bad") throw std::runtime_error("boom");
    if (widget.name == "worse") throw 42;
    return Outcome::settled();
  };
  script.lane = [](const Widget& widget, Context&) -> std::string {
    if (widget.name == "lost") throw std::runtime_error("no lane");
    return "";
  };
  WidgetWorld world(script);
  const auto bad = world.add_widget("bad");
  const auto worse = world.add_widget("worse");
  const auto lost = world.add_widget("lost");
  const auto good = world.add_widget("good");
  world.run_until_idle();
  for (const auto id : {bad, worse, lost}) EXPECT_EQ(world.ready(id).reason, "InternalError");
  EXPECT_EQ(world.ready(good).status, "True");
  EXPECT_EQ(world.engine().metrics().failures.at({"Widget", "internal"}), 3U);
  world.advance(std::chrono::seconds(2));
  EXPECT_GT(script.attempts(bad), 1);
}

TEST(Failure, StatusMembersSetBeforeAnErrorAreKept) {
  WidgetScript script;
  script.reconcile = [](Widget& widget, Context&) -> base::Result<Outcome> {
    widget.phase = "half way";
    return base::unavailable("away");
  };
  WidgetWorld world(script);
  const auto id = world.add_widget("a");
  world.run_until_idle();
  EXPECT_EQ(world.get<Widget>(id).phase, "half way");
  EXPECT_EQ(world.object(id).version, 2);
}

TEST(Failure, ADeclaredMemberIsNotTheControllersToChange) {
  WidgetScript script;
  script.reconcile = [](Widget& widget, Context&) -> base::Result<Outcome> {
    widget.color = "mine";
    return Outcome::settled();
  };
  WidgetWorld world(script);
  const auto id = world.add_widget("a");
  world.run_until_idle();
  EXPECT_EQ(world.get<Widget>(id).color, "");
  EXPECT_EQ(world.ready(id).reason, "InternalError");
  EXPECT_FALSE(world.is_reconciled(id));
}

TEST(Failure, OfWhatWasAppliedLeavesItsHealthUnknown) {
  WidgetScript script;
  WidgetWorld world(script);
  const auto id = world.add_widget("a");
  world.run_until_idle();
  script.reconcile = [](Widget&, Context&) -> base::Result<Outcome> { return base::unavailable("away"); };
  world.advance(std::chrono::minutes(20));  // a walk finds it
  EXPECT_EQ(world.ready(id).status, "Unknown");
  EXPECT_TRUE(world.is_reconciled(id));
}

TEST(Failure, AStoreThatDoesNotAnswerIsNoDisaster) {
  WidgetScript script;
  WidgetWorld world(script);
  const auto id = world.add_widget("a");
  bool is_away = true;
  world.store().set_before([&](std::string_view call) -> std::optional<Error> {
    if (is_away && (call == "commit" || call == "get_many")) return base::unavailable("the database is away");
    return std::nullopt;
  });
  world.advance(std::chrono::seconds(20));
  is_away = false;
  world.advance(std::chrono::minutes(5));
  EXPECT_TRUE(world.is_reconciled(id));
}

TEST(Failure, LateAttemptsAreToldToStopAndFail) {
  WidgetScript script;
  WidgetWorld world(script);
  const auto id = world.add_widget("a");
  script.reconcile = [&](Widget&, Context& ctx) -> base::Result<Outcome> {
    if (script.attempts(id) > 1) return Outcome::settled();
    EXPECT_EQ(ctx.time_left(), Millis(60'000));
    world.clock().advance(Millis(60'001));
    EXPECT_EQ(ctx.time_left(), Millis(0));
    return base::canceled("the call was interrupted");
  };
  world.run_until_idle();
  EXPECT_EQ(world.engine().metrics().failures.at({"Widget", "unavailable"}), 1U);
  world.advance(std::chrono::seconds(60));
  EXPECT_TRUE(world.is_reconciled(id));
}

}  // namespace
}  // namespace threeport::reconcile
