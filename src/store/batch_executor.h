// A batch of write sets in one transaction.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "store/judge.h"
#include "store/session_pool.h"
#include "store/store.h"

namespace threeport::store {

using Outcomes = std::vector<base::Result<Committed>>;

/// For one thread (the committer's).
class BatchExecutor {
 public:
  BatchExecutor(SessionPool& writers, base::Clock& clock);
  /// Forgets this executor in the database.
  ~BatchExecutor();
  BatchExecutor(const BatchExecutor&) = delete;
  BatchExecutor& operator=(const BatchExecutor&) = delete;

  /// Runs the sets as if one after the other, and returns when the outcomes are durable: one for each set, in order.
  /// An error that is not the sets' own and not the database's state (a poisonous set) makes each set run by itself.
  /// A connection that is lost while committing is an open question: it is answered by looking, and where that is
  /// impossible the outcome is `unavailable` with reason "OutcomeUnknown". Blocks.
  Outcomes execute(std::span<WriteSet* const> sets);

 private:
  struct Attempt {
    base::Result<void> done;   ///< the transaction has ended as it should
    Outcomes outcomes;         ///< what is true of the sets if it was committed
    bool commit_sent = false;  ///< it may have been committed, also where `done` is an error
  };

  base::Result<Outcomes> execute_together(std::span<WriteSet* const> sets);
  Attempt try_batch(Session& session, std::span<WriteSet* const> sets);
  base::Result<void> write(Session& session, const Effects& effects, base::TimePoint at);
  /// Of the last batch that was tried.
  base::Result<bool> is_committed();

  SessionPool& writers_;
  base::Clock& clock_;
  const std::string committer_;  // a row of `committers`
  std::int64_t batch_ = 0;       // number of the last one that was tried
};

}  // namespace threeport::store
