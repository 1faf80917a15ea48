#include "cli/delivery_environment.h"

#include <algorithm>

#include <CLI/CLI.hpp>

#include "cli/plan.h"
#include "cli/wait.h"

namespace threeport::cli {

namespace {

using base::Result;

constexpr std::string_view kEnvironment = "Environment";

json::Object named(const std::string& name) { return json::Object{{"Name", name}}; }

Result<json::Object> variables_of(const EnvironmentOptions& options) {
  json::Object out;
  for (const std::string& variable : options.variables) {
    const std::size_t equals = variable.find('=');
    if (equals == 0 || equals == std::string::npos) {
      return base::invalid("--variable " + variable + " must be KEY=VALUE, such as LOG_LEVEL=debug");
    }
    out.set(variable.substr(0, equals), variable.substr(equals + 1));
  }
  return out;
}

Result<int> config_current_environment(Session& session, const CurrentEnvironmentOptions& options) {
  TP_TRY(Config config, session.config());
  if (options.unset && !options.name.empty())
    return base::invalid("--unset and -n exclude each other: say one of them");
  if (options.name.empty() && !options.unset) {
    if (config.current_environment().empty()) {
      return base::not_found("no environment is chosen: `tptctl config current-environment -n NAME` chooses one, " +
                             std::string("--environment names one for a single command"));
    }
    session.output().line(config.current_environment());
    return 0;
  }
  config.set_current_environment(options.name);
  TP_CHECK(config.save());
  session.output().complete(options.unset ? "there is no current environment"
                                          : "the current environment is " + options.name);
  return 0;
}

}  // namespace

Result<std::string> environment_for(Session& session, const std::vector<Document>& documents,
                                    const std::string& asked) {
  TP_TRY(std::string chosen, session.environment(asked));
  const auto score =
      std::find_if(documents.begin(), documents.end(), [](const Document& document) { return document.is_score(); });
  if (!chosen.empty() || score == documents.end()) return chosen;
  return base::invalid(score->where + ": a Score file is for an environment: say --environment NAME, or choose one " +
                       "for all commands with `tptctl config current-environment -n NAME` (CurrentEnvironment in " +
                       session.config_path().string() + ")");
}

base::Error explain_environment(Session& session, client::Api& api, const std::string& asked, const std::string& chosen,
                                base::Error error) {
  if (chosen.empty()) return error;
  if (asked.empty() && error.message.starts_with("Environment ")) {
    error.message += " (CurrentEnvironment in " + session.config_path().string() + " asks for it)";
  }
  const KindDescriptor* kind = session.registry().find(kEnvironment);
  if (kind == nullptr || error.message.find(chosen) == std::string::npos) return error;
  const auto found = api.find_by_name(*kind, chosen);
  if (!found && found.error().kind == base::ErrorKind::not_found) {
    error.message += "; `tptctl create environment " + chosen + "` makes this environment";
  }
  return error;
}

void add_environment_options(CLI::App& create, EnvironmentOptions& options) {
  create.add_option("NAME", options.name, "Name of an environment to create without a file");
  create.add_option("--tier", options.tier, "Tier of that environment");
  create.add_option("--runtime", options.runtime, "Kubernetes runtime instance that it is placed on");
  create.add_option("--ttl", options.ttl, "How long it lives, such as 72h");
  create.add_option("--variable", options.variables, "Variable of that environment, KEY=VALUE; repeatable")
      ->allow_extra_args(false);
}

Result<int> create_environment(Session& session, const Subject& subject, const std::vector<std::string>& files,
                               const EnvironmentOptions& options, std::optional<base::Millis> wait) {
  if (subject.name != kEnvironment || !files.empty()) {
    return base::invalid(
        "NAME, --tier, --runtime, --ttl and --variable are for an environment without a file; else they stand in the "
        "file: tptctl create " +
        subject.word + " -c FILE");
  }
  if (options.name.empty()) return base::invalid("NAME is missing: tptctl create environment NAME");
  const KindDescriptor* const kind = subject.kind;
  json::Object members = named(options.name);
  if (!options.tier.empty()) members.append("Tier", named(options.tier));
  if (!options.runtime.empty()) members.append("KubernetesRuntimeInstance", named(options.runtime));
  if (!options.ttl.empty()) members.append("TTL", options.ttl);
  TP_TRY(json::Object variables, variables_of(options));
  if (!variables.empty()) members.append("Variables", std::move(variables));

  TP_TRY(client::Api* const api, session.api());
  const auto existing = api->find_by_name(*kind, options.name);
  if (existing) {
    return base::conflict(label(*kind, options.name) + " exists already; `tptctl apply -f` changes it");
  }
  if (existing.error().kind != base::ErrorKind::not_found) return existing.error();
  const json::Value body =
      json::Object{{"Documents", json::Array{json::Object{{std::string(kEnvironment), std::move(members)}}}}};
  TP_TRY(const client::Answer answer, api->call("POST", "/v0/apply", body));
  print_outcome(session, answer.first());
  if (!wait) return 0;
  TP_TRY(const client::Object made, api->find_by_name(*kind, options.name));
  return wait_until_ready(session, {{kind, made.id(), options.name, {}, {}}}, *wait);
}

void define_current_environment(CLI::App& config, CurrentEnvironmentOptions& options,
                                const std::function<void(CLI::App&, std::function<Result<int>(Session&)>)>& run) {
  CLI::App* sub =
      config.add_subcommand("current-environment", "Show the environment that commands are for, or choose it");
  sub->fallthrough();
  sub->footer("Examples:\n  tptctl config current-environment -n dev\n  tptctl config current-environment --unset");
  sub->add_option("-n,--name", options.name, "Makes it the current one");
  sub->add_flag("--unset", options.unset, "There is none any more");
  run(*sub, [&options](Session& session) { return config_current_environment(session, options); });
}

}  // namespace threeport::cli
