// Commands of v0 whose work this build leaves to people: they say what to do instead.
#pragma once

#include <functional>
#include <string>

#include "base/result.h"
#include "cli/session.h"

namespace CLI {
class App;
}  // namespace CLI

namespace threeport::cli {

struct V0Options {
  std::string account_name, region, profile, account_id, role, external_role, version;
  bool is_default_account = false;
};

/// Defines `config aws-account` and `upgrade control-plane` with the options of v0. Needs the command `config`. The
/// references must outlive the parsing.
void define_v0_commands(CLI::App& app, V0Options& options,
                        const std::function<void(CLI::App&, std::function<base::Result<int>(Session&)>)>& run);

}  // namespace threeport::cli
