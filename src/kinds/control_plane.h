// ControlPlaneDefinition and ControlPlaneInstance: control planes that this one delivers, and itself.
#pragma once

#include "kinds/runtime.h"

namespace threeport::kinds {

struct ControlPlaneDefinition {
  static constexpr KindInfo kind{.name = "ControlPlaneDefinition",
                                 .path = "control-plane-definitions",
                                 .alias = "cpd",
                                 .doc = "How a control plane is installed.",
                                 .reconciled = true,
                                 .unique_name = true};
  ObjectMeta meta;
  Definition definition;
  Reconciliation reconciliation;
  bool auth_enabled = false, onboard_parent = false;

  static constexpr auto fields() {
    using Self = ControlPlaneDefinition;
    return std::tuple_cat(
        ObjectMeta::fields<&Self::meta>(), Definition::fields<&Self::definition>(),
        Reconciliation::fields<&Self::reconciliation>(),
        std::tuple{
            field<&Self::auth_enabled>("AuthEnabled", "Its API asks for certificates.", filter | column)
                .defaults_to("true"),
            field<&Self::onboard_parent>("OnboardParent", "It is told of the control plane that made it.", filter)
                .defaults_to("true"),
            relation("ControlPlaneInstances", "ControlPlaneInstance", "ControlPlaneDefinitionID")});
  }
};

struct ControlPlaneInstance {
  static constexpr KindInfo kind{.name = "ControlPlaneInstance",
                                 .path = "control-plane-instances",
                                 .alias = "cpi",
                                 .doc = "A control plane.",
                                 .reconciled = true,
                                 .unique_name = true};
  ObjectMeta meta;
  Instance instance;
  Reconciliation reconciliation;
  std::string control_plane_namespace;
  bool is_self = false, genesis = false;
  std::optional<std::string> api_server_endpoint, ca_cert, client_cert, client_key;
  Ref<KubernetesRuntimeInstance> runtime;
  Ref<ControlPlaneInstance> parent;
  Ref<ControlPlaneDefinition> control_plane_definition;

  static constexpr auto fields() {
    using Self = ControlPlaneInstance;
    return std::tuple_cat(
        ObjectMeta::fields<&Self::meta>(), Instance::fields<&Self::instance>(),
        Reconciliation::fields<&Self::reconciliation>(),
        std::tuple{
            field<&Self::control_plane_namespace>("Namespace", "Kubernetes namespace that it runs in.",
                                                  required | filter | column),
            field<&Self::is_self>("IsSelf", "It is the one that answers.", filter | column).defaults_to("false"),
            relation("CustomComponentInfo", "ControlPlaneComponent", "ControlPlaneInstanceID",
                     filter | filled | preloaded),
            field<&Self::genesis>("Genesis", "It was not made by another control plane.", filter | column)
                .defaults_to("false"),
            field<&Self::api_server_endpoint>("ApiServerEndpoint", "host:port of its API.", filter | filled),
            field<&Self::ca_cert>("CACert", "PEM of the CA of its API.", filter | filled),
            field<&Self::client_cert>("ClientCert", "PEM of a client certificate for its API.", filter | filled),
            field<&Self::client_key>("ClientKey", "PEM of the key of that certificate.", filter | filled | sensitive),
            field<&Self::runtime>("KubernetesRuntimeInstanceID", "Runtime that hosts it.",
                                  required | filter | enforced | column),
            field<&Self::parent>("ParentControlPlaneInstanceID", "Control plane that made it.",
                                 enforced | filled | column),
            relation("Parent", "ControlPlaneInstance", "ParentControlPlaneInstanceID", association | preloaded)
                .belongs_to(),
            relation("Children", "ControlPlaneInstance", "ParentControlPlaneInstanceID",
                     association | preloaded | kept_empty),
            field<&Self::control_plane_definition>("ControlPlaneDefinitionID", "How it is installed.",
                                                   required | filter | enforced | restricts | column)});
  }
};

struct ControlPlaneComponent {
  static constexpr KindInfo kind{.name = "ControlPlaneComponent",
                                 .path = "control-plane-components",
                                 .alias = "",
                                 .doc = "One program of a control plane, where it differs from the standard.",
                                 .routed = false};
  ObjectMeta meta;
  Ref<ControlPlaneInstance> control_plane_instance;
  std::optional<bool> enabled;
  std::string name, binary_name, image_name, image_repo, image_tag, service_account_name, service_resource_name,
      image_pull_secret_name;
  json::Value additional_volumes, additional_volume_mounts, additional_env_ref;

  static constexpr auto fields() {
    using Self = ControlPlaneComponent;
    return std::tuple_cat(
        ObjectMeta::fields<&Self::meta>(),
        std::tuple{
            field<&Self::control_plane_instance>("ControlPlaneInstanceID", "The control plane that it is part of.",
                                                 required | enforced | owner),
            field<&Self::enabled>("Enabled", "Whether it is installed."),
            field<&Self::name>("Name", "Name of the component, such as rest-api.",
                               required | filter | empty_is_absent | column),
            field<&Self::binary_name>("BinaryName", "Name of its program.", filter | empty_is_absent),
            field<&Self::image_name>("ImageName", "Name of its image.", filter | empty_is_absent | column),
            field<&Self::image_repo>("ImageRepo", "Repository of its image.", filter | empty_is_absent | column),
            field<&Self::image_tag>("ImageTag", "Tag of its image.", filter | empty_is_absent | column),
            field<&Self::service_account_name>("ServiceAccountName", "Kubernetes ServiceAccount that it runs as.",
                                               filter | empty_is_absent),
            field<&Self::service_resource_name>("ServiceResourceName", "Kubernetes Service that leads to it.",
                                                filter | empty_is_absent),
            field<&Self::image_pull_secret_name>("ImagePullSecretName",
                                                 "Kubernetes Secret with the credentials for its image.",
                                                 filter | empty_is_absent),
            field<&Self::additional_volumes>("AdditionalVolumes", "More volumes of its pod.", filter),
            field<&Self::additional_volume_mounts>("AdditionalVolumeMounts", "More mounts of its container.", filter),
            field<&Self::additional_env_ref>("AdditionalEnvRef", "More sources of its environment.", filter)});
  }
};

}  // namespace threeport::kinds
