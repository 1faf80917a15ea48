// What a controller is: a reconciler for one kind. It sees (object, context), observes, decides and acts with
// idempotent verbs. It is never told what changed, never retries, never sleeps; the engine (engine.h) does the rest.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "reconcile/context.h"
#include "schema/groups.h"

namespace threeport::reconcile {

/// How an attempt ended, if not with an error.
struct Outcome {
  bool applied = true;  ///< the declared state is applied: ObservedGeneration becomes the object's Generation
  bool ready = true;
  std::string reason = "Healthy";
  std::string message;
  /// Message of Reconciling while the object is not ready; "": the same as of Ready.
  std::string progress = {};
  /// When to look again if nothing that was read changes; unset: the engine's resync period (settled) or its poll
  /// (waiting).
  std::optional<base::Millis> recheck = {};

  /// Done and healthy.
  static Outcome settled() { return {}; }
  /// Not there yet; wakes when anything that was read changes. `applied` stays false.
  static Outcome waiting(std::string reason, std::string message) {
    return {.applied = false, .ready = false, .reason = std::move(reason), .message = std::move(message)};
  }
  /// Applied, but not healthy (yet).
  static Outcome unhealthy(std::string reason, std::string message) {
    return {.applied = true, .ready = false, .reason = std::move(reason), .message = std::move(message)};
  }
  Outcome recheck_in(base::Millis period) && {
    recheck = period;
    return std::move(*this);
  }
  /// What is going on, beside the reason why it is not ready yet ("1 of 2 pods ready").
  Outcome while_doing(std::string text) && {
    progress = std::move(text);
    return std::move(*this);
  }
};

/// Over plain objects: what the engine calls.
class ReconcilerBase {
 public:
  virtual ~ReconcilerBase() = default;
  [[nodiscard]] virtual std::string_view kind() const = 0;
  /// Work that can block together (one cluster, one account): attempts of one lane share a few slots, other lanes are
  /// not touched by them. "" = the kind's own lane. Called before the attempt; reads of `ctx` are recorded.
  virtual std::string lane(const apiserver::Object& object, Context& ctx) = 0;
  /// May change status members of object.data; the engine writes them with the conditions in one write.
  virtual base::Result<Outcome> reconcile(apiserver::Object& object, Context& ctx) = 0;
  /// Takes away what the object made outside. Outcome `applied` = everything is gone: the engine confirms the deletion
  /// and the object goes.
  virtual base::Result<Outcome> remove(apiserver::Object& object, Context& ctx) = 0;
};

/// Over the typed struct: what controllers derive from.
template <typename K>
class Reconciler : public ReconcilerBase {
 public:
  [[nodiscard]] std::string_view kind() const final { return K::kind.name; }
  virtual base::Result<Outcome> reconcile(K& object, Context& ctx) = 0;
  virtual base::Result<Outcome> remove(K& object, Context& ctx) = 0;
  virtual std::string lane_of(const K&, Context&) { return ""; }

  std::string lane(const apiserver::Object& object, Context& ctx) final {
    auto typed = decode<K>(object);
    return typed ? lane_of(*typed, ctx) : "";
  }
  base::Result<Outcome> reconcile(apiserver::Object& object, Context& ctx) final {
    return run(object, ctx, [this](K& typed, Context& c) { return reconcile(typed, c); });
  }
  base::Result<Outcome> remove(apiserver::Object& object, Context& ctx) final {
    return run(object, ctx, [this](K& typed, Context& c) { return remove(typed, c); });
  }

 private:
  base::Result<Outcome> run(apiserver::Object& object, Context& ctx, auto call) {
    TP_TRY(K typed, decode<K>(object));
    const json::Value before = schema::to_json(typed);
    auto outcome = call(typed, ctx);
    // Status members, also those set before an error. Only what changed: the struct spells out values that the
    // document leaves out.
    json::apply_merge_patch(object.data, json::make_merge_patch(before, schema::to_json(typed)));
    return outcome;
  }
};

}  // namespace threeport::reconcile
