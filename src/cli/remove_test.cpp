// `delete`.
#include <gtest/gtest.h>

#include "tests/support/terminal.h"

namespace threeport::testing {
namespace {

class RemoveTest : public ::testing::Test {
 protected:
  /// Plays the controllers: what is asked to go is gone with the next look.
  void let_go() {
    terminal_.clock.on_wait = [&] {
      for (const auto& kind : plane_.registry().kinds()) {
        if (!kind.reconciled) continue;
        for (const auto& object : must(plane_.objects().list(std::string(kind.name)))) {
          if (object.is_deleting()) plane_.finalize(kind.name, object.id);
        }
      }
    };
  }
  std::string left(const std::string& path) { return plane_.call("GET", "/v0/" + path).names(); }

  ControlPlane plane_;
  Terminal terminal_{plane_};
};

TEST_F(RemoveTest, APlainObjectIsGoneAtOnce) {
  plane_.create("tiers", R"({"Name":"gold","Criticality":1})");
  EXPECT_EQ(terminal_.print({"delete", "tier", "gold"}), "tier/gold  deleted\n");
  EXPECT_EQ(left("tiers"), "");
}

TEST_F(RemoveTest, AWorkloadGoesInstanceFirstAndThenItsDefinition) {
  plane_.add_workload("web");
  let_go();
  EXPECT_EQ(terminal_.print({"delete", "workload", "web"}),
            "workload-instance/web  being deleted\n"
            "workload-instance/web  deleted\n"
            "workload-definition/web  being deleted\n"
            "workload-definition/web  deleted\n");
  EXPECT_EQ(left("workload-instances") + left("workload-definitions"), "");
}

TEST_F(RemoveTest, WithoutWaitItOnlyAsks) {
  plane_.add_workload("web");
  EXPECT_EQ(terminal_.print({"delete", "workload", "web", "--wait=false"}),
            "workload-instance/web is being deleted\n"
            "Info: workload-definition/web stays until its instance is gone; repeat the command\n");
  EXPECT_EQ(left("workload-definitions"), "web");
}

TEST_F(RemoveTest, ADeletionThatWasAskedForIsWaitedFor) {
  const auto id = plane_.add_workload("web");
  plane_.call("DELETE", "/v0/workload-instances/" + std::to_string(id));
  let_go();
  EXPECT_EQ(terminal_.print({"delete", "workload-instance", "web"}),
            "workload-instance/web  being deleted\nworkload-instance/web  deleted\n");
}

TEST_F(RemoveTest, ADefinitionWithSeveralInstancesIsNotDeletedWithOneOfThem) {
  plane_.add_workload("web");
  plane_.call("POST", "/v0/apply",
              R"({"Documents":[{"WorkloadInstance":{"Name":"web-2","WorkloadDefinition":{"Name":"web"}}}]})");
  EXPECT_EQ(terminal_.print({"delete", "workload", "web"}),
            "exit 4: Error: workload-definition/web has 2 instances: delete them one by one with `tptctl delete "
            "workload-instance NAME`\n");
  EXPECT_EQ(left("workload-instances"), "web,web-2");
}

TEST_F(RemoveTest, WhatOthersNeedStaysWithTheReason) {
  plane_.add_workload("web");
  EXPECT_EQ(terminal_.print({"delete", "workload-definition", "web"}),
            "exit 4: Error: workload-definition/web: workload definition has related workload instances - cannot be "
            "deleted\n");
}

TEST_F(RemoveTest, AnUnknownNameIsRefusedWithTheNearest) {
  plane_.create("tiers", R"({"Name":"gold","Criticality":1})");
  EXPECT_EQ(terminal_.print({"delete", "tier", "glod"}),
            "exit 3: Error: no tier with name glod; did you mean \"gold\"?\n");
  EXPECT_EQ(terminal_.print({"delete", "workload", "web"}), "exit 3: Error: no workload instance with name web\n");
}

TEST_F(RemoveTest, FilesAreDeletedInReverseAndMayBeGoneAlready) {
  terminal_.write("a.yaml", "Tier: {Name: gold, Criticality: 1}\n---\nProfile: {Name: p}\n");
  terminal_.print({"apply", "-f", "a.yaml"});
  EXPECT_EQ(terminal_.print({"delete", "-f", "a.yaml"}), "profile/p  deleted\ntier/gold  deleted\n");
  EXPECT_EQ(terminal_.print({"delete", "-f", "a.yaml"}), "profile/p was not there\ntier/gold was not there\n");
}

TEST_F(RemoveTest, InstancesOfAFileGoBeforeTheirDefinitions) {
  plane_.add_workload("other");
  terminal_.write("m.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\n");
  terminal_.write("a.yaml",
                  "WorkloadInstance: {Name: web-1, WorkloadDefinition: {Name: web}}\n---\n"
                  "WorkloadDefinition: {Name: web, YAMLDocument: m.yaml}\n");
  EXPECT_EQ(terminal_.run({"apply", "-f", "a.yaml"}).code, 0);
  let_go();
  EXPECT_EQ(terminal_.run({"delete", "-f", "a.yaml"}).code, 0);
  EXPECT_EQ(left("workload-definitions"), "other");
}

TEST_F(RemoveTest, AWorkloadGoesWithItsParts) {
  plane_.add_workload("other");
  terminal_.write("m.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\n");
  terminal_.write("a.yaml",
                  "Workload:\n  Name: web\n  YAMLDocument: m.yaml\n"
                  "  DomainName: {Name: dom, Domain: d.io, Zone: z, AdminEmail: a@d.io}\n"
                  "  Gateway: {Name: gw, HttpPorts: [{Port: 80}]}\n"
                  "  Secret: {Name: sec, Data: {K: v}}\n");
  EXPECT_EQ(terminal_.print({"create", "workload", "-c", "a.yaml"}),
            "workload-definition/web created\nworkload-instance/web created\n"
            "domain-name-definition/dom created\ndomain-name-instance/web-dom created\n"
            "gateway-definition/gw created\ngateway-instance/gw created\n"
            "secret-definition/sec created\nsecret-instance/sec created\n");
  let_go();
  const Ran ran = terminal_.run({"delete", "workload", "-c", "a.yaml"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_LT(ran.out.find("secret-instance/sec  deleted"), ran.out.find("gateway-instance/gw  deleted"));
  EXPECT_LT(ran.out.find("gateway-instance/gw  deleted"), ran.out.find("workload-instance/web  deleted"));
  for (const char* path : {"workload-instances", "workload-definitions"}) EXPECT_EQ(left(path), "other");
  for (const char* path : {"gateway-definitions", "domain-name-instances", "domain-name-definitions"}) {
    EXPECT_EQ(left(path), "") << path;
  }
}

TEST_F(RemoveTest, ADomainThatOthersUseStays) {
  plane_.add_workload("other");
  terminal_.write("m.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\n");
  const std::string domain = "  DomainName: {Name: dom, Domain: d.io, Zone: z, AdminEmail: a@d.io}\n";
  for (const std::string name : {"a", "b"}) {
    terminal_.write(name + ".yaml", "Workload:\n  Name: " + name + "\n  YAMLDocument: m.yaml\n" + domain);
    EXPECT_EQ(terminal_.run({"create", "workload", "-c", name + ".yaml"}).code, 0) << "the domain may be there already";
  }
  let_go();
  const std::string text = terminal_.print({"delete", "-f", "a.yaml"});
  EXPECT_NE(text.find("Info: domain-name-definition/dom stays, since others use it\n"), std::string::npos) << text;
  EXPECT_EQ(left("domain-name-instances") + "," + left("domain-name-definitions"), "b-dom,dom");
}

TEST_F(RemoveTest, FilesDoNotTakeADefinitionFromInstancesThatTheyDoNotName) {
  plane_.add_workload("other");
  terminal_.write("a.yaml",
                  "HelmWorkload: {Name: h, Repo: r, Chart: c}\n---\n"
                  "HelmWorkloadInstance: {Name: h2, HelmWorkloadDefinition: {Name: h}}\n");
  terminal_.write("one.yaml", "HelmWorkload: {Name: h, Repo: r, Chart: c}\n");
  EXPECT_EQ(terminal_.run({"apply", "-f", "a.yaml"}).code, 0);
  let_go();
  EXPECT_EQ(terminal_.print({"delete", "helm-workload", "-c", "one.yaml"}),
            "exit 4: Error: helm-workload-definition/h has the instance h2, which these files do not name: delete it "
            "first, with `tptctl delete helm-workload-instance h2`\n");
  EXPECT_EQ(left("helm-workload-instances"), "h,h2");
  EXPECT_EQ(terminal_.print({"delete", "-f", "a.yaml", "--wait=false"}),
            "helm-workload-instance/h2 is being deleted\nhelm-workload-instance/h is being deleted\n"
            "Info: helm-workload-definition/h stays until its instance is gone; repeat the command\n");
  EXPECT_EQ(terminal_.run({"delete", "-f", "a.yaml"}).code, 0);
  EXPECT_EQ(left("helm-workload-definitions"), "");
}

TEST_F(RemoveTest, TheFirstControlPlaneIsNotDeleted) {
  plane_.add_workload("other");
  terminal_.write("a.yaml",
                  "Tier: {Name: gold, Criticality: 1}\n---\nControlPlane: {Name: cp, Namespace: ns, Genesis: true}\n");
  EXPECT_EQ(terminal_.run({"apply", "-f", "a.yaml"}).code, 0);
  const std::string expected =
      "exit 5: Error: control-plane-instance/cp is not deleted: it is the first control plane, which no other one "
      "made; `tptctl down` ends it\n";
  EXPECT_EQ(terminal_.print({"delete", "control-plane-instance", "cp"}), expected);
  EXPECT_EQ(terminal_.print({"delete", "control-plane", "cp"}), expected);
  EXPECT_EQ(terminal_.print({"delete", "-f", "a.yaml"}), expected);
  EXPECT_EQ(left("tiers"), "gold");
}

TEST_F(RemoveTest, AnEksClusterGoesWithItsKubernetesRuntime) {
  terminal_.write("a.yaml",
                  "AwsAccount: {Name: a, AccountID: \"5\", DefaultRegion: us-east-1}\n---\n"
                  "AwsEksKubernetesRuntime: {Name: e, AwsAccountName: a, ZoneCount: 2, Region: us-east-1,\n"
                  "  DefaultNodeGroupInstanceType: t, DefaultNodeGroupInitialSize: 1, DefaultNodeGroupMinimumSize: 1,\n"
                  "  DefaultNodeGroupMaximumSize: 1}\n");
  EXPECT_EQ(terminal_.print({"apply", "-f", "a.yaml"}),
            "aws-account/a created\nkubernetes-runtime-definition/e created\nkubernetes-runtime-instance/e created\n"
            "aws-eks-kubernetes-runtime-definition/e created\naws-eks-kubernetes-runtime-instance/e created\n");
  let_go();
  EXPECT_EQ(terminal_.run({"delete", "aws-eks-kubernetes-runtime", "e"}).code, 0);
  for (const char* path : {"kubernetes-runtime-instances", "kubernetes-runtime-definitions",
                           "aws-eks-kubernetes-runtime-instances", "aws-eks-kubernetes-runtime-definitions"}) {
    EXPECT_EQ(left(path), "") << path;
  }
  EXPECT_EQ(left("aws-accounts"), "a");
}

TEST_F(RemoveTest, TheKindBesideAFileMustBeThatOfItsDocuments) {
  terminal_.write("a.yaml", "Tier: {Name: gold, Criticality: 1}\n");
  EXPECT_EQ(terminal_.print({"delete", "profile", "-c", "a.yaml"}),
            "exit 2: Error: a.yaml: line 1, column 1: this is a Tier, not a Profile\n");
  EXPECT_EQ(terminal_.print({"delete", "tier", "gold", "-f", "a.yaml"}),
            "exit 2: Error: delete takes KIND NAME or -f FILE, not both\n");
}

TEST_F(RemoveTest, AnAbandonedObjectIsGoneAndNamesWhatStays) {
  ControlPlane plane({.extend = [](apiserver::ApiServer& server) {
    server.rest().on_abandon("WorkloadInstance", [](const apiserver::Object&) {
      return base::Result<std::vector<std::string>>(std::vector<std::string>{"v1/Secret/dev/web"});
    });
  }});
  Terminal terminal(plane);
  plane.add_workload("web");
  const Ran ran = terminal.run({"delete", "workload-instance", "web", "--abandon"});
  EXPECT_EQ(ran.code, 0);
  EXPECT_EQ(ran.out, "workload-instance/web  deleted\n");
  EXPECT_EQ(ran.err, "Warning: left behind: v1/Secret/dev/web\n");
}

TEST_F(RemoveTest, AnEnvironmentGoesWithCascadeWhereSomebodyLivesInIt) {
  const auto id = plane_.add_workload("web");
  const auto environment = plane_.create("environments", R"({"Name":"dev"})");
  plane_.set("WorkloadInstance", id, json::Object{{"EnvironmentID", environment}});
  const Ran refused = terminal_.run({"delete", "environment", "dev"});
  EXPECT_EQ(refused.code, 4);
  EXPECT_NE(refused.err.find("tptctl delete --cascade"), std::string::npos) << refused.err;
  EXPECT_EQ(terminal_.print({"delete", "environment", "dev", "--cascade", "--wait=false"}),
            "environment/dev is being deleted\n");
  EXPECT_EQ(plane_.call("GET", "/v0/environments/" + std::to_string(environment)).first().at("Cascade"), true);
}

TEST_F(RemoveTest, AScoreFileNamesTheWorkloadOfItsEnvironment) {
  plane_.add_workload("web-dev");
  terminal_.write("score.yaml", "apiVersion: score.dev/v1b1\nmetadata: {name: web}\ncontainers: {main: {image: .}}\n");
  EXPECT_EQ(terminal_.print({"delete", "-f", "score.yaml", "--environment", "prod"}), "workload/web was not there\n");
  EXPECT_EQ(terminal_.print({"delete", "-f", "score.yaml", "--environment", "dev", "--wait=false"}),
            "workload-instance/web-dev is being deleted\n");
  EXPECT_TRUE(must(plane_.objects().find_by_name("WorkloadInstance", "web-dev")).value().is_deleting());
}

TEST_F(RemoveTest, AWorkloadIsDeletedInTheEnvironmentThatItsDocumentNames) {
  plane_.add_workload("web-dev");
  terminal_.write("m.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\n");
  terminal_.write("web.yaml", "Workload: {Name: web, YAMLDocument: m.yaml, Environment: {Name: dev}}\n");
  EXPECT_EQ(terminal_.print({"delete", "-f", "web.yaml", "--wait=false"}),
            "workload-instance/web-dev is being deleted\n");
}

TEST_F(RemoveTest, AnEnvironmentChoosesAmongTheInstancesOfWorkloadsAlone) {
  plane_.add_workload("web");
  plane_.add_workload("web-dev");
  EXPECT_EQ(terminal_.print({"delete", "workload", "web", "--environment", "prod"}),
            "exit 3: Error: no workload instance with name web-prod (workload web in environment prod, which "
            "--environment names)\n");
  EXPECT_EQ(terminal_.print({"delete", "workload-instance", "web", "--environment", "dev"}),
            "exit 2: Error: --environment goes with the kind workload; a workload-instance is found by its own name "
            "alone\n");
  EXPECT_EQ(terminal_.print({"delete", "workload", "web", "--environment", "dev", "--wait=false"}),
            "workload-instance/web-dev is being deleted\n"
            "Info: workload-definition/web stays, since it has other instances\n");
  EXPECT_TRUE(must(plane_.objects().find_by_name("WorkloadInstance", "web-dev")).value().is_deleting());
  EXPECT_FALSE(must(plane_.objects().find_by_name("WorkloadInstance", "web")).value().is_deleting());
}

}  // namespace
}  // namespace threeport::testing
