#include "store/committer.h"

#include <algorithm>
#include <iterator>
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

void Committer::submit(WriteSet set, Store::Done done) {
  const std::size_t size = size_of(set);
  bool was_empty = false;
  {
    const std::lock_guard lock(mutex_);
    was_empty = queue_.empty();
    queue_.push_back({.set = std::move(set), .done = std::move(done), .size = size});
  }
  if (was_empty) queued_.notify_one();
}

std::vector<Committer::Request> Committer::next_batch() {
  std::unique_lock lock(mutex_);
  queued_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
  // A set of any size makes a batch, if need be alone.
  std::size_t sets = 0;
  for (std::size_t bytes = 0; sets < std::min(queue_.size(), kMaxSets) && (sets == 0 || bytes < kMaxBytes); ++sets) {
    bytes += queue_[sets].size;
  }
  const auto end = queue_.begin() + static_cast<std::ptrdiff_t>(sets);
  std::vector<Request> batch(std::make_move_iterator(queue_.begin()), std::make_move_iterator(end));
  queue_.erase(queue_.begin(), end);
  return batch;
}

void Committer::work() {
  base::name_this_thread("committer");
  while (run_batch()) {
  }
}

bool Committer::run_batch() {
  auto batch = next_batch();
  if (batch.empty()) return false;
  std::vector<WriteSet*> sets;
  sets.reserve(batch.size());
  for (Request& request : batch) sets.push_back(&request.set);
  auto outcomes = execute_(sets);
  TP_ASSERT(outcomes.size() == batch.size());
  for (std::size_t i = 0; i < batch.size(); ++i) batch[i].done(std::move(outcomes[i]));
  after_batch_();
  return true;
}

}  // namespace threeport::store
