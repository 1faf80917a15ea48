// Who may call, over HTTP: certificates, tokens, and what each answer says.
#include <gtest/gtest.h>

#include "apiserver/token.h"
#include "tests/support/control_plane.h"

namespace threeport::testing {
namespace {

using schema::ObjectId;
using std::chrono::hours;

ControlPlaneOptions with_authentication() {
  return {.extend = [](apiserver::ApiServer& server) { server.require_authentication(); }};
}

class AuthenticationTest : public ::testing::Test {
 protected:
  AuthenticationTest() {
    apiserver::add_token_rules(plane_.objects());
    admin_ = make("root", "admin");
  }

  /// A token made by the control plane itself.
  std::string make(const std::string& name, const std::string& scope) {
    auto made = plane_.objects().write({.op = apiserver::Write::Op::create,
                                        .kind = "AccessToken",
                                        .id = 0,
                                        .body = json::Object{{"Name", name}, {"Scope", scope}},
                                        .version = {},
                                        .observed = {}},
                                       {});
    EXPECT_TRUE(made) << made.error().message;
    return made ? std::string(plane_.objects().wire(*made).at("Token").text()) : "";
  }
  Reply call(const std::string& token, const std::string& method, const std::string& target,
             const std::string& body = {}, http::Headers headers = {}) {
    headers.add("Authorization", "Bearer " + token);
    return plane_.call(method, target, body, std::move(headers));
  }
  /// A request as the TLS server hands it over.
  http::Response handle(http::Request request) {
    struct Kept final : http::Responder::Impl {
      http::Response response;
      void send(http::Response sent) override { response = std::move(sent); }
      std::shared_ptr<http::Stream> stream(http::Response) override { return nullptr; }
    };
    const auto kept = std::make_shared<Kept>();
    plane_.server().handle(std::move(request), http::Responder(kept));
    return kept->response;
  }
  std::vector<store::Change> changes_of(ObjectId id) {
    auto changes = must(plane_.store().changes(0, 1000));
    std::erase_if(changes, [&](const store::Change& change) { return change.id != id; });
    return changes;
  }
  ObjectId id_of(const std::string& name) { return must(plane_.objects().find_by_name("AccessToken", name))->id; }

  ControlPlane plane_{with_authentication()};
  std::string admin_;
};

TEST_F(AuthenticationTest, WithoutCredentialsNothingButProbesAndTheVersionAnswers) {
  for (const char* path : {"/v0/tiers", "/v0/whoami", "/metrics", "/openapi.json", "/v0/watch", "/no/such/path"}) {
    const Reply reply = plane_.call("GET", path);
    EXPECT_EQ(reply.status, 401) << path;
    EXPECT_EQ(reply.headers.get("WWW-Authenticate"), "Bearer realm=\"threeport\"") << path;
    EXPECT_EQ(reply.body.at("Status", "code"), 401) << path;
    EXPECT_TRUE(reply.body.at("Data").is_null());
    EXPECT_NE(reply.error().find("Authorization: Bearer tpt_"), std::string::npos) << reply.error();
  }
  EXPECT_EQ(plane_.call("GET", "/v0/tiers").body.at("Type"), "Tier");
  for (const char* path : {"/healthz", "/readyz", "/version"}) EXPECT_EQ(plane_.call("GET", path).status, 200) << path;
}

TEST_F(AuthenticationTest, ATokenIsMadeOnceAndNeverShownAgain) {
  const Reply made = call(admin_, "POST", "/v0/access-tokens", R"({"Name":"ci","Scope":"ci","Token":"tpt_mine"})");
  ASSERT_EQ(made.status, 201) << made.text;
  const std::string token(made.first().at("Token").text());
  EXPECT_TRUE(token.starts_with("tpt_")) << token;
  EXPECT_EQ(token.size(), 47U);
  const std::string item = "/v0/access-tokens/" + std::to_string(*made.first().at("ID").as_int());
  for (const Reply& reply : {call(admin_, "GET", item), call(admin_, "GET", "/v0/access-tokens"),
                             call(admin_, "PATCH", item, R"({"Scope":"developer","Token":"tpt_other"})"),
                             call(admin_, "PUT", item, R"({"Name":"ci","Scope":"read-only"})"),
                             call(admin_, "GET", item + "/history"), call(admin_, "GET", item + "?at=2")}) {
    EXPECT_EQ(reply.status, 200) << reply.text;
    EXPECT_EQ(reply.text.find("\"Token\""), std::string::npos) << reply.text;
    EXPECT_EQ(reply.text.find(apiserver::token_digest(token)), std::string::npos) << reply.text;
  }
  EXPECT_EQ(call(token, "GET", "/v0/whoami").first().at("Scope"), "read-only")
      << "neither PATCH nor PUT changed the token";
}

TEST_F(AuthenticationTest, OnlyTheDigestOfATokenIsKept) {
  const store::Row row = must(plane_.store().get("AccessToken", id_of("root")));
  EXPECT_EQ(row.doc.find(admin_), std::string::npos);
  EXPECT_NE(row.doc.find(apiserver::token_digest(admin_)), std::string::npos);
  for (const store::Change& change : changes_of(row.id)) {
    EXPECT_EQ(change.body.find("tpt_"), std::string::npos) << change.body;
    EXPECT_EQ(change.body.find(apiserver::token_digest(admin_)), std::string::npos) << change.body;
  }
}

TEST_F(AuthenticationTest, WhoamiNamesTheActorAndItsScope) {
  const Reply who = call(make("robot", "read-only"), "GET", "/v0/whoami");
  EXPECT_EQ(who.first().at("Actor"), "token:robot");
  EXPECT_EQ(who.first().at("Scope"), "read-only");
  const http::Response certified = handle({.method = "GET", .path = "/v0/whoami", .client_certificate_cn = "alice"});
  EXPECT_NE(certified.body.find(R"("Actor":"cert:alice","Scope":"admin")"), std::string::npos) << certified.body;
}

TEST_F(AuthenticationTest, ARevokedTokenIsRefusedAtOnce) {
  const std::string token = make("robot", "developer");
  EXPECT_EQ(call(token, "GET", "/v0/tiers").status, 200);
  EXPECT_EQ(call(admin_, "DELETE", "/v0/access-tokens/" + std::to_string(id_of("robot"))).status, 200);
  const Reply refused = call(token, "GET", "/v0/tiers");
  EXPECT_EQ(refused.status, 401);
  EXPECT_EQ(refused.headers.get("WWW-Authenticate"), "Bearer realm=\"threeport\", error=\"invalid_token\"");
  EXPECT_NE(refused.error().find("revoked"), std::string::npos) << refused.error();
}

TEST_F(AuthenticationTest, AChangedScopeHoldsAtOnce) {
  const std::string token = make("robot", "read-only");
  EXPECT_EQ(call(token, "POST", "/v0/tiers", R"({"Name":"gold","Criticality":1})").status, 403);
  call(admin_, "PATCH", "/v0/access-tokens/" + std::to_string(id_of("robot")), R"({"Scope":"operator"})");
  EXPECT_EQ(call(token, "POST", "/v0/tiers", R"({"Name":"gold","Criticality":1})").status, 201);
}

TEST_F(AuthenticationTest, ATokenEndsAtItsTime) {
  const Reply made =
      call(admin_, "POST", "/v0/access-tokens", R"({"Name":"short","Scope":"ci","ExpiresAt":"2030-01-03T03:04:05Z"})");
  const std::string token(made.first().at("Token").text());
  plane_.clock().advance(hours(24) - base::Millis(1));
  EXPECT_EQ(call(token, "GET", "/v0/tiers").status, 200);
  plane_.clock().advance(base::Millis(1));
  const Reply refused = call(token, "GET", "/v0/tiers");
  EXPECT_EQ(refused.status, 401);
  EXPECT_NE(refused.error().find("the token short has expired at 2030-01-03T03:04:05Z"), std::string::npos)
      << refused.error();
  const Reply late =
      call(admin_, "POST", "/v0/access-tokens", R"({"Name":"late","Scope":"ci","ExpiresAt":"2029-01-01T00:00:00Z"})");
  EXPECT_EQ(late.status, 400);
  EXPECT_NE(late.error().find("ExpiresAt"), std::string::npos) << late.error();
}

TEST_F(AuthenticationTest, AnEmptyBearerCountsAsAbsent) {
  EXPECT_EQ(call("", "GET", "/v0/tiers").status, 401);
  for (const char* empty : {"", " ", "Bearer", "Bearer  ", "bearer "}) {
    const http::Response answer = handle({.method = "GET",
                                          .path = "/v0/tiers",
                                          .headers = {{"Authorization", empty}},
                                          .client_certificate_cn = "alice"});
    EXPECT_EQ(answer.status, 200) << "\"" << empty << "\"";
  }
}

TEST_F(AuthenticationTest, WhatIsNoTokenOfOursIsRefusedAlsoBesideACertificate) {
  for (const char* field : {"Bearer secret", "Basic YTpi", "tpt_x", "Bearer tpt_", "Bearer tpt_x y"}) {
    const http::Response answer = handle({.method = "GET",
                                          .path = "/v0/tiers",
                                          .headers = {{"Authorization", field}},
                                          .client_certificate_cn = "alice"});
    EXPECT_EQ(answer.status, 401) << field;
  }
}

TEST_F(AuthenticationTest, ACertificateThatDoesNotCountIsNamed) {
  const http::Response answer =
      handle({.method = "GET", .path = "/v0/tiers", .client_certificate_problem = "certificate has expired"});
  EXPECT_EQ(answer.status, 401);
  EXPECT_NE(answer.body.find("the client certificate is not accepted: certificate has expired"), std::string::npos)
      << answer.body;
}

TEST_F(AuthenticationTest, EachScopeWritesTheKindsThatItMay) {
  for (const schema::Scope scope : schema::kScopes) {
    const std::string token = make("of-" + std::string(to_string(scope)), std::string(to_string(scope)));
    for (const schema::KindDescriptor& kind : plane_.registry().kinds()) {
      if (!kind.routed) continue;
      const std::string path = "/v0/" + std::string(kind.path);
      const bool may = kind.writers.has(scope);
      EXPECT_EQ(call(token, "GET", path).status, 200) << path;
      EXPECT_EQ(call(token, "DELETE", path + "/4711").status, may ? 404 : 403) << to_string(scope) << " " << path;
      if (kind.controller_made) continue;
      EXPECT_EQ(call(token, "POST", path, "{}").status, may ? 400 : 403) << to_string(scope) << " " << path;
      EXPECT_EQ(call(token, "PATCH", path + "/4711", "{}").status, may ? 404 : 403) << path;
      EXPECT_EQ(call(token, "PUT", path + "/4711", "{}").status, may ? 404 : 403) << path;
    }
  }
}

TEST_F(AuthenticationTest, ARefusalNamesWhoWhatAndTheScopesThatWouldDo) {
  const Reply refused = call(make("dev", "developer"), "POST", "/v0/tiers", R"({"Name":"gold","Criticality":1})");
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(
      refused.error(),
      "token:dev: the scope developer does not allow to create objects of kind tier; that takes admin or operator");
  EXPECT_EQ(refused.body.at("Type"), "Tier");
}

TEST_F(AuthenticationTest, ApplyIsJudgedByEachKindThatItWrites) {
  const std::string token = make("dev", "developer");
  const std::string workload = R"({"WorkloadDefinition":{"Name":"web","YAMLDocument":"a: 1"}})";
  const std::string tier = R"({"Tier":{"Name":"gold","Criticality":1}})";
  const Reply mixed = call(token, "POST", "/v0/apply", R"({"Documents":[)" + workload + "," + tier + "]}");
  EXPECT_EQ(mixed.status, 403) << mixed.text;
  EXPECT_EQ(mixed.error(),
            "document 2 (Tier): the scope developer does not allow to write objects of kind tier; that takes admin or "
            "operator");
  EXPECT_EQ(call(token, "GET", "/v0/workload-definitions").names(), "") << "all or nothing";
  EXPECT_EQ(call(token, "POST", "/v0/apply", R"({"Documents":[)" + workload + "]}").status, 200);
  EXPECT_EQ(call(make("build", "ci"), "POST", "/v0/apply", R"({"Documents":[)" + workload + "]}").status, 403);
}

TEST_F(AuthenticationTest, APlanIsJudgedAsItsApplicationIsAndAgainWhenItIsApplied) {
  const std::string token = make("dev", "developer");
  const std::string workload = R"({"Documents":[{"WorkloadDefinition":{"Name":"web","YAMLDocument":"a: 1"}}]})";
  const std::string tier = R"({"Documents":[{"Tier":{"Name":"gold","Criticality":1}}]})";
  EXPECT_EQ(call(token, "POST", "/v0/plan", tier).status, 403);
  const auto plan_of = [&](const std::string& who, const std::string& documents) {
    const Reply plan = call(who, "POST", "/v0/plan", documents);
    EXPECT_EQ(plan.status, 200) << plan.text;
    return R"({"PlanID":)" + std::to_string(plan.first().at("ID").as_int().value_or(0)) + "}";
  };
  const std::string own = plan_of(token, workload), of_admin = plan_of(admin_, tier);
  EXPECT_EQ(call(token, "POST", "/v0/apply", of_admin).status, 403);
  EXPECT_EQ(call(token, "POST", "/v0/apply", own).status, 200);
  EXPECT_EQ(call(make("viewer", "read-only"), "POST", "/v0/plan", workload).status, 403);
}

TEST_F(AuthenticationTest, ARepeatedRequestIsAnsweredToItsOwnCallerAlone) {
  const std::string body = R"({"Name":"web","YAMLDocument":"a: 1"})";
  const auto post = [&](const std::string& token) {
    return call(token, "POST", "/v0/workload-definitions", body, {{"Idempotency-Key", "one"}});
  };
  const std::string dev = make("dev", "developer");
  const Reply first = post(dev);
  EXPECT_EQ(first.status, 201) << first.text;
  EXPECT_EQ(post(dev).text, first.text);
  EXPECT_EQ(post(make("other", "developer")).status, 409);
  EXPECT_EQ(post(make("viewer", "read-only")).status, 403);
}

TEST_F(AuthenticationTest, ATokenIsNeverKeptForARepeatedRequest) {
  const Reply refused =
      call(admin_, "POST", "/v0/access-tokens", R"({"Name":"x","Scope":"ci"})", {{"Idempotency-Key", "one"}});
  EXPECT_EQ(refused.status, 400);
  EXPECT_NE(refused.error().find("Idempotency-Key does not go with"), std::string::npos) << refused.error();
  EXPECT_EQ(call(admin_, "GET", "/v0/access-tokens").names(), "root");
}

TEST_F(AuthenticationTest, ATokenIsNotMadeByADocument) {
  const Reply refused =
      call(admin_, "POST", "/v0/apply", R"({"Documents":[{"AccessToken":{"Name":"x","Scope":"ci"}}]})");
  EXPECT_EQ(refused.status, 400);
  EXPECT_NE(refused.error().find("tptctl token create"), std::string::npos) << refused.error();
}

TEST_F(AuthenticationTest, EveryChangeIsLoggedWithItsActorAndRequest) {
  const std::string token = make("dev", "developer");
  const auto expect_last = [&](const Reply& reply, ObjectId id) {
    const store::Change last = changes_of(id).back();
    EXPECT_EQ(last.by, "token:dev") << reply.text;
    EXPECT_EQ(last.request_id, reply.headers.get("X-Request-Id"));
    EXPECT_FALSE(last.request_id.empty());
  };
  Reply reply = call(token, "POST", "/v0/workload-definitions", R"({"Name":"web","YAMLDocument":"a: 1"})");
  const ObjectId id = *reply.first().at("ID").as_int();
  const std::string item = "/v0/workload-definitions/" + std::to_string(id);
  expect_last(reply, id);
  expect_last(call(token, "PATCH", item, R"({"YAMLDocument":"a: 2"})"), id);
  expect_last(call(token, "PUT", item, R"({"Name":"web","YAMLDocument":"a: 3"})"), id);
  expect_last(call(token, "POST", "/v0/apply",
                   R"({"Documents":[{"WorkloadDefinition":{"Name":"web","YAMLDocument":"a: 4"}}]})"),
              id);
  reply = call(token, "POST", "/v0/workload-resource-definition-sets",
               R"([{"JSONDefinition":{},"WorkloadDefinitionID":)" + std::to_string(id) + "}]");
  expect_last(reply, *reply.first().at("ID").as_int());
  const Reply runtime = call(admin_, "POST", "/v0/apply",
                             R"({"Documents":[{"KubernetesRuntime":{"Name":"local","InfraProvider":"kubeconfig",)"
                             R"("Location":"Local","DefaultRuntime":true}},)"
                             R"({"WorkloadInstance":{"Name":"web","WorkloadDefinition":{"Name":"web"}}}]})");
  ASSERT_EQ(runtime.status, 200) << runtime.text;
  const std::string instance = std::to_string(must(plane_.objects().find_by_name("WorkloadInstance", "web"))->id);
  reply = call(token, "POST", "/v0/workload-events",
               R"({"RuntimeEventUID":"u","Type":"Normal","Reason":"r","Message":"m",)"
               R"("Timestamp":"2030-01-02T03:04:05Z","WorkloadInstanceID":)" +
                   instance + "}");
  ASSERT_EQ(reply.status, 201) << reply.text;
  const ObjectId event = *reply.first().at("ID").as_int();
  expect_last(call(token, "DELETE", "/v0/workload-events?workloadinstanceid=" + instance), event);
  const Reply blocked = call(token, "DELETE", item);
  EXPECT_EQ(blocked.status, 409) << "its instance is there: " << blocked.text;
  expect_last(call(token, "DELETE", "/v0/workload-instances/" + instance), std::stoll(instance));
}

TEST_F(AuthenticationTest, AWatchEndsWithTheTokenThatOpenedIt) {
  const std::string token = make("watcher", "read-only"), other = make("other", "read-only");
  const auto watch = [&](const std::string& shown, const std::vector<std::function<void()>>& steps) {
    return plane_.watch("/v0/tiers?watch=true", steps, {{"Authorization", "Bearer " + shown}});
  };
  const auto add_tier = [&] { call(admin_, "POST", "/v0/tiers", R"({"Name":"gold","Criticality":1})"); };
  EXPECT_EQ(watch(other, {add_tier}), (std::vector<std::string>{"synced", "created gold"}));
  bool has_ended = false;
  const auto revoke = [&] {
    EXPECT_EQ(call(admin_, "DELETE", "/v0/access-tokens/" + std::to_string(id_of("watcher"))).status, 200);
    // The client still holds its end open: only the server can have ended it.
    for (int i = 0; i < 100'000 && !has_ended; ++i) {
      plane_.call("GET", "/healthz");
      has_ended = plane_.server().hub().watchers() == 0;
    }
  };
  EXPECT_EQ(watch(token, {[] {}, revoke, [] {}}), (std::vector<std::string>{"created gold", "synced"}));
  EXPECT_TRUE(has_ended);
}

TEST_F(AuthenticationTest, WhereTheDatabaseIsAwayATokenIsNeitherGoodNorBad) {
  plane_.store().set_before([](std::string_view) { return std::optional(base::unavailable("the database is away")); });
  EXPECT_EQ(call(admin_, "GET", "/v0/whoami").status, 503);
  plane_.store().set_before({});
  EXPECT_EQ(call(admin_, "GET", "/v0/whoami").status, 200);
}

}  // namespace
}  // namespace threeport::testing
