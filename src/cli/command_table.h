// The commands as data: what the man page and the completion of shells are made from.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}  // namespace CLI

namespace threeport::cli {

struct OptionHelp {
  std::vector<std::string> names;  ///< "-o", "--output"
  bool takes_value = false;
  bool takes_files = false;
  std::string doc;
  /// What the value may be, where the doc lists it: "table, json or yaml".
  [[nodiscard]] std::vector<std::string> values() const;
};

struct ArgumentHelp {
  std::string name;  ///< "KIND"
  std::string doc;
};

struct CommandHelp {
  std::string name;  ///< "config get-control-planes"; "" for tptctl itself, whose options all commands take
  std::string doc;
  std::vector<ArgumentHelp> arguments = {};
  std::vector<OptionHelp> options = {};
  std::vector<std::string> examples = {};

  /// nullptr where it has no such option.
  [[nodiscard]] const OptionHelp* find(std::string_view option) const;
};

/// tptctl itself first, then its commands in their order. Options that are kept for v0 alone are left out.
std::vector<CommandHelp> command_table(const CLI::App& app);

}  // namespace threeport::cli
