// The one promise of the engine: whatever happens, in the end everything is as declared, and then there is silence.
#include <map>
#include <stdexcept>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "tests/support/widgets.h"

namespace threeport::reconcile {
namespace {

using base::Error;
using base::Millis;
using schema::ObjectId;
using testing::Group;
using testing::Part;
using testing::Widget;
using testing::WidgetScript;
using testing::WidgetWorld;

/// What lies outside, and a controller that keeps it as declared: idempotent verbs, with a fault at a chosen step.
struct Outside {
  Outside() {
    script.reconcile = [this](Widget& widget, Context& ctx) { return apply(widget, ctx); };
    script.remove = [this](Widget& widget, Context&) { return remove(widget); };
    script.lane = [](const Widget& widget, Context&) { return "group" + std::to_string(widget.group.id); };
  }

  base::Result<Outcome> apply(Widget& widget, Context& ctx) {
    TP_TRY(const Group group, ctx.get(widget.group));
    TP_TRY(const auto parts, ctx.list<Part>("WidgetID", widget.meta.id));
    TP_CHECK(step());
    const std::string desired = widget.color + "/" + std::to_string(group.size);
    things[widget.meta.id] = desired;
    TP_CHECK(step());
    Batch batch;
    if (parts.empty()) {
      Part part;
      part.widget.id = widget.meta.id;
      part.text = desired;
      batch.create(part);
    } else if (parts.front().text != desired) {
      batch.merge<Part>(parts.front().meta.id, json::Object{{"Text", desired}});
    }
    for (std::size_t i = 1; i < parts.size(); ++i) batch.remove<Part>(parts[i].meta.id);
    if (!batch.empty()) TP_CHECK(ctx.write(batch));
    TP_CHECK(step());
    widget.phase = desired;
    return Outcome::settled();
  }

  base::Result<Outcome> remove(Widget& widget) {
    TP_CHECK(step());
    things.erase(widget.meta.id);
    TP_CHECK(step());
    return Outcome::settled();
  }

  /// Fails where the test said so, in one of the ways in which controllers fail.
  base::Result<void> step() {
    if (steps_to_fault == 0 || --steps_to_fault > 0) return {};
    switch (fault % 6) {
      case 0: return base::unavailable("away");
      case 1: return base::conflict("changed");
      case 2: return base::denied("no rights");
      case 3: return base::not_found("missing");
      case 4: return base::internal("confused");
      default: throw std::runtime_error("boom");
    }
  }

  WidgetScript script;
  std::map<ObjectId, std::string> things;
  int steps_to_fault = 0, fault = 0;
};

/// Makes one call of the store fail, before or after it is executed, and all calls after it until it is mended: the
/// process has lost its database, or died.
class Outage {
 public:
  explicit Outage(WidgetWorld& world) : world_(world) {}
  void begin(int calls, bool is_executed) {
    const testing::FaultyStore::Fault broken = [left = std::make_shared<int>(calls)](std::string_view) {
      return --*left > 0 ? std::nullopt : std::optional(base::unavailable("the database is away"));
    };
    is_executed ? world_.store().set_after(broken) : world_.store().set_before(broken);
  }
  void mend() {
    world_.store().set_before(nullptr);
    world_.store().set_after(nullptr);
  }

 private:
  WidgetWorld& world_;
};

class Story {
 public:
  Story() : world_(outside_.script), outage_(world_) {
    for (const char* name : {"one", "two"}) groups_.push_back(world_.add_group(name));
  }

  void act(int what, int which) {
    const ObjectId group = groups_[static_cast<std::size_t>(which) % groups_.size()];
    const ObjectId widget = widgets_.empty() ? 0 : widgets_[static_cast<std::size_t>(which) % widgets_.size()];
    switch (what) {
      case 0: widgets_.push_back(world_.add_widget("w" + std::to_string(++named_), group)); break;
      case 1: world_.patch<Group>(group, json::Object{{"Size", which}}); break;
      case 2: patch(widget, json::Object{{"Color", "color" + std::to_string(which)}}); break;
      case 3: patch(widget, json::Object{{"Reconciled", false}}); break;
      case 4: patch(widget, json::Object{{"GroupID", group}}); break;
      case 5: remove(widget); break;
      case 6:
        outside_.steps_to_fault = 1 + which % 4;
        outside_.fault = which;
        break;
      case 7: outage(which); break;
      case 8: world_.crash_and_restart(); break;
      case 9: world_.advance(Millis(which * 1'000)); break;
      default: world_.run_until_idle(); break;
    }
  }

  /// All faults are mended; what is wrong now stays wrong.
  void settle() {
    outage_.mend();
    outside_.steps_to_fault = 0;
    world_.advance(std::chrono::minutes(25));
  }

  void check() {
    std::map<ObjectId, std::string> declared;
    for (const Widget& widget : world_.list<Widget>()) {
      const std::string desired = widget.color + "/" + std::to_string(world_.get<Group>(widget.group.id).size);
      declared.emplace(widget.meta.id, desired);
      RC_ASSERT(world_.is_reconciled(widget.meta.id));
      RC_ASSERT(world_.ready(widget.meta.id).status == "True");
      RC_ASSERT(widget.phase == desired);
      const auto parts = world_.list<Part>("WidgetID", widget.meta.id);
      RC_ASSERT(parts.size() == 1U && parts.front().text == desired);
    }
    RC_ASSERT(declared.size() == widgets_.size());
    RC_ASSERT(outside_.things == declared);
    RC_ASSERT(world_.list<Part>().size() == declared.size());
    for (int shard = 0; shard < store::kShards; ++shard) {
      for (const auto& item : testing::must(world_.store().work({shard}))) RC_ASSERT(item.failures == 0);
    }
    const auto head = world_.head();
    world_.advance(std::chrono::minutes(30));
    RC_ASSERT(world_.head() == head);
  }

 private:
  void patch(ObjectId widget, json::Value members) {
    if (widget != 0) world_.patch<Widget>(widget, std::move(members));
  }
  void remove(ObjectId widget) {
    if (widget == 0) return;
    world_.remove<Widget>(widget);
    std::erase(widgets_, widget);
  }
  /// The engine works while the database breaks away; then it may have died, too.
  void outage(int which) {
    outage_.begin(1 + which % 12, which % 2 == 0);
    world_.engine().run_until_idle();
    outage_.mend();
    if (which % 3 == 0) world_.crash_and_restart();
  }

  Outside outside_;
  WidgetWorld world_;
  Outage outage_;
  std::vector<ObjectId> groups_, widgets_;
  int named_ = 0;
};

TEST(Convergence, WhateverHappensEverythingIsAsDeclaredInTheEndAndThenSilent) {
  rc::check([] {
    Story story;
    for (int i = *rc::gen::inRange(1, 30); i > 0; --i) story.act(*rc::gen::inRange(0, 13), *rc::gen::inRange(0, 60));
    story.settle();
    story.check();
  });
}

}  // namespace
}  // namespace threeport::reconcile
