#include "cli/plugins.h"

#include <algorithm>

#include "base/subprocess.h"

namespace threeport::cli {

namespace {

/// Runs its arguments with standard error where standard output goes, so that the order of both stays.
constexpr const char* kTogether = "exec \"$0\" \"$@\" 2>&1";

}  // namespace

Plugins find_plugins(const Environment& environment) {
  const std::string given = environment.variable("THREEPORT_PLUGIN_DIR").value_or("");
  Plugins out{.folder =
                  given.empty() ? environment.home / ".threeport" / "plugins" : environment.working_directory / given};
  std::error_code failed;
  out.has_folder = std::filesystem::is_directory(out.folder, failed);
  if (!out.has_folder) return out;
  std::vector<std::filesystem::path> paths;
  constexpr auto kOptions = std::filesystem::directory_options::skip_permission_denied;
  for (std::filesystem::recursive_directory_iterator it(out.folder, kOptions, failed), end; !failed && it != end;
       it.increment(failed)) {
    std::error_code ignored;
    if (it->is_regular_file(ignored)) paths.push_back(it->path());
  }
  std::sort(paths.begin(), paths.end());
  for (const auto& path : paths) out.by_name.try_emplace(path.filename().string(), path);
  return out;
}

base::Result<int> run_plugin(const std::filesystem::path& plugin, const std::vector<std::string>& arguments,
                             const Environment& environment) {
  base::Command command{.argv = {"/bin/sh", "-c", kTogether, plugin.string()},
                        .directory = environment.working_directory};
  command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
  TP_TRY(const base::Finished finished, base::run(command));
  // What the shell answers where it cannot execute the file.
  if (finished.exit_code == 126) {
    return base::denied("plugin " + plugin.string() + " cannot be executed; make it executable with `chmod +x " +
                        plugin.string() + "`");
  }
  environment.out << finished.out;
  environment.out.flush();
  return finished.is_success() ? 0 : 1;
}

}  // namespace threeport::cli
