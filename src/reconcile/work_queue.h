// What is to be attempted next: one entry an object however often it is woken, and lanes that share the workers fairly.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "schema/field.h"

namespace threeport::reconcile {

using schema::ObjectId;
using SteadyTime = std::chrono::steady_clock::time_point;

/// Calm work (walks, big fan-outs) comes after prompt work, but is never starved by it.
enum class Urgency { prompt, calm };

/// An object to attempt.
struct Job {
  ObjectId id = 0;
  SteadyTime woken{};    ///< when it was first woken since its last attempt
  bool in_lane = false;  ///< false: its lane is to be found first (enter)
};

/// Jobs start in the intake, where a worker finds out their lane; then they wait in the lane until one of its slots is
/// free. Lanes are served in turn, so a lane whose slots hang costs the others nothing but its slots. An object is in
/// at most one place and is handed out to one worker at a time; waking it meanwhile leads to another job afterwards.
/// Not thread-safe: the engine guards it.
class WorkQueue {
 public:
  WorkQueue(int slots_per_lane, int intake_slots);
  WorkQueue(const WorkQueue&) = delete;
  WorkQueue& operator=(const WorkQueue&) = delete;

  void wake(ObjectId id, Urgency urgency, SteadyTime now);
  /// The next job, if a lane that has one also has a free slot. It runs until finish(), or enter() returned false.
  std::optional<Job> take();
  /// Moves a running job from the intake to its lane. False: the lane has no free slot, the job waits there and the
  /// worker is free.
  bool enter(ObjectId id, std::string_view lane);
  /// The job is done; the object queues again if it was woken meanwhile.
  void finish(ObjectId id);
  /// Forgets waiting jobs for which `is_gone`, and that running ones were woken again.
  void drop(const std::function<bool(ObjectId)>& is_gone);

  /// True if take() would probably return a job.
  [[nodiscard]] bool has_runnable() const { return !ring_.empty(); }
  [[nodiscard]] std::size_t waiting() const { return entries_.size() - running_; }
  /// Calm jobs whose lane is not known yet. (Those in a lane may wait for long: one that hangs holds up nobody else.)
  [[nodiscard]] std::size_t waiting_calmly() const { return calm_; }
  [[nodiscard]] std::size_t running() const { return running_; }
  [[nodiscard]] std::size_t lanes() const { return lanes_.size(); }

 private:
  struct Place {
    ObjectId id;
    std::uint64_t ticket;  // of the entry; another one there: this place was given up
  };
  struct Lane {
    std::string name;
    int slots = 0;
    int running = 0;
    std::size_t waiting = 0;
    int prompt_in_a_row = 0;
    bool in_ring = false;
    std::deque<Place> prompt, calm;
  };
  struct Entry {
    Lane* lane = nullptr;
    SteadyTime woken{};
    std::uint64_t ticket = 0;
    Urgency urgency = Urgency::prompt;
    bool running = false;
    bool woken_again = false;
  };

  void push(ObjectId id, Entry& entry, Lane& lane);
  std::optional<ObjectId> pop(Lane& lane);
  std::optional<ObjectId> pop(Lane& lane, std::deque<Place>& places);
  void leave(const Entry& entry);
  void offer(Lane& lane);
  void release_slot(Lane& lane);
  void retire(Lane& lane);

  const int slots_per_lane_;
  Lane intake_;
  std::map<std::string, Lane, std::less<>> lanes_;
  std::deque<Lane*> ring_;  // lanes with a job and a free slot, each once
  std::unordered_map<ObjectId, Entry> entries_;
  std::size_t running_ = 0;
  std::size_t calm_ = 0;
  std::uint64_t last_ticket_ = 0;
};

}  // namespace threeport::reconcile
