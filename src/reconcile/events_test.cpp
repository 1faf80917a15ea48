// Events about objects.
#include <gtest/gtest.h>

#include "tests/support/widgets.h"

namespace threeport::reconcile {
namespace {

using base::Millis;
using testing::Widget;
using testing::WidgetScript;
using testing::WidgetWorld;
using Events = std::vector<std::string>;

constexpr auto kCreated = "Normal SuccessfulCreate: widget successfully reconciled for created operation (1)";

TEST(Events, TellOfTheFirstSettlementAndOfUpdates) {
  WidgetScript script;
  WidgetWorld world(script);
  const auto id = world.add_widget("a");
  world.run_until_idle();
  EXPECT_EQ(world.events(id), (Events{"Normal Healthy:  (1)", kCreated}));
  for (const char* color : {"red", "blue"}) {
    world.patch<Widget>(id, json::Object{{"Color", color}});
    world.run_until_idle();
  }
  EXPECT_EQ(world.events(id),
            (Events{"Normal Healthy:  (1)", kCreated,
                    "Normal SuccessfulUpdate: widget successfully reconciled for updated operation (2)"}));
}

TEST(Events, OfTheSameKindAreCounted) {
  WidgetScript script;
  WidgetWorld world(script);
  const auto id = world.add_widget("a");
  bool is_broken = false;
  script.reconcile = [&](Widget&, Context&) -> base::Result<Outcome> {
    if (is_broken) return Outcome::unhealthy("CrashLooping", "web: exit code 1").recheck_in(Millis(1'000));
    return Outcome::settled().recheck_in(Millis(1'000));
  };
  world.run_until_idle();
  for (int i = 0; i < 3; ++i) {
    is_broken = true;
    world.advance(Millis(5'000));
    is_broken = false;
    world.advance(Millis(5'000));
  }
  EXPECT_EQ(world.events(id), (Events{"Normal Healthy:  (4)", kCreated, "Warning CrashLooping: web: exit code 1 (3)"}));
}

TEST(Events, DoNotCountProgress) {
  WidgetScript script;
  WidgetWorld world(script);
  const auto id = world.add_widget("a");
  script.reconcile = [&](Widget&, Context&) -> base::Result<Outcome> {
    return Outcome::waiting("Progressing", std::to_string(script.attempts(id)) + " of 9").recheck_in(Millis(1'000));
  };
  world.advance(Millis(5'000));
  EXPECT_EQ(world.ready(id).message, "6 of 9");
  EXPECT_EQ(world.events(id), (Events{"Normal Progressing: 1 of 9 (1)"}));
}

TEST(Events, AreCappedPerObject) {
  WidgetScript script;
  EngineOptions options = testing::calm_engine();
  options.events_per_object = 5;
  WidgetWorld world(script, options);
  const auto id = world.add_widget("a");
  script.reconcile = [&](Widget&, Context&) -> base::Result<Outcome> {
    return Outcome::unhealthy("CrashLooping", "exit code " + std::to_string(script.attempts(id)))
        .recheck_in(Millis(1'000));
  };
  world.advance(Millis(20'000));
  const Events events = world.events(id);
  ASSERT_EQ(events.size(), 5U);
  EXPECT_EQ(events.back(), "Warning CrashLooping: exit code 21 (1)");
  EXPECT_EQ(testing::must(world.objects().list("Event")).size(), 5U);
}

TEST(Events, TellOfTheDeletion) {
  WidgetScript script;
  WidgetWorld world(script);
  const auto id = world.add_widget("a");
  world.run_until_idle();
  world.remove<Widget>(id);
  world.run_until_idle();
  EXPECT_EQ(world.events(id).back(),
            "Normal SuccessfulDelete: widget successfully reconciled for deleted operation (1)");
}

TEST(Events, AreWrittenWithTheStatusOrNotAtAll) {
  WidgetScript script;
  WidgetWorld world(script);
  const auto id = world.add_widget("a");
  script.reconcile = [&](Widget&, Context&) -> base::Result<Outcome> {
    if (script.attempts(id) == 1) world.patch<Widget>(id, json::Object{{"Color", "red"}});  // the status write loses
    return Outcome::settled();
  };
  world.run_until_idle();
  EXPECT_EQ(world.events(id), (Events{"Normal Healthy:  (1)", kCreated}));
}

}  // namespace
}  // namespace threeport::reconcile
