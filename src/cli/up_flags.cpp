#include "cli/up_flags.h"

#include <vector>

#include "base/text.h"

namespace threeport::cli {

namespace {

base::Result<void> check_provider(const V0UpFlags& flags) {
  if (flags.provider == "eks" || !flags.aws_profile.empty() || !flags.aws_region.empty() || flags.aws_environment) {
    return base::invalid(std::string(flags.provider == "eks" ? "--provider eks" : "--aws-...") +
                         ": this build makes no EKS clusters; make one with the tools of AWS, and adopt it: tptctl up "
                         "--kubeconfig FILE --context CONTEXT");
  }
  if (!flags.provider.empty() && flags.provider != "kind" && flags.provider != "kubeconfig")
    return base::invalid("--provider " + flags.provider + ": there is no such provider; these are kind and kubeconfig");
  return {};
}

std::vector<std::string> without_effect(const V0UpFlags& flags) {
  std::vector<std::string> out;
  if (!flags.root_domain.empty()) out.emplace_back("--root-domain");
  if (!flags.admin_email.empty()) out.emplace_back("--admin-email");
  if (!flags.image_repo.empty()) out.emplace_back("--control-plane-image-repo");
  if (!flags.image_tag.empty()) out.emplace_back("--control-plane-image-tag");
  if (!flags.worker_nodes.empty()) out.emplace_back("--num-worker-nodes");
  if (flags.local_registry) out.emplace_back("--local-registry");
  if (flags.skip_teardown) out.emplace_back("--skip-teardown");
  return out;
}

void add_v0_up_flags(CLI::App& up, V0UpFlags& flags) {
  up.add_option("-p,--provider", flags.provider, "Who made the cluster of --kubeconfig: kind or kubeconfig");
  const auto hidden = [&](const std::string& name, auto& value) { up.add_option(name, value)->group(""); };
  const auto hidden_flag = [&](const std::string& name, bool& value) { up.add_flag(name, value)->group(""); };
  hidden("--kind-kubeconfig", flags.kind_kubeconfig);
  hidden("--aws-config-profile", flags.aws_profile);
  hidden("--aws-region", flags.aws_region);
  hidden_flag("--aws-config-env", flags.aws_environment);
  hidden("--root-domain", flags.root_domain);
  hidden("--admin-email", flags.admin_email);
  hidden("-r,--control-plane-image-repo", flags.image_repo);
  hidden("-t,--control-plane-image-tag", flags.image_tag);
  hidden("--num-worker-nodes", flags.worker_nodes);
  hidden_flag("--local-registry", flags.local_registry);
  hidden_flag("--skip-teardown", flags.skip_teardown);
  hidden_flag("--force-overwrite-config", flags.ignored);
  hidden_flag("--control-plane-only", flags.ignored);
  up.add_flag("--debug", flags.debug, "The server logs everything");
}

void add_v0_down_flags(CLI::App& down, V0UpFlags& flags) {
  down.add_flag("--control-plane-only", flags.ignored)->group("");
  down.add_flag("--aws-config-env", flags.ignored)->group("");
}

base::Result<void> take_v0_up_flags(const V0UpFlags& flags, UpOptions& options, Output& output) {
  TP_CHECK(check_provider(flags));
  if (!flags.kind_kubeconfig.empty() && !options.kubeconfig.empty())
    return base::invalid("--kind-kubeconfig is v0's name of --kubeconfig: give one of them");
  if (options.kubeconfig.empty()) options.kubeconfig = flags.kind_kubeconfig;
  if (!flags.provider.empty() && options.kubeconfig.empty()) {
    return base::invalid("--provider " + flags.provider +
                         ": this build makes no clusters, it adopts one: add its --kubeconfig FILE" +
                         (flags.provider == "kind" ? ", after `kind create cluster`" : ""));
  }
  if (!flags.provider.empty()) options.provider = flags.provider;
  options.debug = flags.debug;
  const std::vector<std::string> idle = without_effect(flags);
  if (!idle.empty()) {
    output.info(base::join(idle, ", ") + (idle.size() == 1 ? " has" : " have") +
                " no effect: the control plane is one program beside tptctl, and the cluster is there already");
  }
  return {};
}

}  // namespace

void define_up_and_down(CLI::App& app, UpDownFlags& flags, const DefineAction& run) {
  CLI::App& up_command = *app.add_subcommand("up", "Start a control plane on this machine");
  up_command.fallthrough();
  up_command.footer("Examples:\n  tptctl up\n  tptctl up --kubeconfig ~/.kube/config --context kind-dev");
  up_command.add_option("-n,--name", flags.up.name, "Name of the control plane")->capture_default_str();
  up_command.add_option("--kubeconfig", flags.up.kubeconfig, "Kubeconfig of the cluster to deliver to");
  up_command.add_option("--context", flags.up.context, "Context of the kubeconfig; else its current one");
  up_command.add_option("--listen", flags.up.listen, "HOST:PORT; else 127.0.0.1 and the first free port from 1323");
  add_authentication_flags(up_command, flags.up);
  add_v0_up_flags(up_command, flags.v0);
  run(up_command, [&flags](Session& session) -> base::Result<int> {
    TP_CHECK(take_v0_up_flags(flags.v0, flags.up, session.output()));
    return up(session, flags.up);
  });

  CLI::App& down_command =
      *app.add_subcommand("down", "Stop a control plane on this machine; what it delivered goes on running");
  down_command.fallthrough();
  down_command.footer("Examples:\n  tptctl down\n  tptctl down --name test --purge");
  down_command.add_option("-n,--name", flags.down.name, "Name of the control plane")->capture_default_str();
  down_command.add_flag("--purge", flags.down.purge, "Remove its database, key and log too");
  add_v0_down_flags(down_command, flags.v0);
  run(down_command, [&flags](Session& session) { return down(session, flags.down); });
}

}  // namespace threeport::cli
