// Gateways and domain names: how workloads are reached from outside.
#pragma once

#include "kinds/workload.h"

namespace threeport::kinds {

struct DomainNameDefinition {
  static constexpr KindInfo kind{.name = "DomainNameDefinition",
                                 .path = "domain-name-definitions",
                                 .alias = "dnd",
                                 .doc = "A domain, and who answers for it.",
                                 .unique_name = true,
                                 .writers = schema::kDevelopers};
  ObjectMeta meta;
  Definition definition;
  InertReconciliation reconciliation;
  std::string domain, zone, admin_email;

  static constexpr auto fields() {
    using Self = DomainNameDefinition;
    return std::tuple_cat(
        ObjectMeta::fields<&Self::meta>(), Definition::fields<&Self::definition>(),
        InertReconciliation::fields<&Self::reconciliation>(),
        std::tuple{field<&Self::domain>("Domain", "The domain, such as example.com.", required | filter | column),
                   field<&Self::zone>("Zone", "DNS zone that holds its records.", required | filter | column),
                   field<&Self::admin_email>("AdminEmail", "Contact for its certificates.", required | filter),
                   relation("DomainNameInstances", "DomainNameInstance", "DomainNameDefinitionID")});
  }
};

struct DomainNameInstance {
  static constexpr KindInfo kind{.name = "DomainNameInstance",
                                 .path = "domain-name-instances",
                                 .alias = "dni",
                                 .doc = "The DNS records of a workload in a domain.",
                                 .reconciled = true,
                                 .unique_name = true,
                                 .writers = schema::kDevelopers};
  ObjectMeta meta;
  Instance instance;
  Reconciliation reconciliation;
  Ref<DomainNameDefinition> domain_name_definition;
  Ref<WorkloadInstance> workload_instance;
  Ref<KubernetesRuntimeInstance> runtime;

  static constexpr auto fields() {
    using Self = DomainNameInstance;
    return std::tuple_cat(
        ObjectMeta::fields<&Self::meta>(), Instance::fields<&Self::instance>(),
        Reconciliation::fields<&Self::reconciliation>(),
        std::tuple{field<&Self::domain_name_definition>("DomainNameDefinitionID", "Its domain.",
                                                        required | filter | enforced | restricts | column),
                   field<&Self::workload_instance>("WorkloadInstanceID", "Workload that the records lead to.",
                                                   required | filter | column)
                       .query("workloadresourceinstanceid"),
                   field<&Self::runtime>("KubernetesRuntimeInstanceID", "Runtime that hosts the workload.",
                                         required | filter)});
  }
};

struct GatewayDefinition {
  static constexpr KindInfo kind{.name = "GatewayDefinition",
                                 .path = "gateway-definitions",
                                 .alias = "gd",
                                 .doc = "On which ports and under which name a workload is reached.",
                                 .reconciled = true,
                                 .unique_name = true,
                                 .writers = schema::kDevelopers};
  ObjectMeta meta;
  Definition definition;
  Reconciliation reconciliation;
  Ref<DomainNameDefinition> domain_name_definition;
  std::optional<std::string> sub_domain, service_name;
  Ref<WorkloadDefinition> workload_definition;

  static constexpr auto fields() {
    using Self = GatewayDefinition;
    return std::tuple_cat(
        ObjectMeta::fields<&Self::meta>(), Definition::fields<&Self::definition>(),
        Reconciliation::fields<&Self::reconciliation>(),
        std::tuple{relation("HttpPorts", "GatewayHttpPort", "GatewayDefinitionID", filter),
                   relation("TcpPorts", "GatewayTcpPort", "GatewayDefinitionID", filter),
                   field<&Self::domain_name_definition>("DomainNameDefinitionID", "Domain that it is reached under.",
                                                        filter | column),
                   field<&Self::sub_domain>("SubDomain", "Name in the domain.", filter | column),
                   field<&Self::service_name>(
                       "ServiceName", "Kubernetes Service that it leads to; absent: the only one of the workload.",
                       filter | column),
                   field<&Self::workload_definition>("WorkloadDefinitionID", "Workload definition that carries it out.",
                                                     filter | status),
                   relation("GatewayInstances", "GatewayInstance", "GatewayDefinitionID")});
  }
};

struct GatewayInstance {
  static constexpr KindInfo kind{.name = "GatewayInstance",
                                 .path = "gateway-instances",
                                 .alias = "gi",
                                 .doc = "A gateway of one workload.",
                                 .reconciled = true,
                                 .unique_name = true,
                                 .writers = schema::kDevelopers};
  ObjectMeta meta;
  Instance instance;
  Reconciliation reconciliation;
  Ref<KubernetesRuntimeInstance> runtime;
  Ref<GatewayDefinition> gateway_definition;
  Ref<WorkloadInstance> workload_instance;

  static constexpr auto fields() {
    using Self = GatewayInstance;
    return std::tuple_cat(
        ObjectMeta::fields<&Self::meta>(), Instance::fields<&Self::instance>(),
        Reconciliation::fields<&Self::reconciliation>(),
        std::tuple{field<&Self::runtime>("KubernetesRuntimeInstanceID", "Runtime that hosts the workload.",
                                         required | filter | column),
                   field<&Self::gateway_definition>("GatewayDefinitionID", "Its ports and its name.",
                                                    required | filter | enforced | restricts | column),
                   field<&Self::workload_instance>("WorkloadInstanceID", "Workload that it leads to.",
                                                   required | filter | column)
                       .query("workloadresourceinstanceid")});
  }
};

struct GatewayHttpPort {
  static constexpr KindInfo kind{.name = "GatewayHttpPort",
                                 .path = "gateway-http-ports",
                                 .alias = "",
                                 .doc = "An HTTP port of a gateway.",
                                 .writers = schema::kDevelopers};
  ObjectMeta meta;
  Ref<GatewayDefinition> gateway_definition;
  std::int64_t port = 0;
  std::string path;
  bool tls_enabled = false, https_redirect = false;

  static constexpr auto fields() {
    using Self = GatewayHttpPort;
    return std::tuple_cat(
        ObjectMeta::fields<&Self::meta>(),
        std::tuple{
            field<&Self::gateway_definition>("GatewayDefinitionID", "The gateway that it belongs to.",
                                             required | filter | enforced | column | owner),
            field<&Self::port>("Port", "TCP port.", required | filter | column),
            field<&Self::path>("Path", "Prefix of the paths that it serves.", filter | column).defaults_to("\"/\""),
            field<&Self::tls_enabled>("TLSEnabled", "It serves HTTPS.", filter | column).defaults_to("false"),
            field<&Self::https_redirect>("HTTPSRedirect", "It redirects to HTTPS.", filter | column)
                .defaults_to("false")});
  }
};

struct GatewayTcpPort {
  static constexpr KindInfo kind{.name = "GatewayTcpPort",
                                 .path = "gateway-tcp-ports",
                                 .alias = "",
                                 .doc = "A TCP port of a gateway.",
                                 .writers = schema::kDevelopers};
  ObjectMeta meta;
  Ref<GatewayDefinition> gateway_definition;
  std::int64_t port = 0;
  bool tls_enabled = false;

  static constexpr auto fields() {
    using Self = GatewayTcpPort;
    return std::tuple_cat(
        ObjectMeta::fields<&Self::meta>(),
        std::tuple{field<&Self::gateway_definition>("GatewayDefinitionID", "The gateway that it belongs to.",
                                                    required | filter | enforced | column | owner),
                   field<&Self::port>("Port", "TCP port.", required | filter | column),
                   field<&Self::tls_enabled>("TLSEnabled", "It serves TLS.", filter | column).defaults_to("false")});
  }
};

}  // namespace threeport::kinds
