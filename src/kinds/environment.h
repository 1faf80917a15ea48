// Environment: where the workloads of one stage live together, and the values that are theirs.
#pragma once

#include <map>

#include "kinds/runtime.h"

namespace threeport::kinds {

struct Environment {
  static constexpr KindInfo kind{
      .name = "Environment",
      .path = "environments",
      .alias = "env",
      .doc = "One stage of delivery: a cluster, a namespace, and values for the workloads that live there together.",
      .reconciled = true,
      .unique_name = true,
      .added = true,
      .writers = schema::kDevelopers};
  ObjectMeta meta;
  std::string name;
  std::string status;
  Reconciliation reconciliation;
  Ref<Tier> tier;
  std::optional<std::string> infra_provider, location;
  Ref<KubernetesRuntimeInstance> runtime;
  std::optional<std::map<std::string, std::string>> labels, variables, secrets;
  std::optional<std::string> ttl;
  Ref<KubernetesRuntimeInstance> placed;
  std::string environment_namespace;
  std::optional<base::TimePoint> expires_at;
  bool cascade = false;

  static constexpr auto fields() {
    using Self = Environment;
    return std::tuple_cat(
        ObjectMeta::fields<&Self::meta>(),
        std::tuple{field<&Self::name>("Name", "Unique name.", required | filter | column),
                   field<&Self::status>("Status", "State in one word.", filter | schema::Flag::status | column)},
        Reconciliation::fields<&Self::reconciliation>(),
        std::tuple{
            field<&Self::tier>("TierID", "How critical it is.", filter | enforced | restricts | column),
            field<&Self::infra_provider>("InfraProvider", "Provider of the cluster that it is placed on.", filter),
            field<&Self::location>("Location", "Location of the cluster that it is placed on.", filter)
                .one_of(kLocations),
            field<&Self::runtime>("KubernetesRuntimeInstanceID", "Pins it to this cluster.",
                                  filter | enforced | restricts),
            field<&Self::labels>("Labels", "For the choice of dependency profiles (When.Labels)."),
            field<&Self::variables>("Variables", "Values for ${environment.KEY}."),
            field<&Self::secrets>("Secrets", "Secret values for ${environment.KEY}.", secret),
            field<&Self::ttl>("TTL", "Time after its creation when it goes, with all that lives in it, such as 72h."),
            field<&Self::placed>("PlacedKubernetesRuntimeInstanceID", "The cluster that it lives on.",
                                 schema::Flag::status | restricts | column)
                .query("placedkubernetesruntimeinstanceid"),
            field<&Self::environment_namespace>("Namespace", "Kubernetes namespace of its workloads.",
                                                schema::Flag::status | column),
            field<&Self::expires_at>("ExpiresAt", "When TTL ends.", schema::Flag::status),
            field<&Self::cascade>("Cascade", "Its deletion takes along what lives in it.",
                                  schema::Flag::status | ignored)
                .defaults_to("false")});
  }
};

}  // namespace threeport::kinds
