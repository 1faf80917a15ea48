// When objects are attempted, and when not.
#include <gtest/gtest.h>

#include "tests/support/widgets.h"

namespace threeport::reconcile {
namespace {

using base::Millis;
using schema::ObjectId;
using testing::Group;
using testing::Part;
using testing::Widget;
using testing::WidgetScript;
using testing::WidgetWorld;

TEST(Wake, ANewObjectIsAttemptedAndSettles) {
  WidgetScript script;
  WidgetWorld world(script);
  const auto id = world.add_widget("a");
  EXPECT_EQ(world.run_until_idle(), 1);
  EXPECT_TRUE(world.is_reconciled(id));
  EXPECT_EQ(world.ready(id).status, "True");
  EXPECT_EQ(world.ready(id).reason, "Healthy");
}

TEST(Wake, WhatHasSettledIsSilent) {
  WidgetScript script;
  WidgetWorld world(script);
  for (int i = 0; i < 5; ++i) world.add_widget("w" + std::to_string(i));
  world.run_until_idle();
  const auto head = world.head();
  EXPECT_EQ(world.run_until_idle(), 0);
  world.advance(std::chrono::hours(1));  // walks included
  EXPECT_EQ(world.head(), head);
  EXPECT_GT(script.attempts(), 5);  // it was looked at, but nothing was written
}

TEST(Wake, ManyChangesBeforeAnAttemptAreOneAttempt) {
  WidgetScript script;
  WidgetWorld world(script);
  const auto id = world.add_widget("a");
  for (const char* color : {"red", "green", "blue"}) world.patch<Widget>(id, json::Object{{"Color", color}});
  EXPECT_EQ(world.run_until_idle(), 1);
  EXPECT_TRUE(world.is_reconciled(id));
}

TEST(Wake, AChangeOfAReadObjectWakesItsReadersOnly) {
  WidgetScript script;
  script.reconcile = [](Widget& widget, Context& ctx) -> base::Result<Outcome> {
    TP_TRY(const Group group, ctx.get(widget.group));
    widget.phase = "size " + std::to_string(group.size);
    return Outcome::settled();
  };
  WidgetWorld world(script);
  const auto one = world.add_group("one");
  const auto two = world.add_group("two");
  const auto reader = world.add_widget("a", one);
  const auto other = world.add_widget("b", two);
  world.run_until_idle();
  world.patch<Group>(one, json::Object{{"Size", 7}});
  EXPECT_EQ(world.run_until_idle(), 1);
  EXPECT_EQ(world.get<Widget>(reader).phase, "size 7");
  EXPECT_EQ(script.attempts(other), 1);
}

TEST(Wake, AQuietChangeWakesNobody) {
  WidgetScript script;
  script.reconcile = [](Widget& widget, Context& ctx) -> base::Result<Outcome> {
    TP_CHECK(ctx.get(widget.group));
    return Outcome::settled();
  };
  WidgetWorld world(script);
  const auto group = world.add_group("one");
  world.add_widget("a", group);
  world.run_until_idle();
  world.patch<Group>(group, json::Object{{"Remark", "nice"}});
  EXPECT_EQ(world.run_until_idle(), 0);
}

TEST(Wake, WhatIsNoLongerReadWakesNoMore) {
  WidgetScript script;
  script.reconcile = [](Widget& widget, Context& ctx) -> base::Result<Outcome> {
    if (widget.color != "grey") TP_CHECK(ctx.get(widget.group));
    return Outcome::settled();
  };
  WidgetWorld world(script);
  const auto group = world.add_group("one");
  const auto id = world.add_widget("a", group);
  world.run_until_idle();
  world.patch<Widget>(id, json::Object{{"Color", "grey"}});
  world.run_until_idle();
  world.patch<Group>(group, json::Object{{"Size", 7}});
  EXPECT_EQ(world.run_until_idle(), 0);
}

/// A widget that lists its parts.
struct Lister {
  Lister() {
    script.reconcile = [](Widget& widget, Context& ctx) -> base::Result<Outcome> {
      TP_TRY(const auto parts, ctx.list<Part>("WidgetID", widget.meta.id));
      widget.phase = std::to_string(parts.size());
      return Outcome::settled();
    };
  }
  schema::ObjectId add_part(WidgetWorld& world, schema::ObjectId widget) {
    Part part;
    part.widget.id = widget;
    return world.create(part);
  }
  WidgetScript script;
};

TEST(Wake, AnObjectThatEntersAQueryWakesItsReaders) {
  Lister lister;
  WidgetWorld world(lister.script);
  const auto a = world.add_widget("a");
  const auto b = world.add_widget("b");
  world.run_until_idle();
  lister.add_part(world, a);
  EXPECT_EQ(world.run_until_idle(), 1);
  EXPECT_EQ(world.get<Widget>(a).phase, "1");
  EXPECT_EQ(world.get<Widget>(b).phase, "0");
}

TEST(Wake, AnObjectThatLeavesAQueryWakesOldAndNewReaders) {
  Lister lister;
  WidgetWorld world(lister.script);
  const auto a = world.add_widget("a");
  const auto b = world.add_widget("b");
  const auto part = lister.add_part(world, a);
  world.run_until_idle();
  world.patch<Part>(part, json::Object{{"WidgetID", b}});
  EXPECT_EQ(world.run_until_idle(), 2);
  EXPECT_EQ(world.get<Widget>(a).phase, "0");
  EXPECT_EQ(world.get<Widget>(b).phase, "1");
}

TEST(Wake, ADeletedObjectOfAQueryWakesItsReaders) {
  Lister lister;
  WidgetWorld world(lister.script);
  const auto a = world.add_widget("a");
  const auto part = lister.add_part(world, a);
  world.run_until_idle();
  world.remove<Part>(part);
  EXPECT_EQ(world.run_until_idle(), 1);
  EXPECT_EQ(world.get<Widget>(a).phase, "0");
}

TEST(Wake, AnObjectThatLeavesWhileItIsBeingListedIsNotMissed) {
  Lister lister;
  WidgetWorld world(lister.script);
  const auto a = world.add_widget("a");
  const auto b = world.add_widget("b");
  const auto part = lister.add_part(world, a);
  bool has_moved = false;
  world.store().set_after([&](std::string_view call) -> std::optional<base::Error> {
    // Just after the store has answered the list of a's parts, before the engine has it.
    if (call == "list" && !has_moved && lister.script.attempts(a) == 1) {
      has_moved = true;
      world.patch<Part>(part, json::Object{{"WidgetID", b}});
    }
    return std::nullopt;
  });
  world.run_until_idle();
  EXPECT_TRUE(has_moved);
  EXPECT_EQ(world.get<Widget>(a).phase, "0");
  EXPECT_EQ(world.get<Widget>(b).phase, "1");
}

TEST(Wake, AnyObjectOfAKindWakesWhoListsTheKind) {
  WidgetScript script;
  script.reconcile = [](Widget& widget, Context& ctx) -> base::Result<Outcome> {
    TP_TRY(const auto groups, ctx.list<Group>());
    widget.phase = std::to_string(groups.size());
    return Outcome::settled();
  };
  WidgetWorld world(script);
  const auto id = world.add_widget("a");
  world.run_until_idle();
  world.add_group("one");
  EXPECT_EQ(world.run_until_idle(), 1);
  EXPECT_EQ(world.get<Widget>(id).phase, "1");
}

TEST(Wake, ATopicWakesWhoDependsOnIt) {
  WidgetScript script;
  script.reconcile = [](Widget& widget, Context& ctx) -> base::Result<Outcome> {
    ctx.depend_on("cluster/3/" + widget.name);
    return Outcome::settled();
  };
  WidgetWorld world(script);
  const auto a = world.add_widget("a");
  world.add_widget("b");
  world.run_until_idle();
  world.engine().notify("cluster/3/a");
  EXPECT_EQ(world.run_until_idle(), 1);
  EXPECT_EQ(script.attempts(a), 2);
  world.engine().notify("cluster/3/c");
  EXPECT_EQ(world.run_until_idle(), 0);
}

TEST(Wake, OwnWritesDoNotWakeTheirWriter) {
  WidgetScript script;
  script.reconcile = [](Widget& widget, Context& ctx) -> base::Result<Outcome> {
    TP_TRY(const auto parts, ctx.list<Part>("WidgetID", widget.meta.id));
    if (parts.empty()) {
      Part part;
      part.widget.id = widget.meta.id;
      Batch batch;
      batch.create(part);
      batch.merge<Widget>(widget.meta.id, json::Object{{"Phase", "made"}});
      TP_CHECK(ctx.write(batch));
    }
    return Outcome::settled();
  };
  WidgetWorld world(script);
  const auto id = world.add_widget("a");
  EXPECT_EQ(world.run_until_idle(), 1);
  EXPECT_EQ(world.get<Widget>(id).phase, "made");
  EXPECT_TRUE(world.is_reconciled(id));
  // A change by somebody else does.
  world.patch<Part>(world.list<Part>()[0].meta.id, json::Object{{"Text", "changed"}});
  EXPECT_EQ(world.run_until_idle(), 1);
}

TEST(Wake, AFilledInDeclarationIsAttemptedAgain) {
  WidgetScript script;
  script.reconcile = [](Widget& widget, Context&) -> base::Result<Outcome> {
    if (widget.place.empty()) widget.place = "here";
    return Outcome::settled();
  };
  WidgetWorld world(script);
  const auto id = world.add_widget("a");
  EXPECT_EQ(world.run_until_idle(), 2);  // the first one has raised the Generation
  EXPECT_TRUE(world.is_reconciled(id));
  EXPECT_EQ(world.get<Widget>(id).meta.generation, 2);
}

TEST(Wake, AChangeDuringAnAttemptIsNeverMarkedReconciledByIt) {
  WidgetScript script;
  WidgetWorld world(script);
  const auto id = world.add_widget("a");
  std::vector<std::string> seen;
  script.reconcile = [&](Widget& widget, Context&) -> base::Result<Outcome> {
    seen.push_back(widget.color);
    if (seen.size() == 1) world.patch<Widget>(id, json::Object{{"Color", "red"}});
    return Outcome::settled();
  };
  world.run_until_idle();
  EXPECT_EQ(seen.back(), "red");
  EXPECT_TRUE(world.is_reconciled(id));
  EXPECT_EQ(world.object(id).observed, 2);
}

TEST(Wake, AChangeOfWhatWasReadDuringAnAttemptLeadsToAnother) {
  WidgetScript script;
  WidgetWorld world(script);
  const auto group = world.add_group("one");
  const auto id = world.add_widget("a", group);
  script.reconcile = [&](Widget& widget, Context& ctx) -> base::Result<Outcome> {
    TP_TRY(const Group read, ctx.get(widget.group));
    if (script.attempts(id) == 1) world.patch<Group>(group, json::Object{{"Size", 9}});
    widget.phase = std::to_string(read.size);
    return Outcome::settled();
  };
  world.run_until_idle();
  EXPECT_EQ(world.get<Widget>(id).phase, "9");
}

TEST(Wake, WhatIsCreatedAsReconciledIsLeftAloneUntilItChanges) {
  WidgetScript script;
  WidgetWorld world(script);
  const auto id = world.create_body("Widget", json::Object{{"Name", "a"}, {"Reconciled", true}});
  world.run_until_idle();
  world.advance(std::chrono::hours(1));
  EXPECT_EQ(script.attempts(), 0);
  EXPECT_EQ(world.ready(id).type, "");
  world.patch<Widget>(id, json::Object{{"Color", "red"}});
  world.run_until_idle();
  EXPECT_EQ(script.attempts(), 1);
  EXPECT_EQ(world.ready(id).status, "True");
}

TEST(Wake, ReconciledFalseForcesAnAttempt) {
  WidgetScript script;
  WidgetWorld world(script);
  const auto id = world.add_widget("a");
  world.run_until_idle();
  world.patch<Widget>(id, json::Object{{"Reconciled", false}});
  EXPECT_FALSE(world.is_reconciled(id));
  EXPECT_EQ(world.run_until_idle(), 1);
  EXPECT_TRUE(world.is_reconciled(id));
}

TEST(Wake, RecheckLooksAgainAfterItsTime) {
  WidgetScript script;
  script.reconcile = [](Widget&, Context&) { return Outcome::settled().recheck_in(Millis(30'000)); };
  WidgetWorld world(script);
  const auto id = world.add_widget("a");
  world.run_until_idle();
  world.advance(Millis(29'000));
  EXPECT_EQ(script.attempts(id), 1);
  world.advance(Millis(1'000));
  EXPECT_EQ(script.attempts(id), 2);
}

TEST(Wake, WaitingPollsLessAndLessOften) {
  WidgetScript script;
  script.reconcile = [](Widget&, Context&) { return Outcome::waiting("RuntimeNotReady", "Waiting for its runtime."); };
  WidgetWorld world(script);
  const auto id = world.add_widget("a");
  world.run_until_idle();
  EXPECT_FALSE(world.is_reconciled(id));
  EXPECT_EQ(world.ready(id).reason, "RuntimeNotReady");
  world.advance(Millis(5'000));
  EXPECT_EQ(script.attempts(id), 2);
  const auto head = world.head();
  world.advance(Millis(300'000));
  EXPECT_GE(script.attempts(id), 6);
  EXPECT_LE(script.attempts(id), 12);
  EXPECT_EQ(world.head(), head);
}

TEST(Wake, EveryObjectIsLookedAtSixTimesAnHourAndNeverManyAtOnce) {
  for (const int count : {1, 2, 30}) {
    WidgetScript script;
    WidgetWorld world(script);
    std::vector<SteadyTime> looks;
    script.reconcile = [&](Widget&, Context&) -> base::Result<Outcome> {
      looks.push_back(world.clock().steady_now());
      return Outcome::settled();
    };
    std::vector<ObjectId> ids;
    for (int i = 0; i < count; ++i) ids.push_back(world.add_widget("w" + std::to_string(i)));
    EXPECT_EQ(world.run_until_idle(), count);
    const auto head = world.head();
    looks.clear();
    world.advance(std::chrono::hours(5));
    for (const ObjectId id : ids) {
      EXPECT_GE(script.attempts(id) - 1, 5 * 6);
      EXPECT_LE(script.attempts(id) - 1, 5 * 6 * 10 / 9 + 1);
    }
    const auto apart = std::chrono::minutes(9) / count - Millis(1);
    for (std::size_t i = 1; i < looks.size(); ++i) EXPECT_GE(looks[i] - looks[i - 1], apart);
    EXPECT_EQ(world.head(), head);
  }
}

TEST(Wake, ALogThatWasLostCostsALookAtEverything) {
  WidgetScript script;
  script.reconcile = [](Widget& widget, Context& ctx) -> base::Result<Outcome> {
    TP_CHECK(ctx.get(widget.group));
    return Outcome::settled();
  };
  WidgetWorld world(script);
  const auto group = world.add_group("one");
  const auto gone = world.add_widget("a", group);
  const auto changed = world.add_widget("b", group);
  world.run_until_idle();
  world.patch<Widget>(changed, json::Object{{"Color", "red"}});
  world.write({.op = apiserver::Write::Op::remove,
               .kind = "Widget",
               .id = gone,
               .body = {},
               .version = {},
               .observed = {},
               .abandon = true});
  testing::must(world.store().set_meta("log_tail", std::to_string(world.head())));
  world.run_until_idle();
  EXPECT_TRUE(world.is_reconciled(changed));
  EXPECT_EQ(world.engine().metrics().reads, 1U);  // those of who is gone are forgotten
}

TEST(Wake, AnOutageOfTheDatabaseDelaysLooksAndLosesNone) {
  WidgetScript script;
  WidgetWorld world(script);
  const auto id = world.add_widget("a");
  world.run_until_idle();
  bool is_away = true;
  world.store().set_before([&](std::string_view call) -> std::optional<base::Error> {
    if (is_away && call == "list") return base::unavailable("the database is away");
    return std::nullopt;
  });
  world.advance(std::chrono::minutes(12));
  EXPECT_EQ(script.attempts(id), 1);
  is_away = false;
  world.advance(Millis(1'000));
  EXPECT_EQ(script.attempts(id), 2);
}

}  // namespace
}  // namespace threeport::reconcile
