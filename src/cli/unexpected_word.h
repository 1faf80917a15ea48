// What to say about a word of the command line that no command takes.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace CLI {
class App;
}  // namespace CLI

namespace threeport::cli {

/// The deepest command that was recognised, for "see --help": "tptctl config".
std::string called_command(const CLI::App& app);
/// The names of the commands of `app`.
std::vector<std::string> command_names(const CLI::App& app);
/// Error `invalid` with the nearest option or command.
base::Error unexpected_word(const CLI::App& app, const std::string& word);

}  // namespace threeport::cli
