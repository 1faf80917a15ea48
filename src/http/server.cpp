#include "http/server.h"

#include <algorithm>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <sys/resource.h>

#include "base/clock.h"
#include "http/connection.h"
#include "http/server_core.h"

namespace threeport::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

/// Connections above the limit that may wait for their 503 at the same time.
constexpr unsigned kRefusedAtOnce = 256;
constexpr base::Millis kAcceptBackoff{50};
constexpr int kBacklog = 4096;

class HttpServer final : public Server {
 public:
  explicit HttpServer(std::shared_ptr<ServerCore> core)
      : core_(std::move(core)),
        work_(core_->io.get_executor()),
        acceptor_(core_->io),
        sweeper_(core_->io),
        retry_(core_->io) {}
  ~HttpServer() override { stop(base::Millis(0)); }

  base::Result<void> listen();
  void run();

  [[nodiscard]] std::uint16_t port() const override { return port_; }
  [[nodiscard]] unsigned connections() const override { return core_->connections.size(); }
  void stop(base::Millis grace) override;

 private:
  void accept_locked();
  void on_accept(const error_code& error, tcp::socket socket);
  void welcome(tcp::socket socket);
  void sweep();
  [[nodiscard]] base::Millis sweep_period() const;
  void finish_threads();

  const std::shared_ptr<ServerCore> core_;
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  std::mutex mutex_;  ///< guards the acceptor and the timers
  tcp::acceptor acceptor_;
  asio::steady_timer sweeper_;
  asio::steady_timer retry_;
  std::uint16_t port_ = 0;
  std::once_flag stopped_;
};

base::Error bind_error(const ServerOptions& options, const error_code& error) {
  const std::string where = options.host + ":" + std::to_string(options.port);
  if (error == asio::error::address_in_use) {
    base::Error in_use = base::unavailable("cannot listen on " + where +
                                           ": the port is in use; stop what uses it or choose another port");
    in_use.reason = "PortInUse";
    return in_use;
  }
  if (error == asio::error::access_denied)
    return base::denied("cannot listen on " + where + ": permission denied; ports below 1024 need more rights");
  return base::invalid("cannot listen on " + where + ": " + error.message());
}

base::Result<void> HttpServer::listen() {
  const ServerOptions& options = core_->options;
  error_code error;
  tcp::resolver resolver(core_->io);
  const auto endpoints = resolver.resolve(options.host, std::to_string(options.port), tcp::resolver::passive, error);
  if (error || endpoints.empty()) return bind_error(options, error);
  const tcp::endpoint endpoint = endpoints.begin()->endpoint();
  const bool listens = !acceptor_.open(endpoint.protocol(), error) &&
                       !acceptor_.set_option(tcp::acceptor::reuse_address(true), error) &&
                       !acceptor_.bind(endpoint, error) && !acceptor_.listen(kBacklog, error);
  if (!listens) return bind_error(options, error);
  port_ = acceptor_.local_endpoint(error).port();
  return {};
}

void HttpServer::run() {
  {
    const std::lock_guard lock(mutex_);
    accept_locked();
  }
  sweep();
  core_->workers.start(core_->options.threads, [io = &core_->io] { io->run_one(); });
}

void HttpServer::accept_locked() {
  acceptor_.async_accept([this](const error_code& error, tcp::socket socket) { on_accept(error, std::move(socket)); });
}

void HttpServer::on_accept(const error_code& error, tcp::socket socket) {
  {
    const std::lock_guard lock(mutex_);
    if (core_->stopping || error == asio::error::operation_aborted) return;
    if (error && error != asio::error::connection_aborted) {
      // Out of descriptors or memory: connections in the backlog wait until some are free again.
      retry_.expires_after(kAcceptBackoff);
      retry_.async_wait([this](const error_code&) {
        const std::lock_guard again(mutex_);
        if (!core_->stopping) accept_locked();
      });
      return;
    }
    accept_locked();
  }
  if (!error) welcome(std::move(socket));
}

void HttpServer::welcome(tcp::socket socket) {
  error_code error;
  const tcp::endpoint peer = socket.remote_endpoint(error);
  if (error) return;
  static_cast<void>(socket.non_blocking(true, error));
  static_cast<void>(socket.set_option(tcp::no_delay(true), error));
  // A peer that vanished without a word is noticed although a stream has nothing to send.
  static_cast<void>(socket.set_option(asio::socket_base::keep_alive(true), error));
  using keep_idle = asio::detail::socket_option::integer<IPPROTO_TCP, TCP_KEEPIDLE>;
  static_cast<void>(socket.set_option(keep_idle(60), error));
  const unsigned open = core_->connections.size();
  if (open >= core_->options.max_connections + kRefusedAtOnce) return;
  const auto connection = std::make_shared<Connection>(core_, std::move(socket), peer.address().to_string(error));
  if (open >= core_->options.max_connections) {
    connection->start_refused();
  } else {
    connection->start();
  }
}

base::Millis HttpServer::sweep_period() const {
  const ServerOptions& options = core_->options;
  const base::Millis shortest = std::min({options.header_timeout, options.body_timeout, options.idle_timeout});
  return std::clamp(shortest / 4, base::Millis(10), base::Millis(1000));
}

void HttpServer::sweep() {
  const auto now = base::system_clock().steady_now();
  for (const auto& connection : core_->connections.due(now)) connection->expire(now);
  const std::lock_guard lock(mutex_);
  if (core_->stopping) return;
  sweeper_.expires_after(sweep_period());
  sweeper_.async_wait([this](const error_code& error) {
    if (!error) sweep();
  });
}

void HttpServer::stop(base::Millis grace) {
  std::call_once(stopped_, [&] {
    core_->stopping = true;
    {
      const std::lock_guard lock(mutex_);
      error_code ignored;
      static_cast<void>(acceptor_.close(ignored));
      sweeper_.cancel();
      retry_.cancel();
    }
    for (const auto& connection : core_->connections.all()) connection->begin_stop();
    core_->connections.wait_until_empty(grace);
    for (const auto& connection : core_->connections.all()) connection->abort();
    finish_threads();
  });
}

void HttpServer::finish_threads() {
  work_.reset();
  core_->io.stop();
  core_->workers.stop();
  // A connection accepted at the last moment, then what the closed sockets still have to hand back: each handler owns
  // its connection.
  for (const auto& connection : core_->connections.all()) connection->abort();
  core_->io.restart();
  core_->io.poll();
}

void raise_open_file_limit(unsigned connections) {
  constexpr rlim_t kForOthers = 1024;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  const rlim_t wanted = std::min<rlim_t>(connections + kForOthers, limit.rlim_max);
  if (wanted <= limit.rlim_cur) return;
  limit.rlim_cur = wanted;
  ::setrlimit(RLIMIT_NOFILE, &limit);  // fewer connections then: accepting waits for free descriptors
}

}  // namespace

void ServerCore::resume_later(std::shared_ptr<Connection> connection) {
  {
    const std::lock_guard lock(answered_mutex_);
    answered_.push_back(std::move(connection));
    if (answered_.size() > 1) return;
  }
  asio::post(io, [this] { resume_answered(); });
}

void ServerCore::resume_answered() {
  std::vector<std::shared_ptr<Connection>> answered;
  {
    const std::lock_guard lock(answered_mutex_);
    answered.swap(answered_);
  }
  for (const auto& connection : answered) connection->resume();
}

void ConnectionRegistry::add(Connection& connection) {
  const std::lock_guard lock(mutex_);
  connection.registry_index = connections_.size();
  connections_.push_back(&connection);
  size_ = static_cast<unsigned>(connections_.size());
}

void ConnectionRegistry::remove(Connection& connection) {
  const std::lock_guard lock(mutex_);
  const std::size_t index = connection.registry_index;
  if (index >= connections_.size() || connections_[index] != &connection) return;
  connections_[index] = connections_.back();
  connections_[index]->registry_index = index;
  connections_.pop_back();
  size_ = static_cast<unsigned>(connections_.size());
  if (connections_.empty()) emptied_.notify_all();
}

std::vector<std::shared_ptr<Connection>> ConnectionRegistry::due(std::chrono::steady_clock::time_point now) const {
  std::vector<std::shared_ptr<Connection>> found;
  const std::lock_guard lock(mutex_);
  for (Connection* connection : connections_)
    if (connection->deadline() <= now.time_since_epoch().count())
      if (auto owned = connection->weak_from_this().lock()) found.push_back(std::move(owned));
  return found;
}

std::vector<std::shared_ptr<Connection>> ConnectionRegistry::all() const {
  return due(std::chrono::steady_clock::time_point::max());
}

bool ConnectionRegistry::wait_until_empty(base::Millis timeout) const {
  std::unique_lock lock(mutex_);
  return emptied_.wait_for(lock, timeout, [&] { return connections_.empty(); });
}

Responder::Responder(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
Responder::Responder(Responder&&) noexcept = default;

Responder& Responder::operator=(Responder&& other) noexcept {
  if (this != &other) {
    const Responder unanswered(std::move(*this));
    impl_ = std::move(other.impl_);
  }
  return *this;
}

Responder::~Responder() {
  if (impl_ == nullptr) return;
  impl_->send({.status = 500,
               .headers = {{"Content-Type", "application/json"}},
               .body = "{\"message\":\"Internal Server Error\"}"});
}

void Responder::send(Response response) && { std::exchange(impl_, nullptr)->send(std::move(response)); }

std::shared_ptr<Stream> Responder::stream(Response head) && {
  return std::exchange(impl_, nullptr)->stream(std::move(head));
}

base::Result<std::unique_ptr<Server>> Server::start(const ServerOptions& options, Handler handler) {
  auto core = std::make_shared<ServerCore>();
  core->options = options;
  core->handler = std::move(handler);
  if (options.certificate_file.empty() != options.key_file.empty())
    return base::invalid("TLS needs both a certificate file and a key file; one of them is missing");
  if (!options.certificate_file.empty()) {
    TP_TRY(core->tls, TlsContext::make(options.certificate_file, options.key_file, options.client_ca_file));
  }
  raise_open_file_limit(options.max_connections);
  auto server = std::make_unique<HttpServer>(core);
  TP_CHECK(server->listen());
  server->run();
  return std::unique_ptr<Server>(std::move(server));
}

}  // namespace threeport::http
