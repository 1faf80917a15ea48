#include "http/connection.h"

#include <array>

#include <boost/asio/post.hpp>

#include "base/clock.h"
#include "http/response_head.h"
#include "http/server_core.h"

namespace threeport::http {
namespace {

using Kind = IoResult::Kind;
using boost::system::error_code;

/// How long a peer may take to read an error answer before the connection is cut.
constexpr base::Millis kLingerTimeout{2'000};
/// After so many pipelined requests other connections get their turn.
constexpr unsigned kRequestsPerTurn = 64;

/// Connections that wait own no buffer: a thread reads into its own.
std::span<char> scratch() {
  thread_local std::array<char, 64u << 10> buffer;
  return buffer;
}

}  // namespace

Connection::Connection(std::shared_ptr<ServerCore> core, boost::asio::ip::tcp::socket socket,
                       std::string remote_address)
    : core_(std::move(core)),
      socket_(std::move(socket)),
      channel_(socket_.native_handle(), core_->tls.get()),
      remote_address_(std::move(remote_address)),
      parser_({.head = core_->options.max_header_bytes, .body = core_->options.max_body_bytes}) {}

Connection::~Connection() {
  const Lock lock(mutex_);
  close_locked();
}

void Connection::start() {
  const Lock lock(mutex_);
  core_->connections.add(*this);
  if (channel_.is_tls()) {
    phase_ = Phase::handshake;
    set_deadline_locked(core_->options.header_timeout);
  }
  arm_read_locked();
}

void Connection::start_refused() {
  const Lock lock(mutex_);
  core_->connections.add(*this);
  if (channel_.is_tls()) return close_locked();
  refuse_locked(503);
}

void Connection::on_readable() {
  std::string_view fresh;
  {
    const Lock lock(mutex_);
    read_armed_ = false;
    if (phase_ == Phase::handshake) shake_hands_locked();
    if (phase_ == Phase::streaming) return watch_peer_locked();
    if (phase_ == Phase::lingering) return drain_locked();
    if (phase_ != Phase::reading || read_armed_) return;
    const std::span<char> buffer = scratch();
    const IoResult received = channel_.receive(buffer);
    if (received.kind == Kind::wants_read) return arm_read_locked();
    if (received.kind != Kind::done) return close_locked();
    fresh = {buffer.data(), received.bytes};
  }
  drive(fresh);
}

void Connection::drive(std::string_view fresh) {
  for (;;) {
    if (serve(fresh) == Parsed::suspended) return;
    const Lock lock(mutex_);
    if (phase_ != Phase::reading) return;
    // The reactor looks at the socket anew when armed, so plain connections need no read in vain; TLS may hold bytes
    // that the socket does not show.
    if (!channel_.is_tls()) return arm_read_locked();
    const std::span<char> buffer = scratch();
    const IoResult received = channel_.receive(buffer);
    if (received.kind == Kind::wants_read) return arm_read_locked();
    if (received.kind != Kind::done) return close_locked();
    fresh = {buffer.data(), received.bytes};
  }
}

Connection::Parsed Connection::serve(std::string_view fresh) {
  bool is_kept = !input_.empty();
  if (is_kept) input_.append(fresh);
  std::string_view rest = is_kept ? std::string_view(input_).substr(input_begin_) : fresh;
  for (unsigned served = 0;; ++served) {
    const std::size_t used = parser_.feed(rest);
    rest.remove_prefix(used);
    if (is_kept) input_begin_ += used;
    const State state = parser_.state();
    if (state == State::failed) {
      const Lock lock(mutex_);
      if (phase_ == Phase::reading) refuse_locked(parser_.error_status());
      return Parsed::suspended;
    }
    if (state != State::complete) {
      keep_input(rest);
      const Lock lock(mutex_);
      if (phase_ == Phase::reading) await_more_locked();
      return phase_ == Phase::reading ? Parsed::needs_more : Parsed::suspended;
    }
    // Kept before the handler runs: another thread may go on as soon as it has the Responder.
    if (!is_kept && !rest.empty()) {
      keep_input(rest);
      is_kept = true;
      rest = input_;
    } else if (is_kept && rest.empty()) {
      keep_input({});
      is_kept = false;
    }
    if (!dispatch()) return Parsed::suspended;
    if (served >= kRequestsPerTurn && !rest.empty()) {
      boost::asio::post(core_->io, [self = shared_from_this()] { self->drive({}); });
      return Parsed::suspended;
    }
  }
}

void Connection::keep_input(std::string_view rest) {
  if (rest.empty()) {
    std::string().swap(input_);
  } else if (input_.empty()) {
    input_.assign(rest);
  } else {
    input_.erase(0, input_begin_);
  }
  input_begin_ = 0;
}

void Connection::await_more_locked() {
  if (parser_.expects_continue() && !continued_) {
    continued_ = true;
    constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    const IoResult sent = channel_.send(kContinue, {});
    if (sent.kind != Kind::done || sent.bytes != kContinue.size()) close_locked();
  }
}

bool Connection::dispatch() {
  const bool keep_alive = parser_.keep_alive();
  const bool is_http_10 = parser_.is_http_10();
  Request request = parser_.take();
  {
    const Lock lock(mutex_);
    if (phase_ != Phase::reading) return false;
    phase_ = Phase::handling;
    keep_alive_ = keep_alive;
    is_http_10_ = is_http_10;
    is_head_ = request.method == "HEAD";
    in_handler_ = true;
    continued_ = false;
    stage_ = State::complete;
    deadline_.store(kNever, std::memory_order_relaxed);
  }
  request.remote_address = remote_address_;
  request.client_certificate_cn = client_common_name_;
  request.client_certificate_problem = client_certificate_problem_;
  try {
    const Workers::Section section(core_->workers, request.method, request.path);
    core_->handler(std::move(request), Responder(shared_from_this()));
  } catch (...) {  // NOLINT(bugprone-empty-catch): unwinding has destroyed the Responder, which has answered 500
  }
  const Lock lock(mutex_);
  in_handler_ = false;
  if (phase_ == Phase::streaming) {
    keep_input({});
    flush_locked();
    if (phase_ == Phase::streaming && !read_armed_) arm_read_locked();
    return false;
  }
  if (phase_ != Phase::handling || !answer_) return false;
  Response response = std::move(*answer_);
  answer_.reset();
  return write_answer_locked(std::move(response));
}

void Connection::send(Response response) {
  const Lock lock(mutex_);
  if (phase_ != Phase::handling) return;
  answer_ = std::move(response);
  if (!in_handler_) core_->resume_later(shared_from_this());
}

void Connection::resume() {
  {
    const Lock lock(mutex_);
    if (phase_ != Phase::handling || !answer_) return;
    Response response = std::move(*answer_);
    answer_.reset();
    if (!write_answer_locked(std::move(response))) return;
  }
  drive({});
}

void Connection::shake_hands_locked() {
  const IoResult step = channel_.handshake();
  if (step.kind == Kind::wants_read) return arm_read_locked();
  if (step.kind == Kind::wants_write) return arm_write_locked();
  if (step.kind != Kind::done) return close_locked();
  client_common_name_ = channel_.client_common_name();
  client_certificate_problem_ = channel_.client_certificate_problem();
  phase_ = Phase::reading;
}

void Connection::arm_read_locked() {
  if (phase_ == Phase::reading) {
    const State stage = parser_.state();
    if (stage == State::idle && core_->stopping) return close_locked();
    if (stage != stage_) {
      // Set once a stage, so that a peer that sends byte by byte gains nothing.
      stage_ = stage;
      set_deadline_locked(stage == State::idle   ? core_->options.idle_timeout
                          : stage == State::head ? core_->options.header_timeout
                                                 : core_->options.body_timeout);
    }
  }
  read_armed_ = true;
  socket_.async_wait(boost::asio::ip::tcp::socket::wait_read,
                     [self = shared_from_this()](const error_code&) { self->on_readable(); });
}

void Connection::arm_write_locked() {
  if (write_armed_) return;
  write_armed_ = true;
  socket_.async_wait(boost::asio::ip::tcp::socket::wait_write,
                     [self = shared_from_this()](const error_code&) { self->on_writable(); });
}

void Connection::set_deadline_locked(base::Millis timeout) {
  const auto at = base::system_clock().steady_now() + timeout;
  deadline_.store(at.time_since_epoch().count(), std::memory_order_relaxed);
}

void Connection::on_writable() {
  {
    const Lock lock(mutex_);
    write_armed_ = false;
    if (phase_ == Phase::handshake) {
      shake_hands_locked();
      if (phase_ == Phase::reading) arm_read_locked();
      return;
    }
    if (phase_ == Phase::streaming) {
      flush_locked();
      return;
    }
    if (phase_ != Phase::writing || !flush_locked() || !finish_answer_locked()) return;
  }
  drive({});
}

void Connection::refuse_locked(int status) {
  keep_alive_ = is_head_ = false;
  linger_ = true;
  phase_ = Phase::handling;
  Response response{.status = status, .headers = {{"Content-Type", "application/json"}}, .body = {}};
  response.body = "{\"message\":\"" + std::string(reason_phrase(status)) + "\"}";
  write_answer_locked(std::move(response));
}

// True once it is wholly sent and the next request may be read.
bool Connection::write_answer_locked(Response response) {
  thread_local std::string head;
  head.clear();
  if (response.status < 200 || response.status > 999) response.status = 500;
  close_after_ = !keep_alive_ || core_->stopping || asks_to_close(response.headers);
  append_response_head(head, response, BodyFraming::length, close_after_, is_head_);
  if (is_head_ || !status_allows_body(response.status)) response.body.clear();
  const IoResult sent = channel_.send(head, response.body);
  if (sent.kind == Kind::failed || sent.kind == Kind::closed) {
    close_locked();
    return false;
  }
  if (sent.bytes == head.size() + response.body.size()) return finish_answer_locked();
  if (sent.bytes >= head.size()) {
    out_ = std::move(response.body);
    out_begin_ = sent.bytes - head.size();
  } else {
    out_ = head.substr(sent.bytes) + response.body;
    out_begin_ = 0;
  }
  phase_ = Phase::writing;
  set_deadline_locked(core_->options.body_timeout);
  arm_write_locked();
  return false;
}

bool Connection::finish_answer_locked() {
  if (close_after_) {
    if (linger_ || !input_.empty() || channel_.has_input()) {
      linger_locked();
    } else {
      channel_.end_output();
      close_locked();
    }
    return false;
  }
  phase_ = Phase::reading;
  return true;
}

void Connection::linger_locked() {
  channel_.end_output();
  if (core_->stopping) return close_locked();
  phase_ = Phase::lingering;
  set_deadline_locked(kLingerTimeout);
  if (!read_armed_) arm_read_locked();
}

void Connection::drain_locked() {
  for (unsigned turn = 0; turn < kRequestsPerTurn; ++turn) {
    const IoResult received = channel_.receive(scratch());
    if (received.kind == Kind::wants_read) break;
    if (received.kind != Kind::done) return close_locked();
  }
  arm_read_locked();
}

void Connection::expire(std::chrono::steady_clock::time_point now) {
  const Lock lock(mutex_);
  if (deadline() > now.time_since_epoch().count()) return;
  switch (phase_) {
    case Phase::reading:
      if (!read_armed_) return;
      if (stage_ == State::idle) return close_locked();
      return refuse_locked(408);
    case Phase::writing:
    case Phase::streaming: return reset_locked();
    case Phase::handshake:
    case Phase::lingering: return close_locked();
    case Phase::handling:
    case Phase::closed: return;
  }
}

void Connection::begin_stop() {
  const Lock lock(mutex_);
  if (phase_ == Phase::streaming) return end_stream_locked();
  const bool is_idle = phase_ == Phase::reading && read_armed_ && stage_ == State::idle;
  if (is_idle || phase_ == Phase::handshake || phase_ == Phase::lingering) close_locked();
}

void Connection::abort() {
  const Lock lock(mutex_);
  reset_locked();
}

void Connection::reset_locked() {
  if (phase_ == Phase::closed) return;
  // What the peer does not read must not stay in the kernel: RST instead of FIN.
  error_code ignored;
  static_cast<void>(socket_.set_option(boost::asio::socket_base::linger(true, 0), ignored));
  close_locked();
}

void Connection::close_locked() {
  if (phase_ == Phase::closed) return;
  phase_ = Phase::closed;
  deadline_.store(kNever, std::memory_order_relaxed);
  error_code ignored;
  static_cast<void>(socket_.close(ignored));
  std::string().swap(out_);
  out_begin_ = 0;
  sent_.notify_all();
  notify_closed_locked();
  core_->connections.remove(*this);
}

}  // namespace threeport::http
