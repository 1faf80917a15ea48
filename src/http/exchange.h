// One request and its answer through libcurl. Internal to the folder; curl's types stay in exchange.cpp.
#pragma once

#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <string_view>

#include "http/client.h"

namespace threeport::http {

/// Where a client's calls go, from its base URL.
struct Target {
  std::string url;         ///< of all calls; a call's target is appended
  std::string host_port;   ///< for messages
  std::string host_field;  ///< value of `Host` where it differs from the URL's
  std::string connect_to;  ///< "name:port:host:port" where the verified name differs from the host
  /// Error `invalid`: names the URL and the rule.
  static base::Result<Target> parse(const ClientOptions& options);
};

/// What an exchange does with the answer; the functions may return false to end it.
struct Sinks {
  std::function<bool(const Response& head)> on_head;
  std::function<bool(std::string_view chunk)> on_chunk;
  std::size_t max_body_bytes = std::numeric_limits<std::size_t>::max();
  bool is_stream = false;
};

/// One curl handle with the connection it keeps. One call at a time; errors as documented at Client.
class Exchange {
 public:
  Exchange();
  ~Exchange();
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;
  base::Result<void> run(const ClientOptions& options, const Target& target, const Call& call, const Sinks& sinks);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace threeport::http
