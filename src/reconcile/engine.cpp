#include "reconcile/engine.h"

#include <algorithm>

#include "base/log.h"

namespace threeport::reconcile {
namespace {

using base::Millis;

/// How long a loop waits after the database did not answer.
constexpr Millis kOutagePause(1'000);
/// How long a loop sleeps at most, whatever is due.
constexpr Millis kLongestNap(1'000);

std::vector<std::string> reconciled_kinds(const schema::Registry& registry) {
  std::vector<std::string> out;
  for (const KindDescriptor& kind : registry.kinds()) {
    if (kind.reconciled) out.emplace_back(kind.name);
  }
  return out;
}

/// Logs the begin and the end of an outage, not each failure in it.
class Outage {
 public:
  explicit Outage(log::Message began) : began_(began) {}

  /// True if the call failed.
  template <typename T>
  bool note(const base::Result<T>& result) {
    if (!result && !is_going_on_) log::error(began_, {{"error", result.error()}});
    if (result && is_going_on_) log::info("the database answers again");
    is_going_on_ = !result;
    return is_going_on_;
  }
  /// True if the call says that there is more to do.
  bool has_more(const base::Result<bool>& result) { return !note(result) && *result; }

 private:
  log::Message began_;
  bool is_going_on_ = false;
};

}  // namespace

Engine::Engine(apiserver::Objects& objects, base::Clock& clock, Random& random, EngineOptions options,
               std::vector<std::unique_ptr<ReconcilerBase>> reconcilers)
    : options_(std::move(options)),
      board_(options_, clock,
             {.on_work = [this] { workers_.wake(); },
              .on_time = [this] { time_bell_.ring(); },
              .on_gain = [this] { walk_bell_.ring(); }}),
      around_{.objects = objects,
              .clock = clock,
              .random = random,
              .options = options_,
              .reads = board_.reads(),
              .token = "reconcile:" + options_.owner + ":"},
      log_reader_(around_, board_),
      leases_(around_, board_),
      walker_(around_, board_, reconciled_kinds(objects.registry())),
      sweep_(around_, board_),
      runner_(around_, board_, std::move(reconcilers)),
      workers_(clock, options_.max_workers, options_.worker_idle, [this] { return runner_.run_one(); }),
      log_bell_(clock),
      lease_bell_(clock),
      time_bell_(clock),
      walk_bell_(clock) {}

Engine::~Engine() {
  if (is_started_) stop();
  workers_.join();  // before anything that they use goes
}

base::Result<void> Engine::start() {
  const std::lock_guard lock(mutex_);
  TP_ASSERT(!is_started_ && !is_stopped_);
  TP_CHECK(log_reader_.begin());  // before shards are held: what comes later is in the log, the rest is walked
  is_started_ = true;
  workers_.open();
  log_thread_ = std::jthread([this](const std::stop_token& stop) { follow_log(stop); });
  lease_thread_ = std::jthread([this](const std::stop_token& stop) { keep_leases(stop); });
  time_thread_ = std::jthread([this](const std::stop_token& stop) { keep_time(stop); });
  walk_thread_ = std::jthread([this](const std::stop_token& stop) { walk(stop); });
  return {};
}

bool Engine::stop() {
  const std::lock_guard lock(mutex_);
  if (is_stopped_) return true;
  board_.close();
  end(log_thread_, log_bell_);
  end(walk_thread_, walk_bell_);
  end(time_thread_, time_bell_);
  const bool is_idle = board_.wait_idle(options_.stop_grace);
  end(lease_thread_, lease_bell_);  // only now: attempts may write until they end
  if (!is_idle) {
    log::error("an attempt does not stop, its leases run out", {{"grace", base::format_duration(options_.stop_grace)}});
    return false;
  }
  workers_.join();
  if (auto released = leases_.release(); !released) {
    log::warn("leases could not be given back, they run out", {{"error", released.error()}});
  }
  is_stopped_ = true;
  return true;
}

void Engine::end(std::jthread& thread, Bell& bell) {
  if (!thread.joinable()) return;
  thread.request_stop();
  bell.ring();
  thread.join();
}

int Engine::run_until_idle() {
  TP_ASSERT(!is_started_ && !is_stopped_);
  constexpr int kEndless = 1'000'000;
  Outage outage("the engine's store fails");
  int attempts = 0;
  for (bool is_busy = true; is_busy;) {
    if (outage.note(log_reader_.begin()) || outage.note(leases_.step())) break;
    while (outage.has_more(log_reader_.step())) {
    }
    board_.fire();
    is_busy = outage.has_more(walker_.step());
    is_busy |= outage.has_more(sweep_.step());
    if (runner_.run_one()) {
      is_busy = true;
      TP_ASSERT(++attempts < kEndless);  // a reconciler keeps waking its own object
    }
  }
  return attempts;
}

SteadyTime Engine::next_due() const {
  return std::min({board_.next_due(), leases_.next_due(), walker_.next_due(), sweep_.next_due()});
}

Metrics Engine::metrics() const {
  Metrics out = board_.metrics();
  out.workers = workers_.count();
  return out;
}

void Engine::follow_log(const std::stop_token& stop) {
  Outage outage("the change log cannot be read");
  while (!stop.stop_requested()) {
    const auto more = log_reader_.step();
    if (outage.note(more)) {
      log_bell_.wait(kOutagePause);
    } else if (!*more) {
      log_bell_.wait(options_.log_poll);
    }
  }
}

void Engine::keep_leases(const std::stop_token& stop) {
  Outage outage("leases cannot be renewed");
  while (!stop.stop_requested()) {
    if (outage.note(leases_.step())) {
      lease_bell_.wait(std::min(kOutagePause, options_.lease_ttl / 10));
    } else {
      lease_bell_.wait(options_.lease_ttl / 3);
    }
  }
}

void Engine::keep_time(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    board_.fire();
    rest_until(board_.next_due(), time_bell_);
  }
}

void Engine::walk(const std::stop_token& stop) {
  Outage walks("objects cannot be walked"), sweeps("old events cannot be removed");
  while (!stop.stop_requested()) {
    const bool has_walked = walks.has_more(walker_.step()), has_swept = sweeps.has_more(sweep_.step());
    if (!has_walked && !has_swept) rest_until(std::min(walker_.next_due(), sweep_.next_due()), walk_bell_);
  }
}

void Engine::rest_until(SteadyTime due, Bell& bell) {
  bell.wait(std::clamp(std::chrono::ceil<Millis>(due - around_.clock.steady_now()), Millis(0), kLongestNap));
}

}  // namespace threeport::reconcile
