#include "base/worker_pool.h"

#include <algorithm>
#include <exception>

#include <pthread.h>

#include "base/log.h"

namespace threeport::base {

void name_this_thread(const std::string& name) { pthread_setname_np(pthread_self(), name.substr(0, 15).c_str()); }

WorkerPool::WorkerPool(WorkerPoolOptions options) : options_(std::move(options)) {
  TP_ASSERT(options_.threads > 0 && options_.queue_limit > 0);
  threads_.reserve(options_.threads);
  for (std::size_t i = 0; i < options_.threads; ++i) threads_.emplace_back([this, i] { work(i); });
}

WorkerPool::~WorkerPool() { stop(); }

Result<void> WorkerPool::add(std::unique_ptr<Task> task, WhenFull when_full) {
  std::unique_lock lock(mutex_);
  const auto is_full = [&] { return queue_.size() >= options_.queue_limit; };
  if (when_full == WhenFull::wait) has_room_.wait(lock, [&] { return !is_full() || stopping_; });
  if (stopping_) return canceled("the pool " + options_.name + " is stopping");
  if (is_full()) return unavailable("too much is waiting already (" + options_.name + "); try again later");
  queue_.push_back(std::move(task));
  lock.unlock();
  has_task_.notify_one();
  return {};
}

void WorkerPool::work(std::size_t index) {
  const std::string number = "-" + std::to_string(index);
  name_this_thread(options_.name.substr(0, 15 - std::min<std::size_t>(15, number.size())) + number);
  std::unique_lock lock(mutex_);
  while (true) {
    has_task_.wait(lock, [&] { return !queue_.empty() || stopping_; });
    if (stopping_) return;
    std::unique_ptr<Task> task = std::move(queue_.front());
    queue_.pop_front();
    ++running_;
    lock.unlock();
    has_room_.notify_one();
    run(std::move(task));
    lock.lock();
    --running_;
    if (running_ == 0 && queue_.empty()) idle_.notify_all();
  }
}

void WorkerPool::run(std::unique_ptr<Task> task) {
  const auto count_failure = [&] {
    const std::lock_guard lock(mutex_);
    ++failures_;
  };
  try {
    task->run(stop_.get_token());
  } catch (const std::exception& exception) {
    count_failure();
    log::error("a task threw an exception", {{"pool", options_.name}, {"exception", exception.what()}});
  } catch (...) {
    count_failure();
    log::error("a task threw something that is no exception", {{"pool", options_.name}});
  }
}

void WorkerPool::wait_idle() {
  std::unique_lock lock(mutex_);
  idle_.wait(lock, [&] { return running_ == 0 && queue_.empty(); });
}

void WorkerPool::stop() {
  std::deque<std::unique_ptr<Task>> dropped;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    dropped.swap(queue_);
    if (running_ == 0) idle_.notify_all();
  }
  has_task_.notify_all();
  has_room_.notify_all();
  // Not under the mutex: it runs the tasks' stop callbacks.
  stop_.request_stop();
  const std::lock_guard lock(join_mutex_);
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

std::size_t WorkerPool::queued() const {
  const std::lock_guard lock(mutex_);
  return queue_.size();
}

std::size_t WorkerPool::failures() const {
  const std::lock_guard lock(mutex_);
  return failures_;
}

}  // namespace threeport::base
