#include "providers/provisioner/command_provisioner.h"

#include <algorithm>

#include <unistd.h>

#include "base/subprocess.h"
#include "base/text.h"
#include "providers/provisioner/protocol.h"

namespace threeport::providers::provisioner {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostOutput = std::size_t{4} << 20;
/// What a script's first line (`#!/usr/bin/env python3`) needs.
constexpr const char* kPath = "/usr/local/bin:/usr/bin:/bin";

/// True where `path` is the folder or lies below it. Both without symbolic links.
bool is_below(const fs::path& path, const fs::path& folder) {
  return std::mismatch(folder.begin(), folder.end(), path.begin(), path.end()).first == folder.end();
}

base::Error not_allowed(const std::string& program, const std::string& why) {
  return failure(base::ErrorKind::invalid, "the program " + program + " " + why);
}

}  // namespace

base::Result<fs::path> find_allowed(const std::string& program, const std::vector<std::string>& folders) {
  if (folders.empty()) {
    return not_allowed(program,
                       "may not be run: start threeportd with --command-directory and the folder that it lies in");
  }
  const std::string list = base::join(folders, ", ");
  const bool is_name = program.find('/') == std::string::npos;
  if (!is_name && !fs::path(program).is_absolute())
    return not_allowed(program, "must be a name, or a path from the root: relative paths lead anywhere");
  for (const std::string& folder : folders) {
    std::error_code failed;
    const fs::path allowed = fs::canonical(folder, failed);
    if (failed) continue;
    const fs::path found = fs::canonical(is_name ? allowed / program : fs::path(program), failed);
    if (failed || !is_below(found, allowed)) continue;
    const bool is_runnable = fs::is_regular_file(found, failed) && ::access(found.c_str(), X_OK) == 0;
    if (!is_runnable) return not_allowed(program, "is no executable file; make it one: chmod +x " + found.string());
    return found;
  }
  return not_allowed(program, "is not in a folder whose programs may be run (" + list +
                                  "): put it there, or start threeportd with another --command-directory");
}

base::Result<std::string> CommandProvisioner::run(std::vector<std::string> argv, std::string_view mode,
                                                  const Request& request, const CallOptions& call) {
  TP_TRY(const fs::path program, find_allowed(argv.front(), folders_));
  argv.front() = program.string();
  std::replace(argv.begin() + 1, argv.end(), std::string("<mode>"), std::string(mode));
  auto out = base::output_of({.argv = std::move(argv),
                              .variables = {{"PATH", kPath}, {"LANG", "C.UTF-8"}},
                              .environment = base::Environment::clean,
                              .directory = program.parent_path(),
                              .input = json::dump(to_json(request)),
                              .output_limit = kMostOutput,
                              .timeout = call.timeout},
                             call.stop);
  if (out || out.error().kind == base::ErrorKind::canceled) return out;
  // Its output is left out of the error: it may hold secrets that nobody has marked yet.
  return failure(
      out.error().kind == base::ErrorKind::unavailable ? base::ErrorKind::unavailable : base::ErrorKind::invalid,
      without_secrets(out.error().message, request));
}

base::Result<Response> CommandProvisioner::provision(const Request& request, const CallOptions& call) {
  TP_TRY(const std::string out, run(provision_, "provision", request, call));
  auto response = parse_response(out);
  if (!response) return std::move(response).error().with_context(provision_.front());
  return response;
}

base::Result<void> CommandProvisioner::remove(const Request& request, const CallOptions& call) {
  if (removal_.empty()) return {};
  TP_CHECK(run(removal_, "remove", request, call));
  return {};
}

}  // namespace threeport::providers::provisioner
