// The one thread of a store that writes: callers queue their sets, it takes all that is queued at once.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
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
  /// called when the callers have been told.
  using Execute = std::function<Outcomes(std::span<WriteSet* const>)>;
  Committer(Execute execute, std::function<void()> after_batch);
  /// Finishes what is queued.
  ~Committer();
  Committer(const Committer&) = delete;
  Committer& operator=(const Committer&) = delete;

  /// As Store::submit.
  void submit(WriteSet set, Store::Done done);

 private:
  struct Request {
    WriteSet set;
    Store::Done done;
    std::size_t size;  ///< in bytes, roughly
  };

  void work();
  /// Waits for sets and writes them; false when there are no more to come.
  bool run_batch();
  std::vector<Request> next_batch();

  const Execute execute_;
  const std::function<void()> after_batch_;
  std::mutex mutex_;
  std::condition_variable queued_;
  std::deque<Request> queue_;
  bool stopping_ = false;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace threeport::store
