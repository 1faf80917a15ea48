// The reconcile engine: keeps every object of a reconciled kind as declared, by running its kind's reconciler whenever
// something that the object depends on has changed (docs/architecture/engine.md).
#pragma once

#include <memory>
#include <mutex>
#include <stop_token>
#include <string_view>
#include <thread>
#include <vector>

#include "reconcile/bell.h"
#include "reconcile/board.h"
#include "reconcile/event_sweep.h"
#include "reconcile/lease_keeper.h"
#include "reconcile/log_reader.h"
#include "reconcile/options.h"
#include "reconcile/random.h"
#include "reconcile/runner.h"
#include "reconcile/walker.h"
#include "reconcile/workers.h"

namespace threeport::reconcile {

/// Either runs by itself between start() and stop(), or is driven by run_until_idle() (tests with a ManualClock); never
/// both. What it is given outlives it. Thread-safe where a method does not say otherwise.
class Engine {
 public:
  /// Reconciled kinds of the registry without a reconciler here get the condition NoController.
  Engine(apiserver::Objects& objects, base::Clock& clock, Random& random, EngineOptions options,
         std::vector<std::unique_ptr<ReconcilerBase>> reconcilers);
  /// stop(), and waits for attempts that hang.
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// Starts the threads. Errors: those of the store (nothing is started).
  base::Result<void> start();
  /// Tells running attempts to stop, waits for them (at most EngineOptions::stop_grace), and gives the leases to
  /// others. False: an attempt hangs; its leases run out by themselves, and the program should end without destroying
  /// the engine. Idempotent.
  bool stop();

  /// An outside event: wakes the objects that depend on `topic` (Context::depend_on). Does not block.
  void notify(std::string_view topic) { board_.wake_readers(Read::topic(topic)); }
  /// The change log has moved: for Store::on_commit. Does not block.
  void hint() { log_bell_.ring(); }

  /// Executes all that is due, on the calling thread, until nothing is: the number of attempts. Deterministic with a
  /// ManualClock; moves no clock.
  int run_until_idle();
  /// When something will be due next, if nothing changes; for driving a ManualClock.
  [[nodiscard]] SteadyTime next_due() const;

  [[nodiscard]] Metrics metrics() const;

 private:
  void follow_log(const std::stop_token& stop);
  void keep_leases(const std::stop_token& stop);
  void keep_time(const std::stop_token& stop);
  void walk(const std::stop_token& stop);
  void rest_until(SteadyTime due, Bell& bell);
  void end(std::jthread& thread, Bell& bell);

  const EngineOptions options_;
  Board board_;
  Surroundings around_;
  LogReader log_reader_;
  LeaseKeeper leases_;
  Walker walker_;
  EventSweep sweep_;
  Runner runner_;
  Workers workers_;

  std::mutex mutex_;  // start and stop
  bool is_started_ = false, is_stopped_ = false;
  Bell log_bell_, lease_bell_, time_bell_, walk_bell_;
  std::jthread log_thread_, lease_thread_, time_thread_, walk_thread_;
};

}  // namespace threeport::reconcile
