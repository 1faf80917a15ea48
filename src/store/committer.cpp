#include "store/committer.h"

#include <algorithm>
#include <utility>

#include "base/worker_pool.h"

namespace threeport::store {
namespace {

constexpr std::size_t kMaxSets = 512;
constexpr std::size_t kMaxBytes = std::size_t{4} << 20;

std::size_t size_of(const WriteSet& set) {
  std::size_t size = 0;
  for (const auto& put : set.puts) size += put.row.doc.size() + put.note.body.size();
  return size;
}

}  // namespace

/// Lives on the stack of the caller, who sleeps until `outcome` is there.
struct Committer::Request {
  WriteSet set;
  std::size_t size;
  std::mutex mutex = {};
  std::condition_variable decided = {};
  std::optional<base::Result<Committed>> outcome = {};
};

Committer::Committer(Execute execute, std::function<void()> after_batch)
    : execute_(std::move(execute)), after_batch_(std::move(after_batch)), thread_([this] { work(); }) {}

Committer::~Committer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  queued_.notify_one();
  thread_.join();
}

base::Result<Committed> Committer::commit(WriteSet set) {
  Request request{.set = std::move(set), .size = 0};
  request.size = size_of(request.set);
  bool was_empty = false;
  {
    const std::lock_guard lock(mutex_);
    was_empty = queue_.empty();
    queue_.push_back(&request);
  }
  if (was_empty) queued_.notify_one();
  std::unique_lock lock(request.mutex);
  request.decided.wait(lock, [&] { return request.outcome.has_value(); });
  return std::move(*request.outcome);
}

std::vector<Committer::Request*> Committer::next_batch() {
  std::unique_lock lock(mutex_);
  queued_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
  // A set of any size makes a batch, if need be alone.
  std::size_t sets = 0;
  for (std::size_t bytes = 0; sets < std::min(queue_.size(), kMaxSets) && (sets == 0 || bytes < kMaxBytes); ++sets) {
    bytes += queue_[sets]->size;
  }
  const auto end = queue_.begin() + static_cast<std::ptrdiff_t>(sets);
  std::vector<Request*> batch(queue_.begin(), end);
  queue_.erase(queue_.begin(), end);
  return batch;
}

void Committer::work() {
  base::name_this_thread("committer");
  std::vector<WriteSet*> sets;
  for (auto batch = next_batch(); !batch.empty(); batch = next_batch()) {
    sets.clear();
    for (Request* request : batch) sets.push_back(&request->set);
    auto outcomes = execute_(sets);
    TP_ASSERT(outcomes.size() == batch.size());
    for (std::size_t i = 0; i < batch.size(); ++i) {
      // Notified with the mutex held: without it the caller might return, and the request be gone.
      const std::lock_guard lock(batch[i]->mutex);
      batch[i]->outcome = std::move(outcomes[i]);
      batch[i]->decided.notify_one();
    }
    after_batch_();
  }
}

}  // namespace threeport::store
