#include "cli/document_rules.h"

#include <gtest/gtest.h>

#include "kinds/registry.h"

namespace threeport::cli {
namespace {

class DocumentRulesTest : public ::testing::Test {
 protected:
  [[nodiscard]] DocumentRules rules(std::string_view name) const { return {*vocabulary_.find_name(name), registry_}; }
  /// "" where the value may stand under that key.
  [[nodiscard]] std::string check(std::string_view name, std::string_view key, std::string_view value) const {
    const DocumentRules all = rules(name);
    const Rule* rule = all.find(key);
    if (rule == nullptr) return "no such key";
    const auto checked = all.check(*rule, json::parse(value).value());
    return checked ? "" : checked.error().message;
  }
  [[nodiscard]] std::string keys(std::string_view name) const {
    std::string out;
    const DocumentRules all = rules(name);
    for (const Rule& rule : all.rules()) out += (out.empty() ? "" : " ") + rule.key;
    return out;
  }

  schema::Registry registry_{kinds::all()};
  Vocabulary vocabulary_{registry_};
};

TEST_F(DocumentRulesTest, KeysAreTheDeclaredMembersWithReferencesByName) {
  EXPECT_EQ(keys("Tier"), "Name Criticality");
  EXPECT_EQ(keys("WorkloadInstance"),
            "Name KubernetesRuntimeInstance WorkloadDefinition Environment RequestedGeneration DiscardData");
}

TEST_F(DocumentRulesTest, ACombinedSubjectHasTheKeysOfBothOnceButNotTheirReference) {
  EXPECT_EQ(
      keys("KubernetesRuntime"),
      "Name Profile Tier InfraProvider InfraProviderAccountName HighAvailability NodeSize NodeProfile NodeMaximum "
      "Location ThreeportControlPlaneHost APIEndpoint CACertificate Certificate CertificateKey ConnectionToken "
      "ConnectionTokenExpiration DefaultRuntime ForceDelete GatewayWorkloadInstance DnsControllerInstance "
      "SecretsControllerInstance ThreeportAgentImage Kubeconfig Context");
}

TEST_F(DocumentRulesTest, WhatHasAKubeconfigTakesItsContext) {
  EXPECT_EQ(rules("KubernetesRuntime").find("Context")->form, Form::context);
  EXPECT_EQ(rules("KubernetesRuntime").find("Kubeconfig")->form, Form::file);
  EXPECT_EQ(rules("Workload").find("Context"), nullptr);
}

TEST_F(DocumentRulesTest, WhatHasADefaultMayBeLeftOut) {
  EXPECT_FALSE(rules("WorkloadInstance").find("KubernetesRuntimeInstance")->is_required);
  EXPECT_TRUE(rules("WorkloadInstance").find("WorkloadDefinition")->is_required);
  EXPECT_EQ(rules("WorkloadInstance").find("KubernetesRuntimeInstance")->required_unless, "");
  EXPECT_EQ(rules("Workload").find("YAMLDocument")->required_unless, "ScoreDocument");
}

TEST_F(DocumentRulesTest, KeysOfV0TakeThePlaceOfThoseOfTheirMember) {
  EXPECT_EQ(rules("HelmWorkload").find("ValuesDocument"), nullptr);
  EXPECT_EQ(rules("HelmWorkload").find("Values"), nullptr);
  EXPECT_EQ(rules("HelmWorkload").find("DefinitionValues")->form, Form::text);
  EXPECT_EQ(rules("HelmWorkload").find("InstanceValuesDocument")->half, Half::instance);
  EXPECT_EQ(rules("TerraformDefinition").find("ConfigDir")->form, Form::folder);
  EXPECT_TRUE(rules("TerraformDefinition").find("ConfigDir")->is_required);
  EXPECT_EQ(rules("DomainNameInstance").find("DomainNameDefinition")->form, Form::reference);
}

TEST_F(DocumentRulesTest, AccountsMayBeNamedAndValuesWrittenInPlace) {
  EXPECT_EQ(rules("AwsRelationalDatabase").find("AwsAccountName")->member, "AwsAccount");
  EXPECT_EQ(rules("AwsEksKubernetesRuntime").find("AwsAccountName")->member, "AWSAccount");
  EXPECT_EQ(rules("ObservabilityStack").find("GrafanaHelmValues")->member, "GrafanaHelmValuesDocument");
  EXPECT_EQ(rules("HelmWorkloadInstance").find("Values")->form, Form::text);
  const DocumentRules all = rules("AwsRelationalDatabase");
  EXPECT_EQ(all.ways_to_fill(*all.find("AwsAccount")), "AwsAccount or AwsAccountName");
}

TEST_F(DocumentRulesTest, NamesOfWhatMakesNamesAreShort) {
  EXPECT_EQ(check("ControlPlane", "Name", "\"" + std::string(30, 'a') + "\""), "");
  EXPECT_EQ(check("ControlPlane", "Name", "\"" + std::string(31, 'a') + "\""),
            "ControlPlane.Name \"" + std::string(31, 'a') +
                "\" has 31 characters; it may have 30 at most: choose a shorter one");
  EXPECT_EQ(check("Workload", "Name", "\"" + std::string(31, 'a') + "\""), "");
}

TEST_F(DocumentRulesTest, ElementsOfListsAreCheckedByTheirTable) {
  EXPECT_EQ(check("Gateway", "HttpPorts", R"([{"Port":80,"Path":"/a"}])"), "");
  EXPECT_EQ(check("Gateway", "HttpPorts", R"([{"Path":"/a"}])"), "Gateway.HttpPorts: an element lacks Port");
  EXPECT_EQ(check("Gateway", "HttpPorts", R"([{"Port":80,"TlsEnabled":true}])"),
            "Gateway.HttpPorts: an element has no member \"TlsEnabled\"; did you mean \"TLSEnabled\"?");
  EXPECT_EQ(check("Gateway", "TcpPorts", R"([{"Port":"80"}])"),
            "Gateway.TcpPorts: Port must be a whole number, not a string");
  EXPECT_EQ(check("ControlPlane", "CustomComponentInfo", R"([{"Name":"rest-api","ImageTag":"v1","Enabled":true}])"),
            "");
}

TEST_F(DocumentRulesTest, AKeyThatIsNotAllowedIsExplained) {
  EXPECT_EQ(rules("WorkloadInstance").refuse("WorkloadDefinitionID"),
            "WorkloadInstance.WorkloadDefinitionID is written by name: WorkloadDefinition: {Name: ...}");
  EXPECT_EQ(rules("Workload").refuse("Status"), "Workload.Status is written by the control plane; leave it out");
  EXPECT_EQ(rules("Workload").refuse("Score"), "Workload.Score: this build has no kind Score; nothing was applied");
  EXPECT_EQ(rules("Workload").refuse("YamlDocument"),
            "Workload has no member \"YamlDocument\"; did you mean \"YAMLDocument\"?");
  EXPECT_EQ(rules("Tier").refuse("Colour"), "Tier has no member \"Colour\"; it takes Name, Criticality");
}

TEST_F(DocumentRulesTest, AReferenceIsOneName) {
  EXPECT_EQ(check("WorkloadInstance", "WorkloadDefinition", R"({"Name":"web"})"), "");
  const std::string expected = "WorkloadInstance.WorkloadDefinition must be {Name: <name of a workload definition>}";
  for (const char* value : {R"("web")", R"({})", R"({"Name":"web","Domain":"x"})", R"({"Name":""})", "7"}) {
    EXPECT_EQ(check("WorkloadInstance", "WorkloadDefinition", value), expected) << value;
  }
}

TEST_F(DocumentRulesTest, ATextMemberIsThePathOfAFile) {
  EXPECT_EQ(check("Workload", "YAMLDocument", R"("web.yaml")"), "");
  EXPECT_EQ(check("Workload", "YAMLDocument", R"("a: 1\nb: 2\n")"),
            "Workload.YAMLDocument must be the path of a file; put the text into a file of its own");
  EXPECT_EQ(check("Workload", "YAMLDocument", "7"), "Workload.YAMLDocument must be the path of a file, not a number");
  EXPECT_EQ(check("Workload", "YAMLDocument", R"("")"),
            "Workload.YAMLDocument must be the path of a file, not a string");
}

TEST_F(DocumentRulesTest, ValuesHaveTheTypeOfTheirMember) {
  EXPECT_EQ(check("Tier", "Criticality", "5"), "");
  EXPECT_EQ(check("Tier", "Criticality", "5.5"), "Tier.Criticality must be a whole number, not a number");
  EXPECT_EQ(check("Tier", "Name", "5"), "Tier.Name must be a string, not a number; write it in quotes");
  EXPECT_EQ(check("Tier", "Name", R"(["a"])"), "Tier.Name must be a string, not an array");
  EXPECT_EQ(check("Tier", "Name", R"("")"), "Tier.Name must not be empty");
  EXPECT_EQ(check("KubernetesRuntimeInstance", "DefaultRuntime", R"("yes")"),
            "KubernetesRuntimeInstance.DefaultRuntime must be true or false, not a string");
  EXPECT_EQ(check("KubernetesRuntimeInstance", "ConnectionTokenExpiration", R"("tomorrow")"),
            "KubernetesRuntimeInstance.ConnectionTokenExpiration must be a time such as 2030-01-02T03:04:05Z, not a "
            "string");
}

TEST_F(DocumentRulesTest, OnlyAllowedValuesPass) {
  EXPECT_EQ(check("KubernetesRuntimeDefinition", "InfraProvider", R"("kindd")"),
            "KubernetesRuntimeDefinition.InfraProvider \"kindd\" is not allowed; did you mean \"kind\"?");
  EXPECT_EQ(check("KubernetesRuntimeDefinition", "InfraProvider", R"("metal")"),
            "KubernetesRuntimeDefinition.InfraProvider \"metal\" is not allowed; it may be kind, eks, kubeconfig");
}

TEST_F(DocumentRulesTest, KindsOfTheCatalogueAreKnownInAllTheirForms) {
  for (const char* name : {"Gateway", "GatewayDefinition", "GatewayInstance", "Environment", "Score"}) {
    EXPECT_TRUE(is_catalogue_name(name)) << name;
  }
  EXPECT_FALSE(is_catalogue_name("Gatway"));
}

}  // namespace
}  // namespace threeport::cli
