#include "kinds/rules.h"

#include <algorithm>
#include <array>

#include "base/clock.h"
#include "base/text.h"
#include "kinds/aws.h"
#include "kinds/environment.h"
#include "kinds/module_address.h"

namespace threeport::kinds {
namespace {

/// v0 checks it on creation only, so that keys can be rotated one by one.
base::Result<void> check_access_keys(const json::Value* before, const json::Value& after) {
  const bool has_id = after.find("AccessKeyID") != nullptr, has_key = after.find("SecretAccessKey") != nullptr;
  if (before != nullptr || has_id == has_key) return {};
  return base::invalid(std::string(has_id ? "SecretAccessKey" : "AccessKeyID") +
                       " is missing: AccessKeyID and SecretAccessKey go together; give both, or neither");
}

/// Versions of an engine: major.least to major.most.
struct Versions {
  std::string_view engine, major;
  int least, most;
};
constexpr std::array<Versions, 9> kVersions{{{"mariadb", "10", 3, 6},
                                             {"mariadb", "10", 11, 11},
                                             {"mysql", "5", 7, 7},
                                             {"mysql", "8", 0, 0},
                                             {"postgres", "11", 16, 21},
                                             {"postgres", "12", 11, 16},
                                             {"postgres", "13", 7, 12},
                                             {"postgres", "14", 3, 9},
                                             {"postgres", "15", 2, 4}}};

std::vector<std::string> versions_of(std::string_view engine) {
  std::vector<std::string> out;
  for (const Versions& range : kVersions) {
    for (int minor = range.least; range.engine == engine && minor <= range.most; ++minor)
      out.push_back(std::string(range.major) + "." + std::to_string(minor));
  }
  return out;
}

base::Result<void> check_engine_version(const json::Value*, const json::Value& after) {
  const std::string_view engine = after.at("Engine").text(), version = after.at("EngineVersion").text();
  const std::vector<std::string> known = versions_of(engine);
  if (std::find(known.begin(), known.end(), version) != known.end()) return {};
  return base::invalid("EngineVersion: " + std::string(version) + " is not a supported version of " +
                       std::string(engine) + "; supported: " + base::join(known, ", "));
}

base::Result<void> check_module_endpoint(const json::Value*, const json::Value& after) {
  return check_endpoint(after.at("Endpoint").text());
}

base::Result<void> check_module_path(const json::Value*, const json::Value& after) {
  return check_path(after.at("Path").text());
}

/// A key stands in `${environment.KEY}`, where a dot goes into a value and a brace ends the text.
bool is_variable_key(std::string_view key) {
  return !key.empty() && std::all_of(key.begin(), key.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

base::Result<void> check_environment(const json::Value*, const json::Value& after) {
  for (const std::string_view member : {"Variables", "Secrets"}) {
    const json::Object* values = after.at(member).if_object();
    if (values == nullptr) continue;
    for (const json::Member& value : *values) {
      if (!is_variable_key(value.key)) {
        return base::invalid(std::string(member) + ": the key \"" + value.key +
                             "\" must consist of letters, digits, _ and -, so that ${environment.KEY} finds it");
      }
      if (member == "Secrets" && after.at("Variables").find(value.key) != nullptr) {
        return base::invalid("Secrets: the key " + value.key +
                             " is one of Variables too, and ${environment.KEY} has one value; take one of them out");
      }
    }
  }
  if (after.find("TTL") == nullptr) return {};
  auto ttl = base::parse_duration(after.at("TTL").text());
  if (!ttl) return std::move(ttl).error().with_context("TTL");
  if (*ttl <= base::Millis(0))
    return base::invalid("TTL must be longer than nothing, such as 72h; leave it out to keep");
  return {};
}

constexpr std::array kRules{Rule{AwsAccount::kind.name, check_access_keys},
                            Rule{AwsRelationalDatabaseDefinition::kind.name, check_engine_version},
                            Rule{ModuleApi::kind.name, check_module_endpoint},
                            Rule{ModuleApiRoute::kind.name, check_module_path},
                            Rule{Environment::kind.name, check_environment}};

}  // namespace

std::span<const Rule> rules() { return kRules; }

}  // namespace threeport::kinds
