#include "http/workers.h"

#include <algorithm>

#include "base/clock.h"

namespace threeport::http {
namespace {

/// A handler that takes longer counts as blocking.
constexpr std::chrono::microseconds kShort{50};
/// How many requests of its kind a blocking one lets expect to block.
constexpr std::uint8_t kMemory = 8;
constexpr std::chrono::milliseconds kWatchPeriod{5};
/// Without a handler for so many periods the watchdog sleeps.
constexpr unsigned kPeriodsUntilSleep = 20;

thread_local void* current_worker = nullptr;

/// Method and the first two segments of the path: collisions only cost time.
std::size_t hash_of(std::string_view method, std::string_view path) {
  std::size_t end = 0;
  for (int segment = 0; segment < 3 && end != std::string_view::npos; ++segment) end = path.find('/', end + 1);
  const std::hash<std::string_view> hash;
  return hash(method) ^ (hash(path.substr(0, end)) * 31);
}

}  // namespace

Workers::~Workers() { stop(); }

void Workers::start(unsigned threads, std::function<void()> turn) {
  turn_ = std::move(turn);
  for (auto& kind : expected_to_block_) kind = 1;  // unknown
  const unsigned count = std::max(1u, threads);
  free_slots_ = std::min(count, std::max(2u, std::thread::hardware_concurrency()));
  for (unsigned i = 0; i < count; ++i) workers_.push_back(std::make_unique<Worker>());
  for (auto& worker : workers_) worker->thread = std::thread([this, me = worker.get()] { loop(*me); });
  watchdog_ = std::thread([this] { watch(); });
}

void Workers::stop() {
  {
    const std::scoped_lock lock(mutex_, watchdog_mutex_);
    stopping_ = true;
    for (Worker* worker : parked_) worker->slot_given.notify_one();
    watchdog_wake_.notify_one();
  }
  for (auto& worker : workers_)
    if (worker->thread.joinable()) worker->thread.join();
  if (watchdog_.joinable()) watchdog_.join();
}

void Workers::loop(Worker& me) {
  current_worker = &me;
  while (!stopping_.load(std::memory_order_relaxed))
    if (me.has_slot || await_slot(me)) turn_();
}

bool Workers::await_slot(Worker& me) {
  std::unique_lock lock(mutex_);
  if (free_slots_ > 0) {
    --free_slots_;
    me.has_slot = true;
    return true;
  }
  parked_.push_back(&me);
  me.slot_given.wait(lock, [&] { return me.has_slot || stopping_; });
  return me.has_slot;
}

void Workers::pass_slot() {
  const std::lock_guard lock(mutex_);
  if (parked_.empty()) {
    ++free_slots_;
    return;
  }
  Worker* next = parked_.back();
  parked_.pop_back();
  next->has_slot = true;
  next->slot_given.notify_one();
}

void Workers::enter_watched(Worker& me) {
  me.sections.fetch_add(1);
  if (!watchdog_sleeps_.load()) return;
  const std::lock_guard lock(watchdog_mutex_);
  watchdog_sleeps_ = false;
  watchdog_wake_.notify_one();
}

bool Workers::leave_watched(Worker& me) {
  std::uint64_t entered = me.sections.load(std::memory_order_relaxed);
  return entered % 2 == 1 && me.sections.compare_exchange_strong(entered, entered + 1);
}

void Workers::watch() {
  std::unique_lock lock(watchdog_mutex_);
  unsigned quiet = 0;
  while (!stopping_) {
    quiet = look_for_blocked() ? 0 : quiet + 1;
    if (quiet < kPeriodsUntilSleep) {
      watchdog_wake_.wait_for(lock, kWatchPeriod);
      continue;
    }
    quiet = 0;
    watchdog_sleeps_ = true;
    if (look_for_blocked()) watchdog_sleeps_ = false;  // entered before it could see that we sleep
    watchdog_wake_.wait(lock, [&] { return !watchdog_sleeps_ || stopping_; });
  }
}

// True if any handler ran since the last look.
bool Workers::look_for_blocked() {
  bool any = false;
  for (auto& worker : workers_) {
    std::uint64_t sections = worker->sections.load();
    const bool is_same = sections == worker->seen;
    any = any || !is_same || sections % 2 == 1;
    worker->seen = sections;
    if (is_same && sections % 2 == 1 && worker->sections.compare_exchange_strong(sections, sections + 1)) pass_slot();
  }
  return any;
}

Workers::Section::Section(Workers& workers, std::string_view method, std::string_view path)
    : workers_(workers),
      request_kind_(hash_of(method, path) % kRequestKinds),
      began_(base::system_clock().steady_now()) {
  auto* me = static_cast<Worker*>(current_worker);
  if (me == nullptr || !me->has_slot) return;
  if (workers_.expected_to_block_[request_kind_].load(std::memory_order_relaxed) > 0) {
    me->has_slot = false;
    workers_.pass_slot();
  } else {
    is_watched_ = true;
    workers_.enter_watched(*me);
  }
}

Workers::Section::~Section() {
  auto* me = static_cast<Worker*>(current_worker);
  if (is_watched_ && !workers_.leave_watched(*me)) me->has_slot = false;
  auto& expected = workers_.expected_to_block_[request_kind_];
  if (base::system_clock().steady_now() - began_ > kShort) {
    expected.store(kMemory, std::memory_order_relaxed);
  } else if (const std::uint8_t left = expected.load(std::memory_order_relaxed); left > 0) {
    expected.store(static_cast<std::uint8_t>(left - 1), std::memory_order_relaxed);
  }
}

}  // namespace threeport::http
