// Which DependencyProfile provides a dependency. Pure functions.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "kinds/dependency.h"

namespace threeport::dependencies {

using kinds::DependencyProfile;
using schema::ObjectId;

/// Providers that make nothing: what they give follows from names and variables alone.
inline constexpr std::string_view kNames = "names", kEnvironment = "environment";

/// Where a dependency is needed. Empty or 0: not known there, such as the environment of a workload without one.
struct Setting {
  std::string workload;                       ///< name of the workload definition
  std::string environment;                    ///< name
  std::string tier;                           ///< name
  std::map<std::string, std::string> labels;  ///< of the environment
  std::string location, infra_provider;       ///< of the cluster
  ObjectId workload_instance_id = 0, environment_id = 0, runtime_id = 0;
};

/// What of a setting is the same for everybody who shares something of that scope.
Setting restrict_to(Setting setting, std::string_view scope);
/// The id of the scope's owner in this setting: workload instance, environment or cluster; 0 for `global`.
ObjectId scope_id_of(const Setting& setting, std::string_view scope);

/// Whether all that `When` asks for holds.
bool applies(const DependencyProfile& profile, const Setting& setting);
/// Whether it makes nothing, so that no instance stands for it.
bool is_inline(const DependencyProfile& profile);
bool is_retained(const DependencyProfile& profile, std::int64_t criticality);
/// How long an instance stays without users: IdleTTL, by default 10 min for one that can be shared, else 0.
base::Millis idle_ttl(const DependencyProfile& profile, bool can_be_shared);

/// What a profile says that cannot be right. Error `invalid` names the member, the rule and the fix.
base::Result<void> check_profile(const DependencyProfile& profile);
/// The one of `others` that would be as good a choice as `profile` somewhere, or nullptr.
const DependencyProfile* find_tie(const DependencyProfile& profile, const std::vector<DependencyProfile>& others);

struct Choice {
  const DependencyProfile* profile = nullptr;
  std::string reason;  ///< "profile redis-in-cluster (When Tier=development)"
};

/// All profiles, by type and class.
class Catalogue {
 public:
  Catalogue() = default;
  explicit Catalogue(std::vector<DependencyProfile> profiles);

  /// Profiles of operations before system defaults, then the more specific When (Workload, Environment, Tier, Labels,
  /// Location, InfraProvider, in this order), then the higher Priority. Errors: `invalid`: none applies, or two are
  /// equally good; says which profile to write.
  [[nodiscard]] base::Result<Choice> choose(std::string_view type, std::string_view class_name,
                                            const Setting& setting) const;

 private:
  [[nodiscard]] base::Error none_applies(std::string_view type, std::string_view class_name) const;

  std::map<std::pair<std::string, std::string>, std::vector<DependencyProfile>, std::less<>> profiles_;
};

}  // namespace threeport::dependencies
