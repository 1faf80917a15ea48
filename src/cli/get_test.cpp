// `get`, `describe`: what people see of objects.
#include <gtest/gtest.h>

#include "tests/support/terminal.h"

namespace threeport::testing {
namespace {

class GetTest : public ::testing::Test {
 protected:
  schema::ObjectId add_revision(schema::ObjectId instance, int number, json::Object cause) {
    const auto definition = must(plane_.objects().get("WorkloadInstance", instance)).data.at("WorkloadDefinitionID");
    return plane_.create_as_controller("Revision", json::Object{{"Number", number},
                                                                {"WorkloadInstanceID", instance},
                                                                {"WorkloadDefinitionID", definition},
                                                                {"DefinitionGeneration", 1},
                                                                {"Cause", std::move(cause)}});
  }
  void expect_has(const std::string& text, const std::string& part) {
    EXPECT_NE(text.find(part), std::string::npos) << "missing: " << part << "\nin: " << text;
  }

  ControlPlane plane_;
  Terminal terminal_{plane_};
};

TEST_F(GetTest, ATableHasTheColumnsOfTheKindAndTheAge) {
  plane_.create("tiers", R"({"Name":"gold","Criticality":100})");
  terminal_.clock.advance(std::chrono::seconds(5));
  EXPECT_EQ(terminal_.print({"get", "tiers"}),
            "NAME  CRITICALITY  AGE\n"
            "gold  100          5s\n");
  EXPECT_EQ(terminal_.print({"get", "tier", "gold"}), terminal_.print({"get", "tiers"}));
}

TEST_F(GetTest, AnEmptyListSaysSoAndStaysJson) {
  EXPECT_EQ(terminal_.print({"get", "tiers"}), "Info: there are no tiers\n");
  EXPECT_EQ(terminal_.print({"get", "tiers", "-o", "json"}), "[]\n");
  EXPECT_EQ(terminal_.print({"get", "tiers", "-o", "yaml"}), "[]\n");
  EXPECT_EQ(terminal_.print({"get", "tiers", "-o", "name"}), "");
}

TEST_F(GetTest, ReferencesAreShownByName) {
  plane_.add_workload("web");
  EXPECT_EQ(terminal_.print({"get", "wi"}),
            "NAME  WORKLOAD DEFINITION  KUBERNETES RUNTIME INSTANCE  ENVIRONMENT  STATUS       AGE\n"
            "web   web                  local                                     Reconciling  0s\n");
}

TEST_F(GetTest, ACombinedKindShowsDefinitionsWithTheirInstances) {
  plane_.add_workload("web");
  plane_.create("workload-definitions", R"({"Name":"idle","YAMLDocument":"a: 1"})");
  EXPECT_EQ(
      terminal_.print({"get", "workloads"}),
      "VERSION  NAME  WORKLOAD DEFINITION  WORKLOAD INSTANCE  KUBERNETES RUNTIME INSTANCE  ENVIRONMENT  STATUS       "
      "AGE\n"
      "v0       web   web                  web                local                                     Reconciling  "
      "0s\n"
      "v0       idle  idle                                                                                           "
      "0s\n");
  EXPECT_EQ(terminal_.print({"get", "workloads", "-o", "name"}), "workload-instance/web\nworkload-definition/idle\n");
}

TEST_F(GetTest, AStateIsOneWord) {
  const auto id = plane_.add_workload("web");
  const auto shows = [&](const std::string& word) { expect_has(terminal_.print({"get", "wi"}), "  " + word + "  "); };
  shows("Reconciling");
  plane_.report("WorkloadInstance", id, {.ready = "True"});
  shows("Healthy");
  plane_.report("WorkloadInstance", id, {.ready = "False", .reason = "Progressing"});
  shows("Reconciling");
  plane_.report("WorkloadInstance", id, {.ready = "False", .reason = "InvalidManifest", .is_stalled = true});
  shows("InvalidManifest");
  plane_.report("WorkloadInstance", id, {.ready = "False", .reason = "NoController"});
  shows("NoController");
  plane_.call("DELETE", "/v0/workload-instances/" + std::to_string(id));
  shows("Deleting");
}

TEST_F(GetTest, AWorkloadWithoutAReadyReplicaIsDown) {
  const auto id = plane_.add_workload("web");
  plane_.report("WorkloadInstance", id, {.ready = "False", .reason = "Progressing"});
  const auto deployment = [](int ready) {
    return json::Object{{"kind", "Deployment"},
                        {"metadata", json::Object{{"name", "web"}}},
                        {"spec", json::Object{{"replicas", 2}}},
                        {"status", json::Object{{"readyReplicas", ready}}}};
  };
  const auto row =
      plane_.create_as_controller("WorkloadResourceInstance", json::Object{{"WorkloadInstanceID", id},
                                                                           {"JSONDefinition", deployment(0)},
                                                                           {"RuntimeDefinition", deployment(0)}});
  expect_has(terminal_.print({"get", "workload", "web"}), "  Down  ");
  plane_.set("WorkloadResourceInstance", row, json::Object{{"RuntimeDefinition", deployment(1)}});
  expect_has(terminal_.print({"get", "workload", "web"}), "  Unhealthy  ");
}

TEST_F(GetTest, AGatewayShowsItsPorts) {
  plane_.create(
      "gateway-definitions",
      R"({"Name":"gw","ServiceName":"svc","HttpPorts":[{"Port":80,"HTTPSRedirect":true},{"Port":443,"TLSEnabled":true},)"
      R"({"Port":443,"TLSEnabled":true,"Path":"/a"}],"TcpPorts":[{"Port":5432}]})");
  const std::string expected =
      "NAME  PORTS                       SUBDOMAIN  KUBERNETES SERVICE NAME  AGE\n"
      "gw    80/HTTP,443/HTTPS,5432/TCP             svc                      0s\n";
  EXPECT_EQ(terminal_.print({"get", "gateway-definitions"}), expected);
  for (int i = 0; i < 11; ++i) {
    plane_.create("gateway-definitions", R"({"Name":"g)" + std::to_string(i) + R"(","TcpPorts":[{"Port":1}]})");
  }
  expect_has(terminal_.print({"get", "gateway-definitions"}), "g10   1/TCP  ");
  expect_has(terminal_.print({"get", "gateway-definitions", "-o", "wide"}), "DOMAIN NAME DEFINITION  READY  REASON");
}

TEST_F(GetTest, ARuntimeShowsWhoProvidesIt) {
  plane_.add_workload("web");
  EXPECT_EQ(terminal_.print({"get", "kri"}),
            "NAME   KUBERNETES RUNTIME DEFINITION  LOCATION  DEFAULT RUNTIME  INFRA PROVIDER  FORCE DELETE  AGE\n"
            "local  local                          Local     true             kubeconfig      false         0s\n");
  expect_has(terminal_.print({"get", "kubernetes-runtimes"}),
             "NAME   KUBERNETES RUNTIME DEFINITION  KUBERNETES RUNTIME INSTANCE  LOCATION  DEFAULT RUNTIME");
}

TEST_F(GetTest, ASecretMemberIsDescribedDecrypted) {
  plane_.create(
      "aws-accounts",
      R"({"Name":"dev","AccountID":"5","DefaultRegion":"us-east-1","AccessKeyID":"AKIA","SecretAccessKey":"s3cret"})");
  const std::vector<std::string> ask{"describe", "aws-account", "-n", "dev", "-f", "SecretAccessKey"};
  expect_has(terminal_.print(ask), "exit 5: Error: AwsAccount.SecretAccessKey is encrypted, and ");
  terminal_.write(".threeport/test/encryption.key", ControlPlane::encryption_key());
  EXPECT_EQ(terminal_.print(ask), "s3cret\n") << "the key of a local control plane";
  terminal_.write(".threeport/test/encryption.key", "");
  terminal_.add_to_config("  EncryptionKey: " + ControlPlane::encryption_key());
  EXPECT_EQ(terminal_.print(ask), "s3cret\n");
  EXPECT_EQ(terminal_.print({"describe", "aws-account", "dev", "--field", "AccountID"}), "5\n");
  EXPECT_EQ(terminal_.print({"describe", "aws-account", "dev", "--field", "RoleArn"}), "\n");
  expect_has(terminal_.print({"describe", "aws-account", "dev", "-o", "json"}), "\"SecretAccessKey\": \"");
  terminal_.configure("CurrentControlPlane: test\n");
  terminal_.add_to_config("  EncryptionKey: short");
  expect_has(terminal_.print(ask), "control plane test: EncryptionKey");
}

TEST_F(GetTest, AnObjectIsDescribedByItsFile) {
  terminal_.write("tier.yaml", "Tier: {Name: gold, Criticality: 7}\n");
  terminal_.print({"apply", "-f", "tier.yaml"});
  EXPECT_EQ(terminal_.print({"describe", "tier", "-c", "tier.yaml", "-f", "Criticality"}), "7\n");
  EXPECT_EQ(terminal_.print({"describe", "profile", "-c", "tier.yaml"}),
            "exit 2: Error: tier.yaml has no Profile; it has a Tier\n");
  EXPECT_EQ(terminal_.print({"describe", "tier", "gold", "-c", "tier.yaml"}),
            "exit 2: Error: describe takes a NAME or -c FILE, not both\n");
}

TEST_F(GetTest, DescribeHasTheFormatsOfGet) {
  plane_.create("tiers", R"({"Name":"gold","Criticality":100})");
  for (const char* format : {"table", "wide", "json", "yaml", "name"}) {
    EXPECT_EQ(terminal_.print({"describe", "tier", "gold", "-o", format}),
              terminal_.print({"get", "tier", "gold", "-o", format}))
        << format;
  }
  EXPECT_EQ(terminal_.print({"describe", "tier", "gold", "-o", "plain"}),
            terminal_.print({"describe", "tier", "gold"}));
}

TEST_F(GetTest, WideAddsTheStateAndTheId) {
  const auto id = plane_.add_workload("web");
  plane_.report("WorkloadInstance", id, {.ready = "False", .reason = "Progressing"});
  const std::string text = terminal_.print({"get", "wi", "-o", "wide"});
  expect_has(text, "READY  REASON       GENERATION  ID");
  expect_has(text, "False  Progressing  1           " + std::to_string(id));
}

TEST_F(GetTest, JsonAndYamlAreTheObjectAsTheApiHasIt) {
  plane_.create("tiers", R"({"Name":"gold","Criticality":100})");
  const json::Value object = json::parse(terminal_.print({"get", "tier", "gold", "-o", "json"})).value();
  EXPECT_EQ(object, plane_.call("GET", "/v0/tiers").first());
  expect_has(terminal_.print({"get", "tier", "gold", "-o", "yaml"}), "Name: gold\nCriticality: 100\n");
  EXPECT_EQ(json::parse(terminal_.print({"get", "tiers", "-o", "json"})).value().as_array().size(), 1U);
}

TEST_F(GetTest, AnUnknownNameIsRefusedWithTheNearest) {
  plane_.create("tiers", R"({"Name":"gold","Criticality":100})");
  EXPECT_EQ(terminal_.print({"get", "tier", "glod"}),
            "exit 3: Error: no tier with name glod; did you mean \"gold\"?\n");
}

TEST_F(GetTest, AnIdIsANameWhereNothingIsCalledLikeIt) {
  const auto id = plane_.create("tiers", R"({"Name":"gold","Criticality":100})");
  EXPECT_EQ(terminal_.print({"get", "tier", std::to_string(id), "-o", "name"}), "tier/gold\n");
  EXPECT_EQ(terminal_.print({"get", "event", "first"}),
            "exit 2: Error: objects of kind Event have no name: give the id, a number\n");
}

TEST_F(GetTest, AWorkloadIsTheOnlyInstanceOfItsDefinition) {
  plane_.add_workload("web");
  const auto made = plane_.call(
      "POST", "/v0/apply",
      R"({"Documents":[{"WorkloadDefinition":{"Name":"api","YAMLDocument":"a: 1"}},{"WorkloadInstance":{"Name":"api-1","WorkloadDefinition":{"Name":"api"}}}]})");
  ASSERT_EQ(made.status, 200) << made.text;
  EXPECT_EQ(terminal_.print({"get", "workload", "api", "-o", "name"}), "workload-instance/api-1\n");
  plane_.call("POST", "/v0/apply",
              R"({"Documents":[{"WorkloadInstance":{"Name":"api-2","WorkloadDefinition":{"Name":"api"}}}]})");
  EXPECT_EQ(terminal_.print({"get", "workload", "api", "-o", "name"}),
            "exit 4: Error: workload definition api has the instances api-1, api-2; name the one that is meant\n");
}

TEST_F(GetTest, InAnEnvironmentAWorkloadIsTheInstanceOfThatEnvironment) {
  plane_.add_workload("web");
  plane_.add_workload("web-dev");
  EXPECT_EQ(terminal_.print({"get", "workload", "web", "--environment", "dev", "-o", "name"}),
            "workload-instance/web-dev\n");
  terminal_.configure("CurrentControlPlane: test\nCurrentEnvironment: dev\n");
  EXPECT_EQ(terminal_.print({"get", "workload", "web", "-o", "name"}), "workload-instance/web-dev\n");
  EXPECT_EQ(terminal_.print({"get", "workload-instance", "web", "-o", "name"}), "workload-instance/web\n")
      << "a single kind has its own names";
  EXPECT_EQ(terminal_.print({"get", "workload", "api"}),
            "exit 3: Error: no workload instance with name api-dev (workload api in environment dev, which "
            "CurrentEnvironment of " +
                terminal_.config_file().string() + " names)\n");
  EXPECT_EQ(terminal_.print({"get", "tier", "gold", "--environment", "dev"}),
            "exit 2: Error: --environment goes with the kind workload; a tier is found by its own name alone\n");
}

TEST_F(GetTest, RevisionsShowTheirCauseAsASentence) {
  const auto instance = plane_.add_workload("web");
  add_revision(instance, 1, {{"Type", "Definition"}, {"By", "controller:WorkloadInstance"}, {"Note", ""}});
  add_revision(instance, 2, {{"Type", "Rollback"}, {"By", "anonymous"}, {"Note", "to revision 1"}});
  const std::string text = terminal_.print({"get", "revisions"});
  expect_has(text, "Definition by controller:WorkloadInstance");
  expect_has(text, "Rollback to revision 1 by anonymous");
}

TEST_F(GetTest, DescribeShowsTheCauseOfARevisionAsASentence) {
  const auto instance = plane_.add_workload("web");
  const auto id = add_revision(
      instance, 3, {{"Type", "Rollback"}, {"By", "anonymous"}, {"Note", "to revision 2"}, {"FromRevisionID", 7}});
  expect_has(terminal_.print({"describe", "revision", std::to_string(id)}),
             "Cause:                  Rollback to revision 2 by anonymous\n");
}

TEST_F(GetTest, DescribeNamesTheRevisionsByTheirNumbers) {
  const auto instance = plane_.add_workload("web");
  const auto id = add_revision(instance, 3, {{"Type", "Definition"}});
  plane_.set("WorkloadInstance", instance, json::Object{{"TargetRevisionID", id}});
  expect_has(terminal_.print({"describe", "workload", "web"}), "Target revision:              3\n");
}

TEST_F(GetTest, DescribeShowsMembersConditionsAndAges) {
  const auto id = plane_.add_workload("web");
  plane_.report("WorkloadInstance", id, {.ready = "False", .reason = "ImagePullFailed", .message = "no such image"});
  terminal_.clock.advance(std::chrono::minutes(2));
  const std::string text = terminal_.print({"describe", "workload", "web"});
  expect_has(text, "Kind:                         WorkloadInstance\n");
  expect_has(text, "Workload definition:          web\n");
  expect_has(text, "Created:                      2030-01-02T03:04:05Z (2m ago)\n");
  expect_has(text, "  Ready        no   ImagePullFailed, since 2m\n               no such image\n");
  expect_has(text, "Not healthy, because\n  - ImagePullFailed: no such image\n");
}

TEST_F(GetTest, DescribeSaysThatNoControllerHasLookedYet) {
  plane_.add_workload("web");
  expect_has(terminal_.print({"describe", "workload", "web"}), "State\n  No controller has looked at it yet.\n");
}

TEST_F(GetTest, DescribeSaysThatAChangeIsNotTakenUpYet) {
  const auto id = plane_.create("workload-definitions", R"({"Name":"web","YAMLDocument":"a: 1"})");
  plane_.report("WorkloadDefinition", id, {});
  plane_.call("PATCH", "/v0/workload-definitions/" + std::to_string(id), R"({"YAMLDocument":"b: 2"})");
  expect_has(terminal_.print({"describe", "workload-definition", "web"}),
             "A change (generation 2) is not taken up yet; the state above is of generation 1.");
}

TEST_F(GetTest, DescribeShowsADeletionAndAFailureButNotTheirAbsence) {
  const auto id = plane_.add_workload("web");
  EXPECT_EQ(terminal_.print({"describe", "workload", "web"}).find("false"), std::string::npos);
  plane_.call("DELETE", "/v0/workload-instances/" + std::to_string(id));
  plane_.set("WorkloadInstance", id, json::Object{{"CreationFailed", true}});
  const std::string text = terminal_.print({"describe", "workload", "web"});
  expect_has(text, "Deletion scheduled:           2030-01-02T03:04:05Z (0s ago)\n");
  expect_has(text, "Creation failed:              true\n");
}

TEST_F(GetTest, DescribeHidesSecretsAndSizesLongTexts) {
  plane_.create("workload-definitions", R"({"Name":"web","YAMLDocument":"a: 1\nb: 2\n"})");
  expect_has(terminal_.print({"describe", "wd", "web"}), "YAML document:  (3 lines, 10 bytes; -o yaml shows it)");
  plane_.add_workload("api");
  const auto runtime = must(plane_.objects().find_by_name("KubernetesRuntimeInstance", "local")).value().id;
  plane_.call("PATCH", "/v0/kubernetes-runtime-instances/" + std::to_string(runtime), R"({"ConnectionToken":"t0ken"})");
  const std::string text = terminal_.print({"describe", "kri", "local"});
  expect_has(text, "(secret)");
  EXPECT_EQ(text.find("t0ken"), std::string::npos);
}

TEST_F(GetTest, DescribeShowsKubernetesObjectsWithTheirState) {
  const auto id = plane_.add_workload("web");
  plane_.create_as_controller(
      "WorkloadResourceInstance",
      json::Object{
          {"WorkloadInstanceID", id},
          {"JSONDefinition", json::parse(R"({"kind":"Deployment","metadata":{"name":"web"}})").value()},
          {"RuntimeDefinition",
           json::parse(R"({"kind":"Deployment","spec":{"replicas":2},"status":{"readyReplicas":1}})").value()}});
  expect_has(terminal_.print({"describe", "workload", "web"}),
             "Kubernetes objects\n"
             "  OBJECT          READY  STATE\n"
             "  Deployment/web  1/2    1 of 2 pods ready\n");
}

TEST_F(GetTest, DescribeShowsEventsOnceAndRevisionsAsATable) {
  const auto id = plane_.add_workload("web");
  add_revision(id, 1, {{"Type", "Definition"}, {"By", "anonymous"}});
  plane_.create("workload-events", R"({"RuntimeEventUID":"u","Type":"Warning","Reason":"BackOff","Message":"again",)"
                                   R"("Timestamp":"2030-01-02T03:04:05Z","WorkloadInstanceID":)" +
                                       std::to_string(id) + "}");
  const std::string text = terminal_.print({"describe", "workload", "web"});
  expect_has(text, "\nRevisions\n  ID  NUMBER  DEFINITION GENERATION  CAUSE");
  expect_has(text, "\nEvents\n  LAST SEEN  TYPE     REASON   COUNT  MESSAGE\n");
  EXPECT_EQ(text.find("BackOff"), text.rfind("BackOff"));
}

TEST_F(GetTest, DescribeCanPrintOneMemberOrTheWholeObject) {
  plane_.create("tiers", R"({"Name":"gold","Criticality":100})");
  EXPECT_EQ(terminal_.print({"describe", "tier", "gold", "--field", "Criticality"}), "100\n");
  EXPECT_EQ(terminal_.print({"describe", "tier", "-n", "gold", "--field", "name"}), "gold\n");
  EXPECT_EQ(terminal_.print({"describe", "tier", "gold", "--field", "Criticalty"}),
            "exit 2: Error: Tier has no member \"Criticalty\"; did you mean \"Criticality\"?\n");
  EXPECT_EQ(json::parse(terminal_.print({"describe", "tier", "gold", "-o", "json"})).value(),
            plane_.call("GET", "/v0/tiers").first());
}

}  // namespace
}  // namespace threeport::testing
