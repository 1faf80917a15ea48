// SecretDefinition and SecretInstance: secret values, and the workloads that get them.
#pragma once

#include <map>

#include "kinds/aws.h"
#include "kinds/helm.h"

namespace threeport::kinds {

struct SecretDefinition {
  static constexpr KindInfo kind{.name = "SecretDefinition",
                                 .path = "secret-definitions",
                                 .alias = "sd",
                                 .doc = "Secret values and where they are kept.",
                                 .reconciled = true,
                                 .unique_name = true,
                                 .writers = schema::kDevelopers};
  ObjectMeta meta;
  Definition definition;
  Reconciliation reconciliation;
  Ref<AwsAccount> account;
  std::map<std::string, std::string> data;

  static constexpr auto fields() {
    using Self = SecretDefinition;
    return std::tuple_cat(
        ObjectMeta::fields<&Self::meta>(), Definition::fields<&Self::definition>(),
        Reconciliation::fields<&Self::reconciliation>(),
        std::tuple{field<&Self::account>("AwsAccountID", "Account whose Secrets Manager keeps them.", filter | column),
                   field<&Self::data>("Data", "Values by key; only the answer to their creation has them, encrypted.",
                                      required | filter | secret | write_only),
                   relation("SecretInstances", "SecretInstance", "SecretDefinitionID")});
  }
};

struct SecretInstance {
  static constexpr KindInfo kind{.name = "SecretInstance",
                                 .path = "secret-instances",
                                 .alias = "si",
                                 .doc = "A secret of one workload.",
                                 .reconciled = true,
                                 .unique_name = true,
                                 .writers = schema::kDevelopers};
  ObjectMeta meta;
  Instance instance;
  Reconciliation reconciliation;
  Ref<KubernetesRuntimeInstance> runtime;
  Ref<SecretDefinition> secret_definition;
  Ref<WorkloadInstance> workload_instance;
  Ref<HelmWorkloadInstance> helm_workload_instance;

  static constexpr auto fields() {
    using Self = SecretInstance;
    return std::tuple_cat(
        ObjectMeta::fields<&Self::meta>(), Instance::fields<&Self::instance>(),
        Reconciliation::fields<&Self::reconciliation>(),
        std::tuple{field<&Self::runtime>("KubernetesRuntimeInstanceID", "Runtime that hosts the workload.",
                                         required | filter | column),
                   field<&Self::secret_definition>("SecretDefinitionID", "The values.",
                                                   required | filter | enforced | restricts | column),
                   field<&Self::workload_instance>("WorkloadInstanceID", "Workload that gets them.", filter | column),
                   field<&Self::helm_workload_instance>("HelmWorkloadInstanceID", "Helm workload that gets them.",
                                                        filter | column)});
  }
};

}  // namespace threeport::kinds
