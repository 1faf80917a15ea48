// What an engine knows and has to do: held shards, woken objects, timers, running attempts. The threads of the engine
// meet here and nowhere else.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <unordered_map>
#include <vector>

#include "reconcile/agenda.h"
#include "reconcile/attempt.h"
#include "reconcile/metrics.h"
#include "reconcile/options.h"
#include "reconcile/read_index.h"
#include "reconcile/shards.h"
#include "reconcile/work_queue.h"

namespace threeport::reconcile {

/// An object that a worker is to attempt now.
struct Assignment {
  ObjectId id = 0;
  store::LeaseIs lease{};
  std::stop_token stop;
  SteadyTime deadline{};
  Standing standing;
  bool in_lane = false;  ///< false: enter its lane first
};

/// Thread-safe. Nothing here blocks but wait_idle.
class Board {
 public:
  /// Called with no lock held: `on_work` when there is something to take, `on_time` when next_due() has come closer,
  /// `on_gain` when has_unwalked() has become true.
  struct Listeners {
    std::function<void()> on_work, on_time, on_gain;
  };
  Board(const EngineOptions& options, base::Clock& clock, Listeners listeners);

  ReadIndex& reads() { return reads_; }

  // Waking. Objects of shards that are not held are left to their holders.
  void wake(ObjectId id, Urgency urgency);
  /// Wakes all who have read it, but for `writer`, who knows.
  void wake_readers(Read read, ObjectId writer = 0);
  /// Wakes those of `rows`, as a walk has read them, that are of `shards`; calmly where they are reconciled. But for
  /// those that users have exempted, and those whose failure has a timer and is not yet answered by an edit.
  void look_at(const std::vector<store::Row>& rows, const ShardSet& shards);

  // Walking.
  /// Every object is to be looked at, as if all held shards were new; also those that no walk will find, as they are
  /// gone.
  void walk_all();
  /// Shards whose objects are to be looked at; from now on somebody else sees to that.
  ShardSet take_unwalked();
  [[nodiscard]] bool has_unwalked() const;
  /// True if so much of what was woken calmly has found its lane that a walk may wake more: its list is never long.
  [[nodiscard]] bool has_room() const;

  // Working.
  std::optional<Assignment> take();
  /// As WorkQueue::enter.
  bool enter(ObjectId id, std::string_view lane);
  void finish(ObjectId id, std::string_view kind, const Report& report);

  // Leases.
  /// Takes over what the store says, with the timers of the shards that are new. Attempts of lost shards are told to
  /// stop.
  void set_leases(const std::vector<store::Lease>& leases, SteadyTime valid_until,
                  const std::vector<store::WorkItem>& timers);
  [[nodiscard]] ShardSet held() const;
  /// Tells all attempts to stop, and hands out no more.
  void close();
  /// Blocks until no attempt runs (true), or `most` has passed (false).
  bool wait_idle(base::Millis most);

  // Time.
  /// Wakes what is due, and tells attempts to stop that take too long or have lost their lease to time.
  void fire();
  /// When fire() has something to do next; never, as far as is known: SteadyTime::max().
  [[nodiscard]] SteadyTime next_due() const;

  void count_changes(std::size_t rows);
  [[nodiscard]] Metrics metrics() const;

 private:
  struct Running {
    std::stop_source stop;
    SteadyTime deadline{};
    SteadyTime woken{};
    bool is_overdue = false;
  };

  [[nodiscard]] bool can_take() const;
  [[nodiscard]] SteadyTime earliest() const;
  void wake_locked(ObjectId id, Urgency urgency);
  void remember(ObjectId id, const Report& report);
  void forget(const ShardSet& lost);
  /// Lets go of the lock and tells the listeners.
  void announce(std::unique_lock<std::mutex>& lock);

  const EngineOptions& options_;
  base::Clock& clock_;
  const Listeners listeners_;
  ReadIndex reads_;

  mutable std::mutex mutex_;
  std::condition_variable finished_;
  bool is_closed_ = false;
  WorkQueue queue_;
  Agenda agenda_;
  Shards shards_;
  ShardSet unwalked_;
  SteadyTime announced_ = SteadyTime::max();  // earliest(), as the listeners know it
  std::unordered_map<ObjectId, Running> running_;
  Metrics counts_;
};

}  // namespace threeport::reconcile
