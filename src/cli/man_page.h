// The manual page of tptctl, from the table of its commands.
#pragma once

#include <string>
#include <vector>

#include "cli/command_table.h"
#include "cli/vocabulary.h"

namespace threeport::cli {

/// Section 1, in the man macros (groff_man(7)).
std::string man_page(const std::vector<CommandHelp>& table, const Vocabulary& vocabulary, const std::string& version);

}  // namespace threeport::cli
