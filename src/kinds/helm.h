// HelmWorkloadDefinition and HelmWorkloadInstance: releases of Helm charts.
#pragma once

#include "kinds/runtime.h"

namespace threeport::kinds {

struct HelmWorkloadDefinition {
  static constexpr KindInfo kind{.name = "HelmWorkloadDefinition",
                                 .path = "helm-workload-definitions",
                                 .alias = "hwd",
                                 .doc = "Which Helm chart to release.",
                                 .reconciled = true,
                                 .unique_name = true,
                                 .writers = schema::kDevelopers};
  ObjectMeta meta;
  Definition definition;
  Reconciliation reconciliation;
  std::string repo, chart;
  std::optional<std::string> chart_version, values_document;
  json::Array additional_resources;

  static constexpr auto fields() {
    using Self = HelmWorkloadDefinition;
    return std::tuple_cat(
        ObjectMeta::fields<&Self::meta>(), Definition::fields<&Self::definition>(),
        Reconciliation::fields<&Self::reconciliation>(),
        std::tuple{
            field<&Self::repo>("Repo", "URL of the repository of charts, https:// or oci://.",
                               required | filter | column),
            field<&Self::chart>("Chart", "Name of the chart.", required | filter | column),
            field<&Self::chart_version>("ChartVersion", "Version of the chart; absent: the newest.", filter | column),
            field<&Self::values_document>("ValuesDocument", "Values of the chart, YAML.", sensitive),
            relation("HelmWorkloadInstances", "HelmWorkloadInstance", "HelmWorkloadDefinitionID"),
            field<&Self::additional_resources>(
                "AdditionalResources", "Kubernetes objects that are delivered beside those of the chart.", sensitive)});
  }
};

struct HelmWorkloadInstance {
  static constexpr KindInfo kind{.name = "HelmWorkloadInstance",
                                 .path = "helm-workload-instances",
                                 .alias = "hwi",
                                 .doc = "A release of a Helm chart.",
                                 .reconciled = true,
                                 .unique_name = true,
                                 .writers = schema::kDevelopers};
  ObjectMeta meta;
  Instance instance;
  Reconciliation reconciliation;
  std::optional<std::string> values_document;
  Ref<KubernetesRuntimeInstance> runtime;
  std::optional<std::string> release_namespace;
  Ref<HelmWorkloadDefinition> helm_definition;
  json::Array additional_resources;

  static constexpr auto fields() {
    using Self = HelmWorkloadInstance;
    return std::tuple_cat(
        ObjectMeta::fields<&Self::meta>(), Instance::fields<&Self::instance>(),
        Reconciliation::fields<&Self::reconciliation>(),
        std::tuple{
            field<&Self::values_document>("ValuesDocument", "Values, YAML; they win over those of the definition.",
                                          sensitive),
            field<&Self::runtime>("KubernetesRuntimeInstanceID", "Runtime that hosts it.", required | filter | column),
            field<&Self::release_namespace>("ReleaseNamespace", "Kubernetes namespace of the release.",
                                            filter | filled | column),
            field<&Self::helm_definition>("HelmWorkloadDefinitionID", "What it releases.",
                                          required | filter | enforced | restricts | column),
            field<&Self::additional_resources>("AdditionalResources",
                                               "Kubernetes objects that are delivered beside those of the chart.",
                                               filled | sensitive)});
  }
};

}  // namespace threeport::kinds
