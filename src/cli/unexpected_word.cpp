#include "cli/unexpected_word.h"

#include <CLI/CLI.hpp>

#include "cli/suggestion.h"

namespace threeport::cli {

namespace {

std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> out;
  for (const CLI::App* at = &app; at != nullptr;
       at = at->get_subcommands().empty() ? nullptr : at->get_subcommands().front()) {
    for (const CLI::Option* option : at->get_options()) {
      for (const std::string& name : option->get_lnames()) out.push_back("--" + name);
    }
  }
  return out;
}

}  // namespace

std::string called_command(const CLI::App& app) {
  std::string out = "tptctl";
  const CLI::App* at = &app;
  while (!at->get_subcommands().empty()) {
    at = at->get_subcommands().front();
    out += " " + at->get_name();
  }
  return out;
}

std::vector<std::string> command_names(const CLI::App& app) {
  std::vector<std::string> out;
  for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; })) out.push_back(sub->get_name());
  return out;
}

base::Error unexpected_word(const CLI::App& app, const std::string& word) {
  const std::string called = called_command(app);
  const std::string hint = " (`" + called + " --help` shows what there is)";
  if (word.starts_with("-")) {
    const std::string name = word.substr(0, word.find('='));
    return base::invalid(called + " has no option " + name + did_you_mean(name, option_names(app)) + hint);
  }
  if (app.get_subcommands().empty()) {
    std::vector<std::string> names = command_names(app);
    names.emplace_back("help");
    return base::invalid("tptctl has no command \"" + word + "\"" + did_you_mean(word, names) + hint);
  }
  const CLI::App* last = app.get_subcommands().front();
  if (!command_names(*last).empty() && last->get_subcommands().empty()) {
    return base::invalid(called + " has no command \"" + word + "\"" + did_you_mean(word, command_names(*last)) + hint);
  }
  const bool takes_files = last->get_option_no_throw("--file") != nullptr;
  return base::invalid(called + " does not take \"" + word + "\"" + (takes_files ? "; files are named with -f" : "") +
                       hint);
}

}  // namespace threeport::cli
