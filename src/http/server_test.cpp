#include "http/server.h"

#include <gtest/gtest.h>

#include "http/client.h"

namespace threeport::http {
namespace {

TEST(Smoke, server_and_client_talk) {
  auto server = Server::start({.threads = 4}, [](Request request, Responder responder) {
    std::move(responder).send({.status = 201,
                               .headers = {{"X-A", "b"}},
                               .body = request.method + request.path + "|" + request.raw_query + "|" + request.body});
  });
  ASSERT_TRUE(server.has_value()) << server.error().message;
  auto client = Client::make({.base_url = "http://127.0.0.1:" + std::to_string((*server)->port())});
  ASSERT_TRUE(client.has_value()) << client.error().message;
  for (int i = 0; i < 3; ++i) {
    auto answer = (*client)->call({.method = "POST", .target = "/v0/things?a=b", .body = "hello"});
    ASSERT_TRUE(answer.has_value()) << answer.error().message << answer.error().detail;
    EXPECT_EQ(answer->status, 201);
    EXPECT_EQ(answer->body, "POST/v0/things|a=b|hello");
    EXPECT_EQ(answer->headers.get("x-a"), "b");
  }
  EXPECT_EQ((*server)->connections(), 1u);
  (*server)->stop();
  auto refused = (*client)->call({.target = "/"});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().reason, "ConnectionRefused") << refused.error().message << refused.error().detail;
}

TEST(Smoke, streams_arrive) {
  std::shared_ptr<Stream> kept;
  auto server = Server::start({.threads = 4}, [&](Request, Responder responder) {
    kept = std::move(responder).stream({.headers = {{"Content-Type", "text/plain"}}});
    kept->write("one ");
    kept->write("two");
    kept->close();
  });
  ASSERT_TRUE(server.has_value());
  auto client = Client::make({.base_url = "http://127.0.0.1:" + std::to_string((*server)->port())});
  std::string body;
  auto done = (*client)->stream(
      {.target = "/"}, [](const Response& head) { return head.status == 200; },
      [&](std::string_view chunk) {
        body += chunk;
        return true;
      });
  ASSERT_TRUE(done.has_value()) << done.error().message;
  EXPECT_EQ(body, "one two");
}

}  // namespace
}  // namespace threeport::http
