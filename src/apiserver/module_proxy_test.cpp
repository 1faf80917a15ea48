// Modules behind the API server: real sockets on both sides.
#include "apiserver/module_proxy.h"

#include <future>

#include <gtest/gtest.h>

#include "apiserver/envelope.h"
#include "http/event_stream.h"
#include "http/server.h"
#include "tests/support/control_plane.h"

namespace threeport::testing {
namespace {

using namespace std::chrono_literals;

/// A module that answers what `respond` says; by default 200 and what it was asked.
class FakeModule {
 public:
  using Respond = std::function<void(http::Request, http::Responder)>;
  explicit FakeModule(Respond respond = echo)
      : server_(must(http::Server::start({.threads = 8}, std::move(respond)))) {}
  [[nodiscard]] std::string endpoint() const { return "127.0.0.1:" + std::to_string(server_->port()); }
  void stop() { server_->stop(base::Millis(0)); }

  static void echo(const http::Request& request, http::Responder responder) {
    json::Object headers;
    for (const auto& [name, value] : request.headers) headers.set(name, value);
    std::move(responder).send(apiserver::json_text(json::dump(json::Object{{"method", request.method},
                                                                           {"path", request.path},
                                                                           {"query", request.raw_query},
                                                                           {"body", request.body},
                                                                           {"headers", std::move(headers)}})));
  }

 private:
  std::unique_ptr<http::Server> server_;
};

class ModuleProxyTest : public ::testing::Test {
 protected:
  static ControlPlaneOptions options(apiserver::ModuleProxyOptions proxy) {
    return {.extend = [proxy](apiserver::ApiServer& server) { server.serve_modules(proxy); }};
  }
  void add(const std::string& name, const std::string& endpoint, const std::string& path) {
    id_ = plane_.create("module-apis", json::dump(json::Object{{"Name", name}, {"Endpoint", endpoint}}));
    route_ = plane_.create("module-api-routes", json::dump(json::Object{{"Path", path}, {"ModuleApiID", id_}}));
  }
  Reply patch(const std::string& path, schema::ObjectId id, const std::string& body) {
    return plane_.call("PATCH", "/v0/" + path + "/" + std::to_string(id), body);
  }

  ControlPlane plane_{options({.threads = 4, .waiting = 2, .answer_timeout = 5s})};
  schema::ObjectId id_ = 0, route_ = 0;
};

TEST_F(ModuleProxyTest, PassesMethodPathQueryAndBodyOnUnchanged) {
  const FakeModule module;
  add("m", module.endpoint(), "/m/v0/foos");
  for (const char* method : {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}) {
    const Reply reply = plane_.call(method, "/m/v0/foos/7%2F8?name=a%20b&x", "body");
    EXPECT_EQ(reply.status, 200) << method;
    EXPECT_EQ(reply.body.at("method"), method);
    EXPECT_EQ(reply.body.at("path"), "/m/v0/foos/7%2F8");
    EXPECT_EQ(reply.body.at("query"), "name=a%20b&x");
    EXPECT_EQ(reply.body.at("body"), "body");
  }
}

TEST_F(ModuleProxyTest, AnswersWithTheModulesStatusHeadersAndBody) {
  const FakeModule module([](const http::Request&, http::Responder responder) {
    http::Response response{.status = 418, .headers = {{"X-Mine", "a"}, {"ETag", "\"3\""}, {"Set-Cookie", "s=1"}}};
    response.headers.add("X-Request-Id", "mine");
    response.body = "short and stout";
    std::move(responder).send(std::move(response));
  });
  add("m", module.endpoint(), "/m");
  const Reply reply = plane_.call("GET", "/m");
  EXPECT_EQ(reply.status, 418);
  EXPECT_EQ(reply.text, "short and stout");
  EXPECT_EQ(reply.headers.get("X-Mine"), "a");
  EXPECT_EQ(reply.headers.get("ETag"), "\"3\"");
  EXPECT_FALSE(reply.headers.contains("Set-Cookie"));
  EXPECT_NE(reply.headers.get("X-Request-Id"), "mine");
}

TEST_F(ModuleProxyTest, AModuleSeesTheCallerButNotItsCredentials) {
  const FakeModule module;
  add("m", module.endpoint(), "/m");
  const Reply reply = plane_.call("GET", "/m", "",
                                  {{"Authorization", "Bearer secret"},
                                   {"Cookie", "s=1"},
                                   {"Threeport-Actor", "cert:root"},
                                   {"X-Forwarded-For", "6.6.6.6"},
                                   {"Connection", "X-Hop"},
                                   {"X-Hop", "1"},
                                   {"X-Other", "stays"}});
  const json::Value& headers = reply.body.at("headers");
  for (const char* gone : {"Authorization", "Cookie", "X-Hop"}) EXPECT_EQ(headers.find(gone), nullptr) << gone;
  EXPECT_EQ(headers.at("Threeport-Actor"), "anonymous");
  EXPECT_EQ(headers.at("Threeport-Module"), "m");
  EXPECT_EQ(headers.at("X-Forwarded-For"), "127.0.0.1");
  EXPECT_EQ(headers.at("X-Forwarded-Proto"), "http");
  EXPECT_EQ(headers.at("X-Forwarded-Host"), plane_.address());
  EXPECT_EQ(headers.at("X-Other"), "stays");
  EXPECT_EQ(headers.at("X-Request-Id"), reply.headers.get("X-Request-Id"));
}

TEST_F(ModuleProxyTest, PathsMatchSegmentBySegmentAndTheLongestRouteWins) {
  const FakeModule one, two;
  add("one", one.endpoint(), "/m/v0/foos");
  add("two", two.endpoint(), "/m/v0/foos/special");
  const auto who = [&](const char* path) {
    const Reply reply = plane_.call("GET", path);
    return reply.status == 200 ? std::string(reply.body.at("headers", "Threeport-Module").text())
                               : std::to_string(reply.status);
  };
  EXPECT_EQ(who("/m/v0/foos"), "one");
  EXPECT_EQ(who("/m/v0/foos/"), "one");
  EXPECT_EQ(who("/m/v0/foos/7"), "one");
  EXPECT_EQ(who("/m/v0/foos/special/7"), "two");
  EXPECT_EQ(who("/m/v0/foosball"), "404");
  EXPECT_EQ(who("/m/v0"), "404");  // the beginning of a route, where v0 panics
  EXPECT_EQ(who("/m"), "404");
  EXPECT_EQ(who("/"), "404");
  EXPECT_EQ(who("//m/v0/foos"), "404");
}

TEST_F(ModuleProxyTest, ARouteWithoutTheFirstSlashCounts) {
  const FakeModule module;
  add("m", module.endpoint(), "moduleapiroute-path");
  EXPECT_EQ(plane_.call("GET", "/moduleapiroute-path/x").status, 200);
}

TEST_F(ModuleProxyTest, DotSegmentsAreRefused) {
  const FakeModule module;
  add("m", module.endpoint(), "/m/v0/foos");
  for (const char* path : {"/m/v0/foos/../admin", "/m/v0/foos/%2e%2e/admin", "/m/v0/foos/.", "/m/v0/foos/..%2fadmin",
                           "/m/v0/foos/..%5cadmin"})
    EXPECT_EQ(plane_.call("GET", path).status, 400) << path;
}

TEST_F(ModuleProxyTest, ChangesCountAtOnce) {
  FakeModule first;
  const FakeModule second;
  add("m", first.endpoint(), "/m");
  EXPECT_EQ(plane_.call("GET", "/m").status, 200);
  first.stop();
  ASSERT_EQ(patch("module-apis", id_, R"({"Endpoint":")" + second.endpoint() + "\"}").status, 200);
  EXPECT_EQ(plane_.call("GET", "/m").status, 200);
  ASSERT_EQ(patch("module-api-routes", route_, R"({"Path":"/n"})").status, 200);
  EXPECT_EQ(plane_.call("GET", "/m").status, 404);
  EXPECT_EQ(plane_.call("GET", "/n").status, 200);
  ASSERT_EQ(plane_.call("DELETE", "/v0/module-api-routes/" + std::to_string(route_)).status, 200);
  EXPECT_EQ(plane_.call("GET", "/n").status, 404);
}

TEST_F(ModuleProxyTest, ChangesAmongManyOthersCountToo) {
  const FakeModule module;
  add("m", module.endpoint(), "/m");
  EXPECT_EQ(plane_.call("GET", "/m").status, 200);
  for (int i = 0; i < 300; ++i) plane_.create("tiers", R"({"Name":"t)" + std::to_string(i) + R"(","Criticality":1})");
  ASSERT_EQ(patch("module-api-routes", route_, R"({"Path":"/n"})").status, 200);
  EXPECT_EQ(plane_.call("GET", "/m").status, 404);
  EXPECT_EQ(plane_.call("GET", "/n").status, 200);
}

TEST_F(ModuleProxyTest, AModuleThatIsAwayIs503WithItsNameAndAddressUntilItIsBack) {
  FakeModule module;
  add("m", module.endpoint(), "/m");
  module.stop();
  const Reply reply = plane_.call("GET", "/m");
  EXPECT_EQ(reply.status, 503);
  EXPECT_EQ(reply.body.at("Type"), "ModuleApi");
  EXPECT_EQ(reply.headers.get("Retry-After"), "1");
  EXPECT_EQ(reply.error(),
            "module m at " + module.endpoint() + " cannot answer: cannot connect to " + module.endpoint() +
                ": connection refused; start it, or correct Endpoint of module api " + std::to_string(id_));
  EXPECT_NE(plane_.call("GET", "/metrics").text.find("threeport_module_up{module=\"m\"} 0"), std::string::npos);
  const FakeModule back;
  ASSERT_EQ(patch("module-apis", id_, R"({"Endpoint":")" + back.endpoint() + "\"}").status, 200);
  EXPECT_EQ(plane_.call("GET", "/m").status, 200);
  EXPECT_NE(plane_.call("GET", "/metrics").text.find("threeport_module_up{module=\"m\"} 1"), std::string::npos);
}

TEST_F(ModuleProxyTest, AModuleThatBreaksOffIs502) {
  const FakeModule module([](const http::Request&, http::Responder responder) {
    // Dropped without close(): the connection is cut before the head is out, or within the body.
    std::move(responder).stream({.status = 200, .headers = {{"Content-Type", "application/json"}}});
  });
  add("m", module.endpoint(), "/m");
  const Reply reply = plane_.call("GET", "/m");
  EXPECT_EQ(reply.status, 502);
  EXPECT_NE(reply.error().find(module.endpoint()), std::string::npos);
}

TEST_F(ModuleProxyTest, BodiesOfAnyLengthPass) {
  const std::string large(20u << 20, 'x');
  const FakeModule module([&](const http::Request& request, http::Responder responder) {
    http::Response response{.status = 200, .headers = {{"Content-Type", "application/octet-stream"}}};
    response.body = request.body.empty() ? large : std::to_string(request.body.size());
    std::move(responder).send(std::move(response));
  });
  add("m", module.endpoint(), "/m");
  EXPECT_TRUE(plane_.call("GET", "/m").text == large);
  EXPECT_EQ(plane_.call("POST", "/m", std::string(5u << 20, 'y')).text, std::to_string(5u << 20));
}

TEST_F(ModuleProxyTest, EventsPassAsTheyCome) {
  std::promise<std::shared_ptr<http::Stream>> opened;
  const FakeModule module([&](const http::Request&, http::Responder responder) {
    opened.set_value(std::move(responder).stream({.headers = {{"Content-Type", "text/event-stream"}}}));
  });
  add("m", module.endpoint(), "/m");
  auto stream_to_us = opened.get_future();
  std::shared_ptr<http::Stream> stream;
  const auto send = [&](const char* event) {
    if (!stream) stream = stream_to_us.get();
    stream->write(http::format_event("", event, "{}"));
  };
  auto first = std::async(std::launch::async, [&] { send("one"); });
  EXPECT_EQ(plane_.watch("/m?watch=true", {[&] {
                                             first.wait();
                                             send("two");
                                           },
                                           [&] { send("three"); }}),
            (std::vector<std::string>{"one", "two", "three"}));
  // The client has gone, and so does the module's stream, though nothing is written any more.
  std::promise<void> closed;
  stream->on_closed([&] { closed.set_value(); });
  closed.get_future().wait();
}

TEST_F(ModuleProxyTest, ASlowModuleTakesItsOwnThreadsAndNobodyElses) {
  std::mutex mutex;
  std::vector<http::Responder> held;
  const FakeModule slow([&](const http::Request& request, http::Responder responder) {
    if (request.path == "/healthz") return FakeModule::echo(request, std::move(responder));
    const std::lock_guard lock(mutex);
    held.push_back(std::move(responder));
  });
  const FakeModule quick;
  add("slow", slow.endpoint(), "/slow");
  add("quick", quick.endpoint(), "/quick");
  // Four run, two wait: of seven one at least is refused, at once.
  const auto client = must(http::Client::make({.base_url = plane_.url()}));
  std::vector<std::future<int>> answers;
  answers.reserve(7);
  std::promise<void> refused;
  std::atomic<bool> is_refused{false};
  for (int i = 0; i < 7; ++i) {
    answers.push_back(std::async(std::launch::async, [&] {
      const int status = must(client->call({.target = "/slow"})).status;
      if (status == 503 && !is_refused.exchange(true)) refused.set_value();
      return status;
    }));
  }
  refused.get_future().wait();
  EXPECT_EQ(plane_.call("GET", "/quick").status, 200);
  EXPECT_EQ(plane_.call("GET", "/v0/tiers").status, 200);
  plane_.stop();  // ends those that run and wait: 503, or no connection any more
  for (auto& answer : answers) {
    try {
      EXPECT_EQ(answer.get(), 503);
    } catch (const std::runtime_error&) {
      continue;
    }
  }
}

TEST_F(ModuleProxyTest, ASilentModuleIs504AndThenRestsForAWhile) {
  ControlPlane plane(options({.answer_timeout = 50ms, .rest_after_timeout = 1h}));
  std::mutex mutex;
  std::vector<http::Responder> held;
  const FakeModule silent([&](const http::Request&, http::Responder responder) {
    const std::lock_guard lock(mutex);
    held.push_back(std::move(responder));
  });
  const auto id = plane.create("module-apis", R"({"Name":"m","Endpoint":")" + silent.endpoint() + "\"}");
  plane.create("module-api-routes", R"({"Path":"/m","ModuleApiID":)" + std::to_string(id) + "}");
  EXPECT_EQ(plane.call("GET", "/m").status, 504);
  const Reply resting = plane.call("GET", "/m");
  EXPECT_EQ(resting.status, 503);
  EXPECT_EQ(resting.headers.get("Retry-After"), "3600");
}

TEST_F(ModuleProxyTest, ARequestThatComesBackEndsTheCircle) {
  add("me", plane_.address(), "/m");
  const Reply reply = plane_.call("GET", "/m");
  EXPECT_EQ(reply.status, 502);
  EXPECT_NE(reply.error().find("back to the control plane"), std::string::npos);
}

TEST_F(ModuleProxyTest, OwnRoutesAreNeverAModules) {
  const FakeModule module;
  add("m", module.endpoint(), "/m");
  const auto route = [&](const std::string& path) {
    return plane_.call("POST", "/v0/module-api-routes", json::dump(json::Object{{"Path", path}, {"ModuleApiID", id_}}));
  };
  for (const char* path : {"/v0", "/v0/tiers", "/v0/tiers/7", "v0/tiers", "/tiers/versions", "/tiers", "/healthz",
                           "/docs", "/openapi.json", "/swagger", "/metrics"}) {
    const Reply reply = route(path);
    EXPECT_EQ(reply.status, 400) << path;
    EXPECT_NE(reply.error().find(path), std::string::npos);
  }
  EXPECT_EQ(patch("module-api-routes", route_, R"({"Path":"/v0"})").status, 400);
  EXPECT_EQ(route("/m").status, 409);
  EXPECT_EQ(route("/v0/tiersx").status, 201);
  // 405 of an own path is our own, too.
  EXPECT_EQ(plane_.call("DELETE", "/v0/tiers").status, 405);
}

TEST_F(ModuleProxyTest, ADatabaseThatIsAwayIs503) {
  plane_.store().set_before([](std::string_view) { return base::unavailable("the database is away"); });
  EXPECT_EQ(plane_.call("GET", "/m").status, 503);
}

}  // namespace
}  // namespace threeport::testing
