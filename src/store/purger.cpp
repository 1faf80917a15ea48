#include "store/purger.h"

#include <algorithm>

#include "base/log.h"
#include "base/worker_pool.h"

namespace threeport::store {
namespace {

constexpr base::Millis kLongestRest{60'000}, kShortestRest{1'000};
/// Commits come before.
constexpr base::Millis kBetweenSteps{50};

}  // namespace

Purger::Purger(Store& store, base::Clock& clock, const Retention& retention)
    : store_(store), clock_(clock), retention_(retention) {}

Purger::~Purger() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  stopped_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Purger::start() {
  thread_ = std::thread([this] { work(); });
}

base::Millis Purger::step() {
  const auto more = store_.purge(retention_);
  if (!more && !has_failed_) base::log::warn("purging failed, it is tried again", {{"error", more.error()}});
  has_failed_ = !more;
  if (more && *more) return kBetweenSteps;
  return std::clamp(retention_.changes / 10, kShortestRest, kLongestRest);
}

void Purger::work() {
  base::name_this_thread("purger");
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    const auto until = clock_.steady_now() + step();
    lock.lock();
    while (!stopping_ && clock_.steady_now() < until) clock_.wait_until(lock, stopped_, until);
  }
}

}  // namespace threeport::store
