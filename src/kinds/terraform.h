// TerraformDefinition and TerraformInstance: what Terraform makes.
#pragma once

#include "kinds/aws.h"

namespace threeport::kinds {

struct TerraformDefinition {
  static constexpr KindInfo kind{.name = "TerraformDefinition",
                                 .path = "terraform-definitions",
                                 .alias = "td",
                                 .doc = "What Terraform is to make.",
                                 .reconciled = true,
                                 .unique_name = true,
                                 .writers = schema::kDevelopers};
  ObjectMeta meta;
  Definition definition;
  Reconciliation reconciliation;
  std::string config_dir;

  static constexpr auto fields() {
    using Self = TerraformDefinition;
    return std::tuple_cat(
        ObjectMeta::fields<&Self::meta>(), Definition::fields<&Self::definition>(),
        Reconciliation::fields<&Self::reconciliation>(),
        std::tuple{
            field<&Self::config_dir>("ConfigDir", "Text of the .tf files, one after the other.", required | sensitive),
            relation("TerraformInstances", "TerraformInstance", "TerraformDefinitionID")});
  }
};

struct TerraformInstance {
  static constexpr KindInfo kind{.name = "TerraformInstance",
                                 .path = "terraform-instances",
                                 .alias = "ti",
                                 .doc = "What Terraform has made of a definition.",
                                 .reconciled = true,
                                 .unique_name = true,
                                 .writers = schema::kDevelopers};
  ObjectMeta meta;
  Instance instance;
  Reconciliation reconciliation;
  Ref<AwsAccount> account;
  std::optional<std::string> vars_document, state_document, outputs;
  Ref<TerraformDefinition> terraform_definition;

  static constexpr auto fields() {
    using Self = TerraformInstance;
    return std::tuple_cat(
        ObjectMeta::fields<&Self::meta>(), Instance::fields<&Self::instance>(),
        Reconciliation::fields<&Self::reconciliation>(),
        std::tuple{
            field<&Self::account>("AwsAccountID", "Account whose credentials it uses.", required | filter | column),
            field<&Self::vars_document>("VarsDocument", "Text of the .tfvars file.", secret),
            field<&Self::state_document>("StateDocument", "Text of the state file.", secret | status | quiet),
            field<&Self::outputs>("Outputs", "Outputs, JSON.", secret | status),
            field<&Self::terraform_definition>("TerraformDefinitionID", "What it makes.",
                                               required | filter | enforced | restricts | column)
                .query("workloaddefinitionid")});
  }
};

}  // namespace threeport::kinds
