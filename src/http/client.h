// The HTTP client: plain and TLS, keep-alive, streaming, with a deadline on everything. Wraps libcurl.
#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "http/message.h"

namespace threeport::http {

/// Material for TLS and authentication towards one server. PEM texts are in memory, never in files.
struct ClientOptions {
  std::string base_url = {};  ///< "https://host:port" with an optional path prefix, without trailing slash
  std::string ca_pem = {};    ///< trusted CAs; empty: the system's
  std::string certificate_pem = {}, key_pem = {};
  std::string bearer_token = {};
  std::string username = {}, password = {};  ///< basic authentication
  std::string server_name = {};              ///< name to verify instead of the URL's host
  bool insecure_skip_verify = false;
  std::string proxy_url = {};
  std::string user_agent = "threeport";
  base::Millis connect_timeout{5'000};
  std::size_t max_body_bytes = 256u << 20;  ///< a longer answer is an error
  /// Idle connections kept for reuse.
  unsigned max_idle_connections = 32;
};

struct Call {
  std::string method = "GET";
  std::string target = {};  ///< path and query, appended to base_url
  Headers headers = {};
  std::string body = {};
  base::Millis timeout{
      30'000};  ///< for the whole exchange; for streams: until the head, then `idle_timeout` between bytes
  base::Millis idle_timeout{0};  ///< streams only; 0 = none
  std::stop_token stop = {};     ///< aborts the call with `canceled`
};

/// Thread-safe; one object a server. Calls block the calling thread. A request is sent again on a new connection where
/// a kept one turns out to be closed; POST and PATCH only if nothing of them was sent (RFC 9110, 9.2.2): then
/// `unavailable`. Redirects are values; proxies of the environment are ignored.
class Client {
 public:
  static base::Result<std::unique_ptr<Client>> make(ClientOptions options);
  virtual ~Client() = default;
  /// Any HTTP status is a value. Errors: `unavailable` (refused, reset, time-out, DNS: the message says which, with
  /// host and port; reason "Timeout", "ConnectionRefused", "TlsFailed" or "Unreachable", or "AnswerBroken": connected,
  /// but no whole answer came), `denied` (the server's certificate is not trusted, reason "CertificateInvalid"),
  /// `canceled`, `invalid` (URL, target, header or PEM; reason "AnswerTooLarge": the body is longer than
  /// `max_body_bytes`).
  virtual base::Result<Response> call(const Call& call) = 0;
  /// Calls `on_head` once with status and headers, then `on_chunk` for each piece of the body as it arrives, on the
  /// calling thread; either may return false to end the call (then `canceled`). Returns when the body has ended.
  virtual base::Result<void> stream(const Call& call, const std::function<bool(const Response& head)>& on_head,
                                    const std::function<bool(std::string_view chunk)>& on_chunk) = 0;
};

/// `Retry-After` of an answer (delay seconds or an HTTP date, RFC 9110 10.2.3), if present and valid.
std::optional<base::Millis> retry_after(const Headers& headers, base::TimePoint now);

}  // namespace threeport::http
