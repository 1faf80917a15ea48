#include <algorithm>

#include "base/crypto.h"
#include "cli/commands.h"
#include "cli/print_document.h"

namespace threeport::cli {

using base::Result;

namespace {

bool is_listed(const Config& config, const std::string& name) {
  const auto names = config.names();
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// A member that holds PEM, as it is or in base64.
Result<std::string> pem_of(const json::Value& instance, std::string_view member) {
  const std::string text(instance.at(member).text());
  if (text.empty() || text.find("-----BEGIN ") != std::string::npos) return text;
  auto decoded = base::base64_decode(text);
  if (!decoded) return base::invalid(std::string(member) + " of the control plane instance is neither PEM nor base64");
  return std::move(*decoded);
}

Result<ControlPlane> entry_of(const json::Value& child) {
  ControlPlane out{.name = std::string(child.at("Name").text()),
                   .api_server = std::string(child.at("ApiServerEndpoint").text()),
                   .ca_pem = {},
                   .certificate_pem = {},
                   .key_pem = {},
                   .token = {},
                   .is_genesis = false};
  if (out.api_server.empty()) {
    return base::blocked("control plane " + out.name + " has no ApiServerEndpoint yet: wait until it is installed, " +
                         "`tptctl get control-plane-instance " + out.name + "` shows it");
  }
  TP_TRY(out.ca_pem, pem_of(child, "CACert"));
  TP_TRY(out.certificate_pem, pem_of(child, "ClientCert"));
  TP_TRY(std::string key, pem_of(child, "ClientKey"));
  out.key_pem = base::Secret(std::move(key));
  out.auth_enabled = !out.ca_pem.empty();
  return out;
}

/// The control plane of that name that the current one has made, as v0 looks for it; unset where there is none, or no
/// current one to ask.
Result<std::optional<ControlPlane>> find_child(Session& session, const Config& config, const std::string& name) {
  const auto current = config.select("");
  if (!current) return std::optional<ControlPlane>();
  TP_TRY(const auto api, session.environment().connect(*current));
  const KindDescriptor& kind = *session.registry().find("ControlPlaneInstance");
  TP_TRY(const auto selves, api->list(kind, {{"isself", "true"}}));
  for (const client::Object& self : selves) {
    const json::Array* children = self.data.at("Children").if_array();
    if (children == nullptr) continue;
    for (const json::Value& child : *children) {
      if (child.at("Name").text() != name) continue;
      TP_TRY(ControlPlane entry, entry_of(child));
      return std::optional(std::move(entry));
    }
  }
  return std::optional<ControlPlane>();
}

}  // namespace

Result<int> config_current_control_plane(Session& session, const std::string& name) {
  TP_TRY(Config config, session.config());
  if (name.empty()) {
    TP_TRY(const ControlPlane current, config.select(""));
    session.output().line(current.name);
    return 0;
  }
  if (!is_listed(config, name)) {
    TP_TRY(const auto child, find_child(session, config, name));
    if (child) config.put(*child);
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
