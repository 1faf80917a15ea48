// Bytes of a connection -> Request, strict enough against request smuggling (RFC 9112).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "http/message.h"

namespace threeport::http {

/// Parses one request after the other. Where RFC 9112 lets a server choose it refuses: bare line feeds, folded fields,
/// repeated lengths, a length beside chunks. Not thread-safe.
class RequestParser {
 public:
  struct Limits {
    std::size_t head = 32u << 10;  ///< also of a chunk's line and of the trailers
    std::size_t body = 8u << 20;
  };
  enum class State : std::uint8_t {
    idle,      ///< nothing of a request yet
    head,      ///< within the head
    body,      ///< the head is complete
    complete,  ///< take() it
    failed,    ///< answer error_status() and close
  };

  explicit RequestParser(Limits limits) : limits_(limits) {}

  /// Consumes bytes up to the end of one request; returns how many. Present the others again, followed by what arrives
  /// next. What stays unconsumed while more is needed is shorter than `Limits::head`.
  std::size_t feed(std::string_view bytes);

  [[nodiscard]] State state() const { return state_; }
  /// 400, 413, 417, 431, 501 or 505, once failed.
  [[nodiscard]] int error_status() const { return error_status_; }
  /// The client waits for `100 Continue` before it sends the body; only in state `body`.
  [[nodiscard]] bool expects_continue() const { return state_ == State::body && expects_continue_; }
  /// Valid once complete: the client wants the connection to stay open.
  [[nodiscard]] bool keep_alive() const { return !says_close_ && (!is_http_10_ || says_keep_alive_); }
  /// Valid once complete: an HTTP/1.0 client, which knows no chunks.
  [[nodiscard]] bool is_http_10() const { return is_http_10_; }
  /// The request; the parser is then ready for the next one. Ask keep_alive() and is_http_10() before.
  Request take();

 private:
  enum class Step : std::uint8_t { request_line, fields, data, chunk_size, chunk_data, chunk_end, trailers };

  [[nodiscard]] bool is_in_data() const { return step_ == Step::data || step_ == Step::chunk_data; }
  std::size_t take_data(std::string_view bytes);
  std::size_t take_line(std::string_view bytes);
  void wait_for_line(std::string_view partial);
  [[nodiscard]] bool is_hopeless(std::string_view partial) const;
  void read_line(std::string_view line);
  void read_request_line(std::string_view line);
  void read_target(std::string_view target);
  void read_version(std::string_view version);
  void read_field(std::string_view line);
  void read_known_field(std::string_view name, std::string_view value);
  void read_connection(std::string_view options);
  void read_content_length(std::string_view value);
  void read_transfer_encoding(std::string_view value);
  void end_head();
  void read_chunk_size(std::string_view line);
  void fail(int status);

  Limits limits_;
  Request request_;
  State state_ = State::idle;
  Step step_ = Step::request_line;
  std::size_t lines_size_ = 0;  ///< of the head, or of the trailers
  std::size_t searched_ = 0;    ///< so much of the partial line has no line feed
  std::size_t data_left_ = 0;   ///< of the body or chunk
  std::optional<std::size_t> content_length_;
  int error_status_ = 0;
  bool has_host_ = false;
  bool is_chunked_ = false;
  bool is_http_10_ = false;
  bool says_close_ = false;
  bool says_keep_alive_ = false;
  bool expects_continue_ = false;
};

}  // namespace threeport::http
