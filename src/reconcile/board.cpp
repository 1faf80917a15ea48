#include "reconcile/board.h"

#include <algorithm>
#include <utility>

namespace threeport::reconcile {
namespace {

// Cheap looks at the text of a document; an attempt repeats them exactly.

/// True if users said that nothing is to be done.
bool looks_exempt(const store::Row& row) {
  return row.observed == row.generation && row.doc.find("\"Conditions\"") == std::string::npos;
}

/// True if the conditions tell of an attempt at what is declared now.
bool looks_attempted(const store::Row& row) {
  return row.doc.find("\"ObservedGeneration\":" + std::to_string(row.generation) + "}") != std::string::npos;
}

}  // namespace

void Latency::add(std::chrono::steady_clock::duration time) {
  const auto bound = std::find_if(kBounds.begin(), kBounds.end(), [&](auto b) { return time <= b; });
  ++buckets[static_cast<std::size_t>(bound - kBounds.begin())];
  ++count;
  sum += std::chrono::duration_cast<std::chrono::microseconds>(time);
}

Board::Board(const EngineOptions& options, base::Clock& clock, Listeners listeners)
    : options_(options),
      clock_(clock),
      listeners_(std::move(listeners)),
      queue_(options.lane_slots, options.intake_slots) {}

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

void Board::look_at(const std::vector<store::Row>& rows, const ShardSet& shards) {
  std::unique_lock lock(mutex_);
  for (const store::Row& row : rows) {
    if (!shards.test(Shards::index(row.id)) || looks_exempt(row)) continue;
    const Standing standing = agenda_.find(row.id);
    if (standing.failures > 0 && standing.due && looks_attempted(row)) continue;
    wake_locked(row.id, row.observed == row.generation ? Urgency::calm : Urgency::prompt);
  }
  announce(lock);
}

void Board::walk_all() {
  const std::vector<ObjectId> readers = reads_.readers();
  std::unique_lock lock(mutex_);
  unwalked_ |= shards_.held();
  for (const ObjectId reader : readers) wake_locked(reader, Urgency::calm);
  announce(lock);
  listeners_.on_gain();
}

ShardSet Board::take_unwalked() {
  const std::lock_guard lock(mutex_);
  return std::exchange(unwalked_, {});
}

bool Board::has_unwalked() const {
  const std::lock_guard lock(mutex_);
  return unwalked_.any();
}

bool Board::has_room() const {
  const std::lock_guard lock(mutex_);
  return queue_.waiting_calmly() < static_cast<std::size_t>(options_.walk_page);
}

std::optional<Assignment> Board::take() {
  std::unique_lock lock(mutex_);
  // One look at the clock: a lease that ends between two of them would leave a job without one.
  const SteadyTime now = clock_.steady_now();
  if (is_closed_ || now >= shards_.valid_until()) return std::nullopt;
  std::optional<Job> job;
  std::optional<store::LeaseIs> lease;
  while (!lease) {
    job = queue_.take();
    if (!job) return std::nullopt;
    lease = shards_.lease_of(job->id, now);
    if (!lease) queue_.finish(job->id);  // it was on its way to its lane when its shard was lost
  }
  const auto running = running_.try_emplace(job->id).first;
  running->second.deadline = now + options_.attempt_deadline;
  running->second.woken = job->woken;
  if (job->in_lane) counts_.wake_latency.add(now - job->woken);
  Assignment assignment{.id = job->id,
                        .lease = *lease,
                        .stop = running->second.stop.get_token(),
                        .deadline = running->second.deadline,
                        .standing = agenda_.find(job->id),
                        .in_lane = job->in_lane};
  announce(lock);
  return assignment;
}

bool Board::enter(ObjectId id, std::string_view lane) {
  std::unique_lock lock(mutex_);
  const bool may_run = queue_.enter(id, lane);
  const auto running = running_.find(id);
  if (may_run) {
    counts_.wake_latency.add(clock_.steady_now() - running->second.woken);
  } else {
    running_.erase(running);
    finished_.notify_all();
  }
  announce(lock);  // a slot of the intake is free
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
  ShardSet gained;
  {
    std::unique_lock lock(mutex_);
    const Shards::Change change = shards_.update(leases, valid_until);
    gained = change.gained;
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
    unwalked_ |= gained;
    announce(lock);
  }
  for (std::stop_source& stop : to_stop) stop.request_stop();
  if (gained.any()) listeners_.on_gain();
}

void Board::forget(const ShardSet& lost) {
  if (lost.none()) return;
  const auto is_lost = [&](ObjectId id) { return lost.test(Shards::index(id)); };
  queue_.drop(is_lost);
  agenda_.forget_if(is_lost);
  reads_.forget_if(is_lost);
  unwalked_ &= ~lost;
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

SteadyTime Board::next_due() const {
  const std::lock_guard lock(mutex_);
  return earliest();
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

/// The next timer, deadline, or end of a lease under which something runs.
SteadyTime Board::earliest() const {
  SteadyTime due = agenda_.next_due().value_or(SteadyTime::max());
  for (const auto& [id, running] : running_) {
    if (!running.is_overdue) due = std::min({due, running.deadline, shards_.valid_until()});
  }
  return due;
}

void Board::wake_locked(ObjectId id, Urgency urgency) {
  if (shards_.holds(id)) queue_.wake(id, urgency, clock_.steady_now());
}

void Board::announce(std::unique_lock<std::mutex>& lock) {
  const bool has_work = can_take();
  const SteadyTime due = earliest();
  const bool is_sooner = due < std::exchange(announced_, due);
  lock.unlock();
  if (has_work) listeners_.on_work();
  if (is_sooner) listeners_.on_time();
}

}  // namespace threeport::reconcile
