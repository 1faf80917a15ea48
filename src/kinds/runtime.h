// KubernetesRuntimeDefinition and KubernetesRuntimeInstance: clusters.
#pragma once

#include <array>

#include "kinds/groups.h"

namespace threeport::kinds {

inline constexpr std::array<std::string_view, 3> kInfraProviders{"kind", "eks", "kubeconfig"};

/// Locations of the v0 catalogue (v0-behaviour 9).
inline constexpr std::array<std::string_view, 28> kLocations{"Local",
                                                             "NorthAmerica:NewYork",
                                                             "NorthAmerica:Chicago",
                                                             "NorthAmerica:LosAngeles",
                                                             "NorthAmerica:Seattle",
                                                             "NorthAmerica:Toronto",
                                                             "Asia:HongKong",
                                                             "Asia:Hyderabad",
                                                             "Asia:Jakarta",
                                                             "Asia:Mumbai",
                                                             "Asia:Osaka",
                                                             "Asia:Seoul",
                                                             "Asia:Singapore",
                                                             "Asia:Tokyo",
                                                             "Asia:Manama",
                                                             "Asia:Dubai",
                                                             "Oceana:Sydney",
                                                             "Oceana:Melbourne",
                                                             "Europe:Frankfurt",
                                                             "Europe:Dublin",
                                                             "Europe:London",
                                                             "Europe:Milan",
                                                             "Europe:Paris",
                                                             "Europe:Madrid",
                                                             "Europe:Stockholm",
                                                             "Europe:Zurich",
                                                             "SouthAmerica:SaoPaulo",
                                                             "Africa:CapeTown"};

struct KubernetesRuntimeDefinition {
  static constexpr KindInfo kind{.name = "KubernetesRuntimeDefinition",
                                 .path = "kubernetes-runtime-definitions",
                                 .alias = "krd",
                                 .doc = "How a Kubernetes cluster is provided.",
                                 .reconciled = true,
                                 .unique_name = true};
  ObjectMeta meta;
  Definition definition;
  Reconciliation reconciliation;
  std::string infra_provider;
  std::optional<std::string> infra_provider_account_name;
  bool high_availability = false;
  std::string node_size;
  std::string node_profile;
  std::int64_t node_maximum = 0;

  static constexpr auto fields() {
    using Self = KubernetesRuntimeDefinition;
    return std::tuple_cat(
        ObjectMeta::fields<&Self::meta>(), Definition::fields<&Self::definition>(),
        Reconciliation::fields<&Self::reconciliation>(),
        std::tuple{
            field<&Self::infra_provider>("InfraProvider",
                                         "Who provides the cluster; kind and kubeconfig adopt an existing one.",
                                         required | filter | column)
                .one_of(kInfraProviders),
            field<&Self::infra_provider_account_name>("InfraProviderAccountName", "Account at the provider.", filter),
            field<&Self::high_availability>("HighAvailability", "Spread over more zones.", filter).defaults_to("false"),
            field<&Self::node_size>("NodeSize", "Size of the machines.", filter).defaults_to("\"Medium\""),
            field<&Self::node_profile>("NodeProfile", "Balanced, ComputeOptimized or MemoryOptimized.", filter)
                .defaults_to("\"Balanced\""),
            field<&Self::node_maximum>("NodeMaximum", "Upper limit of machines.", filter).defaults_to("250"),
            relation("KubernetesRuntimeInstances", "KubernetesRuntimeInstance", "KubernetesRuntimeDefinitionID")});
  }
};

struct KubernetesRuntimeInstance {
  static constexpr KindInfo kind{.name = "KubernetesRuntimeInstance",
                                 .path = "kubernetes-runtime-instances",
                                 .alias = "kri",
                                 .doc = "A Kubernetes cluster.",
                                 .reconciled = true,
                                 .unique_name = true};
  ObjectMeta meta;
  Instance instance;
  Reconciliation reconciliation;
  std::string location;
  bool threeport_control_plane_host = false;
  std::optional<std::string> api_endpoint, ca_certificate, certificate, certificate_key, connection_token;
  std::optional<base::TimePoint> connection_token_expiration;
  bool default_runtime = false;
  Ref<KubernetesRuntimeDefinition> definition;
  bool force_delete = false;
  std::optional<std::int64_t> gateway_controller_instance, dns_controller_instance, secrets_controller_instance;
  std::optional<std::string> threeport_agent_image;
  std::optional<std::string> kubeconfig;

  static constexpr auto fields() {
    using Self = KubernetesRuntimeInstance;
    return std::tuple_cat(
        ObjectMeta::fields<&Self::meta>(), Instance::fields<&Self::instance>(),
        Reconciliation::fields<&Self::reconciliation>(),
        std::tuple{
            field<&Self::location>("Location", "Where it runs.", required | immutable | filter | column)
                .one_of(kLocations),
            field<&Self::threeport_control_plane_host>("ThreeportControlPlaneHost", "The control plane runs on it.",
                                                       filter)
                .defaults_to("false"),
            field<&Self::api_endpoint>("APIEndpoint", "host:port or URL of its API server.", filled),
            field<&Self::ca_certificate>("CACertificate", "PEM of the CA of its API server.", filled),
            field<&Self::certificate>("Certificate", "PEM of the client certificate.", filled),
            field<&Self::certificate_key>("CertificateKey", "PEM of the client key.", filled | secret),
            field<&Self::connection_token>("ConnectionToken", "Bearer token.", filled | secret),
            field<&Self::connection_token_expiration>("ConnectionTokenExpiration", "When the token ends.", filled),
            field<&Self::default_runtime>("DefaultRuntime", "Used where no runtime is named.", filter | column)
                .defaults_to("false"),
            field<&Self::definition>("KubernetesRuntimeDefinitionID", "How it is provided.",
                                     required | filter | enforced | restricts | column),
            relation("WorkloadInstance", "WorkloadInstance", "KubernetesRuntimeInstanceID")
                .go_name("WorkloadInstances"),
            relation("ControlPlaneInstance", "ControlPlaneInstance", "KubernetesRuntimeInstanceID")
                .go_name("ControlPlaneInstances"),
            field<&Self::force_delete>("ForceDelete", "Kept for v0 clients; nothing reads it.", filter)
                .defaults_to("false"),
            field<&Self::gateway_controller_instance>("GatewayWorkloadInstanceID", "Workload that serves its gateways.",
                                                      filled)
                .go_name("GatewayControllerInstanceID")
                .refers_to("WorkloadInstance"),
            field<&Self::dns_controller_instance>("DnsControllerInstanceId", "Workload that keeps its DNS records.",
                                                  filled)
                .go_name("DnsControllerInstanceID")
                .refers_to("WorkloadInstance"),
            field<&Self::secrets_controller_instance>("SecretsControllerInstanceId",
                                                      "Workload that delivers its secrets.", filled)
                .go_name("SecretsControllerInstanceID")
                .refers_to("WorkloadInstance"),
            field<&Self::threeport_agent_image>("ThreeportAgentImage", "Kept for v0 clients; nothing reads it."),
            field<&Self::kubeconfig>("Kubeconfig",
                                     "Kubeconfig with one context and its files inlined; wins over the members above.",
                                     filled | secret)});
  }
};

}  // namespace threeport::kinds
