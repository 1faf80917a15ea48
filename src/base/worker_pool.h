// A bounded pool of threads for blocking work.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/result.h"

namespace threeport::base {

struct WorkerPoolOptions {
  std::string name;              ///< of the threads, `<name>-0`, ...; the system shows 15 characters
  std::size_t threads = 4;       ///< at least 1
  std::size_t queue_limit = 64;  ///< tasks that may wait for a thread; at least 1
};

/// Runs tasks `void()` or `void(std::stop_token)`, oldest first. An exception that leaves a task is logged and counted;
/// the thread goes on. Thread-safe; tasks may submit tasks.
class WorkerPool {
 public:
  explicit WorkerPool(WorkerPoolOptions options);
  /// stop()
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  /// Queues a task. Never blocks. Errors: `unavailable` where the queue is full, `canceled` after stop().
  template <typename Function>
  Result<void> try_submit(Function task) {
    return add(wrap(std::move(task)), WhenFull::fail);
  }
  /// Queues a task, and blocks while the queue is full (so a task must not call it on its own pool). Error: `canceled`
  /// after stop().
  template <typename Function>
  Result<void> submit(Function task) {
    return add(wrap(std::move(task)), WhenFull::wait);
  }

  /// Blocks until no task waits or runs.
  void wait_idle();
  /// Asks running tasks to stop (their token), drops the waiting ones (their destructors run) and joins the threads.
  /// Idempotent. Not from a task of the pool.
  void stop();

  /// Tasks that wait for a thread.
  [[nodiscard]] std::size_t queued() const;
  /// Tasks that ended with an exception.
  [[nodiscard]] std::size_t failures() const;

 private:
  enum class WhenFull { fail, wait };
  struct Task {
    virtual ~Task() = default;
    virtual void run(const std::stop_token& stop) = 0;
  };
  template <typename Function>
  struct FunctionTask final : Task {
    explicit FunctionTask(Function f) : function(std::move(f)) {}
    void run(const std::stop_token& stop) override {
      if constexpr (std::is_invocable_v<Function&, std::stop_token>) {
        function(stop);
      } else {
        function();
      }
    }
    Function function;
  };
  template <typename Function>
  static std::unique_ptr<Task> wrap(Function task) {
    return std::make_unique<FunctionTask<Function>>(std::move(task));
  }

  Result<void> add(std::unique_ptr<Task> task, WhenFull when_full);
  void work(std::size_t index);
  void run(std::unique_ptr<Task> task);

  const WorkerPoolOptions options_;
  std::stop_source stop_;
  mutable std::mutex mutex_;
  std::condition_variable has_task_;
  std::condition_variable has_room_;
  std::condition_variable idle_;
  std::deque<std::unique_ptr<Task>> queue_;
  bool stopping_ = false;
  std::size_t running_ = 0;
  std::size_t failures_ = 0;
  std::mutex join_mutex_;
  std::vector<std::thread> threads_;
};

/// Names the calling thread for debuggers and `top`; cut to 15 bytes.
void name_this_thread(const std::string& name);

}  // namespace threeport::base
