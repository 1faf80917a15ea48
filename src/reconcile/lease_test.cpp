// Who works on what: shards, their loss, and several engines on one store.
#include <gtest/gtest.h>

#include "tests/support/widgets.h"

namespace threeport::reconcile {
namespace {

using base::Millis;
using testing::Reconcilers;
using testing::Widget;
using testing::WidgetReconciler;
using testing::WidgetScript;
using testing::WidgetWorld;

/// A second process on the world's store.
class Replica {
 public:
  Replica(WidgetWorld& world, std::string owner)
      : random_(7),
        engine_(world.objects(), world.clock(), random_,
                {.owner = std::move(owner), .installation_uid = "test", .backoff = {}},
                testing::reconcilers(std::make_unique<WidgetReconciler>(script))) {}
  WidgetScript script;
  Engine& operator*() { return engine_; }
  Engine* operator->() { return &engine_; }

 private:
  Random random_;
  Engine engine_;
};

/// Lets time pass in small steps, in which all engines run.
template <typename... Engines>
void advance_all(WidgetWorld& world, Millis time, Engines&... engines) {
  for (Millis passed(0); passed < time; passed += Millis(500)) {
    world.clock().advance(Millis(500));
    (engines.run_until_idle(), ...);
  }
}

TEST(Lease, EnginesShareTheShardsEvenly) {
  WidgetScript script;
  WidgetWorld world(script, EngineOptions{});
  Replica replica(world, "replica");
  world.run_until_idle();
  EXPECT_EQ(world.engine().metrics().shards, 256U);
  advance_all(world, Millis(15'000), world.engine(), *replica);
  EXPECT_EQ(world.engine().metrics().shards, 128U);
  EXPECT_EQ(replica->metrics().shards, 128U);
}

TEST(Lease, EachObjectIsWorkedOnByOneEngine) {
  WidgetScript script;
  WidgetWorld world(script, EngineOptions{});
  Replica replica(world, "replica");
  advance_all(world, Millis(15'000), world.engine(), *replica);
  std::vector<schema::ObjectId> ids;
  for (int i = 0; i < 40; ++i) ids.push_back(world.add_widget("w" + std::to_string(i)));
  advance_all(world, Millis(1'000), world.engine(), *replica);
  for (const auto id : ids) {
    EXPECT_EQ(script.attempts(id) + replica.script.attempts(id), 1);
    EXPECT_TRUE(world.is_reconciled(id));
  }
  EXPECT_GT(script.attempts(), 5);
  EXPECT_GT(replica.script.attempts(), 5);
}

TEST(Lease, WhatADeadEngineHeldIsTakenOver) {
  WidgetScript script;
  WidgetWorld world(script, EngineOptions{});
  std::vector<schema::ObjectId> ids;
  {
    Replica replica(world, "replica");
    advance_all(world, Millis(15'000), world.engine(), *replica);
    for (int i = 0; i < 40; ++i) ids.push_back(world.add_widget("w" + std::to_string(i)));
    world.run_until_idle();
  }  // it dies before it has done its share, and says nothing
  advance_all(world, Millis(15'000), world.engine());
  EXPECT_EQ(world.engine().metrics().shards, 256U);
  for (const auto id : ids) EXPECT_TRUE(world.is_reconciled(id));
}

TEST(Lease, AnEngineThatStopsGivesItsShardsAtOnce) {
  WidgetScript script;
  WidgetWorld world(script, EngineOptions{});
  Replica replica(world, "replica");
  advance_all(world, Millis(15'000), world.engine(), *replica);
  EXPECT_TRUE(replica->stop());
  EXPECT_EQ(replica->metrics().shards, 0U);
  advance_all(world, Millis(3'500), world.engine());
  EXPECT_EQ(world.engine().metrics().shards, 256U);
}

TEST(Lease, AWorkerThatLostItsShardLosesItsWrites) {
  WidgetScript script;
  WidgetWorld world(script, EngineOptions{});
  const auto id = world.add_widget("a");
  base::Result<std::vector<apiserver::Object>> written = base::internal("not tried");
  script.reconcile = [&](Widget& widget, Context& ctx) -> base::Result<Outcome> {
    if (script.attempts(id) == 1) {
      // The process hangs for so long that another one takes all its shards.
      world.clock().advance(Millis(60'000));
      testing::must(world.store().hold_leases("thief", Millis(3'600'000)));
    }
    Batch batch;
    batch.merge<Widget>(widget.meta.id, json::Object{{"Phase", "mine"}});
    written = ctx.write(batch);
    if (!written) return written.error();
    widget.phase = "mine";
    return Outcome::settled();
  };
  const auto before = world.object(id).version;
  world.run_until_idle();
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().kind, base::ErrorKind::canceled);
  EXPECT_EQ(world.object(id).version, before);
  EXPECT_EQ(script.attempts(id), 1);
  EXPECT_EQ(world.engine().metrics().shards, 0U);
}

TEST(Lease, AStatusWriteWithoutTheLeaseIsLostToo) {
  WidgetScript script;
  WidgetWorld world(script, EngineOptions{});
  const auto id = world.add_widget("a");
  script.reconcile = [&](Widget& widget, Context&) -> base::Result<Outcome> {
    world.clock().advance(Millis(60'000));
    testing::must(world.store().hold_leases("thief", Millis(3'600'000)));
    widget.phase = "mine";
    return Outcome::settled();
  };
  const auto before = world.object(id).version;
  world.run_until_idle();
  EXPECT_EQ(world.object(id).version, before);
  EXPECT_EQ(world.engine().metrics().attempts.at({"Widget", "lost"}), 1U);
}

TEST(Lease, NothingIsAttemptedWhileLeasesCannotBeRenewed) {
  WidgetScript script;
  WidgetWorld world(script, EngineOptions{});
  world.add_widget("a");
  world.run_until_idle();
  bool is_away = true;
  world.store().set_before([&](std::string_view call) -> std::optional<base::Error> {
    if (is_away && call == "hold_leases") return base::unavailable("the database is away");
    return std::nullopt;
  });
  world.advance(Millis(11'000));
  const auto id = world.add_widget("b");
  world.advance(Millis(5'000));
  EXPECT_EQ(script.attempts(id), 0);
  is_away = false;
  world.advance(Millis(1'000));
  EXPECT_EQ(script.attempts(id), 1);
}

}  // namespace
}  // namespace threeport::reconcile
