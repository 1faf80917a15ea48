// Requests whose path no own route has, but a module's: they are passed on to it (v0-behaviour 8). Never over an own
// route. WebSockets are not passed on.
#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "apiserver/module_line.h"

namespace threeport::apiserver {

/// Thread-safe.
class ModuleProxy {
 public:
  /// Starts to look after the health of the modules.
  ModuleProxy(Objects& objects, ModuleProxyOptions options);
  ~ModuleProxy();
  ModuleProxy(const ModuleProxy&) = delete;
  ModuleProxy& operator=(const ModuleProxy&) = delete;

  /// Takes call and reply and sees to the answer, if the path is that of a module; else leaves both. What was committed
  /// to modules and routes before, by any replica, counts. Blocks for the database, never for a module.
  bool forward(Call& call, Reply& reply);
  void append_metrics(std::string& out) const;
  /// Ends what runs. Idempotent. Blocks.
  void stop();

 private:
  base::Result<std::shared_ptr<ModuleLine>> line_to(const ModuleTarget& target);
  void drop_lines(const std::vector<ModuleTarget>& targets);
  void look_after_health(const std::stop_token& stop);

  Objects& objects_;
  const ModuleProxyOptions options_;
  ModuleTable table_;
  mutable std::mutex mutex_;
  std::condition_variable stopped_;
  bool is_stopped_ = false;
  std::map<ObjectId, std::shared_ptr<ModuleLine>> lines_;
  std::vector<std::shared_ptr<ModuleLine>> retired_;  ///< to former endpoints, until their last request is answered
  base::WorkerPool prober_;                           ///< last: its thread uses the rest
};

/// A check of ModuleApiRoute: its path covers none of the own patterns.
Hook no_own_route(std::vector<std::string> own_patterns);

}  // namespace threeport::apiserver
