// The flags of v0 for `up` and `down`: those that mean something here, and those that scripts may go on to give.
#pragma once

#include <string>

#include <CLI/CLI.hpp>

#include "base/result.h"
#include "cli/commands.h"
#include "cli/output.h"

namespace threeport::cli {

struct V0UpFlags {
  std::string provider, kind_kubeconfig;
  std::string aws_profile, aws_region;
  bool aws_environment = false;
  std::string root_domain, admin_email, image_repo, image_tag, worker_nodes;
  bool local_registry = false, skip_teardown = false, debug = false;
  bool ignored = false;  ///< what this program does anyway
};

/// Adds them; `flags` must outlive `up`.
void add_v0_up_flags(CLI::App& up, V0UpFlags& flags);
void add_v0_down_flags(CLI::App& down, V0UpFlags& flags);

/// Puts them into `options`, and says which of them have no effect. Error `invalid`: a provider that this build does
/// not have, or one without the kubeconfig of its cluster; names the flag and the fix.
base::Result<void> take_v0_up_flags(const V0UpFlags& flags, UpOptions& options, Output& output);

}  // namespace threeport::cli
