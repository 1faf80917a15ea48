// When objects are looked at again without anything having changed, and how often they have failed until now.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "schema/field.h"

namespace threeport::reconcile {

using schema::ObjectId;
using SteadyTime = std::chrono::steady_clock::time_point;

/// What the engine remembers of an object between attempts. Healthy objects without a timer have none.
struct Standing {
  std::optional<SteadyTime> due;
  int failures = 0;     ///< in a row
  int waits = 0;        ///< waiting outcomes in a row
  bool stored = false;  ///< there is a row in the store's work table
};

/// Not thread-safe: the engine guards it.
class Agenda {
 public:
  /// The standing; the default one where nothing is known.
  [[nodiscard]] Standing find(ObjectId id) const;
  /// Replaces it; one that says nothing is forgotten.
  void set(ObjectId id, const Standing& standing);
  void forget(ObjectId id);
  void forget_if(const std::function<bool(ObjectId)>& is_gone);

  /// The earliest timer.
  [[nodiscard]] std::optional<SteadyTime> next_due() const;
  /// Takes the timers that are due at `now` off; failures and waits stay.
  std::vector<ObjectId> take_due(SteadyTime now);

  [[nodiscard]] std::size_t timers() const { return timers_.size(); }

 private:
  std::unordered_map<ObjectId, Standing> standings_;
  std::set<std::pair<SteadyTime, ObjectId>> timers_;
};

}  // namespace threeport::reconcile
