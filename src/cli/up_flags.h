// The commands `up` and `down`, with the flags of v0: those that mean something here, and those that scripts may go on
// to give.
#pragma once

#include <string>

#include <CLI/CLI.hpp>

#include "cli/commands.h"
#include "cli/security_commands.h"

namespace threeport::cli {

/// Without a counterpart in UpOptions.
struct V0UpFlags {
  std::string provider, kind_kubeconfig;
  std::string aws_profile, aws_region;
  bool aws_environment = false;
  std::string root_domain, admin_email, image_repo, image_tag, worker_nodes;
  bool local_registry = false, skip_teardown = false, debug = false;
  bool ignored = false;  ///< what this program does anyway
};

struct UpDownFlags {
  UpOptions up;
  DownOptions down;
  V0UpFlags v0;
};
/// Adds the commands to `app`; `flags` must outlive it. A provider that this build does not have, or one without the
/// kubeconfig of its cluster, is an error `invalid` of the action, which names the flag and the fix.
void define_up_and_down(CLI::App& app, UpDownFlags& flags, const DefineAction& run);

}  // namespace threeport::cli
