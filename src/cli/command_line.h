// The command line as CLI11 reads it, and nothing else: what was asked for, ready to be run.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/command_table.h"
#include "cli/session.h"

namespace threeport::cli {

struct CommandLine {
  GlobalOptions options;
  std::function<base::Result<int>(Session&)> action;  ///< empty: `text` is all there is to print
  std::string text;                                   ///< help
};

/// Error `invalid`: an unknown command or option (with the nearest one), a missing or malformed value.
base::Result<CommandLine> parse_command_line(const std::vector<std::string>& arguments, const Vocabulary& vocabulary);

/// All commands as data.
std::vector<CommandHelp> table_of_commands(const Vocabulary& vocabulary);

}  // namespace threeport::cli
