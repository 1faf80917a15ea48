// The one thread of a store that writes: callers queue their sets and sleep, it takes all that is queued at once.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <thread>
#include <vector>

#include "base/result.h"
#include "store/batch_executor.h"
#include "store/store.h"

namespace threeport::store {

/// Batches form by themselves: what arrives while one is being written is the next one. Thread-safe.
class Committer {
 public:
  /// `execute` gives one outcome for each set. It runs on the committer's thread, as `after_batch` does, which is
  /// called when the callers have been woken.
  using Execute = std::function<Outcomes(std::span<WriteSet* const>)>;
  Committer(Execute execute, std::function<void()> after_batch);
  /// Finishes what is queued. Nobody may be waiting in commit() that would be surprised by it.
  ~Committer();
  Committer(const Committer&) = delete;
  Committer& operator=(const Committer&) = delete;

  /// Blocks until the set's batch is durable.
  base::Result<Committed> commit(WriteSet set);

 private:
  struct Request;

  void work();
  std::vector<Request*> next_batch();

  const Execute execute_;
  const std::function<void()> after_batch_;
  std::mutex mutex_;
  std::condition_variable queued_;
  std::vector<Request*> queue_;
  bool stopping_ = false;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace threeport::store
