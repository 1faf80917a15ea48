// What may stand next on a command line: the shells ask for it with `tptctl __complete WORD...`.
#pragma once

#include <string>
#include <vector>

#include "cli/command_table.h"
#include "cli/session.h"

namespace threeport::cli {

/// The line that tells the shell to complete the name of a file.
inline constexpr std::string_view kFilesMark = ":files";

/// Candidates for the last of `words`, which may be empty and is not yet complete; one a line, with a tab before its
/// description where there is one. Names come from the control plane; where it does not answer there are none. Global
/// options among the words are honoured by the caller's session.
std::vector<std::string> complete(Session& session, const std::vector<CommandHelp>& table,
                                  const std::vector<std::string>& words);

/// The global options among words that are not complete yet.
GlobalOptions global_options_of(const std::vector<std::string>& words);

}  // namespace threeport::cli
