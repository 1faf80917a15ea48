// AwsAccount and what is made in it: EKS clusters, relational databases, object storage buckets.
#pragma once

#include <array>

#include "kinds/workload.h"

namespace threeport::kinds {

inline constexpr std::array<std::string_view, 3> kDatabaseEngines{"mariadb", "mysql", "postgres"};

struct AwsAccount {
  static constexpr KindInfo kind{.name = "AwsAccount",
                                 .path = "aws-accounts",
                                 .alias = "aa",
                                 .doc = "An AWS account, and how the control plane gets into it.",
                                 .unique_name = true};
  ObjectMeta meta;
  std::string name, account_id;
  bool default_account = false;
  std::string default_region;
  std::optional<std::string> access_key_id, secret_access_key, role_arn, external_id;

  static constexpr auto fields() {
    using Self = AwsAccount;
    return std::tuple_cat(
        ObjectMeta::fields<&Self::meta>(),
        std::tuple{
            field<&Self::name>("Name", "Unique name.", required | filter | column),
            field<&Self::account_id>("AccountID", "Number of the account at AWS.", required | filter | column),
            field<&Self::default_account>("DefaultAccount", "Used where no account is named.", filter | column)
                .defaults_to("false"),
            field<&Self::default_region>("DefaultRegion", "Region of what names none.", required | filter | column),
            field<&Self::access_key_id>(
                "AccessKeyID",
                "Static credentials, beside SecretAccessKey; without them the control plane uses its own identity.",
                secret),
            field<&Self::secret_access_key>("SecretAccessKey", "Static credentials, beside AccessKeyID.", secret),
            field<&Self::role_arn>("RoleArn", "Role that is assumed in the account.", filter),
            field<&Self::external_id>("ExternalId", "Goes with every assumption of RoleArn; made by the control plane.",
                                      filter | filled | uuid),
            relation("AwsEksKubernetesRuntimeDefinitions", "AwsEksKubernetesRuntimeDefinition", "AWSAccountID")});
  }
};

struct AwsEksKubernetesRuntimeDefinition {
  static constexpr KindInfo kind{.name = "AwsEksKubernetesRuntimeDefinition",
                                 .path = "aws-eks-kubernetes-runtime-definitions",
                                 .alias = "",
                                 .doc = "How an EKS cluster is made.",
                                 .unique_name = true};
  ObjectMeta meta;
  Definition definition;
  Ref<AwsAccount> account;
  std::int64_t zone_count = 0;
  std::string default_node_group_instance_type;
  std::int64_t default_node_group_initial_size = 0, default_node_group_minimum_size = 0,
               default_node_group_maximum_size = 0;
  Ref<KubernetesRuntimeDefinition> runtime_definition;

  static constexpr auto fields() {
    using Self = AwsEksKubernetesRuntimeDefinition;
    return std::tuple_cat(
        ObjectMeta::fields<&Self::meta>(), Definition::fields<&Self::definition>(),
        std::tuple{
            field<&Self::account>("AWSAccountID", "Account in which it is made.", required | filter | enforced | column)
                .go_name("AwsAccountID"),
            field<&Self::zone_count>("ZoneCount", "Availability zones that it spreads over.",
                                     required | filter | column),
            field<&Self::default_node_group_instance_type>("DefaultNodeGroupInstanceType", "EC2 type of its nodes.",
                                                           required | filter | column),
            field<&Self::default_node_group_initial_size>("DefaultNodeGroupInitialSize", "Nodes at the start.",
                                                          required | filter),
            field<&Self::default_node_group_minimum_size>("DefaultNodeGroupMinimumSize", "Least number of nodes.",
                                                          required | filter),
            field<&Self::default_node_group_maximum_size>("DefaultNodeGroupMaximumSize", "Greatest number of nodes.",
                                                          required | filter),
            relation("AwsEksKubernetesRuntimeInstances", "AwsEksKubernetesRuntimeInstance",
                     "AwsEksKubernetesRuntimeDefinitionID"),
            field<&Self::runtime_definition>("KubernetesRuntimeDefinitionID",
                                             "Kubernetes runtime definition that it carries out.",
                                             required | filter | column)});
  }
};

struct AwsEksKubernetesRuntimeInstance {
  static constexpr KindInfo kind{.name = "AwsEksKubernetesRuntimeInstance",
                                 .path = "aws-eks-kubernetes-runtime-instances",
                                 .alias = "",
                                 .doc = "An EKS cluster.",
                                 .reconciled = true,
                                 .unique_name = true};
  ObjectMeta meta;
  Instance instance;
  Reconciliation reconciliation;
  std::optional<std::string> region;
  Ref<AwsEksKubernetesRuntimeDefinition> eks_definition;
  json::Value resource_inventory;
  Ref<KubernetesRuntimeInstance> runtime;

  static constexpr auto fields() {
    using Self = AwsEksKubernetesRuntimeInstance;
    return std::tuple_cat(
        ObjectMeta::fields<&Self::meta>(), Instance::fields<&Self::instance>(),
        Reconciliation::fields<&Self::reconciliation>(),
        std::tuple{
            field<&Self::region>("Region", "AWS region.", filter | column),
            field<&Self::eks_definition>("AwsEksKubernetesRuntimeDefinitionID", "How it is made.",
                                         required | filter | enforced | restricts | column),
            field<&Self::resource_inventory>("ResourceInventory", "What was made for it at AWS.", status | quiet),
            field<&Self::runtime>("KubernetesRuntimeInstanceID", "Kubernetes runtime that it provides.",
                                  required | filter | column)});
  }
};

struct AwsRelationalDatabaseDefinition {
  static constexpr KindInfo kind{.name = "AwsRelationalDatabaseDefinition",
                                 .path = "aws-relational-database-definitions",
                                 .alias = "",
                                 .doc = "How a relational database is made at AWS.",
                                 .unique_name = true,
                                 .writers = schema::kDevelopers};
  ObjectMeta meta;
  Definition definition;
  std::string engine, engine_version, database_name;
  std::int64_t database_port = 0, backup_days = 0;
  std::string machine_size;
  std::int64_t storage_gb = 0;
  std::string workload_secret_name;
  Ref<AwsAccount> account;

  static constexpr auto fields() {
    using Self = AwsRelationalDatabaseDefinition;
    return std::tuple_cat(
        ObjectMeta::fields<&Self::meta>(), Definition::fields<&Self::definition>(),
        std::tuple{
            field<&Self::engine>("Engine", "mariadb, mysql or postgres.", required | filter | column)
                .one_of(kDatabaseEngines),
            field<&Self::engine_version>("EngineVersion", "One of the supported versions of the engine.",
                                         required | filter | column),
            field<&Self::database_name>("DatabaseName", "Name of the first database in it.", required | filter),
            field<&Self::database_port>("DatabasePort", "TCP port that it listens on.", required | filter),
            field<&Self::backup_days>("BackupDays", "Days that backups are kept; 0 makes none.", filter)
                .query("BackupDays")
                .defaults_to("0"),
            field<&Self::machine_size>("MachineSize",
                                       "XSmall, Small, Medium, Large, XLarge, 2XLarge, 3XLarge or 4XLarge.",
                                       required | filter | column),
            field<&Self::storage_gb>("StorageGb", "Size of its disk in GB.", required | filter | column),
            field<&Self::workload_secret_name>(
                "WorkloadSecretName", "Kubernetes Secret that tells the workload how to connect.", required | filter)
                .query("WorkloadSecretName"),
            field<&Self::account>("AwsAccountID", "Account in which it is made.", required | filter | column),
            relation("AwsRelationalDatabaseInstances", "AwsRelationalDatabaseInstance",
                     "AwsRelationalDatabaseDefinitionID")});
  }
};

struct AwsRelationalDatabaseInstance {
  static constexpr KindInfo kind{.name = "AwsRelationalDatabaseInstance",
                                 .path = "aws-relational-database-instances",
                                 .alias = "",
                                 .doc = "A relational database at AWS, for one workload.",
                                 .reconciled = true,
                                 .unique_name = true,
                                 .writers = schema::kDevelopers};
  ObjectMeta meta;
  Instance instance;
  Reconciliation reconciliation;
  Ref<AwsRelationalDatabaseDefinition> database_definition;
  json::Value resource_inventory;
  Ref<WorkloadInstance> workload_instance;

  static constexpr auto fields() {
    using Self = AwsRelationalDatabaseInstance;
    return std::tuple_cat(
        ObjectMeta::fields<&Self::meta>(), Instance::fields<&Self::instance>(),
        Reconciliation::fields<&Self::reconciliation>(),
        std::tuple{
            field<&Self::database_definition>("AwsRelationalDatabaseDefinitionID", "How it is made.",
                                              required | filter | enforced | restricts | column),
            field<&Self::resource_inventory>("ResourceInventory", "What was made for it at AWS.", status | quiet),
            field<&Self::workload_instance>("WorkloadInstanceID", "Workload that uses it.",
                                            required | filter | column)});
  }
};

struct AwsObjectStorageBucketDefinition {
  static constexpr KindInfo kind{.name = "AwsObjectStorageBucketDefinition",
                                 .path = "aws-object-storage-bucket-definitions",
                                 .alias = "",
                                 .doc = "How an S3 bucket is made.",
                                 .unique_name = true,
                                 .writers = schema::kDevelopers};
  ObjectMeta meta;
  Definition definition;
  bool public_read_access = false;
  std::string workload_service_account_name, workload_bucket_env_var;
  Ref<AwsAccount> account;

  static constexpr auto fields() {
    using Self = AwsObjectStorageBucketDefinition;
    return std::tuple_cat(
        ObjectMeta::fields<&Self::meta>(), Definition::fields<&Self::definition>(),
        std::tuple{
            field<&Self::public_read_access>("PublicReadAccess", "Everybody may read its objects.", filter | column)
                .defaults_to("false"),
            field<&Self::workload_service_account_name>("WorkloadServiceAccountName",
                                                        "Kubernetes ServiceAccount of the workload that may use it.",
                                                        required | filter),
            field<&Self::workload_bucket_env_var>(
                "WorkloadBucketEnvVar", "Environment variable that tells the workload its name.", required | filter),
            field<&Self::account>("AwsAccountID", "Account in which it is made.", required | filter | column),
            relation("AwsObjectStorageBucketInstances", "AwsObjectStorageBucketInstance",
                     "AwsObjectStorageBucketDefinitionID")});
  }
};

struct AwsObjectStorageBucketInstance {
  static constexpr KindInfo kind{.name = "AwsObjectStorageBucketInstance",
                                 .path = "aws-object-storage-bucket-instances",
                                 .alias = "",
                                 .doc = "An S3 bucket, for one workload.",
                                 .reconciled = true,
                                 .unique_name = true,
                                 .writers = schema::kDevelopers};
  ObjectMeta meta;
  Instance instance;
  Reconciliation reconciliation;
  json::Value resource_inventory;
  Ref<AwsObjectStorageBucketDefinition> bucket_definition;
  Ref<WorkloadInstance> workload_instance;

  static constexpr auto fields() {
    using Self = AwsObjectStorageBucketInstance;
    return std::tuple_cat(
        ObjectMeta::fields<&Self::meta>(), Instance::fields<&Self::instance>(),
        Reconciliation::fields<&Self::reconciliation>(),
        std::tuple{
            field<&Self::resource_inventory>("ResourceInventory", "What was made for it at AWS.", status | quiet),
            field<&Self::bucket_definition>("AwsObjectStorageBucketDefinitionID", "How it is made.",
                                            required | filter | enforced | restricts | column),
            field<&Self::workload_instance>("WorkloadInstanceID", "Workload that uses it.",
                                            required | filter | column)});
  }
};

}  // namespace threeport::kinds
