// The HTTP/1.1 server. Handlers run on the server's bounded pool and may block within their deadline; whoever has to
// wait longer (watch, wait, logs) keeps the Responder and answers from another thread. An answer sent before the
// handler returns is written when it returns, from the same thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "http/message.h"

namespace threeport::http {

/// The writing end of a streamed (chunked) answer. Thread-safe; may outlive the server, then writes fail. Dropped
/// without close() it cuts the connection: the peer sees an incomplete body, never a short one that looks whole. The
/// connection ends with the stream.
class Stream {
 public:
  virtual ~Stream() = default;
  /// Queues bytes without blocking. False once the peer has gone or more than the buffer limit would be unsent (the
  /// stream is then closed: a watcher that does not read is dropped, it can resume). One write of any size passes while
  /// nothing is unsent.
  virtual bool write(std::string_view bytes) = 0;
  /// Sends what is queued and ends the answer. Idempotent.
  virtual void close() = 0;
  /// Bytes queued and not yet sent.
  [[nodiscard]] virtual std::size_t pending() const = 0;
  /// Waits until at most `bytes` are unsent, so that a writer with more than the buffer holds keeps to the peer's pace.
  /// False once the stream is closed; the server closes that of a peer that reads nothing. Never on a server thread.
  virtual bool wait_until_unsent(std::size_t bytes) = 0;
  /// Called once, on a server thread, when the peer has gone, the stream was closed and all is sent, or the server
  /// stops. At once, on the calling thread, if that has happened.
  virtual void on_closed(std::function<void()> callback) = 0;
};

/// Answers one request, exactly once; dropped without an answer it sends 500. Movable, callable from any thread.
class Responder {
 public:
  /// Where the answer goes: a connection, or whatever drives a handler without one.
  class Impl {
   public:
    virtual ~Impl() = default;
    virtual void send(Response response) = 0;
    virtual std::shared_ptr<Stream> stream(Response head) = 0;
  };
  explicit Responder(std::shared_ptr<Impl> impl);
  Responder(Responder&&) noexcept;
  Responder& operator=(Responder&&) noexcept;
  ~Responder();
  void send(Response response) &&;
  /// Sends the head with `Transfer-Encoding: chunked` and hands over the body. Never null.
  std::shared_ptr<Stream> stream(Response head) &&;

 private:
  std::shared_ptr<Impl> impl_;
};

/// May throw: the request is then answered 500, like by a Responder dropped without an answer.
using Handler = std::function<void(Request, Responder)>;

struct ServerOptions {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;  ///< 0: any free port
  /// Threads that run handlers: how many requests may block at once.
  unsigned threads = 32;
  std::size_t max_body_bytes = 8u << 20;     ///< larger: 413
  std::size_t max_header_bytes = 32u << 10;  ///< larger: 431
  unsigned max_connections = 20000;          ///< further ones are answered 503 and closed
  base::Millis header_timeout{10'000};       ///< from the first byte of a request to the end of its head
  base::Millis body_timeout{60'000};
  base::Millis idle_timeout{120'000};  ///< between requests of a connection
  std::size_t stream_buffer_bytes = 4u << 20;
  /// PEM files; TLS (1.2 or newer) where both are given. With `client_ca_file` clients are asked for a certificate;
  /// only the application requires one (Request::client_certificate_cn), and is told why one does not count
  /// (Request::client_certificate_problem).
  std::string certificate_file = {}, key_file = {}, client_ca_file = {};
};

/// Error bodies of the server itself (413, 431, 408, 400 on malformed HTTP, 503) are `{"message":"<reason phrase>"}`.
class Server {
 public:
  /// Binds and starts; raises the process's soft limit of open files as far as `max_connections` needs and the hard
  /// limit allows. Error `unavailable`, reason "PortInUse": the port is taken; `denied`: not allowed to bind it;
  /// `invalid`: the host is not an IP address or name of this machine, or a PEM file is unusable.
  static base::Result<std::unique_ptr<Server>> start(const ServerOptions& options, Handler handler);
  virtual ~Server() = default;
  [[nodiscard]] virtual std::uint16_t port() const = 0;
  /// Stops accepting, lets running requests end until the deadline, closes streams and connections. Idempotent. Blocks.
  /// A handler that runs longer than the grace is waited for. Never call it from a handler or an on_closed callback.
  virtual void stop(base::Millis grace = base::Millis(5000)) = 0;
  /// Open connections, for metrics.
  [[nodiscard]] virtual unsigned connections() const = 0;
};

}  // namespace threeport::http
