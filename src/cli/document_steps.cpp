#include <algorithm>
#include <array>

#include "base/text.h"
#include "cli/aws_profile.h"
#include "cli/document_draft.h"
#include "cli/suggestion.h"
#include "kinds/aws_regions.h"

namespace threeport::cli {

namespace {

using base::Result;

json::Object named(std::string_view name) { return json::Object{{"Name", name}}; }

/// AwsAccount: either the region and keys themselves, or where they are on this machine.
Result<void> read_local_profile(Draft& draft, const Surroundings& around) {
  constexpr std::array<std::string_view, 3> kLocal{"LocalConfig", "LocalCredentials", "LocalProfile"};
  constexpr std::array<std::string_view, 3> kDirect{"DefaultRegion", "AccessKeyID", "SecretAccessKey"};
  const auto is_written = [&](std::string_view key) { return draft.is_written(key); };
  const auto local = std::find_if(kLocal.begin(), kLocal.end(), is_written);
  const auto direct = std::find_if(kDirect.begin(), kDirect.end(), is_written);
  if (local == kLocal.end()) {
    if (is_written("AccessKeyID") == is_written("SecretAccessKey")) return {};
    return base::invalid(draft.name_of(is_written("AccessKeyID") ? "SecretAccessKey" : "AccessKeyID") +
                         " is missing: AccessKeyID and SecretAccessKey go together; give both, or neither");
  }
  if (direct != kDirect.end()) {
    return base::invalid(draft.name_of(*local) + " and " + std::string(*direct) +
                         " exclude each other: region and keys are either written here (DefaultRegion, AccessKeyID, "
                         "SecretAccessKey) or read from a profile (LocalConfig, LocalCredentials, LocalProfile)");
  }
  const auto missing = std::find_if_not(kLocal.begin(), kLocal.end(), is_written);
  if (missing != kLocal.end()) {
    return base::invalid(draft.name_of(*missing) +
                         " is missing: LocalConfig, LocalCredentials and LocalProfile go "
                         "together");
  }
  const auto path = [&](std::string_view key) { return resolve_path(around, draft.written.find(key)->text()); };
  TP_TRY(AwsProfile profile,
         read_aws_profile(path("LocalConfig"), path("LocalCredentials"), draft.written.find("LocalProfile")->text()));
  draft.both.set("DefaultRegion", std::move(profile.region));
  draft.both.set("AccessKeyID", std::move(profile.access_key_id));
  draft.both.set("SecretAccessKey", profile.secret_access_key.reveal());
  return {};
}

bool is_true(const json::Value& object, std::string_view member) { return object.at(member) == json::Value(true); }

const json::Array& list_of(const Draft& draft, std::string_view member) {
  static const json::Array kNone;
  const json::Array* list = draft.at(member).if_array();
  return list == nullptr ? kNone : *list;
}

Result<void> check_http_port(const Draft& draft, const json::Value& port) {
  const std::string text = draft.name_of("HttpPorts") + ": port " + json::dump(port.at("Port"));
  if (!is_true(port, "HTTPSRedirect")) return {};
  if (is_true(port, "TLSEnabled")) {
    return base::invalid(text +
                         " has TLSEnabled and HTTPSRedirect, which exclude each other: a port serves HTTPS, or "
                         "sends its callers to one that does");
  }
  if (port.at("Port").as_int() != 80) return {};
  const json::Array& all = list_of(draft, "HttpPorts");
  if (std::any_of(all.begin(), all.end(), [](const auto& other) { return other.at("Port").as_int() == 443; }))
    return {};
  return base::invalid(text + " redirects to HTTPS, but no port is 443: add {Port: 443, TLSEnabled: true}");
}

Result<void> check_ports(Draft& draft, const Surroundings&) {
  const json::Array &http = list_of(draft, "HttpPorts"), &tcp = list_of(draft, "TcpPorts");
  if (http.empty() && tcp.empty()) {
    return base::invalid(draft.name_of("HttpPorts") + " and TcpPorts are missing: list at least one port, such as " +
                         "HttpPorts: [{Port: 80}]");
  }
  for (const json::Value& port : http) TP_CHECK(check_http_port(draft, port));
  for (const json::Array* list : {&http, &tcp}) {
    for (const json::Value& port : *list) {
      const std::int64_t number = port.at("Port").as_int().value_or(0);
      if (number < 1 || number > 65535) {
        return base::invalid(draft.name_of(list == &http ? "HttpPorts" : "TcpPorts") + ": port " +
                             std::to_string(number) + " must be from 1 to 65535");
      }
      if (is_true(port, "TLSEnabled") && draft.at("DomainNameDefinition").is_null()) {
        return base::invalid(draft.name_of("DomainNameDefinition") + " is missing: port " + std::to_string(number) +
                             " has TLSEnabled, and its certificate needs a domain: DomainNameDefinition: {Name: ...}");
      }
    }
  }
  return {};
}

Result<void> check_receiver(Draft& draft, const Surroundings&) {
  const bool has_workload = !draft.at("WorkloadInstance").is_null();
  if (has_workload != !draft.at("HelmWorkloadInstance").is_null()) return {};
  return base::invalid(draft.name_of("WorkloadInstance") +
                       (has_workload ? " and HelmWorkloadInstance exclude each other: keep one of them"
                                     : " or HelmWorkloadInstance is missing: name who gets the secret"));
}

/// A Score file says what its workload consists of and what that needs.
Result<void> check_score(Draft& draft, const Surroundings&) {
  if (!draft.is_written("ScoreDocument")) return {};
  for (const std::string_view other : {"YAMLDocument", "Dependencies"}) {
    if (!draft.is_written(other)) continue;
    return base::invalid(draft.name_of("ScoreDocument") + " and " + std::string(other) +
                         " exclude each other: a Score file has containers and resources of its own; keep one of them");
  }
  return {};
}

/// The name of a DomainNameInstance follows from its workload and its domain, whatever the document says.
Result<void> name_after_workload(Draft& draft, const Surroundings&) {
  const std::string_view workload = draft.at("WorkloadInstance").at("Name").text();
  const std::string_view domain =
      draft.subject.is_combined() ? draft.at("Name").text() : draft.at("DomainNameDefinition").at("Name").text();
  if (workload.empty() || domain.empty()) return {};
  draft.half(draft.subject.is_combined() ? Half::instance : Half::both)
      .set("Name", std::string(workload) + "-" + kebab_case(domain));
  return {};
}

Result<std::string> location_of(const Draft& draft) {
  const std::string_view region = draft.at("Region").text();
  if (region.empty()) {
    return base::invalid(draft.name_of("Region") +
                         " is missing: the region where the cluster is made, such as us-east-1");
  }
  std::vector<std::string> known;
  for (const auto& row : kinds::kAwsRegions) {
    if (row.region == region) return std::string(row.location);
    known.emplace_back(row.region);
  }
  known.pop_back();
  return base::invalid(
      draft.name_of("Region") + " \"" + std::string(region) + "\" has no location" +
      (nearest(region, known).empty() ? "; it may be " + base::join(known, ", ") : did_you_mean(region, known)));
}

/// An EKS cluster is a Kubernetes runtime of the same name.
Result<void> add_runtime_definition(Draft& draft, const Surroundings&) {
  if (draft.is_written("KubernetesRuntimeDefinition")) return {};
  const std::string name(draft.at("Name").text());
  json::Object members{{"Name", name}, {"InfraProvider", "eks"}};
  const std::string_view account = draft.at("AWSAccount").at("Name").text();
  if (!account.empty()) members.set("InfraProviderAccountName", account);
  draft.companions.push_back({"KubernetesRuntimeDefinition", std::move(members)});
  draft.half(draft.subject.is_combined() ? Half::definition : Half::both)
      .set("KubernetesRuntimeDefinition", named(name));
  return {};
}

Result<void> add_runtime_instance(Draft& draft, const Surroundings&) {
  if (draft.is_written("KubernetesRuntimeInstance")) return {};
  const std::string name(draft.at("Name").text());
  TP_TRY(std::string location, location_of(draft));
  const std::string definition(draft.subject.is_combined()
                                   ? draft.at("Name").text()
                                   : draft.at("AwsEksKubernetesRuntimeDefinition").at("Name").text());
  draft.companions.push_back(
      {"KubernetesRuntimeInstance",
       json::Object{
           {"Name", name}, {"Location", std::move(location)}, {"KubernetesRuntimeDefinition", named(definition)}}});
  draft.half(draft.subject.is_combined() ? Half::instance : Half::both).set("KubernetesRuntimeInstance", named(name));
  return {};
}

constexpr std::array kSteps{Step{"AwsAccount", read_local_profile},
                            Step{"AwsEksKubernetesRuntime", add_runtime_definition},
                            Step{"AwsEksKubernetesRuntime", add_runtime_instance},
                            Step{"AwsEksKubernetesRuntimeDefinition", add_runtime_definition},
                            Step{"AwsEksKubernetesRuntimeInstance", add_runtime_instance},
                            Step{"DomainName", name_after_workload},
                            Step{"DomainNameInstance", name_after_workload},
                            Step{"Gateway", check_ports},
                            Step{"GatewayDefinition", check_ports},
                            Step{"Secret", check_receiver},
                            Step{"SecretInstance", check_receiver},
                            Step{"Workload", check_score},
                            Step{"WorkloadDefinition", check_score}};

}  // namespace

std::span<const Step> document_steps() { return kSteps; }

json::Object& Draft::half(Half which) {
  return which == Half::definition ? definition : which == Half::instance ? instance : both;
}

const json::Value& Draft::at(std::string_view member) const {
  for (const json::Object* part : {&instance, &definition, &both}) {
    if (const json::Value* value = part->find(member)) return *value;
  }
  return json::Value::null();
}

bool Draft::is_written(std::string_view key) const {
  const json::Value* value = written.find(key);
  return value != nullptr && !value->is_null();
}

std::filesystem::path resolve_path(const Surroundings& around, std::string_view path) {
  if (path.starts_with("~/")) return around.environment.home / std::string(path.substr(2));
  return around.folder / std::string(path);
}

std::string kebab_case(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == ' ' || c == '_' || c == '-' || c == '.') {
      if (!out.empty() && !out.ends_with('-')) out += '-';
      continue;
    }
    const auto is_capital = [](char letter) { return letter >= 'A' && letter <= 'Z'; };
    const bool begins_word =
        is_capital(c) && i > 0 &&
        (!is_capital(text[i - 1]) || (i + 1 < text.size() && text[i + 1] >= 'a' && text[i + 1] <= 'z'));
    if (begins_word && !out.empty() && !out.ends_with('-')) out += '-';
    out += base::to_lower(c);
  }
  while (out.ends_with('-')) out.pop_back();
  return out;
}

}  // namespace threeport::cli
