#include "providers/provisioner/command_provisioner.h"
#include "providers/provisioner/http_provisioner.h"
#include "providers/provisioner/protocol.h"

namespace threeport::providers::provisioner {
namespace {

base::Result<std::vector<std::string>> argv_of(const json::Value& params, std::string_view member) {
  std::vector<std::string> out;
  const json::Value& value = params.at(member);
  if (value.is_null()) return out;
  const json::Array* list = value.if_array();
  if (list != nullptr) {
    for (const json::Value& argument : *list) {
      if (argument.is_string()) out.push_back(std::string(argument.text()));
    }
  }
  if (list == nullptr || out.empty() || out.size() != list->size() || out.front().empty()) {
    return failure(base::ErrorKind::invalid,
                   "Params." + std::string(member) + " must be a list of texts: the program and its arguments");
  }
  return out;
}

base::Result<std::unique_ptr<Provisioner>> open_command(const LiveOptions& options, const json::Value& params) {
  TP_TRY(auto provision, argv_of(params, "Provision"));
  TP_TRY(auto removal, argv_of(params, "Remove"));
  if (provision.empty())
    return failure(base::ErrorKind::invalid, "Params.Provision is missing: a list of the program and its arguments");
  return std::unique_ptr<Provisioner>(
      std::make_unique<CommandProvisioner>(options.command_folders, std::move(provision), std::move(removal)));
}

}  // namespace

Open open_live(LiveOptions options) {
  return [options = std::move(options)](std::string_view provider,
                                        const json::Value& params) -> base::Result<std::unique_ptr<Provisioner>> {
    if (provider == "command") return open_command(options, params);
    if (provider != "http") {
      return failure(base::ErrorKind::invalid,
                     "Provider " + std::string(provider) + " is no provisioner; these are command and http");
    }
    auto made = HttpProvisioner::make(params.at("URL").text(), options.http_ca_pem);
    if (!made) return std::move(made).error().with_context("Params.URL");
    return made;
  };
}

}  // namespace threeport::providers::provisioner
