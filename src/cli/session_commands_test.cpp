// `config`, `version`, `watch`, `up` and `down` as far as they need no second process.
#include <thread>

#include <gtest/gtest.h>

#include "base/file.h"
#include "tests/support/terminal.h"

namespace threeport::testing {
namespace {

class SessionCommandsTest : public ::testing::Test {
 protected:
  ControlPlane plane_;
  Terminal terminal_{plane_};
};

TEST_F(SessionCommandsTest, TheCurrentControlPlaneIsShownAndChosen) {
  terminal_.write(".threeport/config.yaml",
                  "CurrentControlPlane: a\nControlPlanes:\n- {Name: a, APIServer: 'a:1', AuthEnabled: false}\n"
                  "- {Name: b, APIServer: 'b:2'}\n- {Name: c}\n");
  EXPECT_EQ(terminal_.print({"config", "current-control-plane"}), "a\n");
  EXPECT_EQ(terminal_.print({"config", "current-control-plane", "-n", "b"}),
            "Complete: the current control plane is b\n");
  EXPECT_EQ(terminal_.print({"config", "get-control-planes"}),
            "NAME  CURRENT  API SERVER\n"
            "a              http://a:1\n"
            "b     yes      https://b:2\n"
            "c              unusable: " +
                terminal_.config_file().string() +
                ": control plane c: APIServer must be host:port without a scheme, such as 127.0.0.1:1323\n");
}

TEST_F(SessionCommandsTest, WithoutAConfigurationItSaysHowToBegin) {
  std::filesystem::remove(terminal_.config_file());
  EXPECT_EQ(terminal_.print({"config", "get-control-planes"}),
            "Info: " + terminal_.config_file().string() + " has no control planes; `tptctl up` starts a local one\n");
  EXPECT_EQ(terminal_.print({"get", "tiers"}),
            "exit 3: Error: no control plane is chosen: start one with `tptctl up`\n");
}

TEST_F(SessionCommandsTest, TheConfigurationFileIsTheOptionElseTheVariableElseThatOfTheHome) {
  const std::string text = base::read_file(terminal_.config_file()).value();
  std::filesystem::remove(terminal_.config_file());
  terminal_.write("other.yaml", text);
  EXPECT_EQ(terminal_.run({"get", "tiers", "--threeport-config", "other.yaml"}).code, 0);
  terminal_.variables["THREEPORT_CONFIG"] = "other.yaml";
  EXPECT_EQ(terminal_.run({"get", "tiers"}).code, 0);
  terminal_.variables["THREEPORT_CONFIG"] = "missing.yaml";
  EXPECT_EQ(terminal_.run({"get", "tiers"}).code, 3);
  EXPECT_EQ(terminal_.run({"get", "tiers", "--threeport-config", "other.yaml"}).code, 0);
}

TEST_F(SessionCommandsTest, AnotherControlPlaneIsChosenForOneCommand) {
  EXPECT_EQ(terminal_.run({"-i", "test", "get", "tiers"}).code, 0);
  EXPECT_EQ(
      terminal_.run({"get", "tiers", "-i", "tset"}).err,
      "Error: " + terminal_.config_file().string() +
          " has no control plane \"tset\"; did you mean \"test\"? (`tptctl config get-control-planes` lists them, "
          "`tptctl up --name tset` starts a local one)\n");
}

TEST_F(SessionCommandsTest, AControlPlaneWithoutTlsSaysWhatToSet) {
  terminal_.write(".threeport/config.yaml",
                  "CurrentControlPlane: test\nControlPlanes: [{Name: test, APIServer: '" + plane_.address() + "'}]\n");
  const Ran ran = terminal_.run({"get", "tiers"});
  EXPECT_EQ(ran.code, 7);
  EXPECT_TRUE(ran.err.ends_with("; if it has no authentication, set AuthEnabled: false in " +
                                terminal_.config_file().string() + "\n"))
      << ran.err;
}

TEST_F(SessionCommandsTest, AControlPlaneElsewhereIsNotStartedFromHere) {
  terminal_.write(
      ".threeport/config.yaml",
      "CurrentControlPlane: far\nControlPlanes: [{Name: far, AuthEnabled: false, APIServer: 'far.invalid:1'}]\n");
  const Ran ran = terminal_.run({"get", "tiers"});
  EXPECT_EQ(ran.code, 7);
  EXPECT_TRUE(ran.err.ends_with("; check its APIServer in " + terminal_.config_file().string() +
                                ", or name another one with -i\n"))
      << ran.err;
}

TEST_F(SessionCommandsTest, VersionsAreThoseOfBothSides) {
  EXPECT_EQ(terminal_.print({"version"}), "tptctl v1.2.3\ncontrol plane test (" + plane_.url() + ") v0.0.0-test\n");
}

TEST_F(SessionCommandsTest, TheOwnVersionIsShownWithoutAControlPlaneToo) {
  std::filesystem::remove(terminal_.config_file());
  EXPECT_EQ(terminal_.print({"version"}),
            "tptctl v1.2.3\nInfo: no control plane is chosen: start one with `tptctl up`\n");
  terminal_.configure("CurrentControlPlane: test\n");
  plane_.stop();
  const Ran ran = terminal_.run({"version"});
  EXPECT_EQ(ran.code, 0);
  EXPECT_EQ(ran.out, "tptctl v1.2.3\n");
  EXPECT_NE(ran.err.find("does not say its version"), std::string::npos) << ran.err;
}

TEST_F(SessionCommandsTest, AWatchOfOneObjectEndsWhenItIsGone) {
  const auto id = plane_.create("tiers", R"({"Name":"gold","Criticality":1})");
  std::jthread world([&] {
    while (plane_.server().hub().watchers() == 0) std::this_thread::yield();
    plane_.call("DELETE", "/v0/tiers/" + std::to_string(id));
  });
  const std::string out = terminal_.print({"watch", "tier", "gold"});
  EXPECT_TRUE(out.ends_with("03:04:05  deleted  tier/gold\n")) << out;
}

TEST_F(SessionCommandsTest, AWatchOfWhatIsNotThereIsAnError) {
  EXPECT_EQ(terminal_.run({"watch", "tier", "gold"}).code, 3);
  plane_.stop();
  EXPECT_EQ(terminal_.run({"watch", "tiers"}).code, 7);
}

TEST_F(SessionCommandsTest, UpNeedsTheServerBesideIt) {
  EXPECT_EQ(terminal_.print({"up"}), "exit 3: Error: threeportd is not beside tptctl (" +
                                         (terminal_.folder() / "bin" / "threeportd").string() +
                                         "); install both programs into one folder\n");
}

TEST_F(SessionCommandsTest, UpReadsTheKubeconfigBeforeItStartsAnything) {
  EXPECT_EQ(
      terminal_.print({"up", "--kubeconfig", "missing"}),
      "exit 3: Error: cannot read " + (terminal_.folder() / "missing").string() + ": No such file or directory\n");
  EXPECT_EQ(terminal_.print({"up", "--context", "dev"}),
            "exit 2: Error: --context dev goes with --kubeconfig: name the file that has it\n");
}

TEST_F(SessionCommandsTest, UpTakesTheFlagsOfV0) {
  // There is no server to start: what comes so far was taken.
  const std::string taken = "exit 3: Error: threeportd is not beside tptctl";
  const auto starts = [&](const std::string& printed) { return printed.substr(0, taken.size()); };
  EXPECT_EQ(starts(terminal_.print({"up", "-n", "dev", "--force-overwrite-config", "--control-plane-only", "--debug"})),
            taken);
  EXPECT_NE(
      terminal_.print({"up", "-n", "dev", "-t", "v1", "-r", "ghcr.io/x", "--num-worker-nodes=2"})
          .find("Info: --control-plane-image-repo, --control-plane-image-tag, --num-worker-nodes have no effect: "),
      std::string::npos);
  EXPECT_EQ(terminal_.run({"down", "-n", "dev", "--control-plane-only", "--aws-config-env"}).code, 0);
}

TEST_F(SessionCommandsTest, UpRefusesAProviderThatThisBuildDoesNotHave) {
  for (const std::vector<std::string>& flags : std::vector<std::vector<std::string>>{
           {"-p", "eks"}, {"--aws-region", "us-east-1"}, {"--aws-config-env"}, {"--aws-config-profile=default"}}) {
    std::vector<std::string> command{"up", "-n", "dev"};
    command.insert(command.end(), flags.begin(), flags.end());
    const Ran ran = terminal_.run(command);
    EXPECT_EQ(ran.code, 2);
    EXPECT_NE(ran.err.find("this build makes no EKS clusters; make one"), std::string::npos) << ran.err;
  }
  EXPECT_EQ(terminal_.print({"up", "--provider", "gke"}),
            "exit 2: Error: --provider gke: there is no such provider; these are kind and kubeconfig\n");
}

TEST_F(SessionCommandsTest, UpWithAProviderNeedsTheKubeconfigOfTheCluster) {
  EXPECT_EQ(terminal_.print({"up", "-p", "kind"}),
            "exit 2: Error: --provider kind: this build makes no clusters, it adopts one: add its --kubeconfig FILE, "
            "after `kind create cluster`\n");
  EXPECT_EQ(
      terminal_.print({"up", "-p", "kind", "--kind-kubeconfig", "missing"}),
      "exit 3: Error: cannot read " + (terminal_.folder() / "missing").string() + ": No such file or directory\n");
}

TEST_F(SessionCommandsTest, AControlPlaneThatTheCurrentOneHasMadeIsTakenUp) {
  const auto definition = plane_.create("control-plane-definitions", R"({"Name":"team"})");
  const auto runtime_definition =
      plane_.create("kubernetes-runtime-definitions", R"({"Name":"local","InfraProvider":"kind"})");
  const auto runtime = plane_.create("kubernetes-runtime-instances",
                                     R"({"Name":"local","Location":"Local","KubernetesRuntimeDefinitionID":)" +
                                         std::to_string(runtime_definition) + "}");
  const auto make = [&](json::Object members) {
    members.set("Namespace", "threeport");
    members.set("ControlPlaneDefinitionID", definition);
    members.set("KubernetesRuntimeInstanceID", runtime);
    return plane_.create("control-plane-instances", json::dump(members));
  };
  const auto self = make({{"Name", "main"}, {"IsSelf", true}, {"Genesis", true}});
  make({{"Name", "team-a"}, {"ParentControlPlaneInstanceID", self}});
  make({{"Name", "team-b"},
        {"ParentControlPlaneInstanceID", self},
        {"ApiServerEndpoint", "team-b.example.com:443"},
        {"CACert", "-----BEGIN CERTIFICATE-----\n"},
        {"ClientCert", "-----BEGIN CERTIFICATE-----\nclient"},
        {"ClientKey", "-----BEGIN PRIVATE KEY-----\n"}});
  EXPECT_EQ(terminal_.run({"config", "current-control-plane", "-n", "nobody"}).code, 3);
  const Ran early = terminal_.run({"config", "current-control-plane", "-n", "team-a"});
  EXPECT_EQ(early.code, 6);
  EXPECT_NE(early.err.find("has no ApiServerEndpoint yet"), std::string::npos) << early.err;
  EXPECT_EQ(terminal_.print({"config", "current-control-plane", "-n", "team-b"}),
            "Complete: the current control plane is team-b\n");
  const auto entry = cli::Config::load(terminal_.config_file()).value().select("team-b").value();
  EXPECT_EQ(entry.url(), "https://team-b.example.com:443");
  EXPECT_EQ(entry.certificate_pem, "-----BEGIN CERTIFICATE-----\nclient");
  EXPECT_EQ(entry.key_pem.reveal(), "-----BEGIN PRIVATE KEY-----\n");
}

TEST_F(SessionCommandsTest, TheNameOfALocalControlPlaneIsAFolderToo) {
  for (const char* name : {"../x", "Big", "a_b", "-a"}) {
    EXPECT_EQ(terminal_.print({"up", "--name=" + std::string(name)}),
              "exit 2: Error: --name \"" + std::string(name) +
                  "\" must be lower-case letters, digits and dashes, at most 63, such as local\n");
    EXPECT_EQ(terminal_.run({"down", "--name=" + std::string(name)}).code, 2);
  }
}

TEST_F(SessionCommandsTest, DownOfWhatDoesNotRunSaysSoAndPurgeForgetsIt) {
  EXPECT_EQ(terminal_.print({"down", "--name", "test"}), "Info: control plane test does not run\n");
  terminal_.write(".threeport/test/threeport.db", "x");
  EXPECT_EQ(terminal_.run({"down", "--name", "test", "--purge"}).code, 0);
  EXPECT_FALSE(std::filesystem::exists(terminal_.folder() / ".threeport/test"));
  EXPECT_EQ(terminal_.print({"config", "get-control-planes"}).substr(0, 5), "Info:");
}

}  // namespace
}  // namespace threeport::testing
