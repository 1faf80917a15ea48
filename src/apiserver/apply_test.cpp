// POST /v0/apply (shapes A.7, A.8).
#include <gtest/gtest.h>

#include "tests/support/control_plane.h"

namespace threeport::testing {
namespace {

const char* const kRuntime =
    R"({"KubernetesRuntime":{"Name":"local","InfraProvider":"kubeconfig","Location":"Local","DefaultRuntime":true}})";
const char* const kWeb = R"({"Workload":{"Name":"web","YAMLDocument":"a: 1"}})";

class ApplyTest : public ::testing::Test {
 protected:
  Reply apply(const std::string& documents, const std::string& more = "") {
    return plane_.call("POST", "/v0/apply", R"({"Documents":[)" + documents + "]" + more + "}");
  }
  /// "Create WorkloadDefinition/web, ..." or the error.
  std::string changes(const std::string& documents) {
    const Reply reply = apply(documents);
    if (reply.status != 200) return std::to_string(reply.status) + " " + reply.error();
    std::string out;
    for (const json::Value& change : reply.first().at("Changes").as_array()) {
      out += (out.empty() ? "" : ", ") + std::string(change.at("Action").text()) + " " +
             std::string(change.at("Kind").text()) + "/" + std::string(change.at("Name").text());
    }
    return out;
  }
  json::Value find(const std::string& kind, const std::string& name) {
    const auto object = must(plane_.objects().find_by_name(kind, name));
    return object ? object->data : json::Value();
  }

  ControlPlane plane_;
};

TEST_F(ApplyTest, ACombinedDocumentMakesDefinitionAndInstanceOfOneName) {
  EXPECT_EQ(changes(kRuntime), "Create KubernetesRuntimeDefinition/local, Create KubernetesRuntimeInstance/local");
  EXPECT_EQ(find("KubernetesRuntimeInstance", "local").at("KubernetesRuntimeDefinitionID"),
            find("KubernetesRuntimeDefinition", "local").at("ID"));
}

TEST_F(ApplyTest, AnswersAPlanThatIsApplied) {
  const Reply reply = apply(kRuntime);
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body.at("Type"), "Plan");
  EXPECT_EQ(reply.first().at("Applied"), true);
  EXPECT_EQ(reply.first().at("Sequence"), 0) << "a watch since then shows all that was made";
  const json::Value& change = reply.first().at("Changes").as_array()[0];
  EXPECT_EQ(change.at("Message"), "document 1 (KubernetesRuntime)");
  EXPECT_EQ(change.at("ID"), find("KubernetesRuntimeDefinition", "local").at("ID"));
}

TEST_F(ApplyTest, NamesResolveAmongTheDocumentsInAnyOrderAndThenInTheApi) {
  const std::string instance =
      R"({"WorkloadInstance":{"Name":"web-1","WorkloadDefinition":{"Name":"web"},"KubernetesRuntimeInstance":{"Name":"local"}}})";
  const std::string definition = R"({"WorkloadDefinition":{"Name":"web","YAMLDocument":"a: 1"}})";
  EXPECT_EQ(changes(instance + "," + definition + "," + kRuntime),
            "Create WorkloadInstance/web-1, Create WorkloadDefinition/web, Create KubernetesRuntimeDefinition/local, "
            "Create KubernetesRuntimeInstance/local");
  EXPECT_EQ(find("WorkloadInstance", "web-1").at("WorkloadDefinitionID"), find("WorkloadDefinition", "web").at("ID"));
  EXPECT_EQ(changes(R"({"WorkloadInstance":{"Name":"web-2","WorkloadDefinition":{"Name":"web"}}})"),
            "Create WorkloadInstance/web-2");
}

TEST_F(ApplyTest, ANameThatNothingHasIsNamedWithItsDocumentAndNothingIsApplied) {
  EXPECT_EQ(
      changes(std::string(kRuntime) + R"(,{"WorkloadInstance":{"Name":"web-1","WorkloadDefinition":{"Name":"wbe"}}})"),
      "400 document 2 (WorkloadInstance): WorkloadDefinition: there is no workload definition named wbe");
  EXPECT_TRUE(find("KubernetesRuntimeInstance", "local").is_null());
}

TEST_F(ApplyTest, AReferenceIsOneName) {
  const auto error = [&](const std::string& reference) {
    return changes(R"({"WorkloadInstance":{"Name":"web-1","WorkloadDefinition":)" + reference + "}}");
  };
  const std::string expected =
      "400 document 1 (WorkloadInstance): WorkloadDefinition must be {Name: ...}, the name of a workload definition";
  EXPECT_EQ(error(R"("web")"), expected);
  EXPECT_EQ(error(R"({"Name":"web","ID":7})"), expected);
  EXPECT_EQ(error(R"({})"), expected);
}

TEST_F(ApplyTest, IsAllOrNothing) {
  EXPECT_EQ(changes(std::string(kRuntime) + R"(,{"Tier":{"Name":"gold","Criticality":"high"}})"),
            "400 document 2 (Tier): Criticality must be an integer, not a string");
  EXPECT_TRUE(find("KubernetesRuntimeDefinition", "local").is_null());
  EXPECT_TRUE(find("KubernetesRuntimeInstance", "local").is_null());
}

TEST_F(ApplyTest, ErrorsOfAdmissionNameTheDocument) {
  EXPECT_EQ(changes(R"({"Profile":{"Name":"a"}},{"Tier":{"Name":"gold"}})"),
            "400 document 2 (Tier): Missing required field(s) : Criticality");
  EXPECT_TRUE(find("Profile", "a").is_null());
}

TEST_F(ApplyTest, WhatIsUnchangedWritesNothing) {
  const std::string documents = std::string(kRuntime) + "," + kWeb;
  apply(documents);
  const auto before = must(plane_.objects().store().head());
  EXPECT_EQ(
      changes(documents),
      "None KubernetesRuntimeDefinition/local, None KubernetesRuntimeInstance/local, None WorkloadDefinition/web, "
      "None WorkloadInstance/web");
  EXPECT_EQ(must(plane_.objects().store().head()), before);
}

TEST_F(ApplyTest, AnUpdateNamesTheMembersThatChangeAndHidesSecrets) {
  apply(R"({"KubernetesRuntime":{"Name":"a","InfraProvider":"kind","Location":"Local","ConnectionToken":"old"}})");
  const Reply reply = apply(
      R"({"KubernetesRuntime":{"Name":"a","InfraProvider":"kind","Location":"Local","ConnectionToken":"new","DefaultRuntime":true}})");
  EXPECT_EQ(reply.first().at("Changes").as_array()[1].at("Members"),
            json::parse(R"([{"Member":"ConnectionToken","From":"***","To":"***"},
                            {"Member":"DefaultRuntime","From":false,"To":true}])")
                .value());
}

TEST_F(ApplyTest, ASpecMemberThatIsAbsentReturnsToItsDefaultExceptWhatTheControlPlaneFillsIn) {
  apply(
      R"({"KubernetesRuntime":{"Name":"a","InfraProvider":"kind","Location":"Local","NodeSize":"Large","DefaultRuntime":true}})");
  const auto id = find("KubernetesRuntimeInstance", "a").at("ID").as_int().value_or(0);
  plane_.set("KubernetesRuntimeInstance", id, json::Object{{"APIEndpoint", "10.0.0.1:6443"}, {"Status", "Healthy"}});
  EXPECT_EQ(changes(R"({"KubernetesRuntime":{"Name":"a","InfraProvider":"kind","Location":"Local"}})"),
            "Update KubernetesRuntimeDefinition/a, Update KubernetesRuntimeInstance/a");
  EXPECT_EQ(find("KubernetesRuntimeDefinition", "a").at("NodeSize"), "Medium");
  const json::Value instance = find("KubernetesRuntimeInstance", "a");
  EXPECT_EQ(instance.at("DefaultRuntime"), false);
  EXPECT_EQ(instance.at("APIEndpoint"), "10.0.0.1:6443");
  EXPECT_EQ(instance.at("Status"), "Healthy");
}

TEST_F(ApplyTest, ANullMemberCountsAsAbsent) {
  apply(kRuntime);
  EXPECT_EQ(changes(R"({"KubernetesRuntimeDefinition":{"Name":"local","InfraProvider":"kubeconfig","NodeSize":null}})"),
            "None KubernetesRuntimeDefinition/local");
}

TEST_F(ApplyTest, WithoutARuntimeTheDefaultOneIsTaken) {
  apply(kRuntime);
  EXPECT_EQ(changes(kWeb), "Create WorkloadDefinition/web, Create WorkloadInstance/web");
  EXPECT_EQ(find("WorkloadInstance", "web").at("KubernetesRuntimeInstanceID"),
            find("KubernetesRuntimeInstance", "local").at("ID"));
}

TEST_F(ApplyTest, TheDefaultRuntimeMayBeAmongTheDocuments) {
  EXPECT_TRUE(changes(std::string(kWeb) + "," + kRuntime).starts_with("Create WorkloadDefinition/web"));
  EXPECT_EQ(find("WorkloadInstance", "web").at("KubernetesRuntimeInstanceID"),
            find("KubernetesRuntimeInstance", "local").at("ID"));
}

TEST_F(ApplyTest, AnObjectKeepsItsRuntimeWhenTheDefaultMoves) {
  apply(std::string(kRuntime) + "," + kWeb);
  apply(R"({"KubernetesRuntime":{"Name":"local","InfraProvider":"kubeconfig","Location":"Local"}})");
  EXPECT_EQ(changes(kWeb), "None WorkloadDefinition/web, None WorkloadInstance/web");
}

TEST_F(ApplyTest, WithoutAnyDefaultRuntimeTheErrorSaysWhatToDo) {
  EXPECT_EQ(changes(kWeb),
            "400 document 1 (Workload): no Kubernetes runtime is named and none has DefaultRuntime: add "
            "KubernetesRuntimeInstance: {Name: ...}, or make one the default");
}

TEST_F(ApplyTest, WhatIsBeingDeletedIsNotApplied) {
  apply(std::string(kRuntime) + "," + kWeb);
  plane_.call("DELETE", "/v0/workload-instances/" + json::dump(find("WorkloadInstance", "web").at("ID")));
  EXPECT_EQ(changes(kWeb),
            "409 document 1 (Workload): workload instance web is being deleted; apply again when it is gone");
}

TEST_F(ApplyTest, AnImmutableMemberKeepsItsValue) {
  apply(kRuntime);
  const std::string error =
      changes(R"({"KubernetesRuntime":{"Name":"local","InfraProvider":"kubeconfig","Location":"Asia:Tokyo"}})");
  EXPECT_TRUE(error.starts_with("400 document 1 (KubernetesRuntime): Location is immutable")) << error;
}

TEST_F(ApplyTest, OneObjectIsDeclaredOnce) {
  EXPECT_EQ(changes(R"({"Tier":{"Name":"a","Criticality":1}},{"Tier":{"Name":"a","Criticality":2}})"),
            "400 document 2 (Tier): tier a is given twice");
}

TEST_F(ApplyTest, UnknownMembersAreRefusedWithThoseThatThereAre) {
  EXPECT_EQ(changes(R"({"Tier":{"Name":"a","Critical":1}})"),
            "400 document 1 (Tier): unknown member Critical; it takes Name, Criticality");
  const std::string error = changes(R"({"Workload":{"Name":"a","Status":"Healthy"}})");
  EXPECT_TRUE(error.starts_with("400 document 1 (Workload): unknown member Status; it takes Name, ")) << error;
}

TEST_F(ApplyTest, AKindThatThisBuildLacksIsNamedWhateverItHolds) {
  EXPECT_EQ(changes(R"({"Delivery":{"Name":"dev"}})"),
            "400 document 1 (Delivery): kind Delivery is not known to this build; nothing was applied");
}

TEST_F(ApplyTest, KindsWithoutANameAreNotApplied) {
  EXPECT_EQ(changes(R"({"WorkloadEvent":{"Name":"a"}})"),
            "400 document 1 (WorkloadEvent): objects of kind WorkloadEvent have no unique name and cannot be applied");
  EXPECT_EQ(changes(R"({"Revision":{"Number":1}})"),
            "400 document 1 (Revision): objects of kind Revision have no unique name and cannot be applied");
}

TEST_F(ApplyTest, ADocumentIsOneKindWithItsMembersAndAName) {
  EXPECT_EQ(changes("7"), "400 document 1 must be an object with one key, the kind, such as {\"Workload\":{...}}");
  EXPECT_EQ(changes(R"({"Tier":{},"Profile":{}})"),
            "400 document 1 must be an object with one key, the kind, such as {\"Workload\":{...}}");
  EXPECT_EQ(changes(R"({"Tier":"gold"})"), "400 document 1 (Tier) must hold an object with the members of Tier");
  EXPECT_EQ(changes(R"({"Tier":{"Criticality":1}})"), "400 document 1 (Tier): Name is missing");
  EXPECT_EQ(changes(R"({"Workload":{"YAMLDocument":"a: 1"}})"), "400 document 1 (Workload): Name is missing");
}

TEST_F(ApplyTest, ABodyWithoutDocumentsIsRefused) {
  for (const char* body : {"{}", R"({"Documents":[]})", R"({"Documents":{}})", "[]", "7"}) {
    const Reply reply = plane_.call("POST", "/v0/apply", body);
    EXPECT_EQ(reply.status, 400) << body;
    EXPECT_TRUE(reply.error().starts_with("Documents must be a list with at least one document")) << reply.error();
  }
  EXPECT_TRUE(plane_.call("POST", "/v0/apply", "{").error().starts_with("the body is not valid JSON: "));
}

TEST_F(ApplyTest, AnEnvironmentIsAName) {
  EXPECT_EQ(apply(kRuntime, R"(,"Environment":5)").error(),
            "Environment must be the name of an environment, not a number");
  EXPECT_TRUE(find("KubernetesRuntimeInstance", "local").is_null());
  EXPECT_EQ(apply(kRuntime, R"(,"Environment":"")").status, 200);
}

TEST_F(ApplyTest, OtherMembersOfTheRequestAreChecked) {
  EXPECT_EQ(apply(kRuntime, R"(,"DiscardData":"yes")").error(), "DiscardData must be true or false, not a string");
  EXPECT_EQ(apply(kRuntime, R"(,"Force":true)").error(),
            "unknown member Force; known are Documents, Environment, DiscardData");
}

TEST_F(ApplyTest, ChecksOfAKindRunBeforeAnythingIsWritten) {
  ControlPlane plane({.extend = [](apiserver::ApiServer& server) {
    server.apply().add_check("WorkloadDefinition", [](const json::Value& members) -> base::Result<void> {
      if (members.at("YAMLDocument").text() == "a: 1") return base::invalid("YAMLDocument: no manifest");
      return {};
    });
  }});
  const Reply reply = plane.call("POST", "/v0/apply", R"({"Documents":[)" + std::string(kRuntime) + "," + kWeb + "]}");
  EXPECT_EQ(reply.error(), "document 2 (Workload): YAMLDocument: no manifest");
  EXPECT_EQ(plane.call("GET", "/v0/kubernetes-runtime-instances").body.at("Meta", "TotalCount"), 0);
}

}  // namespace
}  // namespace threeport::testing
