// Observability of a runtime: a stack of dashboard, metrics and logging.
#pragma once

#include "kinds/helm.h"

namespace threeport::kinds {

struct ObservabilityDashboardDefinition {
  static constexpr KindInfo kind{.name = "ObservabilityDashboardDefinition",
                                 .path = "observability-dashboard-definitions",
                                 .alias = "",
                                 .doc = "How a dashboard is delivered.",
                                 .reconciled = true,
                                 .unique_name = true};
  ObjectMeta meta;
  Definition definition;
  Reconciliation reconciliation;
  Ref<HelmWorkloadDefinition> grafana_definition;
  std::string grafana_chart_version;
  std::optional<std::string> grafana_values;

  static constexpr auto fields() {
    using Self = ObservabilityDashboardDefinition;
    return std::tuple_cat(
        ObjectMeta::fields<&Self::meta>(), Definition::fields<&Self::definition>(),
        Reconciliation::fields<&Self::reconciliation>(),
        std::tuple{
            field<&Self::grafana_definition>("GrafanaHelmWorkloadDefinitionID", "Helm workload definition of Grafana.",
                                             filter | status),
            field<&Self::grafana_chart_version>("GrafanaHelmChartVersion", "Version of the Grafana chart.", filter)
                .defaults_to("\"7.2.1\""),
            field<&Self::grafana_values>("GrafanaHelmValuesDocument", "Values of the Grafana chart, YAML.",
                                         filter | sensitive),
            relation("ObservabilityDashboardInstances", "ObservabilityDashboardInstance",
                     "ObservabilityDashboardDefinitionID")});
  }
};

struct ObservabilityDashboardInstance {
  static constexpr KindInfo kind{.name = "ObservabilityDashboardInstance",
                                 .path = "observability-dashboard-instances",
                                 .alias = "",
                                 .doc = "A dashboard on a runtime.",
                                 .reconciled = true,
                                 .unique_name = true};
  ObjectMeta meta;
  Instance instance;
  Reconciliation reconciliation;
  Ref<ObservabilityDashboardDefinition> dashboard_definition;
  Ref<KubernetesRuntimeInstance> runtime;
  Ref<HelmWorkloadInstance> grafana_instance;
  std::optional<std::string> grafana_values;

  static constexpr auto fields() {
    using Self = ObservabilityDashboardInstance;
    return std::tuple_cat(
        ObjectMeta::fields<&Self::meta>(), Instance::fields<&Self::instance>(),
        Reconciliation::fields<&Self::reconciliation>(),
        std::tuple{
            field<&Self::dashboard_definition>("ObservabilityDashboardDefinitionID", "What it delivers.",
                                               required | filter | enforced | restricts | column),
            field<&Self::runtime>("KubernetesRuntimeInstanceID", "Runtime that hosts it.", required | filter | column),
            field<&Self::grafana_instance>("GrafanaHelmWorkloadInstanceID", "Helm workload of Grafana.",
                                           filter | status),
            field<&Self::grafana_values>("GrafanaHelmValuesDocument", "Values of the Grafana chart, YAML.",
                                         filter | sensitive)
                .query("grafanahelmvaluedsdocument")});
  }
};

struct MetricsDefinition {
  static constexpr KindInfo kind{.name = "MetricsDefinition",
                                 .path = "metrics-definitions",
                                 .alias = "",
                                 .doc = "How metrics are collected.",
                                 .reconciled = true,
                                 .unique_name = true};
  ObjectMeta meta;
  Definition definition;
  Reconciliation reconciliation;
  Ref<HelmWorkloadDefinition> kube_prometheus_stack_definition;
  std::string kube_prometheus_stack_chart_version;
  std::optional<std::string> kube_prometheus_stack_values;

  static constexpr auto fields() {
    using Self = MetricsDefinition;
    return std::tuple_cat(
        ObjectMeta::fields<&Self::meta>(), Definition::fields<&Self::definition>(),
        Reconciliation::fields<&Self::reconciliation>(),
        std::tuple{field<&Self::kube_prometheus_stack_definition>("KubePrometheusStackHelmWorkloadDefinitionID",
                                                                  "Helm workload definition of kube-prometheus-stack.",
                                                                  filter | status),
                   field<&Self::kube_prometheus_stack_chart_version>(
                       "KubePrometheusStackHelmChartVersion", "Version of the kube-prometheus-stack chart.", filter)
                       .defaults_to("\"55.8.1\""),
                   field<&Self::kube_prometheus_stack_values>("KubePrometheusStackHelmValuesDocument",
                                                              "Values of the kube-prometheus-stack chart, YAML.",
                                                              filter | sensitive),
                   relation("MetricsInstances", "MetricsInstance", "MetricsDefinitionID")});
  }
};

struct MetricsInstance {
  static constexpr KindInfo kind{.name = "MetricsInstance",
                                 .path = "metrics-instances",
                                 .alias = "",
                                 .doc = "The collection of metrics on a runtime.",
                                 .reconciled = true,
                                 .unique_name = true};
  ObjectMeta meta;
  Instance instance;
  Reconciliation reconciliation;
  Ref<MetricsDefinition> metrics_definition;
  Ref<KubernetesRuntimeInstance> runtime;
  Ref<HelmWorkloadInstance> kube_prometheus_stack_instance;
  std::optional<std::string> kube_prometheus_stack_values;

  static constexpr auto fields() {
    using Self = MetricsInstance;
    return std::tuple_cat(
        ObjectMeta::fields<&Self::meta>(), Instance::fields<&Self::instance>(),
        Reconciliation::fields<&Self::reconciliation>(),
        std::tuple{
            field<&Self::metrics_definition>("MetricsDefinitionID", "What it delivers.",
                                             required | filter | enforced | restricts | column),
            field<&Self::runtime>("KubernetesRuntimeInstanceID", "Runtime that hosts it.", required | filter | column),
            field<&Self::kube_prometheus_stack_instance>("KubePrometheusStackHelmWorkloadInstanceID",
                                                         "Helm workload of kube-prometheus-stack.", filter | status),
            field<&Self::kube_prometheus_stack_values>("KubePrometheusStackHelmValuesDocument",
                                                       "Values of the kube-prometheus-stack chart, YAML.",
                                                       filter | sensitive)});
  }
};

struct LoggingDefinition {
  static constexpr KindInfo kind{.name = "LoggingDefinition",
                                 .path = "logging-definitions",
                                 .alias = "",
                                 .doc = "How logs are collected.",
                                 .reconciled = true,
                                 .unique_name = true};
  ObjectMeta meta;
  Definition definition;
  Reconciliation reconciliation;
  Ref<HelmWorkloadDefinition> loki_definition, promtail_definition;
  std::string loki_chart_version, promtail_chart_version;
  std::optional<std::string> loki_values, promtail_values;

  static constexpr auto fields() {
    using Self = LoggingDefinition;
    return std::tuple_cat(
        ObjectMeta::fields<&Self::meta>(), Definition::fields<&Self::definition>(),
        Reconciliation::fields<&Self::reconciliation>(),
        std::tuple{
            field<&Self::loki_definition>("LokiHelmWorkloadDefinitionID", "Helm workload definition of Loki.",
                                          filter | status),
            field<&Self::promtail_definition>("PromtailHelmWorkloadDefinitionID",
                                              "Helm workload definition of Promtail.", filter | status),
            field<&Self::loki_chart_version>("LokiHelmChartVersion", "Version of the Loki chart.", filter)
                .defaults_to("\"5.41.6\""),
            field<&Self::promtail_chart_version>("PromtailHelmChartVersion", "Version of the Promtail chart.", filter)
                .defaults_to("\"6.15.3\""),
            field<&Self::loki_values>("LokiHelmValuesDocument", "Values of the Loki chart, YAML.", filter | sensitive),
            field<&Self::promtail_values>("PromtailHelmValuesDocument", "Values of the Promtail chart, YAML.",
                                          filter | sensitive),
            relation("LoggingInstances", "LoggingInstance", "LoggingDefinitionID")});
  }
};

struct LoggingInstance {
  static constexpr KindInfo kind{.name = "LoggingInstance",
                                 .path = "logging-instances",
                                 .alias = "",
                                 .doc = "The collection of logs on a runtime.",
                                 .reconciled = true,
                                 .unique_name = true};
  ObjectMeta meta;
  Instance instance;
  Reconciliation reconciliation;
  Ref<LoggingDefinition> logging_definition;
  Ref<KubernetesRuntimeInstance> runtime;
  Ref<HelmWorkloadInstance> loki_instance, promtail_instance;
  std::optional<std::string> loki_values, promtail_values;

  static constexpr auto fields() {
    using Self = LoggingInstance;
    return std::tuple_cat(
        ObjectMeta::fields<&Self::meta>(), Instance::fields<&Self::instance>(),
        Reconciliation::fields<&Self::reconciliation>(),
        std::tuple{
            field<&Self::logging_definition>("LoggingDefinitionID", "What it delivers.",
                                             required | filter | enforced | restricts | column),
            field<&Self::runtime>("KubernetesRuntimeInstanceID", "Runtime that hosts it.", required | filter | column),
            field<&Self::loki_instance>("LokiHelmWorkloadInstanceID", "Helm workload of Loki.", filter | status),
            field<&Self::promtail_instance>("PromtailHelmWorkloadInstanceID", "Helm workload of Promtail.",
                                            filter | status),
            field<&Self::loki_values>("LokiHelmValuesDocument", "Values of the Loki chart, YAML.", filter | sensitive),
            field<&Self::promtail_values>("PromtailHelmValuesDocument", "Values of the Promtail chart, YAML.",
                                          filter | sensitive)});
  }
};

struct ObservabilityStackDefinition {
  static constexpr KindInfo kind{.name = "ObservabilityStackDefinition",
                                 .path = "observability-stack-definitions",
                                 .alias = "osd",
                                 .doc = "How dashboard, metrics and logging are delivered.",
                                 .reconciled = true,
                                 .unique_name = true};
  ObjectMeta meta;
  Definition definition;
  Reconciliation reconciliation;
  Ref<ObservabilityDashboardDefinition> dashboard_definition;
  std::optional<std::string> grafana_chart_version, grafana_values;
  Ref<MetricsDefinition> metrics_definition;
  std::optional<std::string> kube_prometheus_stack_chart_version, kube_prometheus_stack_values;
  Ref<LoggingDefinition> logging_definition;
  std::optional<std::string> loki_chart_version, loki_values, promtail_chart_version, promtail_values;

  static constexpr auto fields() {
    using Self = ObservabilityStackDefinition;
    return std::tuple_cat(
        ObjectMeta::fields<&Self::meta>(), Definition::fields<&Self::definition>(),
        Reconciliation::fields<&Self::reconciliation>(),
        std::tuple{
            field<&Self::dashboard_definition>("ObservabilityDashboardDefinitionID", "Its dashboard.", filter | status),
            field<&Self::grafana_chart_version>("GrafanaHelmChartVersion", "Version of the Grafana chart.", filter),
            field<&Self::grafana_values>("GrafanaHelmValuesDocument", "Values of the Grafana chart, YAML.",
                                         filter | sensitive),
            field<&Self::metrics_definition>("MetricsDefinitionID", "Its metrics.", filter | status),
            field<&Self::kube_prometheus_stack_chart_version>("KubePrometheusStackHelmChartVersion",
                                                              "Version of the kube-prometheus-stack chart.", filter),
            field<&Self::kube_prometheus_stack_values>("KubePrometheusStackHelmValuesDocument",
                                                       "Values of the kube-prometheus-stack chart, YAML.",
                                                       filter | sensitive),
            field<&Self::logging_definition>("LoggingDefinitionID", "Its logging.", filter | status),
            field<&Self::loki_chart_version>("LokiHelmChartVersion", "Version of the Loki chart.", filter),
            field<&Self::loki_values>("LokiHelmValuesDocument", "Values of the Loki chart, YAML.", filter | sensitive),
            field<&Self::promtail_chart_version>("PromtailHelmChartVersion", "Version of the Promtail chart.", filter),
            field<&Self::promtail_values>("PromtailHelmValuesDocument", "Values of the Promtail chart, YAML.",
                                          filter | sensitive),
            relation("ObservabilityStackInstances", "ObservabilityStackInstance", "ObservabilityStackDefinitionID")});
  }
};

struct ObservabilityStackInstance {
  static constexpr KindInfo kind{.name = "ObservabilityStackInstance",
                                 .path = "observability-stack-instances",
                                 .alias = "osi",
                                 .doc = "Dashboard, metrics and logging of a runtime.",
                                 .reconciled = true,
                                 .unique_name = true};
  ObjectMeta meta;
  Instance instance;
  Reconciliation reconciliation;
  Ref<ObservabilityStackDefinition> stack_definition;
  Ref<KubernetesRuntimeInstance> runtime;
  bool metrics_enabled = false, logging_enabled = false;
  Ref<ObservabilityDashboardInstance> dashboard_instance;
  std::optional<std::string> grafana_values;
  Ref<MetricsInstance> metrics_instance;
  std::optional<std::string> kube_prometheus_stack_values;
  Ref<LoggingInstance> logging_instance;
  std::optional<std::string> loki_values, promtail_values;

  static constexpr auto fields() {
    using Self = ObservabilityStackInstance;
    return std::tuple_cat(
        ObjectMeta::fields<&Self::meta>(), Instance::fields<&Self::instance>(),
        Reconciliation::fields<&Self::reconciliation>(),
        std::tuple{
            field<&Self::stack_definition>("ObservabilityStackDefinitionID", "What it delivers.",
                                           required | filter | enforced | restricts | column),
            field<&Self::runtime>("KubernetesRuntimeInstanceID", "Runtime that hosts it.", required | filter | column),
            field<&Self::metrics_enabled>("MetricsEnabled", "Collect metrics.", filter | column).defaults_to("true"),
            field<&Self::logging_enabled>("LoggingEnabled", "Collect logs.", filter | column).defaults_to("true"),
            field<&Self::dashboard_instance>("ObservabilityDashboardInstanceID", "Its dashboard.", filter | status),
            field<&Self::grafana_values>("GrafanaHelmValuesDocument", "Values of the Grafana chart, YAML.",
                                         filter | sensitive),
            field<&Self::metrics_instance>("MetricsInstanceID", "Its metrics.", filter | status),
            field<&Self::kube_prometheus_stack_values>("KubePrometheusStackHelmValuesDocument",
                                                       "Values of the kube-prometheus-stack chart, YAML.",
                                                       filter | sensitive),
            field<&Self::logging_instance>("LoggingInstanceID", "Its logging.", filter | status),
            field<&Self::loki_values>("LokiHelmValuesDocument", "Values of the Loki chart, YAML.", filter | sensitive),
            field<&Self::promtail_values>("PromtailHelmValuesDocument", "Values of the Promtail chart, YAML.",
                                          filter | sensitive)});
  }
};

}  // namespace threeport::kinds
