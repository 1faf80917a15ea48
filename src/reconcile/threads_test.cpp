// The engine on its own threads, with a real clock where time does not matter. Nothing here sleeps: tests wait for
// states.
#include <condition_variable>
#include <mutex>

#include <gtest/gtest.h>

#include "tests/support/widgets.h"

namespace threeport::reconcile {
namespace {

using base::Millis;
using testing::Widget;
using testing::WidgetReconciler;
using testing::WidgetScript;
using testing::WidgetWorld;

/// A count that threads wait for.
class Tally {
 public:
  void add(int by = 1) {
    const std::lock_guard lock(mutex_);
    count_ += by;
    changed_.notify_all();
  }
  /// False after a minute: something hangs.
  bool wait_for(int count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::minutes(1), [&] { return count_ >= count; });
  }
  [[nodiscard]] int count() const {
    const std::lock_guard lock(mutex_);
    return count_;
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  int count_ = 0;
};

/// Blocks whoever comes until it is opened, or the attempt is told to stop.
class Gate {
 public:
  void pass(const std::stop_token& stop) {
    const std::stop_callback wake(stop, [this] { changed_.notify_all(); });
    std::unique_lock lock(mutex_);
    changed_.wait(lock, stop, [this] { return is_open_; });
  }
  void open() {
    const std::lock_guard lock(mutex_);
    is_open_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable_any changed_;
  bool is_open_ = false;
};

/// An engine with threads on the store of a world whose own engine rests.
struct Live {
  explicit Live(WidgetScript& script, EngineOptions options = {}) : world(script) {
    options.owner = "live";
    options.installation_uid = "test";
    engine = std::make_unique<Engine>(world.objects(), base::system_clock(), random, options,
                                      testing::reconcilers(std::make_unique<WidgetReconciler>(script)));
    world.store().on_commit([this] {
      const std::lock_guard lock(mutex);
      if (!engine) return;
      engine->hint();
      commits.add();
    });
  }
  /// The committer may still be on its way to tell of the last batch.
  ~Live() {
    engine->stop();
    std::unique_ptr<Engine> ending;
    {
      const std::lock_guard lock(mutex);
      ending = std::move(engine);
    }
  }
  /// Waits for a state of the store; false after a minute without any change of it.
  bool reaches(const std::function<bool()>& state) {
    for (;;) {
      const int seen = commits.count();
      if (state()) return true;
      if (!commits.wait_for(seen + 1)) return false;
    }
  }
  std::mutex mutex;  // engine, for the committer
  Tally commits;
  WidgetWorld world;
  Random random{1};
  std::unique_ptr<Engine> engine;
};

TEST(Threads, AHungLaneTakesItsOwnSlotsAndNobodyElses) {
  WidgetScript script;
  Gate gate;
  Tally hanging, done;
  script.lane = [](const Widget& widget, Context&) { return widget.color; };
  script.reconcile = [&](Widget& widget, Context& ctx) -> base::Result<Outcome> {
    if (widget.color.starts_with("hung")) {
      hanging.add();
      gate.pass(ctx.stop());
      return Outcome::settled();
    }
    done.add();
    return Outcome::settled();
  };
  Live live(script);
  testing::must(live.engine->start());
  const auto add = [&](const std::string& name, const std::string& color) {
    live.world.create_body("Widget", json::Object{{"Name", name}, {"Color", color}});
  };
  // Ten clusters do not answer; each of them has more work than slots.
  for (int i = 0; i < 10; ++i) {
    for (int j = 0; j < 6; ++j) add("h" + std::to_string(i) + "-" + std::to_string(j), "hung" + std::to_string(i));
  }
  ASSERT_TRUE(hanging.wait_for(40));
  for (int i = 0; i < 50; ++i) add("w" + std::to_string(i), "fine");
  ASSERT_TRUE(done.wait_for(50));
  EXPECT_EQ(hanging.count(), 40);
  EXPECT_GE(live.engine->metrics().workers, 41U);
  gate.open();
  ASSERT_TRUE(hanging.wait_for(60));
}

TEST(Threads, StopEndsAttemptsAndGivesTheLeasesBack) {
  WidgetScript script;
  Gate gate;
  Tally running, ended;
  script.reconcile = [&](Widget&, Context& ctx) -> base::Result<Outcome> {
    running.add();
    gate.pass(ctx.stop());
    ended.add();
    return base::canceled("told to stop");
  };
  Live live(script);
  testing::must(live.engine->start());
  const auto id = live.world.add_widget("a");
  ASSERT_TRUE(running.wait_for(1));
  EXPECT_TRUE(live.engine->stop());
  EXPECT_EQ(ended.count(), 1);
  EXPECT_FALSE(live.world.is_reconciled(id));
  EXPECT_EQ(live.engine->metrics().shards, 0U);
  // Free for the next one, at once.
  EXPECT_EQ(testing::must(live.world.store().hold_leases("next", Millis(10'000))).size(), 256U);
}

TEST(Threads, StopDoesNotWaitForAttemptsThatIgnoreIt) {
  WidgetScript script;
  Gate gate;
  Tally running;
  script.reconcile = [&](Widget&, Context&) -> base::Result<Outcome> {
    running.add();
    gate.pass({});
    return Outcome::settled();
  };
  EngineOptions options;
  options.stop_grace = Millis(50);
  Live live(script, options);
  testing::must(live.engine->start());
  live.world.add_widget("a");
  ASSERT_TRUE(running.wait_for(1));
  EXPECT_FALSE(live.engine->stop());
  // Nobody else may touch the object while it hangs.
  EXPECT_TRUE(testing::must(live.world.store().hold_leases("next", Millis(10'000))).size() < 256U);
  gate.open();
  EXPECT_TRUE(live.engine->stop());
}

TEST(Threads, AnAttemptThatTakesTooLongIsToldToStop) {
  WidgetScript script;
  Gate gate;
  Tally stopped;
  script.reconcile = [&](Widget& widget, Context& ctx) -> base::Result<Outcome> {
    if (script.attempts(widget.meta.id) > 1) return Outcome::settled();
    gate.pass(ctx.stop());
    stopped.add();
    return base::canceled("interrupted");
  };
  EngineOptions options;
  options.attempt_deadline = Millis(30);
  Live live(script, options);
  testing::must(live.engine->start());
  live.world.add_widget("a");
  EXPECT_TRUE(stopped.wait_for(1));
  EXPECT_EQ(live.engine->metrics().overdue, 1U);
}

TEST(Threads, ADatabaseThatHangsKeepsNoLateAttemptFromBeingStopped) {
  WidgetScript script;
  Gate gate, database;
  Tally walking, stopped;
  script.reconcile = [&](Widget&, Context& ctx) -> base::Result<Outcome> {
    gate.pass(ctx.stop());
    stopped.add();
    return base::canceled("interrupted");
  };
  EngineOptions options;
  options.attempt_deadline = Millis(30);
  Live live(script, options);
  live.world.store().set_before([&](std::string_view call) -> std::optional<base::Error> {
    if (call == "list") {
      walking.add();
      database.pass({});
    }
    return std::nullopt;
  });
  testing::must(live.engine->start());
  ASSERT_TRUE(walking.wait_for(1));
  live.world.add_widget("a");
  EXPECT_TRUE(stopped.wait_for(1));
  database.open();
}

TEST(Threads, AHungLaneHoldsUpNoWalk) {
  WidgetScript script;
  Gate gate;
  Tally done;
  script.lane = [](const Widget& widget, Context&) { return widget.color; };
  EngineOptions options;
  options.walk_page = 2;
  options.lane_slots = 1;
  Live live(script, options);
  for (int i = 0; i < 12; ++i) {
    live.world.create_body("Widget", json::Object{{"Name", "h" + std::to_string(i)}, {"Color", "hung"}});
  }
  live.world.create_body("Widget", json::Object{{"Name", "w"}, {"Color", "fine"}});
  live.world.run_until_idle();
  ASSERT_TRUE(live.world.engine().stop());
  // All have settled; after a restart each of them is looked at.
  script.reconcile = [&](Widget& widget, Context& ctx) -> base::Result<Outcome> {
    if (widget.color == "hung") gate.pass(ctx.stop());
    done.add(widget.color == "fine" ? 1 : 0);
    return Outcome::settled();
  };
  testing::must(live.engine->start());
  EXPECT_TRUE(done.wait_for(1));
  gate.open();
}

TEST(Threads, ALostLeaseStopsTheAttempt) {
  WidgetScript script;
  Gate gate;
  Tally running, stopped;
  script.reconcile = [&](Widget&, Context& ctx) -> base::Result<Outcome> {
    running.add();
    gate.pass(ctx.stop());
    stopped.add();
    return base::canceled("interrupted");
  };
  EngineOptions options;
  options.lease_ttl = Millis(200);
  Live live(script, options);
  testing::must(live.engine->start());
  live.world.add_widget("a");
  ASSERT_TRUE(running.wait_for(1));
  live.world.store().set_before([](std::string_view call) -> std::optional<base::Error> {
    if (call == "hold_leases") return base::unavailable("the database is away");
    return std::nullopt;
  });
  EXPECT_TRUE(stopped.wait_for(1));
}

TEST(Threads, ManyObjectsChangedByManyThreadsConverge) {
  WidgetScript script;
  script.lane = [](const Widget& widget, Context&) { return std::to_string(widget.meta.id % 5); };
  script.reconcile = [&](Widget& widget, Context& ctx) -> base::Result<Outcome> {
    TP_CHECK(ctx.get(widget.group));
    TP_TRY(const auto parts, ctx.list<testing::Part>("WidgetID", widget.meta.id));
    widget.phase = widget.color + std::to_string(parts.size());
    return Outcome::settled();
  };
  Live live(script);
  testing::must(live.engine->start());
  const auto group = live.world.add_group("one");
  std::vector<schema::ObjectId> ids;
  for (int i = 0; i < 30; ++i) ids.push_back(live.world.add_widget("w" + std::to_string(i), group));
  {
    std::vector<std::jthread> writers;
    for (int t = 0; t < 4; ++t) {
      writers.emplace_back([&, t] {
        for (std::size_t i = 0; i < ids.size(); ++i) {
          const auto id = ids[(i * 7 + static_cast<std::size_t>(t)) % ids.size()];
          live.world.patch<Widget>(id, json::Object{{"Color", "c" + std::to_string(t)}});
          live.engine->notify("anything");
        }
      });
    }
  }
  for (const auto id : ids) {
    ASSERT_TRUE(live.reaches([&] { return live.world.is_reconciled(id); }));
    const auto widget = live.world.get<Widget>(id);
    EXPECT_EQ(widget.phase, widget.color + "0");
  }
}

}  // namespace
}  // namespace threeport::reconcile
