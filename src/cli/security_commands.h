// `token`, `whoami` and `certificates`: who may call the API.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/commands.h"

namespace CLI {
class App;
}

namespace threeport::cli {

/// What the commands below take.
struct SecurityOptions {
  std::string token_name, scope, expires;
  std::string folder, name = "threeport", client;
  std::vector<std::string> hosts;
  std::function<base::Result<int>(Session&)> command;  ///< of those below `token`
};

/// The token alone on standard output, so that a script can take it.
base::Result<int> create_token(Session& session, const SecurityOptions& options);
base::Result<int> list_tokens(Session& session);
base::Result<int> revoke_token(Session& session, const std::string& name);
base::Result<int> whoami(Session& session);
/// CA, server and client certificates for a threeportd that `up` does not start.
base::Result<int> certificates(Session& session, const SecurityOptions& options);

/// Of `up`; `options` must outlive the parsing.
void add_authentication_flags(CLI::App& up, UpOptions& options);

using DefineAction = std::function<void(CLI::App& sub, std::function<base::Result<int>(Session&)> action)>;
/// Adds the commands to `app`; `options` must outlive it.
void define_security(CLI::App& app, SecurityOptions& options, const DefineAction& run);

}  // namespace threeport::cli
