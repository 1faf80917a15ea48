#include "dependencies/profile.h"

#include <algorithm>
#include <array>
#include <tuple>

#include "base/text.h"
#include "dependencies/variant.h"

namespace threeport::dependencies {
namespace {

constexpr base::Millis kSharedIdleTtl{600'000};
/// Keys of When, the most specific first.
constexpr std::array<std::string_view, 6> kWhenKeys{"Workload", "Environment", "Tier",
                                                    "Labels",   "Location",    "InfraProvider"};
constexpr std::array<std::string_view, 5> kProviders{"manifests", "command", "http", kNames, kEnvironment};

std::string_view value_of(const Setting& setting, std::string_view key) {
  if (key == "Workload") return setting.workload;
  if (key == "Environment") return setting.environment;
  if (key == "Tier") return setting.tier;
  if (key == "Location") return setting.location;
  return setting.infra_provider;
}

bool has(const DependencyProfile& profile, std::string_view key) { return profile.when.find(key) != nullptr; }

/// Better compares greater.
auto rank(const DependencyProfile& profile) {
  std::array<std::size_t, kWhenKeys.size()> keys{};
  for (std::size_t i = 0; i < kWhenKeys.size(); ++i) {
    if (!has(profile, kWhenKeys[i])) continue;
    keys[i] = kWhenKeys[i] == "Labels" ? profile.when.at("Labels").as_object().size() : 1;
  }
  return std::make_tuple(!profile.system, keys, profile.priority);
}

/// Whether both can hold in one setting.
bool can_both_apply(const DependencyProfile& a, const DependencyProfile& b) {
  for (const std::string_view key : kWhenKeys) {
    if (key != "Labels") {
      if (has(a, key) && has(b, key) && a.when.at(key) != b.when.at(key)) return false;
      continue;
    }
    const json::Object* labels = a.when.at(key).if_object();
    if (labels == nullptr) continue;
    for (const json::Member& label : *labels) {
      const json::Value* other = b.when.at(key).find(label.key);
      if (other != nullptr && *other != label.value) return false;
    }
  }
  return true;
}

bool can_tie(const DependencyProfile& a, const DependencyProfile& b) {
  return a.type == b.type && a.dependency_class == b.dependency_class && rank(a) == rank(b) && can_both_apply(a, b);
}

std::string when_text(const DependencyProfile& profile) {
  std::vector<std::string> parts;
  for (const std::string_view key : kWhenKeys) {
    const json::Value& value = profile.when.at(key);
    if (value.is_string()) parts.push_back(std::string(key) + "=" + std::string(value.text()));
    if (!value.is_object()) continue;
    for (const json::Member& label : value.as_object())
      parts.push_back(std::string(key) + "." + label.key + "=" + std::string(label.value.text()));
  }
  return base::join(parts, ", ");
}

std::string describe(const DependencyProfile& profile) {
  const std::string when = when_text(profile);
  return "profile " + profile.name +
         (when.empty() ? (profile.system ? " (system default)" : "") : " (When " + when + ")");
}

/// The first key of When that the scope does not hold constant.
base::Result<void> check_when(const DependencyProfile& profile) {
  if (profile.when.is_null()) return {};
  if (!profile.when.is_object()) return base::invalid("When must be an object, such as {Tier: production}");
  const std::size_t first_constant = profile.scope == "workload"      ? 0
                                     : profile.scope == "environment" ? 1
                                     : profile.scope == "cluster"     ? 4
                                                                      : kWhenKeys.size();
  for (const json::Member& member : profile.when.as_object()) {
    const auto known = std::find(kWhenKeys.begin(), kWhenKeys.end(), member.key);
    if (known == kWhenKeys.end())
      return base::invalid("When." + member.key + " is unknown; known are " + base::join(kWhenKeys, ", "));
    if (static_cast<std::size_t>(known - kWhenKeys.begin()) < first_constant) {
      return base::invalid("When." + member.key + " differs between those who share an instance of Scope " +
                           profile.scope + ": leave it out, or use a narrower Scope");
    }
    const bool is_map = member.key == "Labels";
    if (is_map ? !member.value.is_object() : member.value.text().empty()) {
      return base::invalid("When." + member.key + " must be " +
                           (is_map ? "an object of labels, such as {team: shop}" : "a name"));
    }
    if (!is_map) continue;
    for (const json::Member& label : member.value.as_object()) {
      if (!label.value.is_string()) return base::invalid("When.Labels." + label.key + " must be a string");
    }
  }
  return {};
}

base::Result<void> check_requires(const DependencyProfile& profile) {
  if (profile.requires_.is_null()) return {};
  if (!profile.requires_.is_object())
    return base::invalid("Requires must be an object by alias, such as {server: {Type: postgres-instance}}");
  for (const json::Member& member : profile.requires_.as_object()) {
    const std::string where = "Requires." + member.key;
    if (member.value.at("Type").text().empty()) return base::invalid(where + ".Type is missing");
    for (const json::Member& part : member.value.as_object()) {
      constexpr std::array<std::string_view, 4> kParts{"Type", "Class", "ID", "Params"};
      if (std::find(kParts.begin(), kParts.end(), part.key) == kParts.end())
        return base::invalid(where + "." + part.key + " is unknown; known are Type, Class, ID, Params");
    }
  }
  return {};
}

base::Result<void> check_provider(const DependencyProfile& profile) {
  const std::string_view provider = profile.provider;
  if (std::find(kProviders.begin(), kProviders.end(), provider) == kProviders.end()) {
    return base::invalid("Provider: this build has no provider \"" + profile.provider + "\"; it has " +
                         base::join(kProviders, ", "));
  }
  const json::Value& params = profile.params;
  if (provider == "manifests" && !params.at("Manifests").is_string() && !params.at("Variants").is_array()) {
    return base::invalid("Params.Manifests is missing: provider manifests takes a text of Kubernetes manifests");
  }
  TP_CHECK(check_variants(params.at("Variants")));
  if (provider == "command" && !params.at("Provision").is_array())
    return base::invalid("Params.Provision is missing: provider command takes a program and its arguments as a list");
  if (provider == "http" && params.at("URL").text().empty())
    return base::invalid("Params.URL is missing: provider http sends its requests there");
  return {};
}

base::Result<void> check_generate(const DependencyProfile& profile) {
  if (profile.generate.is_null()) return {};
  if (!profile.generate.is_object())
    return base::invalid("Generate must be an object by name, such as {password: {Length: 24}}");
  for (const json::Member& member : profile.generate.as_object()) {
    const auto length = member.value.at("Length").as_int();
    if (!length || *length < 1 || *length > 1024)
      return base::invalid("Generate." + member.key + ".Length must be a number from 1 to 1024");
  }
  return {};
}

}  // namespace

Setting restrict_to(Setting setting, std::string_view scope) {
  if (scope == "workload") return setting;
  setting.workload.clear();
  setting.workload_instance_id = 0;
  if (scope == "environment") return setting;
  setting.environment.clear();
  setting.tier.clear();
  setting.labels.clear();
  setting.environment_id = 0;
  if (scope == "cluster") return setting;
  return {};
}

ObjectId scope_id_of(const Setting& setting, std::string_view scope) {
  if (scope == "workload") return setting.workload_instance_id;
  if (scope == "environment") return setting.environment_id != 0 ? setting.environment_id : setting.runtime_id;
  return scope == "cluster" ? setting.runtime_id : 0;
}

bool applies(const DependencyProfile& profile, const Setting& setting) {
  const json::Object* when = profile.when.if_object();
  if (when == nullptr) return true;
  return std::all_of(when->begin(), when->end(), [&](const json::Member& member) {
    if (member.key != "Labels") return member.value.text() == value_of(setting, member.key);
    const json::Object* labels = member.value.if_object();
    return labels != nullptr && std::all_of(labels->begin(), labels->end(), [&](const json::Member& label) {
             const auto it = setting.labels.find(label.key);
             return it != setting.labels.end() && it->second == label.value.text();
           });
  });
}

bool is_inline(const DependencyProfile& profile) {
  return profile.provider == kNames || profile.provider == kEnvironment;
}

bool is_retained(const DependencyProfile& profile, std::int64_t criticality) {
  constexpr std::int64_t kCritical = 100;
  if (profile.reclaim) return *profile.reclaim == "retain";
  return profile.data_bearing && criticality >= kCritical;
}

base::Millis idle_ttl(const DependencyProfile& profile, bool can_be_shared) {
  if (profile.idle_ttl) return base::parse_duration(*profile.idle_ttl).value_or(base::Millis(0));
  return can_be_shared ? kSharedIdleTtl : base::Millis(0);
}

base::Result<void> check_profile(const DependencyProfile& profile) {
  TP_CHECK(check_provider(profile));
  TP_CHECK(check_when(profile));
  TP_CHECK(check_requires(profile));
  TP_CHECK(check_generate(profile));
  if (profile.idle_ttl) {
    auto duration = base::parse_duration(*profile.idle_ttl);
    if (!duration) return std::move(duration).error().with_context("IdleTTL");
  }
  if (!profile.outputs.is_null() && !profile.outputs.is_object())
    return base::invalid("Outputs must be an object by name, such as {host: \"${self.name}\"}");
  for (const json::Value& element : profile.ready_when) {
    if (element.at("Object").text().empty() || element.at("Condition").text().empty())
      return base::invalid("ReadyWhen must be a list of {Object: apiVersion/Kind/namespace/name, Condition: Ready}");
  }
  for (const json::Value& name : profile.immutable_params) {
    if (!name.is_string()) return base::invalid("Immutable must be a list of parameter names");
  }
  return {};
}

const DependencyProfile* find_tie(const DependencyProfile& profile, const std::vector<DependencyProfile>& others) {
  const auto it = std::find_if(others.begin(), others.end(), [&](const DependencyProfile& other) {
    return other.meta.id != profile.meta.id && other.name != profile.name && can_tie(profile, other);
  });
  return it == others.end() ? nullptr : &*it;
}

Catalogue::Catalogue(std::vector<DependencyProfile> profiles) {
  for (DependencyProfile& profile : profiles) {
    auto& list = profiles_[{profile.type, profile.dependency_class}];
    list.push_back(std::move(profile));
  }
  for (auto& [key, list] : profiles_) {
    std::sort(list.begin(), list.end(), [](const auto& a, const auto& b) { return rank(a) > rank(b); });
  }
}

base::Result<Choice> Catalogue::choose(std::string_view type, std::string_view class_name,
                                       const Setting& setting) const {
  const auto found = profiles_.find(std::pair(std::string(type), std::string(class_name)));
  if (found == profiles_.end()) return none_applies(type, class_name);
  const auto& list = found->second;
  const auto first = std::find_if(list.begin(), list.end(), [&](const auto& p) { return applies(p, setting); });
  if (first == list.end()) return none_applies(type, class_name);
  const auto second = std::find_if(first + 1, list.end(), [&](const auto& p) { return applies(p, setting); });
  if (second != list.end() && rank(*second) == rank(*first)) {
    return base::invalid("profiles " + first->name + " and " + second->name + " are equally good for type " +
                         std::string(type) + ": give one of them a higher Priority");
  }
  return Choice{.profile = &*first, .reason = describe(*first)};
}

base::Error Catalogue::none_applies(std::string_view type, std::string_view class_name) const {
  std::vector<std::string> classes, types;
  bool has_class = false;
  for (const auto& [key, list] : profiles_) {
    if (key.first == type) classes.push_back(key.second);
    if (key.first == type && key.second == class_name) has_class = true;
    if (types.empty() || types.back() != key.first) types.push_back(key.first);
  }
  const std::string wanted = "type " + std::string(type) + ", class " + std::string(class_name);
  if (has_class) {
    return base::invalid("no dependency profile for " + wanted +
                         " applies here: the When of each asks for something else; write a DependencyProfile with "
                         "Type: " +
                         std::string(type) + " whose When holds here");
  }
  const std::string known = !classes.empty() ? "there are the classes " + base::join(classes, ", ")
                            : types.empty()  ? std::string("there are no profiles yet")
                                             : "known types are " + base::join(types, ", ");
  return base::invalid("no dependency profile provides " + wanted + " (" + known +
                       "): write a DependencyProfile with " + "Type: " + std::string(type) +
                       (class_name == "default" ? "" : ", Class: " + std::string(class_name)));
}

}  // namespace threeport::dependencies
