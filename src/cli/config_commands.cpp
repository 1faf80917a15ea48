#include "cli/commands.h"
#include "cli/print_document.h"

namespace threeport::cli {

using base::Result;

Result<int> config_current_control_plane(Session& session, const std::string& name) {
  TP_TRY(Config config, session.config());
  if (name.empty()) {
    TP_TRY(const ControlPlane current, config.select(""));
    session.output().line(current.name);
    return 0;
  }
  TP_CHECK(config.set_current(name));
  TP_CHECK(config.save());
  session.output().complete("the current control plane is " + name);
  return 0;
}

Result<int> config_get_control_planes(Session& session, Format format) {
  TP_TRY(const Config config, session.config());
  const auto names = config.names();
  if (format != Format::table) {
    json::Array list;
    for (const std::string& name : names) {
      const auto entry = config.select(name);
      if (format == Format::name) session.output().line(name);
      list.push_back(json::Object{{"Name", name},
                                  {"Current", name == config.current_control_plane()},
                                  {"APIServer", entry ? entry->url() : ""}});
    }
    if (format != Format::name) print_document(session.output(), list, format);
    return 0;
  }
  if (names.empty()) {
    session.output().info(config.path().string() + " has no control planes; `tptctl up` starts a local one");
    return 0;
  }
  Table table({"NAME", "CURRENT", "API SERVER"});
  for (const std::string& name : names) {
    const auto entry = config.select(name);
    table.add({name, name == config.current_control_plane() ? "yes" : "",
               entry ? entry->url() : "unusable: " + entry.error().message});
  }
  session.output().table(table);
  return 0;
}

Result<int> version(Session& session) {
  session.output().line("tptctl " + session.environment().version);
  const auto api = session.api();
  if (!api) {
    session.output().info(api.error().message);
    return 0;
  }
  const std::string where = session.control_plane()->name + " (" + session.control_plane()->url() + ")";
  const auto answer = (*api)->call("GET", "/version", {}, base::Millis(3'000));
  if (!answer) {
    session.output().warning("control plane " + where + " does not say its version: " + answer.error().message);
    return 0;
  }
  session.output().line("control plane " + where + " " + std::string(answer->first().at("Version").text()));
  return 0;
}

}  // namespace threeport::cli
