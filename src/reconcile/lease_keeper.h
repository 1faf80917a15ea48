// Keeps the leases of this process alive.
#pragma once

#include <map>

#include "reconcile/attempt_context.h"
#include "reconcile/board.h"

namespace threeport::reconcile {

/// Used by one thread. Blocks on the database, and on nothing else.
class LeaseKeeper {
 public:
  LeaseKeeper(Surroundings& around, Board& board) : around_(around), board_(board) {}

  /// Renews, if it is time: every third of the leases' life.
  base::Result<void> step();
  /// When step() has something to do.
  [[nodiscard]] SteadyTime next_due() const { return next_due_; }
  /// Gives the shards to others at once.
  base::Result<void> release();

 private:
  Surroundings& around_;
  Board& board_;
  std::map<int, std::int64_t> epochs_;
  SteadyTime next_due_{};
};

}  // namespace threeport::reconcile
