// tptctl as a function.
#pragma once

#include <string>
#include <vector>

#include "cli/environment.h"

namespace threeport::cli {

/// Runs one command line (without the program's name) and returns the exit code: 0, 8 (timed out), 9 (stalled, failed),
/// or that of the error's kind (base::exit_code). Errors are one line on `err`. Blocks until the command has ended.
int run(const std::vector<std::string>& arguments, const Environment& environment);

}  // namespace threeport::cli
