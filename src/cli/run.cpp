#include "cli/run.h"

#include "cli/command_line.h"
#include "cli/output.h"
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

}  // namespace

int run(const std::vector<std::string>& arguments, const Environment& environment) {
  const Vocabulary vocabulary(environment.registry);
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
