// A program of the operator as a provisioner.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "providers/provisioner/provisioner.h"

namespace threeport::providers::provisioner {

/// The path of a program after all symbolic links, which lies in, or below, one of the folders. A name without a slash
/// is looked for in these, in their order. Error `invalid`: there is none, it is not executable, or it lies elsewhere.
base::Result<std::filesystem::path> find_allowed(const std::string& program, const std::vector<std::string>& folders);

/// Runs `[PROGRAM, ARGUMENT...]` with the request on standard input; an argument `<mode>` becomes `provision` or
/// `remove`. No shell, no variables but PATH and LANG, at most 4 MiB of output. The program is looked for at each call,
/// so that it can be replaced.
class CommandProvisioner final : public Provisioner {
 public:
  /// `removal` may be empty: then nothing has to be done to remove.
  CommandProvisioner(std::vector<std::string> folders, std::vector<std::string> provision,
                     std::vector<std::string> removal)
      : folders_(std::move(folders)), provision_(std::move(provision)), removal_(std::move(removal)) {}
  base::Result<Response> provision(const Request& request, const CallOptions& call) override;
  base::Result<void> remove(const Request& request, const CallOptions& call) override;

 private:
  base::Result<std::string> run(std::vector<std::string> argv, std::string_view mode, const Request& request,
                                const CallOptions& call);

  std::vector<std::string> folders_, provision_, removal_;
};

}  // namespace threeport::providers::provisioner
