// `explain` and `graph`: why something is not ready, and who uses which dependency.
#pragma once

#include <functional>
#include <string>

#include "base/result.h"
#include "cli/session.h"

namespace CLI {
class App;
}  // namespace CLI

namespace threeport::cli {

struct ExplainOptions {
  Target target;
  std::string format;
};

/// Defines both; `run` takes what a command does. The references must outlive the parsing. Errors of the commands:
/// those of Session::find and of the control plane; `invalid`: another format, a graph of another kind.
void define_explain(CLI::App& app, ExplainOptions& options,
                    const std::function<void(CLI::App&, std::function<base::Result<int>(Session&)>)>& run);

}  // namespace threeport::cli
