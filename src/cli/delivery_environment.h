// The environment that a command delivers to: chosen, missing, made.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/documents.h"

namespace CLI {
class App;
}

namespace threeport::cli {

/// --environment, else CurrentEnvironment of the configuration file, else "". Errors: of Session::config; `invalid`
/// where there is none and a Score file needs one.
base::Result<std::string> environment_for(Session& session, const std::vector<Document>& documents,
                                          const std::string& asked);

/// An error of the control plane, with what to do where it is about an environment that the configuration file has
/// chosen, or that is not there.
base::Error explain_environment(Session& session, client::Api& api, const std::string& asked, const std::string& chosen,
                                base::Error error);

/// `create environment NAME`, without a file.
struct EnvironmentOptions {
  std::string name, tier, runtime, ttl;
  std::vector<std::string> variables;  ///< KEY=VALUE
  [[nodiscard]] bool empty() const {
    return name.empty() && tier.empty() && runtime.empty() && ttl.empty() && variables.empty();
  }
};
/// Adds them to `create`; `options` must outlive the parsing.
void add_environment_options(CLI::App& create, EnvironmentOptions& options);
/// With `wait` as wait_until_ready. Error `conflict`: there is one of that name; `invalid`: the options go with another
/// kind or with files, a malformed variable; those of the control plane.
base::Result<int> create_environment(Session& session, const Subject& subject, const std::vector<std::string>& files,
                                     const EnvironmentOptions& options, std::optional<base::Millis> wait);

struct CurrentEnvironmentOptions {
  std::string name;
  bool unset = false;
};
/// Adds `current-environment` to `config`; `options` must outlive the parsing. It prints CurrentEnvironment of the
/// configuration file, or sets it, or removes it.
void define_current_environment(CLI::App& config, CurrentEnvironmentOptions& options,
                                const std::function<void(CLI::App&, std::function<base::Result<int>(Session&)>)>& run);

}  // namespace threeport::cli
