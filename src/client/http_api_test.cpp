#include "client/http_api.h"

#include <gtest/gtest.h>

#include "base/guarded.h"
#include "http/event_stream.h"
#include "http/server.h"
#include "tests/support/control_plane.h"

namespace threeport::client {
namespace {

using base::ErrorKind;
using testing::must;

WatchQuery after(std::int64_t sequence) {
  WatchQuery query;
  query.since = sequence;
  return query;
}

/// A server whose answer is the test's; it keeps the last request.
class ScriptedServer {
 public:
  using Answer = std::function<void(const http::Request&, http::Responder)>;
  explicit ScriptedServer(Answer answer)
      : answer_(std::move(answer)),
        server_(must(http::Server::start({}, [this](http::Request request, http::Responder responder) {
          last_.with([&](http::Request& last) { last = request; });
          answer_(request, std::move(responder));
        }))) {}
  ScriptedServer(int status, const std::string& body,
                 const http::Headers& headers = {{"Content-Type", "application/json"}})
      : ScriptedServer([=](const http::Request&, http::Responder responder) {
          std::move(responder).send({.status = status, .headers = headers, .body = body});
        }) {}

  std::unique_ptr<Api> api() { return make_http_api(must(http::Client::make({.base_url = url()}))); }
  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(server_->port()); }
  http::Request last() {
    return last_.with([](const http::Request& last) { return last; });
  }
  void stop() { server_->stop(); }

 private:
  Answer answer_;
  base::Guarded<http::Request> last_;
  std::unique_ptr<http::Server> server_;
};

const char* const kOneTier =
    R"({"Meta":{},"Type":"Tier","Data":[{"ID":7,"Name":"gold"}],"Status":{"code":200,"message":"OK","error":""}})";

class HttpApiTest : public ::testing::Test {
 protected:
  HttpApiTest() : api_(make_http_api(must(http::Client::make({.base_url = plane_.url()})))) {}

  [[nodiscard]] const KindDescriptor& kind(std::string_view name) { return *plane_.registry().find(name); }
  [[nodiscard]] const KindDescriptor& tiers() { return kind("Tier"); }
  Object add(const std::string& name, int criticality = 1) {
    return must(api_->create(tiers(), json::Object{{"Name", name}, {"Criticality", criticality}}));
  }

  testing::ControlPlane plane_;
  std::unique_ptr<Api> api_;
};

TEST_F(HttpApiTest, ObjectsAreCreatedReadChangedReplacedAndRemoved) {
  const Object made = add("gold");
  EXPECT_EQ(made.name(), "gold");
  EXPECT_EQ(made.version, 1);
  EXPECT_EQ(must(api_->get(tiers(), made.id())).data, made.data);
  const Object patched = must(api_->patch(tiers(), made.id(), json::Object{{"Criticality", 2}}));
  EXPECT_EQ(patched.data.at("Criticality"), 2);
  EXPECT_EQ(patched.version, 2);
  const Object put = must(api_->replace(tiers(), made.id(), json::Object{{"Name", "lead"}, {"Criticality", 3}}));
  EXPECT_EQ(put.name(), "lead");
  EXPECT_FALSE(must(api_->remove(tiers(), made.id())).data.at("DeletedAt").is_null());
  EXPECT_EQ(api_->get(tiers(), made.id()).error().kind, ErrorKind::not_found);
}

TEST_F(HttpApiTest, AVersionIsSentAsIfMatch) {
  const Object made = add("gold");
  const json::Value change = json::Object{{"Criticality", 2}};
  EXPECT_EQ(api_->patch(tiers(), made.id(), change, Patch::v0, 9).error().kind, ErrorKind::precondition);
  EXPECT_EQ(api_->replace(tiers(), made.id(), json::Object{{"Name", "a"}, {"Criticality", 3}}, 9).error().kind,
            ErrorKind::precondition);
  EXPECT_EQ(api_->remove(tiers(), made.id(), {.version = 9}).error().kind, ErrorKind::precondition);
  EXPECT_TRUE(api_->patch(tiers(), made.id(), change, Patch::v0, 1));
}

TEST_F(HttpApiTest, AMergePatchClearsAndAPlainOneDoesNot) {
  const Object made = must(api_->create(kind("KubernetesRuntimeDefinition"),
                                        json::Object{{"Name", "a"}, {"InfraProvider", "kind"}, {"NodeSize", "Large"}}));
  const json::Value change = json::Object{{"NodeSize", nullptr}, {"NodeMaximum", 3}};
  const KindDescriptor& definitions = kind("KubernetesRuntimeDefinition");
  EXPECT_EQ(must(api_->patch(definitions, made.id(), change)).data.at("NodeSize"), "Large");
  EXPECT_EQ(must(api_->patch(definitions, made.id(), change, Patch::merge)).data.at("NodeSize"), "Medium");
}

TEST_F(HttpApiTest, ANameIsFoundWithItsVersion) {
  add("gold");
  add("silver");
  const Object found = must(api_->find_by_name(tiers(), "silver"));
  EXPECT_EQ(found.name(), "silver");
  EXPECT_EQ(found.version, 1);
  const auto missing = api_->find_by_name(tiers(), "tin & lead");
  EXPECT_EQ(missing.error().kind, ErrorKind::not_found);
  EXPECT_EQ(missing.error().message, "no tier with name tin & lead");
}

TEST_F(HttpApiTest, AListHasAllPagesAndObeysItsFilters) {
  for (int i = 0; i < 501; ++i) {
    must(plane_.objects().write({.op = apiserver::Write::Op::create,
                                 .kind = "Tier",
                                 .id = 0,
                                 .body = json::Object{{"Name", "t" + std::to_string(i)}, {"Criticality", i % 2}},
                                 .version = {},
                                 .observed = {}},
                                {}));
  }
  EXPECT_EQ(must(api_->list(tiers())).size(), 501U);
  EXPECT_EQ(must(api_->list(tiers(), {{"criticality", "1"}, {"name", "t7"}})).size(), 1U);
}

TEST_F(HttpApiTest, WaitReturnsWhatIsReady) {
  const auto id = plane_.add_workload("web");
  plane_.report("WorkloadInstance", id, {});
  const Object ready = must(api_->wait(kind("WorkloadInstance"), id, std::chrono::seconds(60)));
  EXPECT_TRUE(ready.is("Ready"));
  EXPECT_FALSE(ready.is("Stalled"));
  EXPECT_EQ(ready.condition("Ready").at("Reason"), "Healthy");
  EXPECT_TRUE(ready.condition("Unheard").is_null());
}

TEST_F(HttpApiTest, AWatchBeginsWithWhatExistsAndEndsWhenItsCallerHasEnough) {
  add("gold");
  std::vector<std::string> seen;
  std::int64_t sequence = 0;
  const auto watched = api_->watch(tiers(), {}, [&](const WatchEvent& event) {
    seen.push_back(event.verb + " " + std::string(event.object.name()));
    sequence = event.sequence;
    if (event.verb == "synced") add("silver");
    return seen.size() < 3;
  });
  EXPECT_TRUE(watched);
  EXPECT_EQ(seen, (std::vector<std::string>{"created gold", "synced ", "created silver"}));
  EXPECT_EQ(sequence, must(plane_.objects().store().head()));
}

TEST_F(HttpApiTest, AWatchIsResumedAfterASequence) {
  add("gold");
  const auto since = must(plane_.objects().store().head());
  add("silver");
  std::string first;
  ASSERT_TRUE(api_->watch(tiers(), after(since), [&](const WatchEvent& event) {
    first = event.object.name();
    return false;
  }));
  EXPECT_EQ(first, "silver");
}

TEST_F(HttpApiTest, AWatchThatTheServerEndsIsUnavailable) {
  const auto watched = api_->watch(tiers(), {}, [&](const WatchEvent& event) {
    if (event.verb == "synced") plane_.stop();
    return true;
  });
  EXPECT_EQ(watched.error().kind, ErrorKind::unavailable);
}

TEST_F(HttpApiTest, AWatchIsStoppedByItsToken) {
  std::stop_source stop;
  WatchQuery query;
  query.stop = stop.get_token();
  const auto watched = api_->watch(tiers(), query, [&](const WatchEvent&) {
    stop.request_stop();
    return true;
  });
  EXPECT_EQ(watched.error().kind, ErrorKind::canceled);
}

TEST_F(HttpApiTest, AnswersWithoutEnvelopeAreOneElement) {
  const Answer version = must(api_->call("GET", "/version"));
  EXPECT_EQ(version.first().at("Version"), "v0.0.0-test");
  EXPECT_EQ(version.type, "");
  EXPECT_EQ(must(api_->call("GET", "/healthz")).first(), "OK");
  EXPECT_TRUE(must(api_->call("OPTIONS", "/v0/tiers")).first().is_null());
}

TEST(HttpApiErrorTest, EachStatusIsTheKindThatItStandsFor) {
  const std::pair<int, ErrorKind> kinds[]{
      {400, ErrorKind::invalid},      {401, ErrorKind::denied},      {403, ErrorKind::denied},
      {404, ErrorKind::not_found},    {409, ErrorKind::conflict},    {410, ErrorKind::expired},
      {412, ErrorKind::precondition}, {429, ErrorKind::unavailable}, {503, ErrorKind::unavailable}};
  for (const auto& [status, expected] : kinds) {
    ScriptedServer server(status, R"({"Data":null,"Status":{"code":0,"message":"M","error":"what is wrong"}})");
    const auto answer = server.api()->call("GET", "/x");
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().kind, expected) << status;
    EXPECT_EQ(answer.error().message, "what is wrong");
  }
}

TEST(HttpApiErrorTest, TheMessageIsTheBestThatTheAnswerHas) {
  const auto message = [](const char* body) {
    return ScriptedServer(404, body).api()->call("GET", "/x").error().message;
  };
  EXPECT_EQ(message(R"({"Status":{"message":"Not Found","error":""}})"), "Not Found");
  EXPECT_EQ(message(R"({"message":"no route"})"), "no route");
  EXPECT_EQ(message("<html>"), "the server answered 404 Not Found");
}

TEST(HttpApiErrorTest, TheServersWishForTheNextTryIsKept) {
  ScriptedServer server(503, "{}", {{"Retry-After", "3"}});
  EXPECT_EQ(server.api()->call("GET", "/x").error().retry_after, std::chrono::seconds(3));
}

TEST(HttpApiErrorTest, AnAnswerThatIsNoneOfAThreeportApiSaysWhereToLook) {
  testing::ControlPlane plane;
  const KindDescriptor& tiers = *plane.registry().find("Tier");
  for (const char* body :
       {"<html>", "{}", R"({"Type":"Tier","Data":[],"Status":{}})", R"({"Type":"Tier","Data":[7],"Status":{}})"}) {
    ScriptedServer server(200, body);
    const auto answer = server.api()->get(tiers, 7);
    ASSERT_FALSE(answer) << body;
    EXPECT_EQ(answer.error().kind, ErrorKind::internal) << body;
    EXPECT_TRUE(answer.error().message.starts_with("the answer to /v0/tiers/7 is not one of a Threeport API: "))
        << answer.error().message;
    EXPECT_NE(answer.error().message.find("APIServer in the configuration file"), std::string::npos);
  }
  for (const char* body : {"<html>", "{}", R"({"items":[]})"}) {
    ScriptedServer server(200, body);
    EXPECT_EQ(server.api()->list(tiers).error().kind, ErrorKind::internal) << body;
  }
}

TEST(HttpApiErrorTest, AServerThatIsNotThereIsUnavailable) {
  ScriptedServer server(200, "{}");
  const auto api = server.api();
  server.stop();
  const auto answer = api->call("GET", "/x");
  EXPECT_EQ(answer.error().kind, ErrorKind::unavailable);
  EXPECT_EQ(answer.error().reason, "ConnectionRefused");
}

TEST(HttpApiErrorTest, ACallThatTakesTooLongIsUnavailable) {
  base::Guarded<std::vector<http::Responder>> kept;
  ScriptedServer server([&](const http::Request&, http::Responder responder) {
    kept.with([&](auto& responders) { responders.push_back(std::move(responder)); });
  });
  const auto answer = server.api()->call("GET", "/x", {}, base::Millis(20));
  EXPECT_EQ(answer.error().kind, ErrorKind::unavailable);
  EXPECT_EQ(answer.error().reason, "Timeout");
  kept.with([](auto& responders) { responders.clear(); });
}

TEST(HttpApiErrorTest, ACallThatMayHaveBeenExecutedIsNotRepeated) {
  std::atomic<int> calls{0};
  ScriptedServer server([&](const http::Request&, http::Responder responder) {
    ++calls;
    std::move(responder).send({.status = 503});
  });
  EXPECT_FALSE(server.api()->call("POST", "/x", json::Object{{"a", 1}}));
  EXPECT_EQ(calls, 1);
}

TEST(HttpApiRequestTest, BodiesAreJsonAndIdsAreInThePath) {
  testing::ControlPlane plane;
  ScriptedServer server(200, kOneTier);
  const auto api = server.api();
  const KindDescriptor& tiers = *plane.registry().find("Tier");
  must(api->patch(tiers, 7, json::Object{{"a", 1}}, Patch::v0, 4));
  EXPECT_EQ(server.last().method + " " + server.last().path, "PATCH /v0/tiers/7");
  EXPECT_EQ(server.last().headers.get("Content-Type"), "application/json");
  EXPECT_EQ(server.last().headers.get("If-Match"), "\"4\"");
  EXPECT_EQ(server.last().body, R"({"a":1})");
  must(api->patch(tiers, 7, json::Object{{"a", 1}}, Patch::merge));
  EXPECT_EQ(server.last().headers.get("Content-Type"), "application/merge-patch+json");
  EXPECT_FALSE(server.last().headers.contains("If-Match"));
  must(api->remove(tiers, 7, {.abandon = true}));
  EXPECT_EQ(server.last().method + " " + server.last().path + "?" + server.last().raw_query,
            "DELETE /v0/tiers/7?abandon=true");
  must(api->wait(tiers, 7, std::chrono::seconds(90)));
  EXPECT_EQ(server.last().raw_query, "wait=1m30s");
}

TEST(HttpApiRequestTest, FilterValuesAreEncoded) {
  testing::ControlPlane plane;
  ScriptedServer server(200, R"({"Type":"Tier","Data":[],"Status":{}})");
  must(server.api()->list(*plane.registry().find("Tier"), {{"name", "a&b=c d"}}));
  EXPECT_EQ(server.last().query().get("name"), "a&b=c d");
}

TEST(HttpApiRequestTest, AListFollowsItsCursorToTheEnd) {
  testing::ControlPlane plane;
  ScriptedServer server([&](const http::Request& request, http::Responder responder) {
    const auto cursor = request.query().get("cursor");
    http::Response response{
        .status = 200,
        .body = std::string(R"({"Type":"Tier","Data":[{"ID":)") + (cursor ? "2" : "1") + R"(}],"Status":{}})"};
    if (!cursor) response.headers.add("Threeport-Next-Cursor", "any text&");
    std::move(responder).send(std::move(response));
  });
  EXPECT_EQ(must(server.api()->list(*plane.registry().find("Tier"))).size(), 2U);
  EXPECT_EQ(server.last().query().get("cursor"), "any text&");
}

/// Answers a watch with this text.
ScriptedServer watch_server(std::string events) {
  return ScriptedServer([text = std::move(events)](const http::Request&, http::Responder responder) {
    const auto stream =
        std::move(responder).stream({.status = 200, .headers = {{"Content-Type", "text/event-stream"}}});
    stream->write(text);
    stream->close();
  });
}

TEST(HttpApiWatchTest, APositionThatIsTooOldIsExpired) {
  testing::ControlPlane plane;
  const KindDescriptor& tiers = *plane.registry().find("Tier");
  ScriptedServer before(410, R"({"Status":{"error":"too old"}})");
  EXPECT_EQ(before.api()->watch(tiers, after(3), [](const WatchEvent&) { return true; }).error().kind,
            ErrorKind::expired);
  EXPECT_EQ(before.last().raw_query, "watch=true&since=3");
  ScriptedServer within = watch_server(http::format_event("", "expired", "{}"));
  EXPECT_EQ(within.api()->watch(tiers, {}, [](const WatchEvent&) { return true; }).error().kind, ErrorKind::expired);
}

TEST(HttpApiWatchTest, AnEventThatIsNoJsonIsOurBug) {
  testing::ControlPlane plane;
  ScriptedServer server = watch_server(http::format_event("4", "created", "{"));
  const auto watched = server.api()->watch(*plane.registry().find("Tier"), {}, [](const WatchEvent&) { return true; });
  EXPECT_EQ(watched.error().kind, ErrorKind::internal);
}

TEST(HttpApiWatchTest, OneObjectIsWatchedByItsPath) {
  testing::ControlPlane plane;
  ScriptedServer server =
      watch_server(http::format_event("4", "deleted", R"({"seq":4,"verb":"deleted","object":{"ID":7}})"));
  WatchEvent seen;
  WatchQuery query;
  query.id = 7;
  must(server.api()->watch(*plane.registry().find("Tier"), query, [&](const WatchEvent& event) {
    seen = event;
    return false;
  }));
  EXPECT_EQ(server.last().path, "/v0/tiers/7");
  EXPECT_EQ(seen.verb, "deleted");
  EXPECT_EQ(seen.sequence, 4);
  EXPECT_EQ(seen.object.id(), 7);
}

TEST(HttpApiStreamTest, TextArrivesAsItIsSentAndAFailureIsAnError) {
  ScriptedServer server = watch_server("line 1\nline 2\n");
  std::string text;
  must(server.api()->stream("/v0/workload-instances/7/logs", [&](std::string_view chunk) {
    text += chunk;
    return true;
  }));
  EXPECT_EQ(text, "line 1\nline 2\n");
  ScriptedServer broken(409, R"({"Status":{"error":"the runtime is not ready"}})");
  const auto failed = broken.api()->stream("/x", [&](std::string_view) { return true; });
  EXPECT_EQ(failed.error().message, "the runtime is not ready");
}

}  // namespace
}  // namespace threeport::client
