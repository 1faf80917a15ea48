#include "reconcile/board.h"

#include <algorithm>

namespace threeport::reconcile {
namespace {

/// True if users said that nothing is to be done: a cheap look at the text, which the attempt repeats exactly.
bool looks_exempt(const store::Row& row) {
  return row.observed == row.generation && row.doc.find("\"Conditions\"") == std::string::npos;
}

}  // namespace

void Latency::add(std::chrono::steady_clock::duration time) {
  const auto bound = std::find_if(kBounds.begin(), kBounds.end(), [&](auto b) { return time <= b; });
  ++buckets[static_cast<std::size_t>(bound - kBounds.begin())];
  ++count;
  sum += std::chrono::duration_cast<std::chrono::microseconds>(time);
}

Board::Board(const EngineOptions& options, base::Clock& clock, Random& random, std::vector<std::string> kinds,
             Listeners listeners)
    : options_(options),
      clock_(clock),
      random_(random),
      listeners_(std::move(listeners)),
      queue_(options.lane_slots, options.intake_slots),
      catch_up_(kinds, options.walk_page),
      resync_(kinds, options.walk_page),
      kinds_(static_cast<std::int64_t>(kinds.size())),
      resync_at_(clock.steady_now() + jittered(options.resync, random) / std::max<std::int64_t>(kinds_, 1)) {}

void Board::wake(ObjectId id, Urgency urgency) {
  std::unique_lock lock(mutex_);
  wake_locked(id, urgency);
  announce(lock);
}

void Board::wake_readers(Read read, ObjectId writer) {
  const std::vector<ObjectId> readers = reads_.readers(read);
  if (readers.empty()) return;
  const Urgency urgency = readers.size() > options_.prompt_fan_out ? Urgency::calm : Urgency::prompt;
  std::unique_lock lock(mutex_);
  for (const ObjectId reader : readers) {
    if (reader != writer) wake_locked(reader, urgency);
  }
  announce(lock);
}

void Board::walk_all() {
  std::unique_lock lock(mutex_);
  catch_up_.request(shards_.held());
  announce(lock);
}

std::optional<Assignment> Board::take() {
  std::unique_lock lock(mutex_);
  // One look at the clock: a lease that ends between two of them would leave a job without one.
  const SteadyTime now = clock_.steady_now();
  if (is_closed_ || now >= shards_.valid_until()) return std::nullopt;
  const auto job = queue_.take();
  if (!job) return std::nullopt;
  const auto lease = shards_.lease_of(job->id, now);
  TP_ASSERT(lease.has_value());  // jobs of lost shards are dropped from the queue
  const auto running = running_.try_emplace(job->id).first;
  running->second.deadline = now + options_.attempt_deadline;
  running->second.woken = job->woken;
  if (job->in_lane) counts_.wake_latency.add(now - job->woken);
  const Assignment assignment{.id = job->id,
                              .lease = *lease,
                              .stop = running->second.stop.get_token(),
                              .deadline = running->second.deadline,
                              .standing = agenda_.find(job->id),
                              .in_lane = job->in_lane};
  announce(lock);
  return assignment;
}

bool Board::has_work() const {
  const std::lock_guard lock(mutex_);
  return can_take();
}

bool Board::enter(ObjectId id, std::string_view lane) {
  const std::lock_guard lock(mutex_);
  const bool may_run = queue_.enter(id, lane);
  const auto running = running_.find(id);
  if (may_run) {
    counts_.wake_latency.add(clock_.steady_now() - running->second.woken);
  } else {
    running_.erase(running);
  }
  return may_run;
}

void Board::finish(ObjectId id, std::string_view kind, const Report& report) {
  std::unique_lock lock(mutex_);
  running_.erase(id);
  ++counts_.attempts[{std::string(kind), std::string(to_string(report.end))}];
  if (report.error) ++counts_.failures[{std::string(kind), std::string(base::to_string(report.error->kind))}];
  remember(id, report);
  if (report.at_once) wake_locked(id, Urgency::prompt);
  queue_.finish(id);
  finished_.notify_all();
  announce(lock);
}

void Board::remember(ObjectId id, const Report& report) {
  const bool is_held = shards_.holds(id);
  if (!is_held || report.end == End::gone || report.end == End::exempt) reads_.forget(id);
  if (!is_held) {
    agenda_.forget(id);
    return;
  }
  Standing standing = report.standing;
  // Stopped, but the shard is still ours (or ours again): the renewal came late. Nobody else will look at it.
  if (report.end == End::lost) standing.due = clock_.steady_now() + options_.lease_ttl / 3;
  agenda_.set(id, standing);
}

void Board::set_leases(const std::vector<store::Lease>& leases, SteadyTime valid_until,
                       const std::vector<store::WorkItem>& timers) {
  std::vector<std::stop_source> to_stop;
  {
    std::unique_lock lock(mutex_);
    const Shards::Change change = shards_.update(leases, valid_until);
    for (auto& [id, running] : running_) {
      if (change.lost.test(Shards::index(id))) to_stop.push_back(running.stop);
    }
    forget(change.lost);
    for (const store::WorkItem& timer : timers) {
      if (!timer.next_at || !change.gained.test(Shards::index(timer.id))) continue;
      const auto wait = std::max<std::chrono::microseconds>(*timer.next_at - clock_.now(), base::Millis(0));
      agenda_.set(timer.id,
                  {.due = clock_.steady_now() + wait, .failures = timer.failures, .waits = 0, .stored = true});
    }
    catch_up_.request(change.gained);
    announce(lock);
  }
  for (std::stop_source& stop : to_stop) stop.request_stop();
}

void Board::forget(const ShardSet& lost) {
  if (lost.none()) return;
  const auto is_lost = [&](ObjectId id) { return lost.test(Shards::index(id)); };
  queue_.drop(is_lost);
  agenda_.forget_if(is_lost);
  reads_.forget_if(is_lost);
  catch_up_.cancel(lost);
  resync_.cancel(lost);
}

ShardSet Board::held() const {
  const std::lock_guard lock(mutex_);
  return shards_.held();
}

void Board::close() {
  std::vector<std::stop_source> to_stop;
  {
    const std::lock_guard lock(mutex_);
    is_closed_ = true;
    for (auto& [id, running] : running_) to_stop.push_back(running.stop);
  }
  for (std::stop_source& stop : to_stop) stop.request_stop();
}

bool Board::wait_idle(base::Millis most) {
  std::unique_lock lock(mutex_);
  const SteadyTime until = clock_.steady_now() + most;
  while (!running_.empty() && clock_.steady_now() < until) clock_.wait_until(lock, finished_, until);
  return running_.empty();
}

void Board::fire() {
  std::vector<std::stop_source> to_stop;
  {
    std::unique_lock lock(mutex_);
    const SteadyTime now = clock_.steady_now();
    for (const ObjectId id : agenda_.take_due(now)) wake_locked(id, Urgency::prompt);
    for (auto& [id, running] : running_) {
      const bool is_overdue = running.deadline <= now;
      if (running.is_overdue || (!is_overdue && now < shards_.valid_until())) continue;
      running.is_overdue = true;
      if (is_overdue) ++counts_.overdue;
      to_stop.push_back(running.stop);
    }
    announce(lock);
  }
  for (std::stop_source& stop : to_stop) stop.request_stop();
}

std::optional<SteadyTime> Board::next_due() const {
  const std::lock_guard lock(mutex_);
  std::optional<SteadyTime> due = agenda_.next_due();
  const auto consider = [&](SteadyTime time) { due = due ? std::min(*due, time) : time; };
  for (const auto& [id, running] : running_) {
    if (!running.is_overdue) consider(std::min(running.deadline, shards_.valid_until()));
  }
  if (may_catch_up()) consider(walks_from_);
  if (shards_.held().any() && kinds_ > 0) consider(std::max(resync_at_, walks_from_));
  return due;
}

std::optional<Board::PageToWalk> Board::page_to_walk() {
  const std::lock_guard lock(mutex_);
  const SteadyTime now = clock_.steady_now();
  if (is_closed_ || now < walks_from_) return std::nullopt;
  if (may_catch_up()) return PageToWalk{.query = catch_up_.next_page(), .is_resync = false};
  if (now < resync_at_) return std::nullopt;
  if (!resync_.is_active()) resync_.request(shards_.held());
  if (!resync_.is_active()) return std::nullopt;
  return PageToWalk{.query = resync_.next_page(), .is_resync = true};
}

void Board::walked(const PageToWalk& asked, const store::Page& page, std::int64_t objects) {
  std::unique_lock lock(mutex_);
  Walk& walk = asked.is_resync ? resync_ : catch_up_;
  for (const store::Row* row : walk.advance(asked.query, page)) {
    const Standing standing = agenda_.find(row->id);
    const bool has_failed = standing.failures > 0 && standing.due.has_value();
    if (has_failed || looks_exempt(*row)) continue;
    wake_locked(row->id, row->observed == row->generation ? Urgency::calm : Urgency::prompt);
  }
  if (asked.is_resync) {
    // Each page and each object of it gets its share of the period, so that a walk takes just about one.
    const auto share = static_cast<std::int64_t>(page.rows.size()) + 1;
    resync_at_ = clock_.steady_now() + jittered(options_.resync * share / (std::max(objects, share) + kinds_), random_);
  }
  announce(lock);
}

void Board::postpone_walks(base::Millis delay) {
  const std::lock_guard lock(mutex_);
  walks_from_ = clock_.steady_now() + delay;
}

void Board::count_changes(std::size_t rows) {
  const std::lock_guard lock(mutex_);
  counts_.changes += rows;
}

Metrics Board::metrics() const {
  const std::lock_guard lock(mutex_);
  Metrics out = counts_;
  out.waiting = queue_.waiting();
  out.running = running_.size();
  out.lanes = queue_.lanes();
  out.timers = agenda_.timers();
  out.reads = reads_.size();
  out.shards = shards_.held().count();
  return out;
}

bool Board::can_take() const {
  return !is_closed_ && queue_.has_runnable() && clock_.steady_now() < shards_.valid_until();
}

void Board::wake_locked(ObjectId id, Urgency urgency) {
  if (shards_.holds(id)) queue_.wake(id, urgency, clock_.steady_now());
}

void Board::announce(std::unique_lock<std::mutex>& lock) {
  const bool has_work = can_take();
  lock.unlock();
  if (has_work) listeners_.on_work();
  listeners_.on_time();
}

/// A walk goes on when most of what it has woken is done, so that its list is never long.
bool Board::may_catch_up() const {
  return catch_up_.is_active() && queue_.waiting_calmly() < static_cast<std::size_t>(options_.walk_page);
}

}  // namespace threeport::reconcile
