// One accepted connection, from handshake to close. Internal: Asio types stay within this folder.
//
// At any time one thread at most drives the connection: the one that got its readiness, or the one that resumes it
// after an answer. The mutex guards the socket and what other threads touch (answers, streams, deadlines, stop); the
// parser and its input belong to the driver alone.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/ip/tcp.hpp>

#include "http/channel.h"
#include "http/request_parser.h"
#include "http/server.h"

namespace threeport::http {

struct ServerCore;

class Connection final : public Responder::Impl, public std::enable_shared_from_this<Connection> {
 public:
  using Ticks = std::chrono::steady_clock::rep;
  static constexpr Ticks kNever = std::chrono::steady_clock::time_point::max().time_since_epoch().count();

  Connection(std::shared_ptr<ServerCore> core, boost::asio::ip::tcp::socket socket, std::string remote_address);
  ~Connection() override;

  void start();
  /// Writes the answer that came from outside of a handler, and goes on.
  void resume();
  /// Answers 503 without reading a request, then closes.
  void start_refused();

  // Responder::Impl, from any thread.
  void send(Response response) override;
  std::shared_ptr<Stream> stream(Response head) override;

  // The stream's handle, from any thread.
  bool write_stream(std::string_view bytes);
  void close_stream();
  void drop_stream();
  std::size_t pending() const;
  bool wait_until_unsent(std::size_t bytes);
  void on_stream_closed(std::function<void()> callback);

  /// When expire() has something to do, in ticks of the steady clock; may be read by any thread.
  [[nodiscard]] Ticks deadline() const { return deadline_.load(std::memory_order_relaxed); }
  void expire(std::chrono::steady_clock::time_point now);
  /// The server stops: idle connections close now, streams end, running requests go on.
  void begin_stop();
  void abort();

  std::size_t registry_index = 0;  ///< owned by the registry

 private:
  enum class Phase : std::uint8_t { handshake, reading, handling, writing, streaming, lingering, closed };
  enum class Parsed : std::uint8_t { needs_more, suspended };
  using State = RequestParser::State;
  using Lock = std::unique_lock<std::mutex>;

  // Driver.
  void on_readable();
  void drive(std::string_view fresh);
  Parsed serve(std::string_view fresh);
  bool dispatch();
  void keep_input(std::string_view rest);
  void await_more_locked();

  // Everything with `_locked` needs mutex_.
  void shake_hands_locked();
  void arm_read_locked();
  void arm_write_locked();
  void on_writable();
  void set_deadline_locked(base::Millis timeout);
  void refuse_locked(int status);
  bool write_answer_locked(Response response);
  bool finish_answer_locked();
  bool flush_locked();
  void schedule_flush_locked();
  void watch_peer_locked();
  void drain_locked();
  void linger_locked();
  void end_stream_locked();
  void close_locked();
  void reset_locked();
  void notify_closed_locked();
  [[nodiscard]] std::string_view unsent_locked() const { return std::string_view(out_).substr(out_begin_); }

  const std::shared_ptr<ServerCore> core_;
  mutable std::mutex mutex_;
  boost::asio::ip::tcp::socket socket_;
  Channel channel_;
  std::string remote_address_;
  std::string client_common_name_, client_certificate_problem_;

  RequestParser parser_;
  std::string input_;  ///< received and not yet parsed
  std::size_t input_begin_ = 0;

  std::string out_;  ///< to be sent
  std::size_t out_begin_ = 0;
  std::optional<Response> answer_;
  std::condition_variable sent_;  ///< some of it was sent, or the connection is closed
  std::vector<std::function<void()>> closed_callbacks_;
  std::atomic<Ticks> deadline_{kNever};
  Phase phase_ = Phase::reading;
  State stage_ = State::complete;  ///< what the read deadline stands for; `complete`: none yet
  bool read_armed_ = false;
  bool write_armed_ = false;
  bool flush_scheduled_ = false;
  bool in_handler_ = false;
  bool keep_alive_ = true;   ///< of the current request
  bool is_head_ = false;     ///< the current request is a HEAD
  bool is_http_10_ = false;  ///< the current request is of HTTP/1.0
  bool continued_ = false;   ///< `100 Continue` was sent
  bool close_after_ = false;
  bool linger_ = false;          ///< the peer may still be sending: closing would reset what it has not read
  bool stream_ended_ = false;    ///< close() was called
  bool stream_finished_ = true;  ///< nothing more happens to the stream
};

}  // namespace threeport::http
