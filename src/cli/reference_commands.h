// Commands about tptctl itself: its documents and its manual.
#pragma once

#include <functional>
#include <string>

#include "base/result.h"
#include "cli/session.h"

namespace CLI {
class App;
}  // namespace CLI

namespace threeport::cli {

struct ReferenceOptions {
  std::string kind, format;
};

/// Defines `documents` and `man`; `run` takes what a command does. Both references must outlive the parsing.
void define_reference(CLI::App& app, ReferenceOptions& options,
                      const std::function<void(CLI::App&, std::function<base::Result<int>(Session&)>)>& run);

}  // namespace threeport::cli
