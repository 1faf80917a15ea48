#include "cli/command_table.h"

#include <algorithm>
#include <array>
#include <string_view>

#include <CLI/CLI.hpp>

namespace threeport::cli {

namespace {

constexpr std::array<std::string_view, 5> kFileOptions{"--file", "--config", "--kubeconfig", "--threeport-config",
                                                       "--provider-config"};
constexpr std::string_view kExamples = "Examples:\n";

OptionHelp option_help(const CLI::Option& option) {
  OptionHelp out{.names = {}, .takes_value = option.get_items_expected_max() > 0, .doc = option.get_description()};
  for (const std::string& name : option.get_snames()) out.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) out.names.push_back("--" + name);
  out.takes_files = out.takes_value && std::any_of(out.names.begin(), out.names.end(), [](const std::string& name) {
                      return std::find(kFileOptions.begin(), kFileOptions.end(), name) != kFileOptions.end();
                    });
  return out;
}

/// The lines of the footer between "Examples:" and the first empty line or unindented word.
std::vector<std::string> examples_of(std::string_view footer) {
  std::vector<std::string> out;
  const std::size_t start = footer.find(kExamples);
  if (start == std::string_view::npos) return out;
  footer.remove_prefix(start + kExamples.size());
  while (footer.starts_with("  ")) {
    const std::size_t end = std::min(footer.find('\n'), footer.size());
    out.emplace_back(footer.substr(2, end - 2));
    footer.remove_prefix(std::min(end + 1, footer.size()));
  }
  return out;
}

void add(std::vector<CommandHelp>& out, const CLI::App& app, const std::string& name) {
  CommandHelp help{.name = name, .doc = app.get_description(), .examples = examples_of(app.get_footer())};
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_positional()) {
      help.arguments.push_back({option->get_single_name(), option->get_description()});
    } else if (!option->get_group().empty() && !option->check_lname("help")) {
      help.options.push_back(option_help(*option));
    }
  }
  out.push_back(std::move(help));
  for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (!sub->get_group().empty()) add(out, *sub, (name.empty() ? "" : name + " ") + sub->get_name());
  }
}

}  // namespace

std::vector<std::string> OptionHelp::values() const {
  std::vector<std::string> out;
  if (std::find(names.begin(), names.end(), "--output") == names.end()) return out;
  std::string word;
  for (const char c : doc + " ") {
    if (c >= 'a' && c <= 'z') {
      word += c;
      continue;
    }
    if (!word.empty() && word != "or") out.push_back(word);
    word.clear();
    if (c == '(') break;
  }
  return out;
}

const OptionHelp* CommandHelp::find(std::string_view option) const {
  const auto found = std::find_if(options.begin(), options.end(), [&](const OptionHelp& candidate) {
    return std::find(candidate.names.begin(), candidate.names.end(), option) != candidate.names.end();
  });
  return found == options.end() ? nullptr : &*found;
}

std::vector<CommandHelp> command_table(const CLI::App& app) {
  std::vector<CommandHelp> out;
  add(out, app, "");
  return out;
}

}  // namespace threeport::cli
