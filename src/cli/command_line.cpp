#include "cli/command_line.h"

#include <algorithm>
#include <memory>

#include <CLI/CLI.hpp>

#include "base/text.h"
#include "cli/command_table.h"
#include "cli/commands.h"
#include "cli/complete.h"
#include "cli/delivery_environment.h"
#include "cli/explain_commands.h"
#include "cli/option_values.h"
#include "cli/reference_commands.h"
#include "cli/security_commands.h"
#include "cli/suggestion.h"
#include "cli/unexpected_word.h"
#include "cli/up_flags.h"
#include "cli/v0_commands.h"

namespace threeport::cli {

namespace {

using base::Result;
using Action = std::function<Result<int>(Session&)>;

constexpr std::size_t kHelpWidth = 78;

/// The values that CLI11 fills in; texts become types in the action, where errors are Results.
struct Parsed {
  GlobalOptions global;
  ApplyOptions apply;
  ApplyOptions create;
  Target target;
  DeleteOptions remove;
  LogsOptions logs;
  RollbackOptions rollback;
  UpDownFlags up_down;
  SecurityOptions security;
  PlanOptions plan;
  ReferenceOptions reference;
  ExplainOptions explain;
  V0Options v0;
  EnvironmentOptions environment;
  CurrentEnvironmentOptions current_environment;
  std::string format, field, wait, name, api_version, shell, to, tail, plan_id, describe_file, at;
  Action action;
};

/// `usage`: "apply -f FILE".
Result<void> need_files(std::string_view usage, const std::vector<std::string>& files) {
  if (!files.empty()) return {};
  return base::invalid("FILE is missing, a file, a folder, or - for standard input: tptctl " + std::string(usage));
}

Result<int> needs_config_command() {
  return base::invalid(
      "config needs a command: tptctl config get-control-planes, or tptctl config current-control-plane [-n NAME]");
}

Result<void> check_api_version(const std::string& version) {
  if (version.empty() || version == "v0") return {};
  return base::invalid("--version " + version + ": the API has the version v0");
}

/// Defines the commands of one application; references `parsed`, which must outlive the parsing.
class Definitions {
 public:
  Definitions(CLI::App& app, Parsed& parsed, const Vocabulary& vocabulary)
      : app_(app), parsed_(parsed), vocabulary_(vocabulary) {}

  void define_all() {
    define_global();
    const auto define = [this](CLI::App& sub, Action action) { run(sub, std::move(action)); };
    define_up_and_down(app_, parsed_.up_down, define);
    define_apply();
    define_plan();
    define_create();
    define_get();
    define_describe();
    define_explain(app_, parsed_.explain, define);
    define_events_and_logs();
    define_history_and_rollback();
    define_delete();
    define_watch();
    define_config();
    define_version_and_completion();
    define_security(app_, parsed_.security, define);
    define_reference(app_, parsed_.reference, define);
    define_v0_commands(app_, parsed_.v0, define);
  }

 private:
  CLI::App& command(const std::string& name, const std::string& description, const std::string& examples) {
    CLI::App* sub = app_.add_subcommand(name, description);
    sub->fallthrough();
    if (!examples.empty()) sub->footer("Examples:\n" + examples);
    return *sub;
  }
  /// What runs if this command is the one.
  void run(CLI::App& sub, Action action) {
    sub.callback([this, action = std::move(action)] { parsed_.action = action; });
  }
  std::string kinds() const {
    std::string out = "\n\nKinds, with their aliases:", line;
    for (const Subject& subject : vocabulary_.subjects()) {
      const std::string alias(subject.is_combined() ? "" : subject.kind->alias);
      const std::string word = subject.word + (alias.empty() ? "" : " (" + alias + ")");
      if (line.empty() || line.size() + 2 + word.size() > kHelpWidth) {
        out += (line.empty() ? "" : line + ",") + "\n";
        line = "  " + word;
      } else {
        line += ", " + word;
      }
    }
    return out + line;
  }
  void add_target(CLI::App& sub) {
    sub.add_option("KIND", parsed_.target.kind, "Kind of the object: singular, plural or alias");
    sub.add_option("NAME", parsed_.target.name, "Its name");
    sub.add_option("--environment", parsed_.target.environment,
                   "Environment of the workload; else CurrentEnvironment of the configuration file");
  }
  static void add_files(CLI::App& sub, std::vector<std::string>& files, const std::string& description) {
    sub.add_option("-f,--file,-c,--config", files, description)
        ->allow_extra_args(false)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  }
  /// What apply and plan read.
  template <typename Options>
  static void add_documents(CLI::App& sub, Options& options) {
    add_files(sub, options.files, "File, folder, or - for standard input; repeatable");
    sub.add_option("-n,--name", options.name, "Name of the workload that plain Kubernetes manifests make");
    sub.add_option("--environment", options.environment,
                   "Environment to apply for; else CurrentEnvironment of the configuration file");
    sub.add_option("--image", options.images,
                   "Image of a container of a Score file, [WORKLOAD/]CONTAINER=REFERENCE; repeatable")
        ->allow_extra_args(false);
  }
  void add_wait(CLI::App& sub, const std::string& description) {
    sub.add_flag("--wait{true}", parsed_.wait, description + "; --wait=10m sets the limit, 5m otherwise")
        ->type_name("");
  }
  void add_v0_options(CLI::App& sub, bool with_name) {
    if (with_name) sub.add_option("-n,--name", parsed_.name, "Name of the object, as v0 spells it");
    sub.add_option("-v,--version", parsed_.api_version, "Version of the API: v0")->group("");
  }

  void define_global() {
    app_.add_option("-i,--control-plane-name", parsed_.global.control_plane_name,
                    "Control plane of the configuration file; else the current one");
    app_.add_option("--threeport-config", parsed_.global.config_path,
                    "Configuration file (THREEPORT_CONFIG; ~/.threeport/config.yaml)");
    app_.add_option("--provider-config", parsed_.global.state_folder,
                    "Folder for the files of local control planes (~/.threeport)");
    app_.add_option("--token", parsed_.global.token,
                    "Token to call the API with; better in THREEPORT_TOKEN, or in the configuration file");
  }

  void define_apply() {
    CLI::App& sub = command("apply", "Create or change what files declare, all or nothing",
                            "  tptctl apply -f workload.yaml --wait\n"
                            "  tptctl apply -f deployment.yaml -f service.yaml --name web\n"
                            "  tptctl apply -f score.yaml --environment dev --image web=registry.example/web:1.4\n"
                            "  kustomize build . | tptctl apply -f - --name web --wait=10m");
    add_documents(sub, parsed_.apply);
    sub.add_option("--plan", parsed_.plan_id, "Applies this plan of `tptctl plan`, exactly, instead of files");
    add_wait(sub, "Wait until everything is healthy: exit code 0, 8 (timed out) or 9 (stalled or failed)");
    run(sub, [this](Session& session) -> Result<int> {
      TP_TRY(parsed_.apply.plan, parse_count("--plan", parsed_.plan_id));
      if (!parsed_.apply.plan) TP_CHECK(need_files("apply -f FILE", parsed_.apply.files));
      if (parsed_.apply.plan && !parsed_.apply.files.empty())
        return base::invalid("--plan stands alone: a plan has the content of its files; leave -f out");
      TP_TRY(parsed_.apply.wait, parse_wait(parsed_.wait));
      return apply(session, parsed_.apply);
    });
  }

  void define_plan() {
    CLI::App& sub = command("plan", "Show what apply would do, and keep it to be applied exactly so",
                            "  tptctl plan -f workload.yaml\n"
                            "  tptctl apply --plan $(tptctl plan -f workload.yaml -o name)");
    add_documents(sub, parsed_.plan);
    sub.add_option("-o,--output", parsed_.format, "plain, json, yaml, name");
    run(sub, [this](Session& session) -> Result<int> {
      TP_CHECK(need_files("plan -f FILE", parsed_.plan.files));
      TP_TRY(parsed_.plan.format, parse_format(parsed_.format, {"plain", "json", "yaml", "name"}));
      return plan(session, parsed_.plan);
    });
  }

  void define_create() {
    CLI::App& sub = command("create", "Create objects of one kind from a file, as v0 does; apply also changes them",
                            "  tptctl create workload -c workload.yaml\n"
                            "  tptctl create kubernetes-runtime -c runtime.yaml\n"
                            "  tptctl create environment dev --tier development --ttl 72h" +
                                kinds());
    sub.add_option("KIND", parsed_.create.only_kind, "Kind of the objects");
    sub.add_option("-c,--config,-f,--file", parsed_.create.files, "File")->allow_extra_args(false);
    add_environment_options(sub, parsed_.environment);
    add_wait(sub, "Wait until everything is healthy");
    add_v0_options(sub, false);
    run(sub, [this](Session& session) -> Result<int> {
      TP_CHECK(check_api_version(parsed_.api_version));
      TP_TRY(const Subject subject, vocabulary_.find(parsed_.create.only_kind));
      TP_TRY(parsed_.create.wait, parse_wait(parsed_.wait));
      if (!parsed_.environment.empty())
        return create_environment(session, subject, parsed_.create.files, parsed_.environment, parsed_.create.wait);
      TP_CHECK(need_files("create " + parsed_.create.only_kind + " -c FILE", parsed_.create.files));
      parsed_.create.create_only = true;
      return apply(session, parsed_.create);
    });
  }

  void define_get() {
    CLI::App& sub = command("get", "List objects, or show one",
                            "  tptctl get workloads\n  tptctl get kri -o wide\n"
                            "  tptctl get tier gold --at 2030-01-02T03:04:05Z -o yaml" +
                                kinds());
    add_target(sub);
    sub.add_option("-o,--output", parsed_.format, "table, wide, json, yaml or name");
    sub.add_option("--at", parsed_.at, "What the object was then: a time, or a sequence number of tptctl history");
    add_v0_options(sub, false);
    run(sub, [this](Session& session) -> Result<int> {
      TP_CHECK(check_api_version(parsed_.api_version));
      TP_TRY(const Format format, parse_format(parsed_.format, {"table", "wide", "json", "yaml", "name"}));
      return get(session, {parsed_.target, format, parsed_.at});
    });
  }

  void define_describe() {
    CLI::App& sub = command("describe", "Show everything about one object: what it is, how it is, and why",
                            "  tptctl describe workload web\n  tptctl describe workload-instance -n web -o yaml\n"
                            "  tptctl describe aws-account -c account.yaml --field SecretAccessKey" +
                                kinds());
    add_target(sub);
    sub.add_option("-o,--output", parsed_.format, "plain, table, wide, json, yaml or name");
    sub.add_option("-f,--field", parsed_.field,
                   "Print this member only; a secret one decrypted with EncryptionKey of the configuration file");
    sub.add_option("-c,--config", parsed_.describe_file, "File with the document of the object, instead of its name");
    add_v0_options(sub, true);
    run(sub, [this](Session& session) -> Result<int> {
      TP_CHECK(check_api_version(parsed_.api_version));
      TP_CHECK(take_name());
      TP_TRY(const Format format, parse_format(parsed_.format, {"plain", "table", "wide", "json", "yaml", "name"}));
      const bool is_plain = parsed_.format.empty() || parsed_.format == "plain";
      return describe(session, {parsed_.target, is_plain ? std::nullopt : std::optional(format), parsed_.field,
                                parsed_.describe_file});
    });
  }

  void define_events_and_logs() {
    CLI::App& events_command =
        command("events", "Show what happened, newest last", "  tptctl events\n  tptctl events workload web");
    add_target(events_command);
    events_command.add_option("-o,--output", parsed_.format, "table, json or yaml");
    run(events_command, [this](Session& session) -> Result<int> {
      TP_TRY(const Format format, parse_format(parsed_.format, {"table", "json", "yaml"}));
      return events(session, parsed_.target, format);
    });

    CLI::App& logs_command =
        command("logs", "Print what the pods of a workload print",
                "  tptctl logs workload web --follow\n  tptctl logs workload web -c nginx --tail 20");
    add_target(logs_command);
    logs_command.add_option("-c,--container", parsed_.logs.container, "Only this container");
    logs_command.add_flag("-f,--follow", parsed_.logs.follow, "Go on until interrupted");
    logs_command.add_option("--tail", parsed_.tail, "Only the last lines of each container");
    logs_command.add_flag("-p,--previous", parsed_.logs.previous, "Of the containers that ran before a restart");
    run(logs_command, [this](Session& session) -> Result<int> {
      TP_TRY(parsed_.logs.tail, parse_count("--tail", parsed_.tail));
      parsed_.logs.target = parsed_.target;
      return logs(session, parsed_.logs);
    });
  }

  void define_history_and_rollback() {
    CLI::App& history_command = command("history", "Show the revisions of a workload, or the changes of an object",
                                        "  tptctl history workload web\n  tptctl history tier gold -o yaml");
    add_target(history_command);
    history_command.add_option("-o,--output", parsed_.format, "table, json or yaml");
    run(history_command, [this](Session& session) -> Result<int> {
      TP_TRY(const Format format, parse_format(parsed_.format, {"table", "json", "yaml"}));
      return history(session, {parsed_.target, format});
    });

    CLI::App& rollback_command =
        command("rollback", "Go back to an earlier revision of a workload",
                "  tptctl rollback workload web --wait\n  tptctl rollback workload web --to 2");
    add_target(rollback_command);
    rollback_command.add_option("--to", parsed_.to,
                                "Number of the revision (tptctl history); else the newest good one before");
    add_wait(rollback_command, "Wait until the workload is healthy");
    run(rollback_command, [this](Session& session) -> Result<int> {
      TP_TRY(parsed_.rollback.wait, parse_wait(parsed_.wait));
      TP_TRY(parsed_.rollback.to, parse_count("--to", parsed_.to));
      parsed_.rollback.target = parsed_.target;
      return rollback(session, parsed_.rollback);
    });
  }

  void define_delete() {
    CLI::App& sub = command("delete", "Delete objects, and wait until they are gone",
                            "  tptctl delete workload web\n  tptctl delete -f workload.yaml\n"
                            "  tptctl delete workload-instance web --wait=false" +
                                kinds());
    add_target(sub);
    add_files(sub, parsed_.remove.files, "Delete what these files declare");
    sub.add_flag("--abandon", parsed_.remove.abandon, "Finish without the outside world; lists what stays behind");
    sub.add_flag("--cascade", parsed_.remove.cascade, "Of an environment: delete what lives in it first");
    parsed_.wait = "";
    add_wait(sub, "On by default; --wait=false only asks for the deletion");
    add_v0_options(sub, true);
    run(sub, [this](Session& session) -> Result<int> {
      TP_CHECK(check_api_version(parsed_.api_version));
      if (parsed_.remove.files.empty()) TP_CHECK(take_name());
      TP_TRY(parsed_.remove.wait, parse_wait(parsed_.wait.empty() ? "true" : parsed_.wait));
      parsed_.remove.target = parsed_.target;
      parsed_.remove.name = parsed_.name;
      return remove(session, parsed_.remove);
    });
  }

  void define_watch() {
    CLI::App& sub = command("watch", "Print every change of the objects of a kind, or of one",
                            "  tptctl watch workload-instances\n  tptctl watch workload web -o json" + kinds());
    add_target(sub);
    sub.add_option("-o,--output", parsed_.format, "table or json (one line a change)");
    run(sub, [this](Session& session) -> Result<int> {
      TP_TRY(const Format format, parse_format(parsed_.format, {"table", "json"}));
      return watch(session, {parsed_.target, format});
    });
  }

  void define_config() {
    CLI::App& sub = command("config", "Show and change the configuration file",
                            "  tptctl config get-control-planes\n  tptctl config current-control-plane -n dev");
    sub.callback([this, &sub] {
      // Callbacks of a command run after those of its own commands.
      if (sub.get_subcommands().empty()) parsed_.action = [](Session&) { return needs_config_command(); };
    });
    CLI::App* current = sub.add_subcommand("current-control-plane", "Show the current control plane, or choose it");
    current->fallthrough();
    current->add_option("-n,--name,--control-plane-name", parsed_.name, "Makes it the current one");
    run(*current, [this](Session& session) { return config_current_control_plane(session, parsed_.name); });
    define_current_environment(sub, parsed_.current_environment,
                               [this](CLI::App& defined, Action action) { run(defined, std::move(action)); });
    CLI::App* list = sub.add_subcommand("get-control-planes", "List the control planes of the configuration file");
    list->fallthrough();
    list->add_option("-o,--output", parsed_.format, "table, json, yaml or name");
    run(*list, [this](Session& session) -> Result<int> {
      TP_TRY(const Format format, parse_format(parsed_.format, {"table", "json", "yaml", "name"}));
      return config_get_control_planes(session, format);
    });
  }

  void define_version_and_completion() {
    run(command("version", "Show the versions of tptctl and of the control plane", "  tptctl version"),
        [](Session& session) { return version(session); });
    CLI::App& sub = command("completion", "Print the completion script of a shell",
                            "  source <(tptctl completion bash)\n"
                            "  tptctl completion zsh > \"${fpath[1]}/_tptctl\"\n"
                            "  tptctl completion fish > ~/.config/fish/completions/tptctl.fish");
    sub.add_option("SHELL", parsed_.shell, "bash, zsh or fish");
    run(sub, [this](Session& session) { return completion(session, parsed_.shell); });
  }

  /// `-n NAME` of v0 stands for NAME.
  Result<void> take_name() {
    if (parsed_.name.empty()) return {};
    if (!parsed_.target.name.empty() && parsed_.target.name != parsed_.name) {
      return base::invalid("the name is given twice: " + parsed_.target.name + " and -n " + parsed_.name);
    }
    parsed_.target.name = parsed_.name;
    return {};
  }

  CLI::App& app_;
  Parsed& parsed_;
  const Vocabulary& vocabulary_;
};

}  // namespace

std::vector<CommandHelp> table_of_commands(const Vocabulary& vocabulary) {
  Parsed parsed;
  CLI::App app("The command line of Threeport", "tptctl");
  Definitions(app, parsed, vocabulary).define_all();
  return command_table(app);
}

Result<CommandLine> parse_command_line(const std::vector<std::string>& arguments, const Vocabulary& vocabulary) {
  const auto parsed = std::make_shared<Parsed>();
  // The action outlives this function, and refers to both.
  const auto app = std::make_shared<CLI::App>("tptctl: the command line of Threeport", "tptctl");
  const auto definitions = std::make_shared<Definitions>(*app, *parsed, vocabulary);
  definitions->define_all();
  app->get_formatter()->column_width(34);
  CommandLine out;
  if (arguments.empty()) {
    out.text = app->help();
    return out;
  }
  // `help COMMAND` is COMMAND --help; the commands have a --version of their own, that of the API.
  std::vector<std::string> words(arguments.rbegin(), arguments.rend());
  if (words == std::vector<std::string>{"--version"}) words = {"version"};
  if (words.back() == "help") {
    words.pop_back();
    words.insert(words.begin(), "--help");
  }
  try {
    app->parse(std::move(words));
  } catch (const CLI::CallForHelp&) {
    const auto rest = app->remaining(true);
    if (app->get_subcommands().empty() && !rest.empty()) return unexpected_word(*app, rest.front());
    const CLI::App* asked = app.get();
    std::string above;
    while (!asked->get_subcommands().empty()) {
      above += (above.empty() ? "" : " ") + asked->get_name();
      asked = asked->get_subcommands().front();
    }
    out.text = asked->help(above);
    return out;
  } catch (const CLI::ExtrasError&) {
    const auto rest = app->remaining(true);
    return unexpected_word(*app, rest.empty() ? "" : rest.front());
  } catch (const CLI::ArgumentMismatch& error) {
    // "--output: 1 required TEXT missing"
    const std::string_view what = error.what();
    const std::string problem =
        what.ends_with(" missing") ? std::string(what.substr(0, what.find(':'))) + " needs a value" : std::string(what);
    return base::invalid(called_command(*app) + ": " + problem + " (`" + called_command(*app) + " --help` shows how)");
  } catch (const CLI::ParseError& error) {
    return base::invalid(called_command(*app) + ": " + error.what() + " (`" + called_command(*app) +
                         " --help` shows how)");
  } catch (const CLI::Error& error) {
    return base::internal(std::string("the command line cannot be read: ") + error.what());
  }
  if (!parsed->action) {
    const auto rest = app->remaining(true);
    if (!rest.empty()) return unexpected_word(*app, rest.front());
    out.text = app->help();
    return out;
  }
  out.options = parsed->global;
  out.action = [app, parsed, definitions](Session& session) { return parsed->action(session); };
  return out;
}

}  // namespace threeport::cli
