// `apply` and `create` against the real API.
#include <gtest/gtest.h>

#include "tests/support/terminal.h"

namespace threeport::testing {
namespace {

const char* const kManifest = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\n";

class ApplyCommandTest : public ::testing::Test {
 protected:
  ApplyCommandTest() { terminal_.write("tier.yaml", "Tier:\n  Name: gold\n  Criticality: 1\n"); }
  std::string path(const std::string& name) { return (terminal_.folder() / name).string(); }

  ControlPlane plane_;
  Terminal terminal_{plane_};
};

TEST_F(ApplyCommandTest, EachObjectIsOneLineWithWhatBecameOfIt) {
  EXPECT_EQ(terminal_.print({"apply", "-f", "tier.yaml"}), "tier/gold created\n");
  EXPECT_EQ(terminal_.print({"apply", "-f", "tier.yaml"}), "tier/gold unchanged\n");
  terminal_.write("tier.yaml", "Tier: {Name: gold, Criticality: 2}\n");
  EXPECT_EQ(terminal_.print({"apply", "-f", "tier.yaml"}), "tier/gold configured\n");
  EXPECT_EQ(plane_.call("GET", "/v0/tiers").first().at("Criticality"), 2);
}

TEST_F(ApplyCommandTest, FilesFoldersAndStandardInputAreOneCall) {
  terminal_.write("f/a.yaml", "Profile: {Name: a}\n");
  terminal_.write("f/b.yaml", "Profile: {Name: b}\n");
  EXPECT_EQ(terminal_.print({"apply", "-f", "tier.yaml", "-f", "f", "-f", "-"}, "Profile: {Name: c}\n"),
            "tier/gold created\nprofile/a created\nprofile/b created\nprofile/c created\n");
}

TEST_F(ApplyCommandTest, PlainManifestsMakeAWorkload) {
  plane_.add_workload("other");
  terminal_.write("web.yaml", kManifest);
  EXPECT_EQ(terminal_.print({"apply", "-f", "web.yaml"}),
            "workload-definition/web created\nworkload-instance/web created\n");
  EXPECT_EQ(terminal_.print({"apply", "-f", "-", "--name", "api"}, kManifest),
            "workload-definition/api created\nworkload-instance/api created\n");
}

TEST_F(ApplyCommandTest, AnErrorOfTheServerNamesTheFileOfItsDocument) {
  terminal_.write("web.yaml", kManifest);
  EXPECT_EQ(terminal_.print({"apply", "-f", "tier.yaml", "-f", "web.yaml"}),
            "exit 2: Error: web.yaml: line 1: document 2 (Workload): no Kubernetes runtime is named and none has "
            "DefaultRuntime: add KubernetesRuntimeInstance: {Name: ...}, or make one the default\n");
  EXPECT_EQ(plane_.call("GET", "/v0/tiers").body.at("Meta", "TotalCount"), 0) << "all or nothing";
}

TEST_F(ApplyCommandTest, TheEnvironmentIsTheOptionElseTheOneOfTheConfiguration) {
  for (const char* name : {"dev", "staging"}) plane_.create("environments", R"({"Name":")" + std::string(name) + "\"}");
  terminal_.write("web.yaml", kManifest);
  EXPECT_EQ(terminal_.print({"apply", "-f", "web.yaml", "--environment", "dev"}),
            "workload-definition/web created\nworkload-instance/web-dev created\n");
  terminal_.configure("CurrentControlPlane: test\nCurrentEnvironment: staging\n");
  EXPECT_NE(terminal_.print({"apply", "-f", "web.yaml"}).find("workload-instance/web-staging created\n"),
            std::string::npos);
  EXPECT_NE(terminal_.print({"apply", "-f", "web.yaml", "--environment", "dev"}).find("workload-instance/web-dev"),
            std::string::npos);
}

TEST_F(ApplyCommandTest, AScoreFileNeedsAnEnvironment) {
  terminal_.write("score.yaml", "apiVersion: score.dev/v1b1\nmetadata: {name: web}\ncontainers: {main: {image: .}}\n");
  for (const char* command : {"apply", "plan", "delete"}) {
    EXPECT_EQ(
        terminal_.print({command, "-f", "score.yaml"}),
        "exit 2: Error: score.yaml: line 1: a Score file is for an environment: say --environment NAME, or choose "
        "one for all commands with `tptctl config current-environment -n NAME` (CurrentEnvironment in " +
            terminal_.config_file().string() + ")\n");
  }
  const std::string refused = terminal_.print({"apply", "-f", "score.yaml", "--environment", "dev"});
  EXPECT_NE(refused.find("`tptctl create environment dev` makes this environment"), std::string::npos) << refused;
  EXPECT_EQ(terminal_.print({"apply", "-f", "score.yaml", "--image", "mian=a"}),
            "exit 2: Error: --image mian=a: workload web has no container \"mian\"; did you mean \"main\"? (it has "
            "main)\n");
  EXPECT_EQ(terminal_.print({"create", "workload", "-c", "score.yaml"}),
            "exit 2: Error: score.yaml: line 1: this is a Score file, not a Workload; `tptctl apply -f` takes it\n");
}

TEST_F(ApplyCommandTest, AnEnvironmentIsCreatedByOneLine) {
  EXPECT_EQ(terminal_.print({"create", "environment", "dev", "--tier", "gold"}).substr(0, 7), "exit 2:");
  EXPECT_EQ(terminal_.print({"apply", "-f", "tier.yaml"}), "tier/gold created\n");
  EXPECT_EQ(terminal_.print({"create", "environment", "dev", "--tier", "gold", "--ttl", "72h", "--variable", "A=b=c",
                             "--variable", "D="}),
            "environment/dev created\n");
  const json::Value made = plane_.call("GET", "/v0/environments").first();
  EXPECT_EQ(made.at("TTL"), "72h");
  EXPECT_EQ(made.at("Variables"), (json::Value(json::Object{{"A", "b=c"}, {"D", ""}})));
  EXPECT_EQ(terminal_.print({"create", "environment", "dev"}),
            "exit 4: Error: environment/dev exists already; `tptctl apply -f` changes it\n");
}

TEST_F(ApplyCommandTest, ANewEnvironmentIsWaitedForWhereThatIsAsked) {
  terminal_.clock.on_wait = [&] {
    plane_.report("Environment", must(plane_.objects().find_by_name("Environment", "dev")).value().id, {});
  };
  EXPECT_EQ(terminal_.print({"create", "environment", "dev", "--wait"}),
            "environment/dev created\n"
            "environment/dev  waiting for its controller\n"
            "environment/dev  Healthy\n"
            "Complete: environment/dev: Healthy\n");
}

TEST_F(ApplyCommandTest, TheOptionsOfAnEnvironmentAreForItAlone) {
  EXPECT_EQ(terminal_.print({"create", "environment", "dev", "--variable", "A"}),
            "exit 2: Error: --variable A must be KEY=VALUE, such as LOG_LEVEL=debug\n");
  EXPECT_EQ(terminal_.print({"create", "environment", "--ttl", "1h"}),
            "exit 2: Error: NAME is missing: tptctl create environment NAME\n");
  EXPECT_EQ(terminal_.print({"create", "tier", "gold"}),
            "exit 2: Error: NAME, --tier, --runtime, --ttl and --variable are for an environment without a file; else "
            "they stand in the file: tptctl create tier -c FILE\n");
}

TEST_F(ApplyCommandTest, TheCurrentEnvironmentIsChosenAndUnset) {
  EXPECT_EQ(terminal_.run({"config", "current-environment"}).code, 3);
  EXPECT_EQ(terminal_.run({"config", "current-environment", "-n", "dev"}).code, 0);
  EXPECT_EQ(terminal_.print({"config", "current-environment"}), "dev\n");
  EXPECT_EQ(terminal_.run({"config", "current-environment", "--unset"}).code, 0);
  EXPECT_EQ(terminal_.run({"config", "current-environment"}).code, 3);
}

TEST_F(ApplyCommandTest, FilesThatAreWrongAreNamed) {
  terminal_.write("tab.yaml", "Tier:\n\tName: a\n");
  terminal_.write("empty.yaml", "");
  std::filesystem::create_directory(terminal_.folder() / "folder");
  EXPECT_TRUE(terminal_.print({"apply", "-f", "tab.yaml"}).starts_with("exit 2: Error: tab.yaml: line 2, column 1: "))
      << terminal_.print({"apply", "-f", "tab.yaml"});
  EXPECT_EQ(terminal_.print({"apply", "-f", "empty.yaml"}), "exit 2: Error: empty.yaml: there is no document in it\n");
  EXPECT_EQ(terminal_.print({"apply", "-f", "folder"}), "exit 2: Error: folder has no *.yaml, *.yml or *.json files\n");
  EXPECT_EQ(terminal_.print({"apply", "-f", "missing.yaml"}),
            "exit 3: Error: cannot read " + path("missing.yaml") + ": No such file or directory\n");
}

TEST_F(ApplyCommandTest, WaitEndsWhenEverythingIsHealthy) {
  terminal_.write("web.yaml", "Workload: {Name: web, YAMLDocument: m.yaml}\n");
  terminal_.write("m.yaml", kManifest);
  plane_.add_workload("other");
  terminal_.clock.on_wait = [&] {
    for (const char* kind : {"WorkloadDefinition", "WorkloadInstance"}) {
      plane_.report(kind, must(plane_.objects().find_by_name(kind, "web")).value().id, {});
    }
  };
  EXPECT_EQ(terminal_.print({"apply", "-f", "web.yaml", "--wait"}),
            "workload-definition/web created\n"
            "workload-instance/web created\n"
            "workload-definition/web  waiting for its controller\n"
            "workload-instance/web  waiting for its controller\n"
            "workload-definition/web  Healthy\n"
            "workload-instance/web  Healthy\n"
            "Complete: workload-definition/web: Healthy; workload-instance/web: Healthy\n");
}

TEST_F(ApplyCommandTest, WaitForWhatIsNotReconciledIsOver) {
  EXPECT_EQ(terminal_.print({"apply", "-f", "tier.yaml", "--wait"}), "tier/gold created\n");
}

TEST_F(ApplyCommandTest, AChangedDefinitionIsWaitedForUntilItsRevisionRuns) {
  const auto id = plane_.add_workload("web");
  const auto definition = must(plane_.objects().find_by_name("WorkloadDefinition", "web")).value().id;
  plane_.report("WorkloadDefinition", definition, {});
  plane_.report("WorkloadInstance", id, {});
  terminal_.write("web.yaml", "Workload: {Name: web, YAMLDocument: m.yaml}\n");
  terminal_.write("m.yaml", std::string(kManifest) + "data: {a: b}\n");
  int waits = 0;
  terminal_.clock.on_wait = [&] {
    if (++waits == 1) plane_.report("WorkloadDefinition", definition, {});
    if (waits != 2) return;
    const auto revision = plane_.create_as_controller("Revision", json::Object{{"Number", 1},
                                                                               {"WorkloadInstanceID", id},
                                                                               {"WorkloadDefinitionID", definition},
                                                                               {"DefinitionGeneration", 2}});
    plane_.set("WorkloadInstance", id, json::Object{{"TargetRevisionID", revision}, {"GoodRevisionID", revision}});
  };
  const Ran ran = terminal_.run({"apply", "-f", "web.yaml", "--wait"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(waits, 2) << "what ran before was healthy all the time";
}

TEST_F(ApplyCommandTest, CreateRefusesWhatExistsAndOtherKinds) {
  EXPECT_EQ(terminal_.print({"create", "tier", "-c", "tier.yaml"}), "tier/gold created\n");
  EXPECT_EQ(terminal_.print({"create", "tier", "-c", "tier.yaml"}),
            "exit 4: Error: tier/gold exists already; `tptctl apply -f` changes it\n");
  EXPECT_EQ(terminal_.print({"create", "profile", "-c", "tier.yaml"}),
            "exit 2: Error: tier.yaml: line 1, column 1: this is a Tier, not a Profile; use `tptctl create tier`, or "
            "`tptctl apply` for any kind\n");
}

TEST_F(ApplyCommandTest, AControlPlaneThatDoesNotAnswerIsNamedWithWhatToDo) {
  const std::string url = plane_.url();
  plane_.stop();
  const Ran ran = terminal_.run({"apply", "-f", "tier.yaml"});
  EXPECT_EQ(ran.code, 7);
  EXPECT_TRUE(ran.err.starts_with("Error: control plane test (" + url + ") does not answer: ")) << ran.err;
  EXPECT_TRUE(ran.err.ends_with("; start it with `tptctl up --name test`, or name another one with -i\n")) << ran.err;
}

TEST_F(ApplyCommandTest, ColoursAreForTerminalsAlone) {
  terminal_.is_terminal = true;
  EXPECT_EQ(terminal_.print({"apply", "-f", "tier.yaml"}), "tier/gold \033[32mcreated\033[0m\n");
  terminal_.variables["NO_COLOR"] = "1";
  EXPECT_EQ(terminal_.print({"apply", "-f", "tier.yaml"}), "tier/gold unchanged\n");
}

TEST_F(ApplyCommandTest, OnlyOneAccountIsTheDefault) {
  const auto account = [&](const std::string& name, const std::string& flag) {
    return "AwsAccount: {Name: " + name + ", AccountID: \"5\", DefaultRegion: us-east-1, DefaultAccount: " + flag +
           "}\n";
  };
  terminal_.write("a.yaml", account("a", "true"));
  terminal_.write("b.yaml", account("b", "true"));
  EXPECT_EQ(terminal_.run({"apply", "-f", "a.yaml"}).code, 0);
  EXPECT_EQ(terminal_.run({"apply", "-f", "a.yaml"}).code, 0);
  EXPECT_EQ(
      terminal_.print({"apply", "-f", "b.yaml"}),
      "exit 4: Error: b.yaml: line 1, column 1: AwsAccount.DefaultAccount: a has it already, and only one may: set "
      "it to false there, or leave it out here\n");
  EXPECT_EQ(terminal_.run({"create", "aws-account", "-c", "b.yaml"}).code, 4);
  terminal_.write("both.yaml", account("a", "false") + "---\n" + account("b", "true"));
  EXPECT_EQ(terminal_.run({"apply", "-f", "both.yaml"}).code, 0) << "the mark moves";
}

}  // namespace
}  // namespace threeport::testing
