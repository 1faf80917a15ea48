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
#include "reconcile/walk.h"
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
  /// `kinds`: names of all reconciled kinds. The listeners are called with no lock held: `on_work` when
  /// there is something to take, `on_time` when next_due() may have come closer.
  struct Listeners {
    std::function<void()> on_work, on_time;
  };
  Board(const EngineOptions& options, base::Clock& clock, Random& random, std::vector<std::string> kinds,
        Listeners listeners);

  ReadIndex& reads() { return reads_; }

  // Waking. Objects of shards that are not held are left to their holders.
  void wake(ObjectId id, Urgency urgency);
  /// Wakes all who have read it, but for `writer`, who knows.
  void wake_readers(Read read, ObjectId writer = 0);
  /// Looks at every object of the held shards soon.
  void walk_all();

  // Working.
  std::optional<Assignment> take();
  [[nodiscard]] bool has_work() const;
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
  /// When fire() or a page of a walk is due next; unset: only after a change here.
  [[nodiscard]] std::optional<SteadyTime> next_due() const;
  /// The page that is to be read now, if any; answered by walked().
  struct PageToWalk {
    store::Query query;
    bool is_resync = false;
  };
  std::optional<PageToWalk> page_to_walk();
  /// `objects`: how many live ones there are, for the pace.
  void walked(const PageToWalk& asked, const store::Page& page, std::int64_t objects);
  /// The page could not be read: it is due again after `delay`.
  void postpone_walks(base::Millis delay);

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
  void wake_locked(ObjectId id, Urgency urgency);
  void remember(ObjectId id, const Report& report);
  void forget(const ShardSet& lost);
  /// Lets go of the lock and tells the listeners.
  void announce(std::unique_lock<std::mutex>& lock);
  [[nodiscard]] bool may_catch_up() const;

  const EngineOptions& options_;
  base::Clock& clock_;
  Random& random_;
  const Listeners listeners_;
  ReadIndex reads_;

  mutable std::mutex mutex_;
  std::condition_variable finished_;
  bool is_closed_ = false;
  WorkQueue queue_;
  Agenda agenda_;
  Shards shards_;
  Walk catch_up_, resync_;
  const std::int64_t kinds_;
  SteadyTime resync_at_, walks_from_{};
  std::unordered_map<ObjectId, Running> running_;
  Metrics counts_;
};

}  // namespace threeport::reconcile
