#include "cli/run.h"

#include <algorithm>

#include "cli/command_line.h"
#include "cli/complete.h"
#include "cli/output.h"
#include "cli/plugins.h"
#include "cli/session.h"

namespace threeport::cli {

namespace {

/// What to do when the control plane does not answer: only here is known which one was asked.
base::Error with_advice(base::Error error, const Session& session) {
  const auto& control_plane = session.control_plane();
  // The server's own errors have no reason of the transport.
  if (!control_plane || error.reason.empty()) return error;
  if (error.reason == "TlsFailed") {
    error.message = "control plane " + control_plane->name + " (" + control_plane->url() + "): " + error.message +
                    "; if it has no authentication, set AuthEnabled: false in " + session.config_path().string();
  } else if (error.kind == base::ErrorKind::unavailable) {
    const bool is_local =
        control_plane->api_server.starts_with("127.") || control_plane->api_server.starts_with("localhost:");
    error.message = "control plane " + control_plane->name + " (" + control_plane->url() +
                    ") does not answer: " + error.message +
                    (is_local ? "; start it with `tptctl up --name " + control_plane->name + "`"
                              : "; check its APIServer in " + session.config_path().string()) +
                    ", or name another one with -i";
  } else if (error.kind == base::ErrorKind::denied) {
    error.message = "control plane " + control_plane->name + " (" + control_plane->url() + "): " + error.message +
                    "; CACert in the configuration file must be the one of this control plane";
  }
  return error;
}

/// What the completion scripts of shells call; see completion.cpp.
constexpr std::string_view kComplete = "__complete";

int print_candidates(const std::vector<std::string>& arguments, const Environment& environment,
                     const Vocabulary& vocabulary) {
  const std::vector<std::string> words(arguments.begin() + 1, arguments.end());
  Session session(environment, global_options_of(words));
  for (const std::string& line : complete(session, table_of_commands(vocabulary), words))
    environment.out << line << '\n';
  environment.out.flush();
  return 0;
}

/// The exit code of the plugin that the first word names; nullopt where it names none, or a command of ours.
std::optional<int> run_if_plugin(const std::vector<std::string>& arguments, const Environment& environment,
                                 const Vocabulary& vocabulary) {
  if (arguments.empty() || arguments.front().starts_with('-')) return std::nullopt;
  const std::string& name = arguments.front();
  const Plugins plugins = find_plugins(environment);
  const auto plugin = plugins.by_name.find(name);
  const auto table = table_of_commands(vocabulary);
  const bool is_command = name == "help" || std::any_of(table.begin(), table.end(),
                                                        [&](const auto& command) { return command.name == name; });
  Output output(environment);
  if (is_command) {
    if (plugin != plugins.by_name.end()) {
      output.warning("plugin " + plugin->second.string() + " is ignored, since tptctl has a command " + name);
    }
    return std::nullopt;
  }
  if (plugin == plugins.by_name.end()) {
    if (!plugins.has_folder) output.warning("no plugins installed");
    return std::nullopt;
  }
  const auto code = run_plugin(plugin->second, {arguments.begin() + 1, arguments.end()}, environment);
  if (code) return *code;
  output.error(code.error());
  return base::exit_code(code.error().kind);
}

}  // namespace

int run(const std::vector<std::string>& arguments, const Environment& environment) {
  const Vocabulary vocabulary(environment.registry);
  if (!arguments.empty() && arguments.front() == kComplete) {
    return print_candidates(arguments, environment, vocabulary);
  }
  if (const auto code = run_if_plugin(arguments, environment, vocabulary)) return *code;
  auto line = parse_command_line(arguments, vocabulary);
  if (!line) {
    Output(environment).error(line.error());
    return base::exit_code(line.error().kind);
  }
  if (!line->action) {
    environment.out << line->text;
    return 0;
  }
  Session session(environment, line->options);
  const auto code = line->action(session);
  environment.out.flush();
  if (code) return *code;
  session.output().error(with_advice(code.error(), session));
  return base::exit_code(code.error().kind);
}

}  // namespace threeport::cli
