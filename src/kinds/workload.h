// WorkloadDefinition, WorkloadInstance, their Kubernetes objects, Revisions and events.
#pragma once

#include "kinds/environment.h"

namespace threeport::kinds {

struct WorkloadDefinition {
  static constexpr KindInfo kind{
      .name = "WorkloadDefinition",
      .path = "workload-definitions",
      .alias = "wd",
      .doc = "What a workload consists of: Kubernetes manifests or a Score file, and its dependencies.",
      .reconciled = true,
      .unique_name = true,
      .writers = schema::kDevelopers};
  ObjectMeta meta;
  Definition definition;
  Reconciliation reconciliation;
  std::string yaml_document;
  std::optional<std::string> score_document;
  json::Value dependencies;

  static constexpr auto fields() {
    using Self = WorkloadDefinition;
    return std::tuple_cat(
        ObjectMeta::fields<&Self::meta>(), Definition::fields<&Self::definition>(),
        Reconciliation::fields<&Self::reconciliation>(),
        std::tuple{
            field<&Self::yaml_document>("YAMLDocument", "Kubernetes manifests, one or more YAML documents.",
                                        sensitive | empty_is_absent)
                .required_unless("ScoreDocument")
                .defaults_to("\"\""),
            field<&Self::score_document>("ScoreDocument", "A Score file (score.dev/v1b1), in place of YAMLDocument.",
                                         sensitive | empty_is_absent),
            field<&Self::dependencies>("Dependencies", "What the manifests need, by alias: Type, Class, ID, Params."),
            relation("WorkloadResourceDefinitions", "WorkloadResourceDefinition", "WorkloadDefinitionID"),
            relation("WorkloadInstances", "WorkloadInstance", "WorkloadDefinitionID")});
  }
};

struct WorkloadResourceDefinition {
  static constexpr KindInfo kind{.name = "WorkloadResourceDefinition",
                                 .path = "workload-resource-definitions",
                                 .alias = "wrd",
                                 .doc = "One manifest of a workload definition, in order.",
                                 .writers = schema::kDevelopers};
  ObjectMeta meta;
  json::Value json_definition;
  Ref<WorkloadDefinition> workload_definition;

  static constexpr auto fields() {
    using Self = WorkloadResourceDefinition;
    return std::tuple_cat(
        ObjectMeta::fields<&Self::meta>(),
        std::tuple{field<&Self::json_definition>("JSONDefinition", "The manifest.", required),
                   field<&Self::workload_definition>("WorkloadDefinitionID", "The definition that it belongs to.",
                                                     required | filter | enforced | owner)});
  }
};

struct WorkloadInstance {
  static constexpr KindInfo kind{.name = "WorkloadInstance",
                                 .path = "workload-instances",
                                 .alias = "wi",
                                 .doc = "One deployment of a workload definition.",
                                 .reconciled = true,
                                 .unique_name = true,
                                 .writers = schema::kDevelopers};
  ObjectMeta meta;
  Instance instance;
  Reconciliation reconciliation;
  Ref<KubernetesRuntimeInstance> runtime;
  Ref<WorkloadDefinition> definition;
  Ref<Environment> environment;
  std::int64_t requested_generation = 0;
  std::optional<bool> discard_data;
  std::string workload_namespace;
  std::int64_t target_revision = 0, good_revision = 0;

  static constexpr auto fields() {
    using Self = WorkloadInstance;
    return std::tuple_cat(
        ObjectMeta::fields<&Self::meta>(), Instance::fields<&Self::instance>(),
        Reconciliation::fields<&Self::reconciliation>(),
        std::tuple{
            field<&Self::runtime>("KubernetesRuntimeInstanceID", "Runtime that hosts it.",
                                  filled | filter | enforced | restricts | column)
                .required_unless("EnvironmentID"),
            field<&Self::definition>("WorkloadDefinitionID", "Workload definition to deploy.",
                                     required | filter | enforced | column)
                .guards("workload definition has related workload instances - cannot be deleted"),
            field<&Self::environment>("EnvironmentID", "Environment that it lives in.",
                                      immutable | filter | enforced | restricts | resident | column)
                .guards("environment has workload instances - delete them first, or delete it with cascade "
                        "(?cascade=true, tptctl delete --cascade)"),
            field<&Self::requested_generation>(
                "RequestedGeneration",
                "Generation of the definition that was applied for its environment; 0: every one is taken.", filled),
            field<&Self::discard_data>("DiscardData", "Data of dependencies that have to be replaced may be lost."),
            relation("WorkloadResourceInstances", "WorkloadResourceInstance", "WorkloadInstanceID"),
            relation("Events", "WorkloadEvent", "WorkloadInstanceID", filter | status),
            field<&Self::workload_namespace>("Namespace", "Kubernetes namespace, fixed at the first delivery.",
                                             status | ignored),
            field<&Self::target_revision>("TargetRevisionID", "Revision that it is to run.", status | ignored)
                .refers_to("Revision")
                .guards("revision is the target of a workload instance - cannot be deleted"),
            field<&Self::good_revision>("GoodRevisionID", "Newest revision that was healthy.", status | ignored)
                .refers_to("Revision")});
  }
};

struct WorkloadResourceInstance {
  static constexpr KindInfo kind{.name = "WorkloadResourceInstance",
                                 .path = "workload-resource-instances",
                                 .alias = "wri",
                                 .doc = "One Kubernetes object of a workload instance: the row of its inventory.",
                                 .writers = schema::kDevelopers};
  ObjectMeta meta;
  json::Value json_definition;
  Ref<WorkloadInstance> workload_instance;
  std::optional<std::string> last_operation;
  bool reconciled = false;
  json::Value runtime_definition;
  std::optional<base::TimePoint> scheduled_for_deletion;
  std::int64_t revision = 0;
  std::optional<std::string> applied_hash;

  static constexpr auto fields() {
    using Self = WorkloadResourceInstance;
    return std::tuple_cat(
        ObjectMeta::fields<&Self::meta>(),
        std::tuple{
            field<&Self::json_definition>("JSONDefinition",
                                          "The manifest; values of Secrets are replaced by their hashes.", required),
            field<&Self::workload_instance>("WorkloadInstanceID", "The instance that it belongs to.",
                                            required | filter | enforced | owner),
            field<&Self::last_operation>("LastOperation", "ADDED, MODIFIED or DELETED.", filter | status | quiet),
            field<&Self::reconciled>("Reconciled", "The object on the cluster is as declared.", filter)
                .defaults_to("false"),
            field<&Self::runtime_definition>("RuntimeDefinition", "The object on the cluster, as last recorded.",
                                             filter | status | quiet),
            relation("Events", "WorkloadEvent", "WorkloadResourceInstanceID", filter | status),
            field<&Self::scheduled_for_deletion>("ScheduledForDeletion", "Asks for its removal from the cluster.",
                                                 filter),
            field<&Self::revision>("RevisionID", "Revision that put it there; absent: put there by a v0 client.",
                                   status | ignored)
                .refers_to("Revision"),
            field<&Self::applied_hash>("AppliedHash", "Hash of what was applied last.", status | ignored | quiet)});
  }
};

struct WorkloadEvent {
  static constexpr KindInfo kind{.name = "WorkloadEvent",
                                 .path = "workload-events",
                                 .alias = "we",
                                 .doc = "What Kubernetes reports about the objects of a workload.",
                                 .logged = false,
                                 .writers = schema::kDevelopers};
  ObjectMeta meta;
  std::string runtime_event_uid, type, reason, message;
  base::TimePoint timestamp{};
  Ref<WorkloadInstance> workload_instance;
  Ref<WorkloadResourceInstance> workload_resource_instance;
  std::optional<std::int64_t> helm_workload_instance;

  static constexpr auto fields() {
    using Self = WorkloadEvent;
    return std::tuple_cat(
        ObjectMeta::fields<&Self::meta>(),
        std::tuple{field<&Self::runtime_event_uid>("RuntimeEventUID", "UID of the Kubernetes event.",
                                                   required | filter | indexed),
                   field<&Self::type>("Type", "Normal, Warning or Failed.", required | filter | column),
                   field<&Self::reason>("Reason", "Cause in PascalCase.", required | filter | column),
                   field<&Self::message>("Message", "The cause in words.", required | filter | column),
                   field<&Self::timestamp>("Timestamp", "When it was last seen.", required | filter | column),
                   field<&Self::workload_instance>("WorkloadInstanceID", "Workload instance that it is about.",
                                                   filter | enforced | owner),
                   field<&Self::workload_resource_instance>(
                       "WorkloadResourceInstanceID", "Kubernetes object that it is about.", filter | enforced | owner),
                   field<&Self::helm_workload_instance>("HelmWorkloadInstanceID", "Helm workload that it is about.",
                                                        filter | owner)
                       .refers_to("HelmWorkloadInstance")});
  }
};

struct Revision {
  static constexpr std::array<std::string_view, 2> kIdentity{"WorkloadInstanceID", "Number"};
  static constexpr KindInfo kind{.name = "Revision",
                                 .path = "revisions",
                                 .alias = "rev",
                                 .doc = "An immutable, complete description of what a workload instance is to run.",
                                 .controller_made = true,
                                 .added = true,
                                 .identity = kIdentity,
                                 .writers = schema::kDevelopers};
  ObjectMeta meta;
  std::int64_t number = 0;
  Ref<WorkloadInstance> workload_instance;
  Ref<WorkloadDefinition> workload_definition;
  std::int64_t definition_generation = 0;
  json::Value seen;
  std::string yaml_document;
  std::optional<std::string> score_document;
  json::Value dependencies, variables;
  std::optional<std::map<std::string, std::string>> secrets;
  json::Value images, claims, cause;

  static constexpr auto fields() {
    using Self = Revision;
    return std::tuple_cat(
        ObjectMeta::fields<&Self::meta>(),
        std::tuple{
            field<&Self::number>("Number", "Counts the revisions of the instance from 1.", required | filter | column),
            field<&Self::workload_instance>("WorkloadInstanceID", "The instance that it describes.",
                                            required | filter | column | owner),
            field<&Self::workload_definition>("WorkloadDefinitionID", "The definition that it was made from.",
                                              required | filter),
            field<&Self::definition_generation>("DefinitionGeneration", "Generation of that definition.",
                                                required | column),
            field<&Self::seen>("Seen", "Generations that were current when it was made."),
            field<&Self::yaml_document>("YAMLDocument", "The manifests.", sensitive),
            field<&Self::score_document>("ScoreDocument", "The Score file, in place of manifests.", sensitive),
            field<&Self::dependencies>("Dependencies", "What the manifests need, by alias."),
            field<&Self::variables>("Variables", "Values of the environment."),
            field<&Self::secrets>("Secrets", "Secret values of the environment, encrypted.", secret),
            field<&Self::images>("Images", "Digests by repository."),
            field<&Self::claims>("Claims", "Dependencies that it uses, by alias.", status),
            field<&Self::cause>("Cause", "Why it was made: Type, By, Note, FromRevisionID.", column)});
  }
};

}  // namespace threeport::kinds
