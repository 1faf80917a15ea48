#include "reconcile/workers.h"

#include <system_error>

#include "base/log.h"

namespace threeport::reconcile {

Workers::Workers(base::Clock& clock, int most, base::Millis idle, std::function<bool()> work)
    : clock_(clock), most_(static_cast<std::size_t>(most)), idle_(idle), work_(std::move(work)) {}

Workers::~Workers() { join(); }

void Workers::open() {
  const std::lock_guard lock(mutex_);
  is_closed_ = false;
}

void Workers::wake() {
  std::list<std::thread> ended;
  {
    const std::lock_guard lock(mutex_);
    if (is_closed_) return;
    ++wakes_;
    if (!is_coming_) {
      if (parked_ > 0) woken_.notify_one();
      is_coming_ = parked_ > 0 || start();
    }
    ended.swap(ended_);
  }
  for (std::thread& thread : ended) thread.join();  // they have left run() but for a few instructions
}

/// False: there are enough, or the system has no thread to spare.
bool Workers::start() {
  if (threads_.size() >= most_) return false;
  threads_.emplace_front();
  try {
    threads_.front() = std::thread([this, self = threads_.begin()] { run(self); });
    return true;
  } catch (const std::system_error& error) {
    threads_.pop_front();
    if (threads_.empty()) log::error("no worker can be started, nothing is attempted", {{"error", error.what()}});
    return false;
  }
}

void Workers::join() {
  std::list<std::thread> threads;
  {
    const std::lock_guard lock(mutex_);
    is_closed_ = true;  // from here on nobody touches the lists
    woken_.notify_all();
    threads.splice(threads.end(), ended_);
    threads.splice(threads.end(), threads_);
  }
  for (std::thread& thread : threads) thread.join();
}

std::size_t Workers::count() const {
  const std::lock_guard lock(mutex_);
  return threads_.size();
}

void Workers::run(std::list<std::thread>::iterator self) {
  std::unique_lock lock(mutex_);
  for (bool is_needed = true; is_needed && !is_closed_;) {
    const std::uint64_t seen = wakes_;
    is_coming_ = false;
    lock.unlock();
    const bool worked = work_();
    lock.lock();
    if (worked || wakes_ != seen || is_closed_) continue;
    ++parked_;
    const auto until = clock_.steady_now() + idle_;
    while (wakes_ == seen && !is_closed_ && clock_.steady_now() < until) clock_.wait_until(lock, woken_, until);
    --parked_;
    is_needed = wakes_ != seen;
  }
  if (!is_closed_) ended_.splice(ended_.end(), threads_, self);
}

}  // namespace threeport::reconcile
