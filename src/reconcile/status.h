// What an attempt means for the object's state (docs/architecture/engine.md, "State"). Pure functions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "apiserver/objects.h"
#include "base/result.h"
#include "reconcile/reconciler.h"
#include "schema/groups.h"

namespace threeport::reconcile {

/// An event to be recorded.
struct EventDraft {
  std::string reason, note;
  bool is_warning = false;
};

/// The one status write of an attempt.
struct StatusChange {
  json::Value members = json::Object{};  ///< merge patch, without members that would not change
  std::optional<std::int64_t> observed;
  std::vector<EventDraft> events;

  [[nodiscard]] bool is_empty() const { return members.as_object().empty() && !observed; }
};

/// An attempt as it ended.
struct Attempted {
  const apiserver::Object& seen;    ///< as it was read when the attempt began
  const apiserver::Object& latest;  ///< as the attempt's own writes left it
  const base::Result<Outcome>& result;
  base::TimePoint now;
};

/// The status members that differ from `seen` in `after`. Error `internal`: a declared member was changed.
base::Result<json::Value> changed_members(const apiserver::Object& seen, const json::Value& after);

/// Conditions, ObservedGeneration, times of acknowledgement and confirmation, together with the members that the
/// reconciler changed.
StatusChange make_status_change(const Attempted& attempted, const json::Value& changed_members);

/// Always Ready, Reconciling, Stalled; LastTransitionTime stays where Status stays.
std::vector<schema::Condition> make_conditions(const Attempted& attempted,
                                               const std::vector<schema::Condition>& before);

/// The stored conditions; empty before the first attempt.
std::vector<schema::Condition> conditions_of(const apiserver::Object& object);

/// True if users said on creation that nothing is to be done (`Reconciled: true`): until its generation changes, or it
/// was attempted before.
bool is_exempt(const apiserver::Object& object);

/// The condition's reason for an error: its own, else one that the kind of error stands for.
std::string reason_of(const base::Error& error);

}  // namespace threeport::reconcile
