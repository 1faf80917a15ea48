// Kinds and a reconciler for tests of the engine: a Widget belongs to a Group and has Parts; what is done for it is a
// script of the test.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "reconcile/reconciler.h"
#include "tests/support/world.h"

namespace threeport::testing {

using reconcile::Context;
using reconcile::Outcome;
using schema::ObjectId;

struct Group {
  static constexpr schema::KindInfo kind{.name = "Group", .path = "groups", .alias = "", .doc = "What widgets share."};
  schema::ObjectMeta meta;
  std::string name;
  std::int64_t size = 0;
  std::string remark;

  static constexpr auto fields() {
    using Self = Group;
    using namespace schema;
    return std::tuple_cat(
        ObjectMeta::fields<&Self::meta>(),
        std::tuple{field<&Self::name>("Name", "Its name.", required | filter),
                   field<&Self::size>("Size", "Read by its widgets."),
                   field<&Self::remark>("Remark", "Of no interest to anybody.", schema::status | quiet)});
  }
};

struct Widget {
  static constexpr schema::KindInfo kind{
      .name = "Widget", .path = "widgets", .alias = "", .doc = "What is reconciled.", .reconciled = true};
  schema::ObjectMeta meta;
  schema::Reconciliation reconciliation;
  std::string name;
  std::string color;
  std::string phase;
  std::string place;
  schema::Ref<Group> group;

  static constexpr auto fields() {
    using Self = Widget;
    using namespace schema;
    return std::tuple_cat(ObjectMeta::fields<&Self::meta>(), Reconciliation::fields<&Self::reconciliation>(),
                          std::tuple{field<&Self::name>("Name", "Its name.", required | filter),
                                     field<&Self::color>("Color", "A declared value."),
                                     field<&Self::phase>("Phase", "Written by its controller.", schema::status),
                                     field<&Self::place>("Place", "Declared, or filled in by its controller.", filled),
                                     field<&Self::group>("GroupID", "The group that it reads.", filter)});
  }
};

/// Reconciled, but by nobody.
struct Gadget {
  static constexpr schema::KindInfo kind{
      .name = "Gadget", .path = "gadgets", .alias = "", .doc = "Has no controller.", .reconciled = true};
  schema::ObjectMeta meta;
  schema::Reconciliation reconciliation;
  std::string name;

  static constexpr auto fields() {
    using Self = Gadget;
    using namespace schema;
    return std::tuple_cat(ObjectMeta::fields<&Self::meta>(), Reconciliation::fields<&Self::reconciliation>(),
                          std::tuple{field<&Self::name>("Name", "Its name.", required | filter)});
  }
};

struct Part {
  static constexpr schema::KindInfo kind{.name = "Part", .path = "parts", .alias = "", .doc = "Of a widget."};
  schema::ObjectMeta meta;
  schema::Ref<Widget> widget;
  std::string text;

  static constexpr auto fields() {
    using Self = Part;
    using namespace schema;
    return std::tuple_cat(ObjectMeta::fields<&Self::meta>(),
                          std::tuple{field<&Self::widget>("WidgetID", "Whose it is.", required | filter | owner),
                                     field<&Self::text>("Text", "Any text.")});
  }
};

/// What the reconciler of widgets does, and how often it was asked. Outlives engines. The functions are set before the
/// engine runs; the counts are thread-safe.
struct WidgetScript {
  using Act = std::function<base::Result<Outcome>(Widget&, Context&)>;
  Act reconcile = [](Widget&, Context&) { return Outcome::settled(); };
  Act remove = [](Widget&, Context&) { return Outcome::settled(); };
  std::function<std::string(const Widget&, Context&)> lane = [](const Widget&, Context&) { return ""; };

  [[nodiscard]] int attempts() const {
    const std::lock_guard lock(mutex_);
    int sum = 0;
    for (const auto& [id, count] : attempts_) sum += count;
    return sum;
  }
  [[nodiscard]] int attempts(ObjectId id) const {
    const std::lock_guard lock(mutex_);
    const auto it = attempts_.find(id);
    return it == attempts_.end() ? 0 : it->second;
  }
  void count(ObjectId id) {
    const std::lock_guard lock(mutex_);
    ++attempts_[id];
  }

 private:
  mutable std::mutex mutex_;
  std::map<ObjectId, int> attempts_;
};

class WidgetReconciler final : public reconcile::Reconciler<Widget> {
 public:
  explicit WidgetReconciler(WidgetScript& script) : script_(script) {}
  base::Result<Outcome> reconcile(Widget& widget, Context& ctx) override {
    script_.count(widget.meta.id);
    return script_.reconcile(widget, ctx);
  }
  base::Result<Outcome> remove(Widget& widget, Context& ctx) override {
    script_.count(widget.meta.id);
    return script_.remove(widget, ctx);
  }
  std::string lane_of(const Widget& widget, Context& ctx) override { return script_.lane(widget, ctx); }

 private:
  WidgetScript& script_;
};

/// The kinds of this build and those above.
inline std::vector<schema::KindDescriptor> kinds_with_widgets() {
  std::vector<schema::KindDescriptor> out = kinds::all();
  for (schema::KindDescriptor& kind : schema::describe_all<Group, Widget, Gadget, Part>())
    out.push_back(std::move(kind));
  return out;
}

/// A World with one scripted controller.
struct WidgetWorld : World {
  explicit WidgetWorld(WidgetScript& script, reconcile::EngineOptions engine = calm_engine())
      : World([&script] { return reconcilers(std::make_unique<WidgetReconciler>(script)); },
              {.kinds = kinds_with_widgets(), .engine = std::move(engine)}) {}

  ObjectId add_widget(std::string name, ObjectId group = 0) {
    Widget widget;
    widget.name = std::move(name);
    widget.group.id = group;
    return create(widget);
  }
  ObjectId add_group(std::string name) {
    Group group;
    group.name = std::move(name);
    return create(group);
  }
};

}  // namespace threeport::testing
