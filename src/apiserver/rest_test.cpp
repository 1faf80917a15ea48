// The verbs of every kind over HTTP (v0-behaviour 1.1, 1.2).
#include <gtest/gtest.h>

#include "tests/support/control_plane.h"

namespace threeport::testing {
namespace {

class RestTest : public ::testing::Test {
 protected:
  static std::string tier(schema::ObjectId id) { return "/v0/tiers/" + std::to_string(id); }
  static std::string instance(schema::ObjectId id) { return "/v0/workload-instances/" + std::to_string(id); }
  schema::ObjectId add_tier(const std::string& name = "gold") {
    return plane_.create("tiers", R"({"Name":")" + name + R"(","Criticality":5})");
  }
  schema::ObjectId add_definition() {
    return plane_.create("workload-definitions", R"({"Name":"web","YAMLDocument":"a: 1"})");
  }

  ControlPlane plane_;
};

TEST_F(RestTest, PostAnswers201WithTheStoredObjectAndItsDefaults) {
  const Reply made =
      plane_.call("POST", "/v0/kubernetes-runtime-definitions", R"({"Name":"local","InfraProvider":"kubeconfig"})");
  EXPECT_EQ(made.status, 201);
  EXPECT_EQ(made.body.at("Type"), "KubernetesRuntimeDefinition");
  EXPECT_EQ(made.body.at("Meta"), json::parse(R"({"Page":1,"Size":1,"TotalCount":1})").value());
  EXPECT_EQ(made.first().at("NodeSize"), "Medium");
  EXPECT_EQ(made.first().at("HighAvailability"), false);
  EXPECT_EQ(made.first().at("Reconciled"), false);
  EXPECT_EQ(made.first().at("CreatedAt"), "2030-01-02T03:04:05Z");
  EXPECT_EQ(made.first().find("DeletedAt"), nullptr);
  EXPECT_EQ(made.headers.get("ETag"), "\"1\"");
}

TEST_F(RestTest, PostNamesWhatIsWrongWithABody) {
  EXPECT_EQ(plane_.call("POST", "/v0/tiers", "").error(), "the body is empty; it must be a JSON object");
  const Reply broken = plane_.call("POST", "/v0/tiers", "{\"Name\":");
  EXPECT_EQ(broken.status, 400);
  EXPECT_NE(broken.error().find("the body is not valid JSON: line 1, column "), std::string::npos) << broken.error();
  EXPECT_EQ(plane_.call("POST", "/v0/tiers", R"({"Name":"gold"})").error(), "Missing required field(s) : Criticality");
}

TEST_F(RestTest, ANameIsTakenWhileItsObjectLives) {
  const auto id = add_tier();
  const Reply again = plane_.call("POST", "/v0/tiers", R"({"Name":"gold","Criticality":1})");
  EXPECT_EQ(again.status, 409);
  EXPECT_EQ(again.error(),
            "the name \"gold\" is taken by another Tier (id " + std::to_string(id) + "): choose another name");
  plane_.call("DELETE", tier(id));
  EXPECT_EQ(plane_.call("POST", "/v0/tiers", R"({"Name":"gold","Criticality":1})").status, 201);
}

TEST_F(RestTest, ARenameToATakenNameIsAConflict) {
  add_tier("gold");
  const auto id = add_tier("silver");
  EXPECT_EQ(plane_.call("PATCH", tier(id), R"({"Name":"gold"})").status, 409);
  EXPECT_EQ(plane_.call("GET", tier(id)).first().at("Name"), "silver");
}

TEST_F(RestTest, NestedObjectsBecomeObjectsOfTheirOwn) {
  const Reply made = plane_.call(
      "POST", "/v0/workload-definitions",
      R"({"Name":"web","YAMLDocument":"a: 1","WorkloadResourceDefinitions":[{"JSONDefinition":{"kind":"X"}}]})");
  ASSERT_EQ(made.status, 201) << made.text;
  const Reply parts =
      plane_.call("GET", "/v0/workload-resource-definitions?workloaddefinitionid=" + json::dump(made.first().at("ID")));
  EXPECT_EQ(parts.body.at("Meta", "TotalCount"), 1);
  EXPECT_EQ(parts.first().at("JSONDefinition"), json::parse(R"({"kind":"X"})").value());
}

TEST_F(RestTest, NestedObjectsThatAreWrongLeaveNothingBehind) {
  const Reply made =
      plane_.call("POST", "/v0/workload-definitions",
                  R"({"Name":"web","YAMLDocument":"a: 1","WorkloadResourceDefinitions":[{"JSONDefinition":{}},{}]})");
  EXPECT_EQ(made.status, 400);
  EXPECT_EQ(made.error(), "WorkloadResourceDefinitions: Missing required field(s) : JSONDefinition");
  EXPECT_EQ(plane_.call("GET", "/v0/workload-definitions").body.at("Meta", "TotalCount"), 0);
  EXPECT_EQ(plane_.call("GET", "/v0/workload-resource-definitions").body.at("Meta", "TotalCount"), 0);
}

TEST_F(RestTest, AnEnforcedReferenceMustBeLive) {
  const Reply made =
      plane_.call("POST", "/v0/workload-resource-definitions", R"({"JSONDefinition":{},"WorkloadDefinitionID":12345})");
  EXPECT_EQ(made.status, 400) << made.text;
  EXPECT_NE(made.error().find("WorkloadDefinitionID: there is no workload definition with ID 12345"), std::string::npos)
      << made.error();
}

TEST_F(RestTest, UnknownIdsAreNotFoundWhateverTheVerb) {
  for (const char* verb : {"GET", "PATCH", "PUT", "DELETE"}) {
    for (const char* id : {"12345", "abc", "0", "-1", "9007199254740992", "1%20OR%201=1"}) {
      const Reply reply = plane_.call(verb, std::string("/v0/tiers/") + id, R"({"Name":"x"})");
      EXPECT_EQ(reply.status, 404) << verb << " " << id;
      EXPECT_NE(reply.error(), "") << reply.text;
      EXPECT_EQ(reply.body.at("Type"), "Tier");
    }
  }
}

TEST_F(RestTest, PatchChangesWhatIsGivenAndNullChangesNothing) {
  const auto id = add_tier();
  plane_.clock().advance(std::chrono::seconds(1));
  const Reply patched = plane_.call("PATCH", tier(id), R"({"Criticality":7,"Name":null})");
  EXPECT_EQ(patched.status, 200);
  EXPECT_EQ(patched.first().at("Name"), "gold");
  EXPECT_EQ(patched.first().at("Criticality"), 7);
  EXPECT_EQ(patched.first().at("UpdatedAt"), "2030-01-02T03:04:06Z");
  EXPECT_EQ(patched.first().at("CreatedAt"), "2030-01-02T03:04:05Z");
}

TEST_F(RestTest, AMergePatchClearsWithNullAndGoesOnInsideMembers) {
  const auto owner = add_definition();
  const auto id =
      plane_.create("workload-resource-definitions", R"({"WorkloadDefinitionID":)" + std::to_string(owner) +
                                                         R"(,"JSONDefinition":{"kind":"X","spec":{"a":1,"b":2}}})");
  const std::string path = "/v0/workload-resource-definitions/" + std::to_string(id);
  const http::Headers merge{{"Content-Type", "application/merge-patch+json"}};
  const Reply merged = plane_.call("PATCH", path, R"({"JSONDefinition":{"spec":{"a":null,"c":3}}})", merge);
  EXPECT_EQ(merged.first().at("JSONDefinition"), json::parse(R"({"kind":"X","spec":{"b":2,"c":3}})").value());
  const Reply cleared = plane_.call("PATCH", path, R"({"JSONDefinition":null})", merge);
  EXPECT_EQ(cleared.status, 400);
  EXPECT_EQ(cleared.error(), "Missing required field(s) : JSONDefinition");
}

TEST_F(RestTest, AMergePatchReturnsAClearedMemberToItsDefault) {
  const auto id = plane_.create("kubernetes-runtime-definitions",
                                R"({"Name":"local","InfraProvider":"kubeconfig","NodeSize":"Large"})");
  const Reply merged = plane_.call("PATCH", "/v0/kubernetes-runtime-definitions/" + std::to_string(id),
                                   R"({"NodeSize":null})", {{"Content-Type", "application/merge-patch+json"}});
  EXPECT_EQ(merged.first().at("NodeSize"), "Medium");
}

TEST_F(RestTest, PutReplacesWhatIsDeclaredAndDemandsWhatIsRequired) {
  const auto id = plane_.create("kubernetes-runtime-definitions",
                                R"({"Name":"local","InfraProvider":"kubeconfig","NodeSize":"Large"})");
  const std::string path = "/v0/kubernetes-runtime-definitions/" + std::to_string(id);
  EXPECT_EQ(plane_.call("PUT", path, R"({"Name":"local"})").error(), "Missing required field(s) : InfraProvider");
  const Reply put = plane_.call("PUT", path, R"({"Name":"local","InfraProvider":"kind"})");
  EXPECT_EQ(put.status, 200);
  EXPECT_EQ(put.first().at("NodeSize"), "Medium");
  EXPECT_EQ(put.first().at("ID"), json::Value(id));
  EXPECT_EQ(put.first().at("CreatedAt"), "2030-01-02T03:04:05Z");
}

TEST_F(RestTest, PutKeepsADeletionThatWasAskedFor) {
  const auto id = add_definition();
  const std::string path = "/v0/workload-definitions/" + std::to_string(id);
  plane_.call("DELETE", path);
  const Reply put = plane_.call("PUT", path, R"({"Name":"web","YAMLDocument":"b: 2"})");
  EXPECT_EQ(put.first().at("DeletionScheduled"), "2030-01-02T03:04:05Z");
}

TEST_F(RestTest, OnlyTheVersionThatIfMatchNamesIsChanged) {
  const auto id = add_tier();
  for (const char* verb : {"PATCH", "PUT", "DELETE"}) {
    const Reply refused = plane_.call(verb, tier(id), R"({"Name":"gold","Criticality":9})", {{"If-Match", "\"7\""}});
    EXPECT_EQ(refused.status, 412) << verb;
    EXPECT_NE(refused.error().find("it is at version \"1\", If-Match names \"7\""), std::string::npos)
        << refused.error();
  }
  EXPECT_EQ(plane_.call("PATCH", tier(id), R"({"Criticality":9})", {{"If-Match", "three"}}).status, 400);
  EXPECT_EQ(plane_.call("PATCH", tier(id), R"({"Criticality":9})", {{"If-Match", "*"}}).status, 200);
  const Reply changed = plane_.call("PATCH", tier(id), R"({"Criticality":8})", {{"If-Match", "\"2\""}});
  EXPECT_EQ(changed.status, 200);
  EXPECT_EQ(changed.headers.get("ETag"), "\"3\"");
  EXPECT_EQ(plane_.call("GET", tier(id)).headers.get("ETag"), "\"3\"");
}

TEST_F(RestTest, AnImmutableMemberKeepsItsValue) {
  plane_.add_workload("web");
  const auto runtime = must(plane_.objects().find_by_name("KubernetesRuntimeInstance", "local")).value().id;
  const Reply moved = plane_.call("PATCH", "/v0/kubernetes-runtime-instances/" + std::to_string(runtime),
                                  R"({"Location":"Asia:Tokyo"})");
  EXPECT_EQ(moved.status, 400);
  EXPECT_EQ(moved.error(),
            "Location is immutable: it cannot be changed from \"Local\" to \"Asia:Tokyo\"; make another kubernetes "
            "runtime instance");
  EXPECT_EQ(
      plane_.call("PATCH", "/v0/kubernetes-runtime-instances/" + std::to_string(runtime), R"({"Location":"Local"})")
          .status,
      200);
}

TEST_F(RestTest, GenerationRisesWithDeclaredValuesAlone) {
  const auto id = add_definition();
  const std::string path = "/v0/workload-definitions/" + std::to_string(id);
  const auto generation = [&](std::string body) {
    return plane_.call("PATCH", path, std::move(body)).first().at("Generation");
  };
  EXPECT_EQ(generation(R"({"YAMLDocument":"a: 1"})"), 1);
  EXPECT_EQ(generation(R"({"CreationFailed":true})"), 1);
  EXPECT_EQ(generation(R"({"YAMLDocument":"b: 2"})"), 2);
  EXPECT_EQ(generation(R"({"Generation":9,"Reconciled":false})"), 2);
}

TEST_F(RestTest, ReconciledFalseAsksForAnotherAttempt) {
  const auto id = add_definition();
  const std::string path = "/v0/workload-definitions/" + std::to_string(id);
  plane_.report("WorkloadDefinition", id, {});
  EXPECT_EQ(plane_.call("GET", path).first().at("Reconciled"), true);
  const Reply asked = plane_.call("PATCH", path, R"({"Reconciled":false})");
  EXPECT_EQ(asked.first().at("Reconciled"), false);
  EXPECT_EQ(asked.first().find("ObservedGeneration"), nullptr);
}

TEST_F(RestTest, AnObjectMayBePostedAsReconciled) {
  const Reply made =
      plane_.call("POST", "/v0/workload-definitions", R"({"Name":"web","YAMLDocument":"a: 1","Reconciled":true})");
  EXPECT_EQ(made.first().at("Reconciled"), true);
}

TEST_F(RestTest, APlainObjectIsGoneAfterDelete) {
  const auto id = add_tier();
  const Reply gone = plane_.call("DELETE", tier(id));
  EXPECT_EQ(gone.status, 200);
  EXPECT_EQ(gone.first().at("DeletedAt"), "2030-01-02T03:04:05Z");
  EXPECT_EQ(plane_.call("GET", tier(id)).status, 404);
  EXPECT_EQ(plane_.call("DELETE", tier(id)).status, 404);
}

TEST_F(RestTest, AReconciledObjectIsDeletedInTwoPhases) {
  const auto id = plane_.add_workload("web");
  const Reply scheduled = plane_.call("DELETE", instance(id));
  EXPECT_EQ(scheduled.status, 200);
  EXPECT_EQ(scheduled.first().at("DeletionScheduled"), "2030-01-02T03:04:05Z");
  EXPECT_EQ(scheduled.first().at("Reconciled"), false);
  const Reply again = plane_.call("DELETE", instance(id));
  EXPECT_EQ(again.status, 409);
  EXPECT_EQ(again.error(), "object with ID " + std::to_string(id) + " already being deleted");
  plane_.call("PATCH", instance(id), R"({"DeletionConfirmed":"2030-01-02T03:04:06Z"})");
  EXPECT_EQ(plane_.call("DELETE", instance(id)).status, 200);
  EXPECT_EQ(plane_.call("GET", instance(id)).status, 404);
}

TEST_F(RestTest, WhatOthersNeedIsNotDeleted) {
  const auto id = plane_.add_workload("web");
  const auto definition = plane_.call("GET", instance(id)).first().at("WorkloadDefinitionID").as_int().value_or(0);
  const std::string path = "/v0/workload-definitions/" + std::to_string(definition);
  const Reply refused = plane_.call("DELETE", path);
  EXPECT_EQ(refused.status, 409);
  EXPECT_EQ(refused.error(), "workload definition has related workload instances - cannot be deleted");
  plane_.finalize("WorkloadInstance", id);
  EXPECT_EQ(plane_.call("DELETE", path).status, 200);
}

TEST_F(RestTest, AnAbandonedObjectIsGoneAtOnceAndNamesWhatStays) {
  ControlPlane plane({.extend = [](apiserver::ApiServer& server) {
    server.rest().on_abandon("WorkloadInstance", [](const apiserver::Object&) {
      return base::Result<std::vector<std::string>>(std::vector<std::string>{"v1/Secret/dev/web"});
    });
  }});
  const auto id = plane.add_workload("web");
  const Reply gone = plane.call("DELETE", instance(id) + "?abandon=true");
  EXPECT_EQ(gone.first().at("LeftBehind"), json::parse(R"(["v1/Secret/dev/web"])").value());
  EXPECT_EQ(plane.call("GET", instance(id)).status, 404);
}

TEST_F(RestTest, WhatControllersMakeCannotBeWrittenByUsers) {
  const auto id = plane_.add_workload("web");
  const auto definition = plane_.call("GET", instance(id)).first().at("WorkloadDefinitionID");
  const auto revision = plane_.create_as_controller("Revision", json::Object{{"Number", 1},
                                                                             {"WorkloadInstanceID", id},
                                                                             {"WorkloadDefinitionID", definition},
                                                                             {"DefinitionGeneration", 1}});
  const std::string path = "/v0/revisions/" + std::to_string(revision);
  const Reply refused = plane_.call("POST", "/v0/revisions", "{}");
  EXPECT_EQ(refused.status, 405);
  EXPECT_EQ(refused.text, "{\"message\":\"Method Not Allowed\"}\n");
  EXPECT_EQ(refused.headers.get("Allow"), "GET, OPTIONS");
  for (const char* verb : {"PATCH", "PUT"}) EXPECT_EQ(plane_.call(verb, path, R"({"Number":2})").status, 405) << verb;
  EXPECT_EQ(plane_.call("GET", path).first().at("Number"), 1);
}

TEST_F(RestTest, SecretsAreStoredAndAnsweredEncrypted) {
  const auto definition = plane_.create("kubernetes-runtime-definitions", R"({"Name":"a","InfraProvider":"kind"})");
  const Reply made =
      plane_.call("POST", "/v0/kubernetes-runtime-instances",
                  R"({"Name":"a","Location":"Local","ConnectionToken":"s3cr3t","KubernetesRuntimeDefinitionID":)" +
                      std::to_string(definition) + "}");
  ASSERT_EQ(made.status, 201) << made.text;
  EXPECT_EQ(made.text.find("s3cr3t"), std::string::npos);
  const auto id = made.first().at("ID").as_int().value_or(0);
  const auto stored = must(plane_.objects().get("KubernetesRuntimeInstance", id)).data.at("ConnectionToken");
  EXPECT_EQ(must(plane_.objects().reveal(stored.text())), "s3cr3t");
  EXPECT_NE(stored, made.first().at("ConnectionToken")) << "the key id is not answered";
  // What is read and put back, and the same secret in clear, is no change.
  const std::string path = "/v0/kubernetes-runtime-instances/" + std::to_string(id);
  for (const json::Value& same : {made.first().at("ConnectionToken"), json::Value("s3cr3t")}) {
    const Reply patched = plane_.call("PATCH", path, json::dump(json::Object{{"ConnectionToken", same}}));
    EXPECT_EQ(patched.first().at("Generation"), 1);
    EXPECT_EQ(patched.first().at("ConnectionToken"), made.first().at("ConnectionToken"));
  }
  EXPECT_EQ(plane_.call("PATCH", path, R"({"ConnectionToken":"other"})").first().at("Generation"), 2);
}

TEST_F(RestTest, WhatNoRouteServesIsABareMessage) {
  const Reply unknown = plane_.call("GET", "/v0/nothing");
  EXPECT_EQ(unknown.status, 404);
  EXPECT_EQ(unknown.text, "{\"message\":\"Not Found\"}\n");
  const Reply wrong = plane_.call("PATCH", "/v0/tiers", "{}");
  EXPECT_EQ(wrong.status, 405);
  EXPECT_EQ(wrong.headers.get("Allow"), "GET, OPTIONS, POST");
}

TEST_F(RestTest, OptionsAndVersionsAnswerAsInV0) {
  const Reply options = plane_.call("OPTIONS", "/v0/tiers");
  EXPECT_EQ(options.status, 204);
  EXPECT_EQ(options.text, "");
  EXPECT_EQ(plane_.call("GET", "/tiers/versions").text, "{\"API\":\"Tier\",\"Versions\":[\"v0\"]}\n");
  EXPECT_EQ(plane_.call("GET", "/version").text, "{\"Version\":\"v0.0.0-test\"}\n");
}

TEST_F(RestTest, EveryAnswerIsIndentedWherePrettyIsAskedFor) {
  const auto id = add_tier();
  for (const std::string& target : {tier(id), std::string("/v0/tiers"), std::string("/version"),
                                    std::string("/v0/tiers/77"), std::string("/v0/nothing")}) {
    const Reply plain = plane_.call("GET", target);
    const Reply pretty = plane_.call("GET", target + "?pretty");
    EXPECT_EQ(pretty.text, json::dump_pretty(plain.body) + "\n") << target;
    EXPECT_EQ(plain.text, json::dump(plain.body) + "\n") << target;
  }
}

TEST_F(RestTest, EveryAnswerCarriesAnIdOfItsRequest) {
  std::set<std::string> ids;
  for (const char* target : {"/v0/tiers", "/v0/tiers/77", "/version", "/v0/nothing", "/v0/tiers?size=x"})
    ids.emplace(plane_.call("GET", target).headers.get("X-Request-Id"));
  EXPECT_EQ(ids.size(), 5U);
  EXPECT_FALSE(ids.contains(""));
}

TEST_F(RestTest, RequestsAreCountedByTheStatusThatTheyGot) {
  plane_.call("GET", "/v0/tiers");
  plane_.call("GET", "/v0/tiers/77");
  plane_.call("GET", "/v0/nothing");
  plane_.call("POST", "/v0/tiers", "{}");
  const std::string metrics = plane_.call("GET", "/metrics").text;
  EXPECT_NE(metrics.find("threeport_http_requests_total{code=\"2xx\"} 1\n"), std::string::npos) << metrics;
  EXPECT_NE(metrics.find("threeport_http_requests_total{code=\"4xx\"} 3\n"), std::string::npos) << metrics;
}

TEST_F(RestTest, HeadIsGetWithoutItsBody) {
  const auto id = add_tier();
  const Reply head = plane_.call("HEAD", tier(id));
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.text, "");
  EXPECT_EQ(head.headers.get("ETag"), "\"1\"");
}

TEST_F(RestTest, IsReadyOnceEveryCheckPasses) {
  bool is_ready = false;
  ControlPlane plane({.extend = [&](apiserver::ApiServer& server) {
    server.add_ready_check([&]() -> base::Result<void> {
      if (is_ready) return {};
      return base::unavailable("the database is locked");
    });
  }});
  const Reply before = plane.call("GET", "/readyz");
  EXPECT_EQ(before.status, 503);
  EXPECT_EQ(before.text, "not ready: the database is locked\n");
  is_ready = true;
  EXPECT_EQ(plane.call("GET", "/readyz").text, "OK");
  EXPECT_EQ(plane.call("GET", "/healthz").text, "OK");
}

TEST_F(RestTest, AHandlerThatThrowsIsAnswered500) {
  ControlPlane plane({.extend = [](apiserver::ApiServer& server) {
    server.router().add("GET", "/broken", "",
                        [](apiserver::Call&) -> http::Response { throw std::runtime_error("a bug"); });
    server.router().add_deferred("GET", "/broken-stream", "",
                                 [](const apiserver::Call&, apiserver::Reply) { throw std::runtime_error("a bug"); });
  }});
  for (const char* target : {"/broken", "/broken-stream"}) {
    const Reply reply = plane.call("GET", target);
    EXPECT_EQ(reply.status, 500);
    EXPECT_EQ(reply.body, json::parse(R"({"message":"Internal Server Error"})").value());
  }
}

TEST_F(RestTest, ADatabaseThatFailsIsAnsweredWithItsError) {
  plane_.store().set_before([](std::string_view call) -> std::optional<base::Error> {
    if (call != "get" && call != "list" && call != "commit") return std::nullopt;
    return base::unavailable("the database does not answer");
  });
  EXPECT_EQ(plane_.call("GET", "/v0/tiers/1").status, 503);
  EXPECT_EQ(plane_.call("GET", "/v0/tiers").error(), "the database does not answer");
  EXPECT_EQ(plane_.call("POST", "/v0/tiers", R"({"Name":"gold","Criticality":5})").status, 503);
}

}  // namespace
}  // namespace threeport::testing
