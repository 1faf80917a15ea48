#include "cli/complete.h"

#include <algorithm>
#include <optional>

#include "cli/plugins.h"

namespace threeport::cli {

namespace {

const CommandHelp* find_command(const std::vector<CommandHelp>& table, std::string_view name) {
  const auto found =
      std::find_if(table.begin(), table.end(), [&](const auto& command) { return command.name == name; });
  return found == table.end() ? nullptr : &*found;
}

/// What the words before the last one say.
struct Line {
  const CommandHelp* command = nullptr;     ///< tptctl itself where none is named
  const OptionHelp* open_option = nullptr;  ///< whose value the last word is
  std::vector<std::string> arguments = {};
};

Line read_line(const std::vector<CommandHelp>& table, const std::vector<std::string>& words) {
  Line line{.command = &table.front()};
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    const std::string& word = words[i];
    if (word.starts_with('-')) {
      const OptionHelp* option = line.command->find(word);
      if (option == nullptr) option = table.front().find(word);
      // `--option=value` has its value with it.
      if (option == nullptr || !option->takes_value) continue;
      if (i + 2 == words.size()) line.open_option = option;
      ++i;
      continue;
    }
    const std::string name = line.command->name.empty() ? word : line.command->name + " " + word;
    const CommandHelp* deeper = line.arguments.empty() ? find_command(table, name) : nullptr;
    if (deeper != nullptr) {
      line.command = deeper;
    } else {
      line.arguments.push_back(word);
    }
  }
  return line;
}

/// The commands directly below, with what they do.
std::vector<std::string> commands_below(const std::vector<CommandHelp>& table, const CommandHelp& above) {
  std::vector<std::string> out;
  const std::string prefix = above.name.empty() ? "" : above.name + " ";
  for (const CommandHelp& command : table) {
    if (command.name.size() <= prefix.size() || !command.name.starts_with(prefix)) continue;
    const std::string rest = command.name.substr(prefix.size());
    if (rest.find(' ') == std::string::npos) out.push_back(rest + "\t" + command.doc);
  }
  return out;
}

std::vector<std::string> options_of(const std::vector<CommandHelp>& table, const CommandHelp& command) {
  std::vector<std::string> out;
  for (const CommandHelp* one : {&command, &table.front()}) {
    for (const OptionHelp& option : one->options) {
      for (const std::string& name : option.names) {
        if (name.starts_with("--")) out.push_back(name + "\t" + option.doc);
      }
    }
    if (one == &table.front()) break;
  }
  return out;
}

std::vector<std::string> kind_words(const Vocabulary& vocabulary) {
  std::vector<std::string> out;
  for (const Subject& subject : vocabulary.subjects()) {
    const std::string doc(subject.is_combined() ? subject.name + ", its definition and its instances"
                                                : std::string(subject.kind->doc));
    out.push_back(subject.word + "\t" + doc);
    out.push_back((subject.is_combined() ? subject.word + "s" : std::string(subject.kind->path)) + "\t" + doc);
  }
  return out;
}

/// Names of the objects of a kind; of a combined one those of its definitions.
std::vector<std::string> names_of(Session& session, const std::string& word) {
  std::vector<std::string> out;
  const auto subject = session.vocabulary().find(word);
  if (!subject) return out;
  const auto api = session.api();
  if (!api) return out;
  const auto objects = (*api)->list(subject->is_combined() ? *subject->definition : *subject->kind);
  if (!objects) return out;
  for (const client::Object& object : *objects) {
    out.push_back(object.name().empty() ? std::to_string(object.id()) : std::string(object.name()));
  }
  return out;
}

std::vector<std::string> values_of(Session& session, const OptionHelp& option) {
  if (option.takes_files) return {std::string(kFilesMark)};
  if (std::find(option.names.begin(), option.names.end(), "--control-plane-name") != option.names.end()) {
    const auto config = session.config();
    return config ? config->names() : std::vector<std::string>();
  }
  return option.values();
}

std::vector<std::string> candidates(Session& session, const std::vector<CommandHelp>& table,
                                    const std::vector<std::string>& words) {
  const Line line = read_line(table, words);
  const std::string& word = words.back();
  if (line.open_option != nullptr) return values_of(session, *line.open_option);
  if (word.starts_with('-')) {
    const std::size_t equals = word.find('=');
    if (equals == std::string::npos) return options_of(table, *line.command);
    return {};
  }
  std::vector<std::string> out =
      line.arguments.empty() ? commands_below(table, *line.command) : std::vector<std::string>();
  if (line.command->name.empty() && line.arguments.empty()) {
    for (const auto& [name, path] : find_plugins(session.environment()).by_name) out.push_back(name + "\tplugin");
  }
  if (!out.empty() || line.arguments.size() >= line.command->arguments.size()) return out;
  const std::string& next = line.command->arguments[line.arguments.size()].name;
  if (next == "KIND") return kind_words(session.vocabulary());
  if (next == "NAME" && !line.arguments.empty()) return names_of(session, line.arguments.front());
  if (next == "SHELL") return {"bash", "zsh", "fish"};
  return out;
}

}  // namespace

std::vector<std::string> complete(Session& session, const std::vector<CommandHelp>& table,
                                  const std::vector<std::string>& words) {
  std::vector<std::string> out;
  if (words.empty()) return out;
  for (std::string& candidate : candidates(session, table, words)) {
    if (candidate == kFilesMark || candidate.starts_with(words.back())) out.push_back(std::move(candidate));
  }
  return out;
}

GlobalOptions global_options_of(const std::vector<std::string>& words) {
  GlobalOptions out;
  for (std::size_t i = 0; i + 2 < words.size(); ++i) {
    if (words[i] == "-i" || words[i] == "--control-plane-name") out.control_plane_name = words[i + 1];
    if (words[i] == "--threeport-config") out.config_path = words[i + 1];
  }
  return out;
}

}  // namespace threeport::cli
