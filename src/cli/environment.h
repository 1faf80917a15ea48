// Everything outside that a command touches comes in here, so that commands run in a test as they run in a terminal.
#pragma once

#include <filesystem>
#include <functional>
#include <istream>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "client/api.h"
#include "schema/registry.h"

namespace threeport::cli {

struct ControlPlane;

/// References must outlive the call of run().
struct Environment {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
  const schema::Registry& registry;  ///< the kinds of this build: every command derives from it
  base::Clock& clock;
  std::string version;                      ///< of this program
  std::filesystem::path home;               ///< of the user; its .threeport holds what tptctl keeps
  std::filesystem::path working_directory;  ///< relative paths of the command line start here
  std::filesystem::path executable;         ///< tptctl itself; threeportd lies beside it
  /// An environment variable; nullopt where it is not set.
  std::function<std::optional<std::string>(std::string_view)> variable;
  bool is_terminal = false;  ///< `out` is a terminal: colours, and progress that is rewritten in place
  /// Columns of the terminal.
  unsigned width = 80;
  /// Opens the API of a control plane; does not call it yet.
  std::function<base::Result<std::unique_ptr<client::Api>>(const ControlPlane&)> connect;
};

}  // namespace threeport::cli
