// Deletion in two phases, and kinds without a controller.
#include <gtest/gtest.h>

#include "tests/support/widgets.h"

namespace threeport::reconcile {
namespace {

using base::Millis;
using testing::Gadget;
using testing::Part;
using testing::Widget;
using testing::WidgetScript;
using testing::WidgetWorld;

TEST(Deletion, TheObjectGoesWithItsPartsWhenEverythingOutsideIsGone) {
  WidgetScript script;
  script.remove = [&](Widget& widget, Context&) -> base::Result<Outcome> {
    if (script.attempts(widget.meta.id) == 2) return base::unavailable("away");
    if (script.attempts(widget.meta.id) == 3) return Outcome::waiting("Deleting", "1 object is left");
    return Outcome::settled();
  };
  WidgetWorld world(script);
  const auto id = world.add_widget("a");
  Part part;
  part.widget.id = id;
  world.create(part);
  world.run_until_idle();
  world.remove<Widget>(id);
  world.run_until_idle();
  EXPECT_EQ(script.attempts(id), 2);
  EXPECT_FALSE(world.is_reconciled(id));
  EXPECT_EQ(world.ready(id).message, "away");
  EXPECT_TRUE(world.get<Widget>(id).reconciliation.deletion_acknowledged.has_value());
  world.advance(Millis(1'000));
  EXPECT_EQ(script.attempts(id), 3);
  EXPECT_EQ(world.ready(id).reason, "Deleting");
  EXPECT_EQ(world.ready(id).message, "1 object is left");
  EXPECT_EQ(world.list<Part>().size(), 1U);
  world.advance(Millis(10'000));
  EXPECT_FALSE(world.find<Widget>(id));
  EXPECT_TRUE(world.list<Part>().empty());
}

TEST(Deletion, OfAnObjectThatWasExemptIsCarriedOutToo) {
  WidgetScript script;
  WidgetWorld world(script);
  const auto id = world.create_body("Widget", json::Object{{"Name", "a"}, {"Reconciled", true}});
  world.run_until_idle();
  world.remove<Widget>(id);
  world.run_until_idle();
  EXPECT_FALSE(world.find<Widget>(id));
  EXPECT_EQ(script.attempts(id), 1);
}

TEST(Deletion, DuringAnAttemptIsNotOverlooked) {
  WidgetScript script;
  WidgetWorld world(script);
  const auto id = world.add_widget("a");
  script.reconcile = [&](Widget&, Context&) -> base::Result<Outcome> {
    if (script.attempts(id) == 1) world.remove<Widget>(id);
    return Outcome::settled();
  };
  world.run_until_idle();
  EXPECT_FALSE(world.find<Widget>(id));
}

TEST(Deletion, WakesWhoReadTheObject) {
  WidgetScript script;
  schema::ObjectId target = 0;
  script.reconcile = [&](Widget& widget, Context& ctx) -> base::Result<Outcome> {
    if (widget.name != "reader") return Outcome::settled();
    const auto read = ctx.get(schema::Ref<Widget>{target});
    widget.phase = read ? "there" : "gone";
    return Outcome::settled();
  };
  WidgetWorld world(script);
  target = world.add_widget("a");
  const auto reader = world.add_widget("reader");
  world.run_until_idle();
  EXPECT_EQ(world.get<Widget>(reader).phase, "there");
  world.remove<Widget>(target);
  world.run_until_idle();
  EXPECT_EQ(world.get<Widget>(reader).phase, "gone");
}

TEST(Deletion, LeavesNoTimer) {
  WidgetScript script;
  script.reconcile = [](Widget&, Context&) -> base::Result<Outcome> { return base::unavailable("away"); };
  WidgetWorld world(script);
  const auto id = world.add_widget("a");
  world.run_until_idle();
  const auto work = [&] { return testing::must(world.store().work({store::shard_of(id)})); };
  EXPECT_EQ(work().at(0).failures, 1);
  world.remove<Widget>(id);
  world.run_until_idle();
  EXPECT_FALSE(world.find<Widget>(id));
  EXPECT_TRUE(work().empty());
  EXPECT_EQ(world.engine().metrics().timers, 0U);
}

TEST(Deletion, OfWhichNoEngineLearnedLeavesNoTimerEither) {
  WidgetScript script;
  script.reconcile = [](Widget&, Context&) -> base::Result<Outcome> { return base::unavailable("away"); };
  WidgetWorld world(script);
  const auto id = world.add_widget("a");
  world.run_until_idle();
  world.write({.op = apiserver::Write::Op::remove,
               .kind = "Widget",
               .id = id,
               .body = {},
               .version = {},
               .observed = {},
               .abandon = true});
  world.crash_and_restart();
  world.advance(std::chrono::minutes(6));
  EXPECT_TRUE(testing::must(world.store().work({store::shard_of(id)})).empty());
  EXPECT_EQ(world.engine().metrics().timers, 0U);
}

TEST(Deletion, ARowThatWentWithoutTheEngineTakesItsTimerAlong) {
  WidgetScript script;
  script.reconcile = [](Widget&, Context&) -> base::Result<Outcome> { return base::unavailable("away"); };
  WidgetWorld world(script);
  const auto id = world.add_widget("a");
  world.run_until_idle();
  world.write({.op = apiserver::Write::Op::finalize,
               .kind = "Widget",
               .id = id,
               .body = {},
               .version = {},
               .observed = {},
               .by_controller = true});
  world.run_until_idle();
  EXPECT_TRUE(testing::must(world.store().work({store::shard_of(id)})).empty());
  EXPECT_EQ(world.engine().metrics().timers, 0U);
}

TEST(NoController, IsSaidOnceAndDeletionIsConfirmedAtOnce) {
  WidgetScript script;
  WidgetWorld world(script);  // knows widgets only
  Gadget gadget;
  gadget.name = "a";
  const auto id = world.create(gadget);
  world.run_until_idle();
  EXPECT_EQ(world.ready(id).status, "False");
  EXPECT_EQ(world.ready(id).reason, "NoController");
  EXPECT_FALSE(world.is_reconciled(id));
  const auto head = world.head();
  world.advance(std::chrono::hours(1));
  EXPECT_EQ(world.head(), head);
  world.remove<Gadget>(id);
  world.run_until_idle();
  EXPECT_FALSE(world.find<Gadget>(id));
}

}  // namespace
}  // namespace threeport::reconcile
