// The API of one process: routes, request ids, health, metrics; and the HTTP server in front of them.
#pragma once

#include <atomic>
#include <memory>

#include "apiserver/apply.h"
#include "apiserver/authenticator.h"
#include "apiserver/module_proxy.h"
#include "apiserver/rest.h"
#include "apiserver/router.h"
#include "apiserver/token_streams.h"
#include "apiserver/watch_hub.h"
#include "http/server.h"

namespace threeport::apiserver {

/// A line source of /metrics in the Prometheus text format.
using MetricsSource = std::function<void(std::string& out)>;
/// Why the process is not ready, or nothing.
using ReadyCheck = std::function<base::Result<void>()>;

/// Build with everything, then add routes and sources, then start(). Thread-safe afterwards.
class ApiServer {
 public:
  ApiServer(Objects& objects, std::string version);
  ~ApiServer();
  ApiServer(const ApiServer&) = delete;
  ApiServer& operator=(const ApiServer&) = delete;

  Router& router() { return router_; }
  Apply& apply() { return apply_; }
  Rest& rest() { return rest_; }
  WatchHub& hub() { return hub_; }
  void add_metrics(MetricsSource source) { metrics_.push_back(std::move(source)); }
  void add_ready_check(ReadyCheck check) { ready_checks_.push_back(std::move(check)); }
  /// From then on every path but the open ones (is_open) wants a certificate or a token; without this call everybody is
  /// "anonymous" and may do everything.
  void require_authentication() { authenticator_.emplace(objects_); }
  /// Passes requests for modules on to them; without it their paths are unknown. Before start(), where the registry has
  /// their kinds.
  void serve_modules(const ModuleProxyOptions& options) { modules_ = std::make_unique<ModuleProxy>(objects_, options); }
  /// For a module: every route is also found below this path, such as "/my-module-example-com", and the caller is whom
  /// the control plane names (Threeport-Actor). Nobody else may reach the port.
  void serve_as_module(std::string prefix) { module_prefix_ = std::move(prefix); }
  /// Health and version only: for a process without the role `api`.
  void serve_health_only() { health_only_ = true; }

  /// Adds the routes of every kind and of the server itself; once, before handle(). start() does it where it was not
  /// done.
  void add_own_routes();
  /// Binds and serves. Errors of http::Server::start.
  base::Result<void> start(const http::ServerOptions& options);
  [[nodiscard]] std::uint16_t port() const;
  /// Ends streams and waits, then the server. Blocks at most `grace`.
  void stop(base::Millis grace = base::Millis(5000));

  /// What the HTTP server calls; also for those who drive it without a socket.
  void handle(http::Request request, http::Responder responder);

 private:
  /// Finds out who calls, for `call.context`. The answer where the call is refused.
  std::optional<http::Response> admit(Call& call, const Router::Match& match, Reply& reply);
  http::Response ready();
  http::Response metrics();

  Objects& objects_;
  std::string version_, module_prefix_;
  Router router_;
  std::optional<Authenticator> authenticator_;
  WatchHub hub_;
  const std::shared_ptr<TokenStreams> token_streams_;  ///< replies, which may outlive this, know it
  Rest rest_;
  Apply apply_;
  std::unique_ptr<ModuleProxy> modules_;
  bool routes_added_ = false, health_only_ = false;
  std::vector<MetricsSource> metrics_;
  std::vector<ReadyCheck> ready_checks_;
  const std::shared_ptr<StatusCounts> counts_ = std::make_shared<StatusCounts>();
  std::atomic<std::uint64_t> next_request_{0};
  std::string request_prefix_;
  std::unique_ptr<http::Server> server_;
};

}  // namespace threeport::apiserver
