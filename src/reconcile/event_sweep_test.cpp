// What becomes of the events about objects that are gone.
#include <gtest/gtest.h>

#include "tests/support/widgets.h"

namespace threeport::reconcile {
namespace {

using std::chrono::hours;
using testing::Gadget;
using testing::Group;
using testing::Widget;
using testing::WidgetScript;
using testing::WidgetWorld;

struct EventSweepTest : ::testing::Test {
  WidgetScript script;
  WidgetWorld world{script};

  void abandon(schema::ObjectId id) {
    world.write({.op = apiserver::Write::Op::remove,
                 .kind = "Widget",
                 .id = id,
                 .body = {},
                 .version = {},
                 .observed = {},
                 .abandon = true});
  }
  /// As a controller outside does: an Event, what it is about, and then the one names the other.
  schema::ObjectId post_event() {
    return world.create_body("Event", json::Object{{"Reason", "Painted"},
                                                   {"Count", 1},
                                                   {"EventTime", "2030-01-02T03:04:05Z"},
                                                   {"LastObservedTime", "2030-01-02T03:04:05Z"},
                                                   {"Type", "Normal"},
                                                   {"ReportingController", "PaintController"}});
  }
  void post_event_about(std::string type, schema::ObjectId id) {
    const auto event = post_event();
    const auto reference = world.create_body("AttachedObjectReference", json::Object{{"ObjectType", std::move(type)},
                                                                                     {"ObjectID", id},
                                                                                     {"AttachedObjectType", "v0.Event"},
                                                                                     {"AttachedObjectID", event}});
    world.write({.op = apiserver::Write::Op::patch,
                 .kind = "Event",
                 .id = event,
                 .body = json::Object{{"AttachedObjectReferenceID", reference}},
                 .version = {},
                 .observed = {}});
  }
  std::size_t stored(std::string_view kind) { return testing::must(world.objects().list(kind)).size(); }
  void expect_nothing_left() {
    EXPECT_EQ(stored("Event"), 0U);
    EXPECT_EQ(stored("AttachedObjectReference"), 0U);
  }
};

TEST_F(EventSweepTest, TheyStayForADay) {
  const auto gone = world.add_widget("a");
  const auto stays = world.add_widget("b");
  world.run_until_idle();
  world.advance(hours(48));
  world.remove<Widget>(gone);
  world.advance(hours(23));
  EXPECT_EQ(world.events(gone).size(), 3U);
  world.advance(hours(2));
  EXPECT_TRUE(world.events(gone).empty());
  EXPECT_EQ(world.events(stays).size(), 2U);
  EXPECT_EQ(stored("Event"), 2U);
  EXPECT_EQ(stored("AttachedObjectReference"), 2U);
}

TEST_F(EventSweepTest, AlsoIfTheEngineDiesInBetween) {
  const auto id = world.add_widget("a");
  world.run_until_idle();
  world.remove<Widget>(id);
  world.run_until_idle();
  world.crash_and_restart();
  world.advance(hours(23));
  EXPECT_EQ(world.events(id).size(), 3U);
  world.advance(hours(2));
  expect_nothing_left();
}

TEST_F(EventSweepTest, AlsoIfTheObjectWasAbandoned) {
  const auto id = world.add_widget("a");
  world.run_until_idle();
  abandon(id);
  world.advance(hours(23));
  EXPECT_EQ(world.events(id).size(), 2U);
  world.advance(hours(2));
  expect_nothing_left();
}

TEST_F(EventSweepTest, AlsoIfNoEngineWasThereWhenTheObjectWent) {
  const auto id = world.add_widget("a");
  world.run_until_idle();
  abandon(id);
  world.crash_and_restart();
  world.advance(hours(25));
  expect_nothing_left();
}

TEST_F(EventSweepTest, AlsoOfKindsThatNobodyReconciles) {
  Gadget gadget;
  gadget.name = "a";
  const auto reconciled = world.create(gadget);
  const auto plain = world.add_group("one");
  post_event_about("v0.Group", plain);
  world.run_until_idle();
  EXPECT_EQ(stored("Event"), 2U);
  world.remove<Gadget>(reconciled);
  world.remove<Group>(plain);
  world.advance(hours(25));
  expect_nothing_left();
}

TEST_F(EventSweepTest, LateOnesStayForADayToo) {
  const auto id = world.add_widget("a");
  world.run_until_idle();
  world.remove<Widget>(id);
  world.advance(hours(20));
  post_event_about("v0.Widget", id);
  world.advance(hours(23));
  EXPECT_EQ(world.events(id).size(), 1U);
  world.advance(hours(2));
  expect_nothing_left();
}

TEST_F(EventSweepTest, ThoseAboutNothingGo) {
  post_event();
  post_event_about("v0.Widget", 4711);
  world.advance(hours(23));
  EXPECT_EQ(stored("Event"), 2U);
  world.advance(hours(2));
  expect_nothing_left();
}

TEST_F(EventSweepTest, ThoseAboutObjectsOfOtherApisStay) {
  post_event_about("v0.WordpressInstance", 4711);
  world.advance(hours(50));
  EXPECT_EQ(stored("Event"), 1U);
  EXPECT_EQ(stored("AttachedObjectReference"), 1U);
}

TEST_F(EventSweepTest, ManyGoPageByPage) {
  const auto group = world.add_group("one");
  for (int i = 0; i < 450; ++i) post_event_about("v0.Group", group);
  world.remove<Group>(group);
  world.advance(hours(26));
  expect_nothing_left();
}

}  // namespace
}  // namespace threeport::reconcile
