#include "cli/security_commands.h"

#include <CLI/CLI.hpp>

#include "base/text.h"
#include "cli/local_certificates.h"
#include "cli/suggestion.h"

namespace threeport::cli {

namespace {

using base::Result;

Result<const schema::KindDescriptor*> token_kind(Session& session) {
  const schema::KindDescriptor* kind = session.registry().find("AccessToken");
  if (kind == nullptr) return base::internal("this build has no access tokens");
  return kind;
}

Result<void> need_name(const std::string& name, std::string_view usage) {
  if (!name.empty()) return {};
  return base::invalid("NAME is missing: tptctl token " + std::string(usage));
}

Result<void> check_scope_name(const std::string& scope) {
  const std::vector<std::string> names(schema::kScopeNames.begin(), schema::kScopeNames.end());
  if (schema::find_scope(scope)) return {};
  return base::invalid((scope.empty() ? "--scope is missing" : "--scope " + scope + " is no scope") +
                       std::string(": it is one of ") + base::join(names, ", ") + did_you_mean(scope, names));
}

void define_token(CLI::App& app, SecurityOptions& options, const DefineAction& run) {
  CLI::App* token = app.add_subcommand("token", "Make, list and revoke tokens for programs and people");
  token->fallthrough();
  token->footer(
      "Examples:\n  tptctl token create ci --scope ci --expires 90d\n  tptctl token list\n  tptctl token revoke ci");
  run(*token, [&options](Session& session) -> Result<int> {
    if (options.command) return options.command(session);
    return base::invalid("token needs a command: tptctl token create NAME --scope SCOPE, list, or revoke NAME");
  });
  const auto command = [&](const std::string& name, const std::string& description, const std::string& example,
                           auto action) {
    CLI::App* sub = token->add_subcommand(name, description);
    sub->fallthrough();
    sub->footer("Examples:\n  " + example);
    sub->callback([&options, action] { options.command = action; });
    return sub;
  };
  CLI::App* create =
      command("create", "Make a token; it is shown this once", "tptctl token create ci --scope ci --expires 90d",
              [&options](Session& session) { return create_token(session, options); });
  create->add_option("NAME", options.token_name, "Name of the token");
  create->add_option("--scope", options.scope, "admin, operator, developer, ci or read-only");
  create->add_option("--expires", options.expires, "Time that it is valid for, such as 90d or 12h; else for ever");
  command("list", "List the tokens, with their scopes and their ends", "tptctl token list",
          [](Session& session) { return list_tokens(session); });
  CLI::App* revoke = command("revoke", "Refuse a token from now on", "tptctl token revoke ci",
                             [&options](Session& session) { return revoke_token(session, options.token_name); });
  revoke->add_option("NAME", options.token_name, "Name of the token");
}

}  // namespace

void add_authentication_flags(CLI::App& up, UpOptions& options) {
  up.add_flag("--auth-enabled,!--no-auth", options.auth_enabled,
              "TLS, and certificates or tokens for callers; --auth-enabled=false: neither, loopback only");
  up.add_option("--host", options.hosts, "Further name or address for the server's certificate; repeatable")
      ->allow_extra_args(false);
}

void define_security(CLI::App& app, SecurityOptions& options, const DefineAction& run) {
  define_token(app, options, run);
  CLI::App* who = app.add_subcommand("whoami", "Show who the control plane takes you for, and what you may do");
  who->fallthrough();
  who->footer("Examples:\n  tptctl whoami\n  THREEPORT_TOKEN=$TOKEN tptctl whoami");
  run(*who, [](Session& session) { return whoami(session); });
  CLI::App* made = app.add_subcommand("certificates", "Make or renew the certificates of a server and a client");
  made->fallthrough();
  made->footer(
      "Examples:\n  tptctl certificates --folder /etc/threeport/certificates --host api.example.org\n"
      "  tptctl certificates --folder /etc/threeport/certificates --client alice");
  made->add_option("--folder", options.folder, "Where CA, server and client certificates lie, or are to lie");
  made->add_option("--host", options.hosts, "Name or address at which clients reach the server; repeatable")
      ->allow_extra_args(false);
  made->add_option("--name", options.name, "Name of the control plane, for the subject of the CA")
      ->capture_default_str();
  made->add_option("--client", options.client,
                   "Issue a certificate to this client, besides; changes are logged as "
                   "made by cert:CLIENT");
  run(*made, [&options](Session& session) { return certificates(session, options); });
}

Result<int> create_token(Session& session, const SecurityOptions& options) {
  TP_CHECK(need_name(options.token_name, "create NAME --scope SCOPE"));
  TP_CHECK(check_scope_name(options.scope));
  json::Object body{{"Name", options.token_name}, {"Scope", options.scope}};
  if (!options.expires.empty()) {
    const auto life = base::parse_duration(options.expires);
    if (!life || life->count() <= 0)
      return base::invalid("--expires " + options.expires + " must be a duration such as 90d or 12h");
    body.set("ExpiresAt", base::format_time(session.environment().clock.now() + *life));
  }
  TP_TRY(const auto* const kind, token_kind(session));
  TP_TRY(client::Api* const api, session.api());
  TP_TRY(const client::Object made, api->create(*kind, body));
  session.output().line(made.data.at("Token").text());
  if (!session.environment().is_terminal) return 0;
  const std::string until(made.data.at("ExpiresAt").text());
  session.output().info("token " + options.token_name + " has the scope " + options.scope + " and " +
                        (until.empty() ? "does not expire" : "expires at " + until) +
                        "; keep it now, it is not shown again");
  return 0;
}

Result<int> list_tokens(Session& session) {
  TP_TRY(const auto* const kind, token_kind(session));
  return get(session, {{std::string(kind->path), ""}, Format::table});
}

Result<int> revoke_token(Session& session, const std::string& name) {
  TP_CHECK(need_name(name, "revoke NAME"));
  TP_TRY(const auto* const kind, token_kind(session));
  TP_TRY(client::Api* const api, session.api());
  TP_TRY(const client::Object found, api->find_by_name(*kind, name));
  TP_TRY(const client::Object removed, api->remove(*kind, found.id()));
  session.output().complete("token " + name + " is revoked");
  return 0;
}

Result<int> whoami(Session& session) {
  TP_TRY(client::Api* const api, session.api());
  TP_TRY(const client::Answer answer, api->call("GET", "/v0/whoami"));
  Table table({"ACTOR", "SCOPE", "CONTROL PLANE", "API SERVER"});
  table.add({std::string(answer.first().at("Actor").text()), std::string(answer.first().at("Scope").text()),
             session.control_plane()->name, session.control_plane()->url()});
  session.output().table(table);
  return 0;
}

Result<int> certificates(Session& session, const SecurityOptions& options) {
  if (options.folder.empty())
    return base::invalid("--folder is missing, where the certificates are to lie: tptctl certificates --folder FOLDER");
  if (options.client.find('/') != std::string::npos || options.client == "ca" || options.client == "server")
    return base::invalid("--client " + options.client +
                         " is the name of a file, too: it may be neither ca nor server, "
                         "and has no slash");
  const CertificateFiles files(session.environment().working_directory / options.folder);
  CertificatesWanted wanted{.name = options.name, .hosts = options.hosts};
  if (!options.client.empty()) wanted.client = wanted.client_name = options.client;
  TP_TRY(const Certificates made, ensure_certificates(files, wanted, session.environment().clock));
  const CertificateFile client(files.folder, wanted.client);
  const auto state = [](bool is_new) { return std::string(is_new ? "made" : "kept"); };
  Table table({"CERTIFICATE", "KEY", "STATE"});
  table.add({files.authority.certificate.string(), files.authority.key.string(), ""});
  table.add({files.server.certificate.string(), files.server.key.string(), state(made.is_server_new)});
  table.add({client.certificate.string(), client.key.string(), state(made.is_client_new)});
  session.output().table(table);
  session.output().info("threeportd --tls-certificate-file=" + files.server.certificate.string() + " --tls-key-file=" +
                        files.server.key.string() + " --client-ca-file=" + files.authority.certificate.string());
  return 0;
}

}  // namespace threeport::cli
