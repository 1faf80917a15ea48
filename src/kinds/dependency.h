// Dependencies: how a type of them is provided (DependencyProfile), one that is provided (DependencyInstance), and who
// uses it (DependencyClaim).
#pragma once

#include "kinds/workload.h"

namespace threeport::kinds {

inline constexpr std::array<std::string_view, 4> kDependencyScopes{"workload", "environment", "cluster", "global"};
inline constexpr std::array<std::string_view, 2> kReclaims{"delete", "retain"};
inline constexpr std::array<std::string_view, 3> kClaimPhases{"Active", "Held", "Releasing"};

struct DependencyProfile {
  static constexpr KindInfo kind{.name = "DependencyProfile",
                                 .path = "dependency-profiles",
                                 .alias = "dp",
                                 .doc = "How one type of dependency is provided in one context.",
                                 .unique_name = true,
                                 .added = true};
  ObjectMeta meta;
  std::string name, type, dependency_class = "default";
  json::Value when;
  std::string scope = "environment";
  std::int64_t priority = 0;
  bool system = false;
  std::string provider;
  json::Value requires_, generate, params, defaults, outputs;
  json::Array ready_when, immutable_params;
  bool data_bearing = false, shared = false;
  std::optional<std::string> reclaim, idle_ttl;
  json::Value migrate;

  static constexpr auto fields() {
    using Self = DependencyProfile;
    return std::tuple_cat(
        ObjectMeta::fields<&Self::meta>(),
        std::tuple{
            field<&Self::name>("Name", "Unique name.", required | filter | column),
            field<&Self::type>("Type", "Type of dependency that it provides.", required | filter | indexed | column),
            field<&Self::dependency_class>("Class", "Class of that type.", filter | column).defaults_to("\"default\""),
            field<&Self::when>("When",
                               "Where it applies: Workload, Environment, Tier, Labels, Location, InfraProvider; all "
                               "must hold.",
                               column),
            field<&Self::scope>("Scope", "How far an explicit ID reaches.", filter)
                .one_of(kDependencyScopes)
                .defaults_to("\"environment\""),
            field<&Self::priority>("Priority", "Decides between profiles whose When is equally specific.", filter)
                .defaults_to("0"),
            field<&Self::system>("System", "Shipped with the control plane.", ignored | filter | column)
                .defaults_to("false"),
            field<&Self::provider>("Provider", "What provides it: manifests, command or http.",
                                   required | filter | column),
            field<&Self::requires_>("Requires", "Dependencies of its own, by alias: Type, Class, ID, Params."),
            field<&Self::generate>("Generate", "Values made once for each instance, by name: Length."),
            field<&Self::params>("Params", "Templates for the provider."),
            field<&Self::defaults>("Defaults", "Values of parameters that users leave out."),
            field<&Self::outputs>("Outputs", "What users get, by name: a template, or {Secret: template}."),
            field<&Self::ready_when>("ReadyWhen", "Conditions of objects; by default the provider's own rule."),
            field<&Self::immutable_params>("Immutable", "Parameters whose change needs another instance."),
            field<&Self::data_bearing>("DataBearing", "It holds data that would be missed.", filter)
                .defaults_to("false"),
            field<&Self::shared>("Shared", "Exists once in its scope, also without an explicit ID.", filter)
                .defaults_to("false"),
            field<&Self::reclaim>("Reclaim", "What becomes of it after its last user: delete or retain.", filter)
                .one_of(kReclaims),
            field<&Self::idle_ttl>("IdleTTL", "How long it stays without users, such as 10m."),
            field<&Self::migrate>("Migrate", "How data gets to a replacement: Provider and Params.")});
  }
};

struct DependencyInstance {
  static constexpr std::array<std::string_view, 4> kIdentity{"Identity", "Scope", "ScopeID", "Incarnation"};
  static constexpr KindInfo kind{.name = "DependencyInstance",
                                 .path = "dependency-instances",
                                 .alias = "di",
                                 .doc = "One dependency that is provided.",
                                 .reconciled = true,
                                 .controller_made = true,
                                 .added = true,
                                 .identity = kIdentity,
                                 .writers = schema::kDevelopers};
  ObjectMeta meta;
  std::string identity, status;
  Reconciliation reconciliation;
  std::string type, dependency_class, key, scope;
  std::int64_t scope_id = 0, incarnation = 1;
  bool explicit_id = false;
  std::int64_t profile_id = 0;
  json::Value profile, params;
  std::int64_t params_claim = 0;
  json::Value outputs;
  std::optional<std::map<std::string, std::string>> generated;
  Ref<KubernetesRuntimeInstance> runtime;
  Ref<Environment> environment;
  std::string instance_namespace;
  json::Array inventory;
  std::optional<std::string> state;
  std::optional<base::TimePoint> idle_since, retained_since;
  std::int64_t replaces = 0;

  static constexpr auto fields() {
    using Self = DependencyInstance;
    return std::tuple_cat(
        ObjectMeta::fields<&Self::meta>(),
        std::tuple{field<&Self::identity>("Identity", "TYPE.CLASS#KEY.", required | filter | indexed | column),
                   field<&Self::status>("Status", "State in one word.", filter | schema::Flag::status | column)},
        Reconciliation::fields<&Self::reconciliation>(),
        std::tuple{
            field<&Self::type>("Type", "Type of dependency.", required | filter),
            field<&Self::dependency_class>("Class", "Class of that type.", required | filter),
            field<&Self::key>("Key", "Its explicit ID, or <workload instance>.<alias>.", required | filter),
            field<&Self::scope>("Scope", "How far its Key reaches.", required | filter).one_of(kDependencyScopes),
            field<&Self::scope_id>("ScopeID", "The workload instance, environment or cluster of its scope; 0: none.",
                                   filter),
            field<&Self::incarnation>("Incarnation", "Counts replacements from 1.", column),
            field<&Self::explicit_id>("Explicit", "Its Key was given by users, who share it."),
            field<&Self::profile_id>("DependencyProfileID", "The profile that it was made from.", filter | indexed),
            field<&Self::profile>("Profile", "That profile as it was then."),
            field<&Self::params>("Params", "Parameters of its users, as they were declared."),
            field<&Self::params_claim>("ParamsClaimID", "The claim that gave them."),
            field<&Self::outputs>("Outputs", "What its users get, by name; secret values are encrypted.",
                                  schema::Flag::status),
            field<&Self::generated>("Generated", "Values made once, encrypted.",
                                    schema::Flag::status | secret | write_only),
            field<&Self::runtime>("KubernetesRuntimeInstanceID", "The cluster that it lives on.",
                                  filter | enforced | restricts),
            field<&Self::environment>("EnvironmentID", "The environment whose variables it sees.",
                                      filter | enforced | restricts | resident)
                .guards("environment has dependency instances - delete its workload instances first, and those that "
                        "are retained by their names, or delete it with cascade (?cascade=true, tptctl delete "
                        "--cascade)"),
            field<&Self::instance_namespace>("Namespace", "Kubernetes namespace of its objects.",
                                             schema::Flag::status | filter | indexed),
            field<&Self::inventory>("Inventory", "What it has made, by provider.", schema::Flag::status | quiet),
            field<&Self::state>("State", "What its provider remembers, encrypted.",
                                schema::Flag::status | secret | write_only | quiet),
            field<&Self::idle_since>("IdleSince", "Since when nobody uses it.", schema::Flag::status),
            field<&Self::retained_since>("RetainedSince", "Since when it is kept for its data alone.",
                                         schema::Flag::status | column),
            field<&Self::replaces>("ReplacesID", "The incarnation that it takes over from.")});
  }
};

struct DependencyClaim {
  static constexpr std::array<std::string_view, 4> kIdentity{"WorkloadInstanceID", "ByDependencyInstanceID", "Alias",
                                                             "DependencyInstanceID"};
  static constexpr KindInfo kind{.name = "DependencyClaim",
                                 .path = "dependency-claims",
                                 .alias = "dc",
                                 .doc = "Who uses which dependency, under which alias.",
                                 .controller_made = true,
                                 .added = true,
                                 .identity = kIdentity,
                                 .writers = schema::kDevelopers};
  ObjectMeta meta;
  Ref<DependencyInstance> instance;
  Ref<WorkloadInstance> workload_instance;
  Ref<DependencyInstance> by_instance;
  std::string alias;
  std::int64_t revision = 0;
  std::string phase = "Active";
  json::Value params;

  static constexpr auto fields() {
    using Self = DependencyClaim;
    return std::tuple_cat(
        ObjectMeta::fields<&Self::meta>(),
        std::tuple{field<&Self::instance>("DependencyInstanceID", "What is used.",
                                          required | filter | enforced | restricts | resident | column),
                   field<&Self::workload_instance>("WorkloadInstanceID", "The workload instance that uses it.",
                                                   filter | enforced | owner | column),
                   field<&Self::by_instance>("ByDependencyInstanceID", "The dependency that uses it.",
                                             filter | enforced | owner | column),
                   field<&Self::alias>("Alias", "Name under which it is used.", required | filter | column),
                   field<&Self::revision>("RevisionID", "Newest revision that asks for it.", schema::Flag::status),
                   field<&Self::phase>("Phase", "Active, Held for a rollback, or Releasing.",
                                       filter | schema::Flag::status | column)
                       .one_of(kClaimPhases)
                       .defaults_to("\"Active\""),
                   field<&Self::params>("Params", "Parameters that this user declared.")});
  }
};

}  // namespace threeport::kinds
