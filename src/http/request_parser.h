// Bytes of a connection -> Request, strict enough against request smuggling (RFC 9112).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "http/message.h"

namespace threeport::http {

/// Parses one request after the other. Not thread-safe.
class RequestParser {
 public:
  struct Limits {
    std::size_t head = 32u << 10;
    std::size_t body = 8u << 20;
  };
  enum class State : std::uint8_t {
    idle,      ///< nothing of a request yet
    head,      ///< within the head
    body,      ///< the head is complete
    complete,  ///< take() it
    failed,    ///< answer error_status() and close
  };

  explicit RequestParser(Limits limits);
  RequestParser(const RequestParser&) = delete;
  RequestParser& operator=(const RequestParser&) = delete;
  ~RequestParser();

  /// Consumes bytes up to the end of one request; returns how many. Present the others again, followed by what arrives
  /// next. What stays unconsumed while more is needed is shorter than `Limits::head`.
  std::size_t feed(std::string_view bytes);

  [[nodiscard]] State state() const;
  /// 400, 413, 417, 431 or 501, once failed.
  [[nodiscard]] int error_status() const;
  /// The client waits for `100 Continue` before it sends the body; only in state `body`.
  [[nodiscard]] bool expects_continue() const;
  /// Valid once complete: the client wants the connection to stay open.
  [[nodiscard]] bool keep_alive() const;
  /// Valid once complete: an HTTP/1.0 client, which knows no chunks.
  [[nodiscard]] bool is_http_10() const;
  /// The request; the parser is then ready for the next one. Ask keep_alive() and is_http_10() before.
  Request take();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace threeport::http
