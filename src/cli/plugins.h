// Commands that are programs of their own: files in the folder of plugins.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/environment.h"

namespace threeport::cli {

struct Plugins {
  std::filesystem::path folder;  ///< THREEPORT_PLUGIN_DIR, else ~/.threeport/plugins
  bool has_folder = false;
  std::map<std::string, std::filesystem::path> by_name = {};  ///< of files with one name the first, by path
};

/// All files below the folder, by their base names. Blocks on the disk; what cannot be read is left out.
Plugins find_plugins(const Environment& environment);

/// Runs the plugin with the arguments and waits for it; then writes what it has printed, both streams as one, to
/// `environment.out`. Exit code 0, or 1 where it failed. Errors: `denied` where the file is not executable.
base::Result<int> run_plugin(const std::filesystem::path& plugin, const std::vector<std::string>& arguments,
                             const Environment& environment);

}  // namespace threeport::cli
