// Looks at objects that nobody has woken: at all of a shard at once when it was gained, and at every object once in a
// resync period, so that a lost event costs minutes and not the truth.
#pragma once

#include "reconcile/attempt_context.h"
#include "reconcile/board.h"
#include "reconcile/resync.h"

namespace threeport::reconcile {

/// Used by one thread. Blocks on the database.
class Walker {
 public:
  /// `kinds`: names of all reconciled kinds.
  Walker(Surroundings& around, Board& board, const std::vector<std::string>& kinds);

  /// Looks at the next few objects, if any are due: true.
  base::Result<bool> step();
  /// When step() has something to do, unless shards are gained before.
  [[nodiscard]] SteadyTime next_due() const;

 private:
  [[nodiscard]] bool is_catching_up() const { return gained_.any() || board_.has_unwalked(); }
  base::Result<void> catch_up();
  base::Result<void> resync(SteadyTime now);

  Surroundings& around_;
  Board& board_;
  const std::vector<std::string> kinds_;
  Cursor cursor_;    // of catching up
  ShardSet gained_;  // that are being caught up with
  Resync resync_;
  SteadyTime not_before_{};
};

}  // namespace threeport::reconcile
