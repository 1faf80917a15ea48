// Follows the change log and wakes whom a change concerns.
#pragma once

#include <map>
#include <optional>

#include "reconcile/attempt_context.h"
#include "reconcile/board.h"

namespace threeport::reconcile {

/// Used by one thread. Blocks on the database.
class LogReader {
 public:
  LogReader(Surroundings& around, Board& board) : around_(around), board_(board) {}

  /// Starts at the head: whatever came before is found by a walk. Call it before shards are held.
  base::Result<void> begin();
  /// Reads what is new; true if there was something. Where the log has lost the position, every object is looked at.
  base::Result<bool> step();

 private:
  using Rows = std::map<ObjectId, store::Row>;
  base::Result<Rows> rows_to_compare(const std::vector<store::Change>& changes);
  void deliver(const store::Change& change, const Rows& rows);
  [[nodiscard]] ObjectId writer_of(const store::Change& change) const;

  Surroundings& around_;
  Board& board_;
  std::optional<store::Sequence> position_;
};

}  // namespace threeport::reconcile
