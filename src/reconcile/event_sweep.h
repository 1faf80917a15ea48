// Removes the events about objects that are gone, a day after they went: whoever removed them, however, and whether or
// not an engine ran at the time. Events that are about no object go a day after their last change.
#pragma once

#include <vector>

#include "reconcile/attempt_context.h"
#include "reconcile/board.h"

namespace threeport::reconcile {

/// Looks at every event once an hour, and needs to remember nothing. An event is in the shard of its own id. Used by
/// one thread. Blocks on the database.
class EventSweep {
 public:
  EventSweep(Surroundings& around, Board& board);

  /// Looks at the next few events, if any are due: true.
  base::Result<bool> step();
  /// When step() has something to do, unless shards are gained before.
  [[nodiscard]] SteadyTime next_due() const { return board_.held().any() ? next_due_ : SteadyTime::max(); }

 private:
  base::Result<void> sweep(const std::vector<store::Row>& rows);
  [[nodiscard]] std::vector<apiserver::Object> ours_until(base::TimePoint limit,
                                                          const std::vector<store::Row>& rows) const;
  [[nodiscard]] bool is_foreign(const apiserver::Object& reference) const;

  Surroundings& around_;
  Board& board_;
  SteadyTime next_due_;
  ObjectId after_ = 0;
};

}  // namespace threeport::reconcile
