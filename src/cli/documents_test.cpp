#include "cli/documents.h"

#include <gtest/gtest.h>

#include "cli/testing.h"
#include "kinds/registry.h"

namespace threeport::cli {
namespace {

const char* const kDeployment = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n";
const char* const kService = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\n";

std::string score_of(const std::string& name) {
  return "apiVersion: score.dev/v1b1\nmetadata: {name: " + name + "}\ncontainers: {main: {image: nginx}}\n";
}

class DocumentsTest : public ::testing::Test {
 protected:
  base::Result<std::vector<Document>> read(std::vector<std::string> files, std::string name = "") {
    return read_documents({std::move(files), std::move(name)}, vocabulary_, around_.environment());
  }
  /// What is wrong with a file a.yaml of this text.
  std::string error(const std::string& text) {
    around_.write("a.yaml", text);
    const auto documents = read({"a.yaml"});
    return documents ? "none" : documents.error().message;
  }

  schema::Registry registry_{kinds::all()};
  Vocabulary vocabulary_{registry_};
  TestSurroundings around_{registry_};
};

TEST_F(DocumentsTest, ADocumentIsItsKindItsNameAndItsMembers) {
  around_.write("a.yaml", "# tiers\nTier:\n  Name: gold\n  Criticality: 5\n");
  const auto documents = read({"a.yaml"}).value();
  ASSERT_EQ(documents.size(), 1U);
  EXPECT_EQ(documents[0].subject.name, "Tier");
  EXPECT_EQ(documents[0].name, "gold");
  EXPECT_EQ(documents[0].where, "a.yaml: line 2, column 1");
  EXPECT_EQ(json::dump(apply_body(documents)), R"({"Documents":[{"Tier":{"Name":"gold","Criticality":5}}]})");
}

TEST_F(DocumentsTest, FilesThatMembersNameAreInlinedRelativeToTheirDocument) {
  around_.write("app/web.yaml", "Workload:\n  Name: web\n  YAMLDocument: k8s/all.yaml\n");
  around_.write("app/k8s/all.yaml", kDeployment);
  EXPECT_EQ(read({"app/web.yaml"}).value()[0].members.at("YAMLDocument"), kDeployment);
}

TEST_F(DocumentsTest, ATildeIsTheHomeOfTheUser) {
  around_.write("sub/web.yaml", "Workload:\n  Name: web\n  YAMLDocument: ~/all.yaml\n");
  around_.write("all.yaml", kDeployment);
  EXPECT_EQ(read({"sub/web.yaml"}).value()[0].members.at("YAMLDocument"), kDeployment);
}

TEST_F(DocumentsTest, AKubeconfigIsInlinedWithItsContext) {
  around_.write("kubeconfig",
                "current-context: a\ncontexts: [{name: a, context: {cluster: a}}, {name: b, context: {cluster: a}}]\n"
                "clusters: [{name: a, cluster: {server: s}}]\n");
  around_.write("a.yaml",
                "KubernetesRuntime:\n  Name: r\n  InfraProvider: kubeconfig\n  Location: Local\n"
                "  Kubeconfig: kubeconfig\n  Context: b\n");
  const auto documents = read({"a.yaml"}).value();
  EXPECT_NE(documents[0].members.at("Kubeconfig").text().find("current-context: b"), std::string::npos);
  EXPECT_EQ(documents[0].members.find("Context"), nullptr);
}

TEST_F(DocumentsTest, ManifestsOfAllFilesMakeOneWorkload) {
  around_.write("d.yaml", kDeployment);
  around_.write("s.yaml", kService);
  const auto documents = read({"d.yaml", "s.yaml"}, "web").value();
  ASSERT_EQ(documents.size(), 1U);
  EXPECT_EQ(documents[0].subject.name, "Workload");
  EXPECT_EQ(documents[0].name, "web");
  EXPECT_EQ(documents[0].members.at("YAMLDocument"), std::string(kDeployment) + "---\n" + kService);
}

TEST_F(DocumentsTest, AWorkloadOfManifestsIsNamedAfterItsFileOrFolder) {
  around_.write("web.yaml", kDeployment);
  EXPECT_EQ(read({"web.yaml"}).value()[0].name, "web");
  around_.write("shop/a.yaml", kDeployment);
  around_.write("shop/b.yaml", kService);
  EXPECT_EQ(read({"shop"}).value()[0].name, "shop");
  EXPECT_EQ(read({"shop/"}).value()[0].name, "shop");
}

TEST_F(DocumentsTest, ManifestsOfSeveralFilesOrOfStdinNeedAName) {
  around_.write("d.yaml", kDeployment);
  around_.write("s.yaml", kService);
  EXPECT_EQ(read({"d.yaml", "s.yaml"}).error().message,
            "the manifests of 2 files make one workload: name it with --name");
  around_.in = std::istringstream(kDeployment);
  EXPECT_EQ(read({"-"}).error().message, "manifests from stdin make a workload: name it with --name");
}

TEST_F(DocumentsTest, ManifestsAndDocumentsMayStandTogether) {
  around_.write("a.yaml", std::string("Tier: {Name: gold, Criticality: 5}\n---\n") + kDeployment +
                              "---\nProfile: {Name: p}\n---\n" + kService);
  const auto documents = read({"a.yaml"}).value();
  ASSERT_EQ(documents.size(), 3U);
  EXPECT_EQ(documents[1].subject.name, "Workload");
  EXPECT_EQ(documents[1].members.at("YAMLDocument"), std::string("---\n") + kDeployment + "---\n" + kService);
}

TEST_F(DocumentsTest, AFileWithoutDocumentsIsRefused) {
  EXPECT_EQ(error(""), "a.yaml: there is no document in it");
  EXPECT_EQ(error("# only a comment\n---\n"), "a.yaml: there is no document in it");
}

TEST_F(DocumentsTest, WhatIsNoDocumentIsRefusedWithItsPlace) {
  EXPECT_EQ(error("- a\n"), "a.yaml: line 1: a document must be a mapping with one key, its kind, not array");
  EXPECT_EQ(error("Tier:\n  Name: a\n  Criticality: 1\nProfile:\n  Name: b\n"),
            "a.yaml: line 4, column 1: a document has one top-level key, its kind, or is a Kubernetes manifest with "
            "apiVersion and kind; separate documents with ---");
  EXPECT_EQ(error("Tier: gold\n"), "a.yaml: line 1, column 1: Tier must hold its members, such as Name");
  EXPECT_EQ(error("Teir: {Name: a}\n"), "a.yaml: line 1, column 1: there is no kind \"Teir\"; did you mean \"Tier\"?");
}

TEST_F(DocumentsTest, AnUnknownKeyIsRefusedWithItsPlace) {
  EXPECT_EQ(error("Tier:\n  Name: a\n  Critical: 1\n"),
            "a.yaml: line 3, column 3: Tier has no member \"Critical\"; it takes Name, Criticality");
}

TEST_F(DocumentsTest, AMissingMemberIsRefusedWithWhatItIsFor) {
  EXPECT_EQ(error("Tier:\n  Name: a\n"),
            "a.yaml: line 1, column 1: Tier.Criticality is missing: Higher is more critical; from 100 on data is "
            "retained by default.");
  EXPECT_EQ(error("Tier:\n  Name: null\n  Criticality: 1\n"),
            "a.yaml: line 1, column 1: Tier.Name is missing: Unique name.");
}

TEST_F(DocumentsTest, AKindThatThisBuildLacksIsNamed) {
  std::vector<schema::KindDescriptor> kinds = kinds::all();
  std::erase_if(kinds, [](const auto& kind) { return kind.name == "Environment" || kind.name == "WorkloadInstance"; });
  const schema::Registry fewer(std::move(kinds));
  const auto error_of = [&](const std::string& text) {
    around_.write("a.yaml", text);
    return read_documents({{"a.yaml"}, ""}, Vocabulary(fewer), around_.environment()).error().message;
  };
  EXPECT_EQ(error_of("Environment: {Name: dev}\n"),
            "a.yaml: line 1, column 1: this build has no kind Environment; nothing was applied");
  EXPECT_EQ(error_of(score_of("web")), "a.yaml: line 1: this build has no kind Workload; nothing was applied");
}

TEST_F(DocumentsTest, AScoreFileIsSentAsItsText) {
  around_.write("score/web.yaml", score_of("web"));
  around_.write("score/work.yaml", "Tier: {Name: gold, Criticality: 1}\n---\n" + score_of("work"));
  const auto documents = read({"score"}).value();
  ASSERT_EQ(documents.size(), 3U);
  EXPECT_EQ(documents[0].subject.name, "Workload");
  EXPECT_EQ(documents[0].name, "web");
  EXPECT_EQ(documents[2].where, "score/work.yaml: line 3");
  EXPECT_EQ(json::dump(apply_body(documents).at("Documents").as_array()[0]),
            json::dump(json::Object{{"Score", score_of("web")}}));
  EXPECT_EQ(apply_body(documents).at("Documents").as_array()[2].at("Score").text(), "---\n" + score_of("work"));
}

TEST_F(DocumentsTest, ImagesAndSourcesAreInTheTextOfAScoreFile) {
  around_.write("app/score.yaml",
                "apiVersion: score.dev/v1b1\nmetadata: {name: web}\n"
                "containers: {main: {image: ., files: {/a: {source: a.txt}}}}\n");
  around_.write("app/a.txt", "hello");
  const auto documents =
      read_documents({{"app/score.yaml"}, "", {"main=r/web:1"}}, vocabulary_, around_.environment()).value();
  EXPECT_EQ(documents[0].members.text(),
            "apiVersion: score.dev/v1b1\nmetadata:\n  name: web\ncontainers:\n  main:\n    image: r/web:1\n"
            "    files:\n      /a:\n        content: hello\n");
}

TEST_F(DocumentsTest, AScoreFileIsCheckedWithItsPlace) {
  EXPECT_EQ(error("apiVersion: score.dev/v1b1\nmetadata: {name: web}\n"),
            "a.yaml: line 1: containers: is missing, and required");
  EXPECT_EQ(error("apiVersion: score.dev/v2\n"),
            "a.yaml: line 1: apiVersion: must be one of score.dev/v1b1, but is \"score.dev/v2\"");
  EXPECT_EQ(error(score_of("web") + "---\n" + score_of("web")),
            "a.yaml: line 5: WorkloadInstance web is declared twice, first at a.yaml: line 1; keep one of them");
}

TEST_F(DocumentsTest, KindsThatCannotBeAppliedSayWhy) {
  EXPECT_EQ(error("Revision: {Number: 1}\n"),
            "a.yaml: line 1, column 1: objects of kind Revision are made by the control plane; they cannot be applied");
  EXPECT_EQ(error("Event: {Reason: x}\n"),
            "a.yaml: line 1, column 1: objects of kind Event have no Name to find them by; they cannot be applied");
}

TEST_F(DocumentsTest, AFileThatAMemberNamesAndThatIsMissingIsNamedWithItsPlace) {
  const std::string message = error("Workload:\n  Name: web\n  YAMLDocument: missing.yaml\n");
  EXPECT_TRUE(message.starts_with("a.yaml: line 3, column 3: Workload.YAMLDocument: ")) << message;
  EXPECT_NE(message.find((around_.folder() / "missing.yaml").string()), std::string::npos) << message;
}

TEST_F(DocumentsTest, ManifestsAreCheckedWithTheirLine) {
  const std::string path = (around_.folder() / "m.yaml").string();
  const auto member_error = [&](const std::string& manifests) {
    around_.write("m.yaml", manifests);
    return error("Workload:\n  Name: web\n  YAMLDocument: m.yaml\n");
  };
  const std::string place = "a.yaml: line 3, column 3: Workload.YAMLDocument: " + path + ": ";
  EXPECT_EQ(member_error("a: 1\n"), place + "line 1: a Kubernetes manifest needs apiVersion and kind, both texts");
  EXPECT_EQ(member_error(std::string(kService) + "---\nkind: Service\napiVersion: v1\n"),
            place + "line 5: Service: metadata.name must be a text that is not empty");
  EXPECT_EQ(member_error("# nothing\n"), place + "there is no Kubernetes manifest in it");
  EXPECT_TRUE(member_error("a:\n\tb: 1\n").starts_with(place + "line 2, column 1: "));
  EXPECT_EQ(error("apiVersion: v1\nkind: Service\nmetadata: {name: y}\n"),
            "a.yaml: line 1: Service: metadata.name must be a text, not a boolean; write it in quotes");
}

TEST_F(DocumentsTest, AListOfManifestsIsCheckedElementByElement) {
  EXPECT_EQ(error("apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Service, metadata: {}}\n"),
            "a.yaml: line 1: Service: metadata.name must be a text that is not empty");
}

TEST_F(DocumentsTest, OneObjectIsDeclaredOnce) {
  EXPECT_EQ(error("Tier: {Name: a, Criticality: 1}\n---\nTier: {Name: a, Criticality: 2}\n"),
            "a.yaml: line 3, column 1: Tier a is declared twice, first at a.yaml: line 1, column 1; keep one of them");
  around_.write("m.yaml", kDeployment);
  EXPECT_EQ(
      error(
          "Workload: {Name: web, YAMLDocument: m.yaml}\n---\nWorkloadDefinition: {Name: web, YAMLDocument: m.yaml}\n"),
      "a.yaml: line 3, column 1: WorkloadDefinition web is declared twice, first at a.yaml: line 1, column 1; "
      "keep one of them");
}

}  // namespace
}  // namespace threeport::cli
