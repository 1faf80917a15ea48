// The flags of threeportd that concern its HTTP server: TLS files and limits.
#pragma once

#include <string>

#include "base/result.h"
#include "http/server.h"

namespace CLI {
class App;
}

namespace threeport {

/// Texts until they are read.
struct HttpFlags {
  std::string header_timeout = "10s", body_timeout = "1m", idle_timeout = "2m";
};

/// Both must outlive the parsing.
void add_http_flags(CLI::App& app, http::ServerOptions& options, HttpFlags& flags);
/// After the parsing: the durations. Error `invalid` names the flag and the rule.
base::Result<void> read_http_flags(const HttpFlags& flags, http::ServerOptions& options);

}  // namespace threeport
