// The line to one module: its HTTP client, the threads that wait for it, and what is known of its health.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "apiserver/module_table.h"
#include "apiserver/router.h"
#include "base/clock.h"
#include "base/guarded.h"
#include "base/worker_pool.h"
#include "http/client.h"

namespace threeport::apiserver {

struct ModuleProxyOptions {
  /// Of one module: requests that run at once (half of them may be streams), and that wait for one of these. More are
  /// answered 503, and other modules and our own routes notice nothing.
  unsigned threads = 16, waiting = 64;
  base::Millis connect_timeout{5'000};
  base::Millis answer_timeout{60'000};  ///< until the head of the answer; `?wait=` of the request comes on top
  base::Millis idle_timeout{120'000};   ///< between two bytes of a body
  /// A module that did not answer in time is not asked again for so long.
  base::Millis rest_after_timeout{2'000};
  base::Millis probe_period{10'000};
  bool is_tls = false;  ///< between clients and us
};

/// Thread-safe.
class ModuleLine {
 public:
  /// Error `invalid`: the endpoint is none.
  static base::Result<std::shared_ptr<ModuleLine>> make(const ModuleTarget& target, const ModuleProxyOptions& options,
                                                        base::Clock& clock);
  ModuleLine(ModuleTarget target, std::unique_ptr<http::Client> client, const ModuleProxyOptions& options,
             base::Clock& clock);

  [[nodiscard]] const ModuleTarget& target() const { return target_; }
  /// Passes the request on, as soon as one of the module's threads is free, and answers it.
  void forward(Call call, Reply reply);
  /// Asks whether the module is there. Blocks.
  void probe(const std::stop_token& stop);
  /// No request runs or waits.
  [[nodiscard]] bool is_idle() const { return open_.load() == 0; }
  /// Ends what runs; what waits is answered 503. Blocks for what runs to notice.
  void stop() { pool_.stop(); }

  /// By the last answer or failure; unset before the first.
  [[nodiscard]] std::optional<bool> is_up() const;
  /// Requests answered by the module, and those that it failed.
  [[nodiscard]] std::uint64_t answered() const { return answered_.load(); }
  [[nodiscard]] std::uint64_t failed() const { return failed_.load(); }

 private:
  struct Pending;
  struct Health {
    std::optional<bool> is_up;
    std::string problem;
    std::chrono::steady_clock::time_point rests_until{};
  };
  void carry(Pending& pending, const std::stop_token& stop);
  [[nodiscard]] http::Call call_of(const Call& call, std::stop_token stop) const;
  void note_success();
  void note_failure(const base::Error& error);
  [[nodiscard]] http::Response failure_of(int status, std::string_view problem, base::Millis retry_after) const;
  [[nodiscard]] http::Response failure_of(const base::Error& error) const;

  const ModuleTarget target_;
  const std::unique_ptr<http::Client> client_;
  const ModuleProxyOptions options_;
  base::Clock& clock_;
  base::Guarded<Health> health_;
  std::atomic<unsigned> open_{0}, streams_{0};
  std::atomic<std::uint64_t> answered_{0}, failed_{0};
  base::WorkerPool pool_;  ///< last: its threads use the rest
};

}  // namespace threeport::apiserver
