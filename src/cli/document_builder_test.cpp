// Configuration documents of v0 → documents of the API.
#include <gtest/gtest.h>

#include "cli/documents.h"
#include "cli/testing.h"
#include "kinds/registry.h"

namespace threeport::cli {
namespace {

class DocumentBuilderTest : public ::testing::Test {
 protected:
  DocumentBuilderTest() {
    around_.write("m.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\n");
    around_.write("values.yaml", "replicas: 2\n");
  }
  /// The documents of a file a.yaml of this text, one a line; or what is wrong with it.
  std::string built(const std::string& text) {
    around_.write("a.yaml", text);
    const auto documents = read_documents({{"a.yaml"}, ""}, vocabulary_, around_.environment());
    if (!documents) return documents.error().message;
    std::string out;
    for (const Document& document : *documents) {
      out += document.subject.name + " " + json::dump(document.members) + (document.is_shared ? " shared\n" : "\n");
    }
    return out;
  }
  void expect_has(const std::string& text, const std::string& part) {
    EXPECT_NE(text.find(part), std::string::npos) << "missing: " << part << "\nin: " << text;
  }

  schema::Registry registry_{kinds::all()};
  Vocabulary vocabulary_{registry_};
  TestSurroundings around_{registry_};
};

TEST_F(DocumentBuilderTest, AnAccountIsNamedOrReferredTo) {
  const std::string rest = "WorkloadServiceAccountName: s, WorkloadBucketEnvVar: B}\n";
  const std::string expected =
      R"(AwsObjectStorageBucketDefinition {"Name":"b","AwsAccount":{"Name":"dev"},"WorkloadServiceAccountName":"s","WorkloadBucketEnvVar":"B"})"
      "\n";
  EXPECT_EQ(built("AwsObjectStorageBucketDefinition: {Name: b, AwsAccountName: dev, " + rest), expected);
  EXPECT_EQ(built("AwsObjectStorageBucketDefinition: {Name: b, AwsAccount: {Name: dev}, " + rest), expected);
  EXPECT_EQ(built("AwsObjectStorageBucketDefinition: {Name: b, AwsAccount: {Name: dev}, AwsAccountName: dev, " + rest),
            "a.yaml: line 1, column 70: AwsObjectStorageBucketDefinition.AwsAccount and AwsAccountName exclude each "
            "other: they say the same; keep one of them");
  EXPECT_EQ(built("AwsObjectStorageBucketDefinition: {Name: b, " + rest),
            "a.yaml: line 1, column 1: AwsObjectStorageBucketDefinition.AwsAccount or AwsAccountName is missing: "
            "Account in which it is made.");
}

TEST_F(DocumentBuilderTest, RegionAndKeysOfAnAccountComeFromAProfile) {
  around_.write("aws/config", "[default]\nregion = eu-west-1\n[profile dev]\n# ours\nregion=us-east-2 # Ohio\n");
  around_.write("aws/credentials", "[dev]\naws_access_key_id = AKIA\naws_secret_access_key = a/b+c#d=\n[other]\n");
  const std::string head = "AwsAccount:\n  Name: a\n  AccountID: \"5\"\n";
  const std::string local = "  LocalConfig: aws/config\n  LocalCredentials: ~/aws/credentials\n";
  EXPECT_EQ(
      built(head + local + "  LocalProfile: dev\n"),
      R"(AwsAccount {"Name":"a","AccountID":"5","DefaultRegion":"us-east-2","AccessKeyID":"AKIA","SecretAccessKey":"a/b+c#d="})"
      "\n");
  EXPECT_EQ(built(head + local),
            "a.yaml: line 1, column 1: AwsAccount.LocalProfile is missing: LocalConfig, "
            "LocalCredentials and LocalProfile go together");
  expect_has(built(head + local + "  LocalProfile: dev\n  DefaultRegion: us-east-1\n"),
             "AwsAccount.LocalConfig and DefaultRegion exclude each other");
  expect_has(built(head + local + "  LocalProfile: devv\n"),
             "aws/config has no profile \"devv\"; did you mean \"dev\"? (it has default, dev)");
  expect_has(built(head + local + "  LocalProfile: default\n"), "aws/credentials has no profile \"default\"");
}

TEST_F(DocumentBuilderTest, AnAccountHasBothKeysOrNone) {
  const std::string head = "AwsAccount: {Name: a, AccountID: \"5\", DefaultRegion: us-east-1";
  expect_has(built(head + ", AccessKeyID: A}\n"), "AwsAccount.SecretAccessKey is missing: AccessKeyID and");
  expect_has(built(head + ", RoleArn: r}\n"), R"("RoleArn":"r")");
  expect_has(built("AwsAccount: {Name: a, AccountID: \"5\"}\n"), "AwsAccount.DefaultRegion is missing");
}

TEST_F(DocumentBuilderTest, TemporaryKeysOfAProfileAreRefused) {
  around_.write("c", "[default]\nregion = eu-west-1\n");
  around_.write("k", "[default]\naws_access_key_id = A\naws_secret_access_key = S\naws_session_token = T\n");
  const std::string error =
      built("AwsAccount: {Name: a, AccountID: \"5\", LocalConfig: c, LocalCredentials: k, LocalProfile: default}\n");
  expect_has(error, "has temporary keys (aws_session_token)");
  around_.write("k", "[default]\naws_access_key_id = A\n");
  expect_has(built("AwsAccount: {Name: a, AccountID: \"5\", LocalConfig: c, LocalCredentials: k, LocalProfile: "
                   "default}\n"),
             "profile default lacks aws_secret_access_key");
}

TEST_F(DocumentBuilderTest, TheFilesOfATerraformFolderAreOneText) {
  around_.write("tf/b.tf", "resource \"b\" {}");
  around_.write("tf/a/main.tf", "resource \"a\" {}\n");
  around_.write("tf/notes.md", "not read");
  around_.write("x.tfvars", "n = 1\n");
  EXPECT_EQ(
      built("Terraform: {Name: t, ConfigDir: tf, VarsDocument: x.tfvars, AwsAccount: {Name: dev}}\n"),
      R"(Terraform {"Name":"t","ConfigDir":"resource \"a\" {}\nresource \"b\" {}\n","VarsDocument":"n = 1\n","AwsAccount":{"Name":"dev"}})"
      "\n");
  around_.write("empty/x", "");
  expect_has(built("TerraformDefinition: {Name: t, ConfigDir: empty}\n"),
             "TerraformDefinition.ConfigDir: there are no *.tf files below ");
  expect_has(built("TerraformDefinition: {Name: t, ConfigDir: nowhere}\n"), "No such file or directory");
}

TEST_F(DocumentBuilderTest, AHelmWorkloadHasValuesOfItsDefinitionAndOfItsInstance) {
  const std::string head = "HelmWorkload:\n  Name: h\n  Repo: oci://r\n  Chart: c\n  ChartVersion: \"1\"\n";
  EXPECT_EQ(
      built(head + "  DefinitionValuesDocument: values.yaml\n  InstanceValues: |\n    a: 1\n"),
      R"(HelmWorkloadDefinition {"Name":"h","Repo":"oci://r","Chart":"c","ChartVersion":"1","ValuesDocument":"replicas: 2\n"})"
      "\n"
      R"(HelmWorkloadInstance {"Name":"h","ValuesDocument":"a: 1\n","HelmWorkloadDefinition":{"Name":"h"}})"
      "\n");
  expect_has(built(head + "  DefinitionValuesDocument: values.yaml\n  DefinitionValues: \"a: 1\"\n"),
             "HelmWorkload.DefinitionValues and DefinitionValuesDocument exclude each other");
  expect_has(built(head + "  ValuesDocument: values.yaml\n"), "HelmWorkload has no member \"ValuesDocument\"");
  EXPECT_EQ(built(head + "  Gateway: {Name: g}\n"), built(head)) << "v0 takes it and does nothing with it";
  EXPECT_EQ(built("HelmWorkloadInstance: {Name: i, HelmWorkloadDefinition: {Name: h}, Values: \"a: 1\"}\n"),
            R"(HelmWorkloadInstance {"Name":"i","HelmWorkloadDefinition":{"Name":"h"},"ValuesDocument":"a: 1"})"
            "\n");
}

TEST_F(DocumentBuilderTest, ValuesOfAStackAreFilesOrTexts) {
  EXPECT_EQ(
      built("ObservabilityStack: {Name: o, LokiHelmValues: \"a: 1\", GrafanaHelmValuesDocument: values.yaml,\n"
            "  MetricsEnabled: false, KubernetesRuntimeInstance: {Name: r}}\n"),
      R"(ObservabilityStack {"Name":"o","LokiHelmValuesDocument":"a: 1","GrafanaHelmValuesDocument":"replicas: 2\n","MetricsEnabled":false,"KubernetesRuntimeInstance":{"Name":"r"}})"
      "\n");
}

TEST_F(DocumentBuilderTest, ADomainOfAWorkloadIsNamedAfterBoth) {
  EXPECT_EQ(
      built("DomainName: {Name: MyDomain, Domain: d.io, Zone: z, AdminEmail: a@d.io, "
            "WorkloadInstance: {Name: web}}\n"),
      R"(DomainNameDefinition {"Name":"MyDomain","Domain":"d.io","Zone":"z","AdminEmail":"a@d.io"})"
      "\n"
      R"(DomainNameInstance {"Name":"web-my-domain","WorkloadInstance":{"Name":"web"},"DomainNameDefinition":{"Name":"MyDomain"}})"
      "\n");
  EXPECT_EQ(
      built("DomainNameInstance: {Name: any, DomainNameDefinition: {Name: my.domain, Domain: d.io}, "
            "WorkloadInstance: {Name: web}}\n"),
      R"(DomainNameInstance {"Name":"web-my-domain","DomainNameDefinition":{"Name":"my.domain"},"WorkloadInstance":{"Name":"web"}})"
      "\n");
}

TEST_F(DocumentBuilderTest, AGatewayHasPortsThatFitTogether) {
  const auto error = [&](const std::string& rest) { return built("GatewayDefinition: {Name: g, " + rest + "}\n"); };
  expect_has(error("SubDomain: s"), "GatewayDefinition.HttpPorts and TcpPorts are missing");
  expect_has(error("HttpPorts: []"), "are missing: list at least one port, such as HttpPorts: [{Port: 80}]");
  expect_has(error("HttpPorts: [{Port: 443, TLSEnabled: true, HTTPSRedirect: true}], DomainNameDefinition: {Name: d}"),
             "port 443 has TLSEnabled and HTTPSRedirect, which exclude each other");
  expect_has(error("HttpPorts: [{Port: 80, HTTPSRedirect: true}]"),
             "port 80 redirects to HTTPS, but no port is 443: add {Port: 443, TLSEnabled: true}");
  expect_has(error("TcpPorts: [{Port: 8443, TLSEnabled: true}]"),
             "GatewayDefinition.DomainNameDefinition is missing: port 8443 has TLSEnabled");
  expect_has(error("TcpPorts: [{Port: 70000}]"), "GatewayDefinition.TcpPorts: port 70000 must be from 1 to 65535");
  expect_has(error("HttpPorts: [{Port: 80, HTTPSRedirect: true}, {Port: 443, TLSEnabled: true}], DomainNameDefinition: "
                   "{Name: d}"),
             R"(GatewayDefinition {"Name":"g","HttpPorts":)");
}

TEST_F(DocumentBuilderTest, ASecretGoesToOneReceiver) {
  const std::string head = "Secret: {Name: s, AwsAccountName: a, Data: {K: v}";
  EXPECT_EQ(built(head + ", HelmWorkloadInstance: {Name: h}}\n"),
            R"(Secret {"Name":"s","AwsAccount":{"Name":"a"},"Data":{"K":"v"},"HelmWorkloadInstance":{"Name":"h"}})"
            "\n");
  expect_has(built(head + "}\n"), "Secret.WorkloadInstance or HelmWorkloadInstance is missing");
  expect_has(built(head + ", HelmWorkloadInstance: {Name: h}, WorkloadInstance: {Name: w}}\n"), "exclude each other");
}

TEST_F(DocumentBuilderTest, AnEksClusterIsAKubernetesRuntimeToo) {
  const std::string sizes =
      "DefaultNodeGroupInstanceType: t3.medium, DefaultNodeGroupInitialSize: 3, "
      "DefaultNodeGroupMinimumSize: 1, DefaultNodeGroupMaximumSize: 9";
  const std::string text = built(
      "AwsEksKubernetesRuntime: {Name: e, AwsAccountName: dev, ZoneCount: 2, Region: "
      "us-east-2, " +
      sizes + "}\n");
  expect_has(text,
             R"(KubernetesRuntimeDefinition {"Name":"e","InfraProvider":"eks","InfraProviderAccountName":"dev"})");
  expect_has(text, R"(KubernetesRuntimeInstance {"Name":"e","Location":"NorthAmerica:Chicago",)"
                   R"("KubernetesRuntimeDefinition":{"Name":"e"}})");
  expect_has(text, R"("KubernetesRuntimeDefinition":{"Name":"e"}})"
                   "\nAwsEksKubernetesRuntimeInstance ");
  expect_has(built("AwsEksKubernetesRuntimeInstance: {Name: e1, Region: eu-west-1, AwsEksKubernetesRuntimeDefinition: "
                   "{Name: e}}\n"),
             R"("Location":"Europe:Dublin","KubernetesRuntimeDefinition":{"Name":"e"}})");
  expect_has(built("AwsEksKubernetesRuntimeInstance: {Name: e1, Region: eu-west-9, AwsEksKubernetesRuntimeDefinition: "
                   "{Name: e}}\n"),
             "AwsEksKubernetesRuntimeInstance.Region \"eu-west-9\" has no location; did you mean \"eu-west-1\"?");
}

TEST_F(DocumentBuilderTest, PartsOfAWorkloadBelongToIt) {
  const std::string text = built(
      "Workload:\n"
      "  Name: web\n"
      "  YAMLDocument: m.yaml\n"
      "  KubernetesRuntimeInstance: {Name: far}\n"
      "  DomainName: {Name: dom, Domain: d.io, Zone: z, AdminEmail: a@d.io}\n"
      "  Gateway:\n"
      "    Name: web-gw\n"
      "    HttpPorts: [{Port: 443, TLSEnabled: true}]\n"
      "  AwsObjectStorageBucket: {Name: b, AwsAccountName: a, WorkloadServiceAccountName: s, WorkloadBucketEnvVar: B}\n"
      "  Secret: {Name: sec, AwsAccountName: a, Data: {K: v}}\n");
  const std::string owner = R"("WorkloadInstance":{"Name":"web"})",
                    runtime = R"("KubernetesRuntimeInstance":{"Name":"far"})";
  EXPECT_EQ(text.substr(0, text.find('{')), "Workload ");
  expect_has(text, R"(DomainNameDefinition {"Name":"dom","Domain":"d.io","Zone":"z","AdminEmail":"a@d.io"} shared)");
  expect_has(text, R"(DomainNameInstance {"Name":"web-dom",)" + owner + "," + runtime);
  expect_has(
      text,
      R"(Gateway {"Name":"web-gw","HttpPorts":[{"Port":443,"TLSEnabled":true}],"DomainNameDefinition":{"Name":"dom"},)" +
          owner + "," + runtime + "}");
  expect_has(text, R"("WorkloadBucketEnvVar":"B",)" + owner);
  expect_has(text, R"("Data":{"K":"v"},)" + owner + "," + runtime + "}");
}

TEST_F(DocumentBuilderTest, AnErrorInAPartNamesItsPlace) {
  const std::string head = "Workload:\n  Name: web\n  YAMLDocument: m.yaml\n";
  EXPECT_EQ(built(head + "  Gateway:\n    Name: g\n    HttpPort: []\n"),
            "a.yaml: line 6, column 5: Gateway has no member \"HttpPort\"; did you mean \"HttpPorts\"?");
  expect_has(built(head + "  Gateway: {HttpPorts: [{Port: 80}]}\n"),
             "a.yaml: line 4, column 3: Gateway.Name is missing");
  expect_has(built(head + "  Secret: {Name: s, Data: {K: v}, WorkloadInstance: {Name: api}}\n"),
             "Workload.Secret.WorkloadInstance must be the workload that it stands in");
  expect_has(built(head + "  Gateway: g\n"), "Workload.Gateway must hold the members of a Gateway, not a string");
}

TEST_F(DocumentBuilderTest, AWorkloadHasAScoreFileAndAnEnvironment) {
  around_.write("s.yaml",
                "apiVersion: score.dev/v1b1\nmetadata: {name: web}\n"
                "containers: {main: {image: nginx, files: {/a: {source: a.txt}}}}\n");
  around_.write("a.txt", "hello");
  const std::string head = "Workload:\n  Name: web\n  ScoreDocument: s.yaml\n";
  const std::string text =
      built(head + "  Environment: {Name: dev}\n  Secret: {Name: sec, AwsAccountName: a, Data: {K: v}}\n");
  expect_has(text, "content: hello");
  expect_has(text, R"("Environment":{"Name":"dev"})");
  expect_has(text, R"("WorkloadInstance":{"Name":"web-dev"})");
  expect_has(built(head + "  YAMLDocument: m.yaml\n"), "Workload.ScoreDocument and YAMLDocument exclude each other");
  expect_has(built(head + "  Dependencies: {db: {Type: postgres}}\n"),
             "Workload.ScoreDocument and Dependencies exclude each other");
  around_.write("s.yaml", "apiVersion: score.dev/v1b1\nmetadata: {name: web}\ncontainers: {}\n");
  expect_has(built(head), "s.yaml: containers: must have at least one container");
}

TEST_F(DocumentBuilderTest, AWorkloadOfManifestsHasDependencies) {
  expect_has(built("Workload: {Name: web, YAMLDocument: m.yaml, Dependencies: {db: {Type: postgres, ID: main}}}\n"),
             R"("Dependencies":{"db":{"Type":"postgres","ID":"main"}})");
}

TEST_F(DocumentBuilderTest, EnvironmentsAndProfilesOfDependenciesAreAsTheApiHasThem) {
  EXPECT_EQ(
      built("Environment: {Name: dev, Tier: {Name: development}, Location: Local, KubernetesRuntimeInstance: {Name: "
            "local}, "
            "Labels: {team: shop}, TTL: 72h, Variables: {LOG_LEVEL: debug}, Secrets: {API_KEY: k}}\n"),
      R"(Environment {"Name":"dev","Tier":{"Name":"development"},"Location":"Local","KubernetesRuntimeInstance":{"Name":"local"},)"
      R"("Labels":{"team":"shop"},"TTL":"72h","Variables":{"LOG_LEVEL":"debug"},"Secrets":{"API_KEY":"k"}})"
      "\n");
  expect_has(built("Environment: {Name: dev, Variables: {PORT: 80}}\n"),
             "Environment.Variables must be a mapping of strings");
  EXPECT_EQ(
      built("DependencyProfile: {Name: p, Type: redis, Provider: manifests, Params: {Manifests: m}, Outputs: {port: "
            "6379}}\n"),
      R"(DependencyProfile {"Name":"p","Type":"redis","Provider":"manifests","Params":{"Manifests":"m"},"Outputs":{"port":6379}})"
      "\n");
}

TEST_F(DocumentBuilderTest, KeysThatV0KeepsForItselfAreTakenAndNotSent) {
  EXPECT_EQ(built("WorkloadDefinition: {Name: web, YAMLDocument: m.yaml, WorkloadConfigPath: /x}\n"),
            built("WorkloadDefinition: {Name: web, YAMLDocument: m.yaml}\n"));
}

}  // namespace
}  // namespace threeport::cli
