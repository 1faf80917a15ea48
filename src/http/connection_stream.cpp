// The streaming half of Connection: chunks from any thread, the peer watched meanwhile.
#include <array>
#include <charconv>

#include <boost/asio/post.hpp>

#include "http/connection.h"
#include "http/response_head.h"
#include "http/server_core.h"

namespace threeport::http {
namespace {

using Kind = IoResult::Kind;

class StreamHandle final : public Stream {
 public:
  explicit StreamHandle(std::shared_ptr<Connection> connection) : connection_(std::move(connection)) {}
  ~StreamHandle() override { connection_->drop_stream(); }
  bool write(std::string_view bytes) override { return connection_->write_stream(bytes); }
  void close() override { connection_->close_stream(); }
  [[nodiscard]] std::size_t pending() const override { return connection_->pending(); }
  bool wait_until_unsent(std::size_t bytes) override { return connection_->wait_until_unsent(bytes); }
  void on_closed(std::function<void()> callback) override { connection_->on_stream_closed(std::move(callback)); }

 private:
  std::shared_ptr<Connection> connection_;
};

void append_chunk(std::string& out, std::string_view bytes) {
  std::array<char, 20> size{};
  const auto end = std::to_chars(size.data(), size.data() + size.size(), bytes.size(), 16).ptr;
  out.append(size.data(), end);
  out += "\r\n";
  out += bytes;
  out += "\r\n";
}

}  // namespace

std::shared_ptr<Stream> Connection::stream(Response head) {
  auto handle = std::make_shared<StreamHandle>(shared_from_this());
  const Lock lock(mutex_);
  if (phase_ != Phase::handling) return handle;
  phase_ = Phase::streaming;
  stream_ended_ = stream_finished_ = false;
  if (head.status < 200 || head.status > 999) head.status = 500;
  append_response_head(out_, head, is_http_10_ ? BodyFraming::until_end : BodyFraming::chunked, true, is_head_);
  if (is_head_ || !status_allows_body(head.status)) stream_ended_ = true;
  schedule_flush_locked();
  return handle;
}

bool Connection::write_stream(std::string_view bytes) {
  const Lock lock(mutex_);
  if (phase_ != Phase::streaming || stream_ended_) return false;
  if (bytes.empty()) return true;  // an empty chunk would end the body
  const std::size_t unsent = unsent_locked().size();
  if (unsent > 0 && unsent + bytes.size() > core_->options.stream_buffer_bytes) {
    reset_locked();
    return false;
  }
  if (is_http_10_) {
    out_ += bytes;
  } else {
    append_chunk(out_, bytes);
  }
  schedule_flush_locked();
  return true;
}

void Connection::close_stream() {
  const Lock lock(mutex_);
  end_stream_locked();
}

void Connection::end_stream_locked() {
  if (phase_ != Phase::streaming || stream_ended_) return;
  stream_ended_ = true;
  if (!is_http_10_) out_ += "0\r\n\r\n";
  schedule_flush_locked();
}

void Connection::drop_stream() {
  const Lock lock(mutex_);
  if (phase_ == Phase::streaming && !stream_ended_) reset_locked();
}

std::size_t Connection::pending() const {
  const Lock lock(mutex_);
  return unsent_locked().size();
}

bool Connection::wait_until_unsent(std::size_t bytes) {
  Lock lock(mutex_);
  sent_.wait(lock, [&] { return phase_ != Phase::streaming || unsent_locked().size() <= bytes; });
  return phase_ == Phase::streaming;
}

void Connection::on_stream_closed(std::function<void()> callback) {
  {
    const Lock lock(mutex_);
    if (!stream_finished_) {
      closed_callbacks_.push_back(std::move(callback));
      return;
    }
  }
  callback();
}

void Connection::schedule_flush_locked() {
  // Never sent from the writer's thread: it may serve thousands of streams. Writes until then go out together.
  if (flush_scheduled_ || write_armed_) return;
  flush_scheduled_ = true;
  boost::asio::post(core_->io, [self = shared_from_this()] {
    const Lock lock(self->mutex_);
    self->flush_scheduled_ = false;
    if (self->phase_ != Phase::streaming) return;
    self->flush_locked();
    if (self->phase_ == Phase::streaming && !self->read_armed_) self->arm_read_locked();
  });
}

// True once nothing is unsent. False: the rest goes out later, or the connection is closed.
bool Connection::flush_locked() {
  if (write_armed_) return false;
  while (!unsent_locked().empty()) {
    const IoResult sent = channel_.send(unsent_locked(), {});
    if (sent.kind == Kind::wants_write) {
      out_.erase(0, out_begin_);
      out_begin_ = 0;
      set_deadline_locked(core_->options.body_timeout);
      arm_write_locked();
      return false;
    }
    if (sent.kind != Kind::done) {
      close_locked();
      return false;
    }
    out_begin_ += sent.bytes;
    sent_.notify_all();
  }
  std::string().swap(out_);
  out_begin_ = 0;
  deadline_.store(kNever, std::memory_order_relaxed);
  if (phase_ == Phase::streaming && stream_ended_) {
    notify_closed_locked();
    linger_locked();
  }
  return true;
}

void Connection::watch_peer_locked() {
  // What a pipelining client sends meanwhile is dropped: the connection ends with the stream.
  std::array<char, 4096> dropped;
  const IoResult received = channel_.receive(dropped);
  if (received.kind != Kind::done && received.kind != Kind::wants_read) return close_locked();
  arm_read_locked();
}

void Connection::notify_closed_locked() {
  stream_finished_ = true;
  for (auto& callback : closed_callbacks_) boost::asio::post(core_->io, std::move(callback));
  closed_callbacks_.clear();
}

}  // namespace threeport::http
