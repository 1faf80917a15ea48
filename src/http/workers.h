// The threads that run the event loop and, on the same threads, the handlers.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string_view>
#include <thread>
#include <vector>

namespace threeport::http {

/// Lets many handlers block at once, yet keeps few threads running: waking a thread costs more than a short request.
///
/// A thread needs one of a few slots (one a core, two at least) to run the event loop; the others are parked. Before a
/// handler that is expected to block, the thread passes its slot on to a parked one. Expected is what the last handlers
/// of the same kind of request did; where that was wrong, a watchdog passes the slot on after a few milliseconds.
class Workers {
 public:
  Workers() = default;
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;
  ~Workers();

  /// Starts the threads; each calls `turn` again and again. `turn` runs one piece of work, or returns after stop() and
  /// whatever else wakes it up.
  void start(unsigned threads, std::function<void()> turn);
  /// Waits for the threads to end. Whoever calls it has made sure that running turns return.
  void stop();

  /// Around a handler, on the thread that runs it; does nothing on other threads.
  class Section {
   public:
    Section(Workers& workers, std::string_view method, std::string_view path);
    ~Section();
    Section(const Section&) = delete;
    Section& operator=(const Section&) = delete;

   private:
    Workers& workers_;
    std::size_t request_kind_;
    std::chrono::steady_clock::time_point began_;
    bool is_watched_ = false;
  };

 private:
  struct Worker {
    std::thread thread;
    std::condition_variable slot_given;
    bool has_slot = false;  ///< while parked guarded by mutex_, else owned by the thread
    /// Odd within a handler that holds the slot. The watchdog makes it even to take the slot.
    std::atomic<std::uint64_t> sections{0};
    std::uint64_t seen = 0;  ///< the watchdog's: `sections` at its last look
  };

  void loop(Worker& me);
  bool await_slot(Worker& me);
  void pass_slot();
  void watch();
  bool look_for_blocked();
  void enter_watched(Worker& me);
  bool leave_watched(Worker& me);

  static constexpr std::size_t kRequestKinds = 256;

  std::function<void()> turn_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::mutex mutex_;
  std::vector<Worker*> parked_;  ///< the last one parked is woken first: its caches are warm
  unsigned free_slots_ = 0;
  std::atomic<bool> stopping_{false};
  /// How many more requests of a kind are expected to block.
  std::array<std::atomic<std::uint8_t>, kRequestKinds> expected_to_block_{};

  std::thread watchdog_;
  std::mutex watchdog_mutex_;
  std::condition_variable watchdog_wake_;
  std::atomic<bool> watchdog_sleeps_{false};
};

}  // namespace threeport::http
