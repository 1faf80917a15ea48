#include "cli/v0_commands.h"

#include <CLI/CLI.hpp>

namespace threeport::cli {

namespace {

using base::Result;

/// v0 makes an IAM role; this build has nothing that could.
Result<int> config_aws_account(const V0Options& options) {
  if (options.account_id.empty()) {
    return base::invalid("--aws-account-id is missing: the number of the account, such as 555555555555");
  }
  const std::string role = options.role.empty() ? "threeport-runtime-manager" : options.role;
  return base::invalid(
      "this build makes no IAM roles: make the role " + role + " in account " + options.account_id +
      ", then `tptctl apply` a document AwsAccount with Name: " +
      (options.account_name.empty() ? "<name>" : options.account_name) + ", AccountID: \"" + options.account_id +
      "\", DefaultRegion: " + (options.region.empty() ? "<region>" : options.region) + ", RoleArn: arn:aws:iam::" +
      options.account_id + ":role/" + role + (options.is_default_account ? ", DefaultAccount: true" : "") +
      "; the role's trust policy asks for the ExternalId that `tptctl describe aws-account` then shows");
}

/// v0 changes the images of its Deployments; here the server is a program.
Result<int> upgrade_control_plane(Session& session, const V0Options& options) {
  if (options.version.empty()) return base::invalid("--version is missing: the version to upgrade to, such as v1.0.0");
  TP_TRY(client::Api* const api, session.api());
  TP_TRY(const client::Answer answer, api->call("GET", "/version", {}, base::Millis(5'000)));
  const std::string now(answer.first().at("Version").text());
  const std::string& name = session.control_plane()->name;
  if (now == options.version) {
    session.output().info("control plane " + name + " has the version " + now + " already");
    return 0;
  }
  return base::invalid("control plane " + name + " has the version " + now + ", and upgrades by its program: put " +
                       "threeportd " + options.version + " in place of the one that runs, then `tptctl down --name " +
                       name + "` and `tptctl up --name " + name + "`; what it delivered goes on running");
}

}  // namespace

void define_v0_commands(CLI::App& app, V0Options& options,
                        const std::function<void(CLI::App&, std::function<Result<int>(Session&)>)>& run) {
  CLI::App* account =
      app.get_subcommand("config")->add_subcommand("aws-account", "Say how an account that a role leads into is added");
  account->fallthrough();
  account->add_option("--aws-account-name", options.account_name, "Name of the AwsAccount");
  account->add_option("--aws-region", options.region, "Its default region");
  account->add_option("--aws-profile", options.profile, "Profile of the AWS tools");
  account->add_option("--aws-account-id", options.account_id, "Number of the account at AWS");
  account->add_option("--runtime-manager-role-name", options.role, "Name of the role");
  account->add_option("--external-runtime-manager-role-name", options.external_role, "Role that may assume it");
  account->add_flag("--default-account", options.is_default_account, "It is used where no account is named");
  run(*account, [&options](Session&) { return config_aws_account(options); });

  CLI::App* upgrade = app.add_subcommand("upgrade", "Say how a control plane gets another version");
  upgrade->fallthrough();
  upgrade->footer("Examples:\n  tptctl upgrade control-plane --version v1.0.0");
  upgrade->require_subcommand(1);
  CLI::App* control_plane = upgrade->add_subcommand("control-plane", "Say how this control plane gets that version");
  control_plane->fallthrough();
  control_plane->footer("Examples:\n  tptctl upgrade control-plane --version v1.0.0");
  control_plane->add_option("-t,-v,--version", options.version, "Version to upgrade to");
  run(*control_plane, [&options](Session& session) { return upgrade_control_plane(session, options); });
}

}  // namespace threeport::cli
