#include "cli/document_table.h"

#include <algorithm>
#include <array>

namespace threeport::cli {

namespace {

using enum Form;

constexpr std::string_view kConfigDir = "Folder: the texts of all *.tf files below it, one after the other.";
constexpr std::string_view kNotRead = "Accepted for old configuration files; not read.";
constexpr std::string_view kInlineValues = "Values of the chart, YAML, in place.";
constexpr std::string_view kValuesFile = "File with values of the chart, YAML.";

constexpr std::array kSpecialKeys{
    SpecialKey{.document = "AwsAccount",
               .key = "LocalConfig",
               .form = local,
               .doc = "Configuration file of the AWS tools; its region becomes DefaultRegion."},
    SpecialKey{.document = "AwsAccount",
               .key = "LocalCredentials",
               .form = local,
               .doc = "Credentials file of the AWS tools; its keys become AccessKeyID and SecretAccessKey."},
    SpecialKey{
        .document = "AwsAccount", .key = "LocalProfile", .form = local, .doc = "Profile to read from these two files."},

    SpecialKey{.document = "DomainNameInstance",
               .key = "DomainNameDefinition",
               .form = reference,
               .member = "DomainNameDefinition",
               .also = "Domain"},

    SpecialKey{.document = "HelmWorkload",
               .key = "DefinitionValues",
               .form = text,
               .member = "ValuesDocument",
               .half = Half::definition,
               .doc = kInlineValues},
    SpecialKey{.document = "HelmWorkload",
               .key = "DefinitionValuesDocument",
               .form = file,
               .member = "ValuesDocument",
               .half = Half::definition,
               .doc = kValuesFile},
    SpecialKey{.document = "HelmWorkload",
               .key = "InstanceValues",
               .form = text,
               .member = "ValuesDocument",
               .half = Half::instance,
               .doc = "Values, YAML, in place; they win over those of the definition."},
    SpecialKey{.document = "HelmWorkload",
               .key = "InstanceValuesDocument",
               .form = file,
               .member = "ValuesDocument",
               .half = Half::instance,
               .doc = "File with values, YAML; they win over those of the definition."},
    SpecialKey{.document = "HelmWorkload", .key = "DomainName", .form = ignored, .doc = kNotRead},
    SpecialKey{.document = "HelmWorkload", .key = "Gateway", .form = ignored, .doc = kNotRead},
    SpecialKey{.document = "HelmWorkload", .key = "AwsRelationalDatabase", .form = ignored, .doc = kNotRead},
    SpecialKey{.document = "HelmWorkload", .key = "AwsObjectStorageBucket", .form = ignored, .doc = kNotRead},

    SpecialKey{.document = "Terraform",
               .key = "ConfigDir",
               .form = folder,
               .member = "ConfigDir",
               .half = Half::definition,
               .doc = kConfigDir},
    SpecialKey{.document = "TerraformDefinition",
               .key = "ConfigDir",
               .form = folder,
               .member = "ConfigDir",
               .doc = kConfigDir},

    SpecialKey{.document = "Workload",
               .key = "DomainName",
               .form = part,
               .is_shared = true,
               .doc = "A DomainName of this workload."},
    SpecialKey{.document = "Workload", .key = "Gateway", .form = part, .doc = "A Gateway of this workload."},
    SpecialKey{.document = "Workload",
               .key = "AwsRelationalDatabase",
               .form = part,
               .doc = "An AwsRelationalDatabase of this workload."},
    SpecialKey{.document = "Workload",
               .key = "AwsObjectStorageBucket",
               .form = part,
               .doc = "An AwsObjectStorageBucket of this workload."},
    SpecialKey{.document = "Workload", .key = "Secret", .form = part, .doc = "A Secret of this workload."},

    // v0 writes these into its own structures, and its parser takes them.
    SpecialKey{.document = "Workload", .key = "WorkloadConfigPath", .form = ignored, .doc = kNotRead},
    SpecialKey{.document = "WorkloadDefinition", .key = "WorkloadConfigPath", .form = ignored, .doc = kNotRead},
    SpecialKey{.document = "HelmWorkload", .key = "HelmWorkloadConfigPath", .form = ignored, .doc = kNotRead},
    SpecialKey{.document = "HelmWorkloadDefinition", .key = "HelmWorkloadConfigPath", .form = ignored, .doc = kNotRead},
    SpecialKey{.document = "HelmWorkloadInstance", .key = "HelmWorkloadConfigPath", .form = ignored, .doc = kNotRead},
    SpecialKey{.document = "Secret", .key = "SecretConfigPath", .form = ignored, .doc = kNotRead},
    SpecialKey{.document = "SecretDefinition", .key = "SecretConfigPath", .form = ignored, .doc = kNotRead},
    SpecialKey{.document = "Terraform", .key = "TerraformConfigPath", .form = ignored, .doc = kNotRead},
    SpecialKey{.document = "TerraformDefinition", .key = "TerraformConfigPath", .form = ignored, .doc = kNotRead},
    SpecialKey{.document = "TerraformInstance", .key = "TerraformConfigPath", .form = ignored, .doc = kNotRead},
    SpecialKey{.document = "ObservabilityStack", .key = "ObservabilityConfigPath", .form = ignored, .doc = kNotRead},
    SpecialKey{
        .document = "ObservabilityStackDefinition", .key = "ObservabilityConfigPath", .form = ignored, .doc = kNotRead},
    SpecialKey{
        .document = "ObservabilityStackInstance", .key = "ObservabilityConfigPath", .form = ignored, .doc = kNotRead}};

/// Names of clusters and namespaces are made of these names.
constexpr std::size_t kShortName = 30;

constexpr std::array kTraits{
    Traits{.document = "AwsEksKubernetesRuntime", .is_split = true, .longest_name = kShortName},
    Traits{.document = "AwsEksKubernetesRuntimeDefinition", .longest_name = kShortName},
    Traits{.document = "AwsEksKubernetesRuntimeInstance", .longest_name = kShortName},
    Traits{.document = "ControlPlane", .longest_name = kShortName},
    Traits{.document = "ControlPlaneDefinition", .longest_name = kShortName},
    Traits{.document = "ControlPlaneInstance", .longest_name = kShortName},
    Traits{.document = "DomainName", .is_split = true},
    Traits{.document = "HelmWorkload", .is_split = true},
    Traits{.document = "KubernetesRuntime", .longest_name = kShortName},
    Traits{.document = "KubernetesRuntimeDefinition", .longest_name = kShortName},
    Traits{.document = "KubernetesRuntimeInstance", .longest_name = kShortName}};

}  // namespace

std::span<const SpecialKey> special_keys() { return kSpecialKeys; }

const Traits& traits_of(std::string_view document) {
  static constexpr Traits kNone{};
  const auto found =
      std::find_if(kTraits.begin(), kTraits.end(), [&](const Traits& row) { return row.document == document; });
  return found == kTraits.end() ? kNone : *found;
}

}  // namespace threeport::cli
