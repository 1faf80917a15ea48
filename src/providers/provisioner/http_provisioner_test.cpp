#include "providers/provisioner/http_provisioner.h"

#include <gtest/gtest.h>

#include "base/guarded.h"
#include "http/server.h"

namespace threeport::providers::provisioner {
namespace {

class HttpProvisionerTest : public ::testing::Test {
 protected:
  base::Error failure(http::Response answer, Request request = {}) {
    answer_.with([&](auto& next) { next = std::move(answer); });
    const auto made = provisioner_->provision(request, {.timeout = base::Millis(20'000)});
    EXPECT_FALSE(made);
    return made ? base::Error{} : made.error();
  }

  base::Guarded<http::Response> answer_;
  base::Guarded<http::Request> seen_;
  std::unique_ptr<http::Server> server_ =
      http::Server::start({}, [this](http::Request request, http::Responder responder) {
        seen_.with([&](auto& seen) { seen = std::move(request); });
        std::move(responder).send(answer_.with([](const auto& answer) { return answer; }));
      }).value();
  std::unique_ptr<Provisioner> provisioner_ =
      HttpProvisioner::make("http://127.0.0.1:" + std::to_string(server_->port()) + "/v1/db?team=shop", "").value();
};

TEST_F(HttpProvisionerTest, PostsTheRequestWithItsModeToTheURL) {
  answer_.with([](auto& answer) { answer.body = R"({"resource_outputs": {"host": "db"}})"; });
  Request request;
  request.guid = "g";
  const auto made = provisioner_->provision(request, {});
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(made->outputs.at("host"), "db");
  const http::Request seen = seen_.with([](const auto& s) { return s; });
  EXPECT_EQ(seen.method, "POST");
  EXPECT_EQ(seen.path + "?" + seen.raw_query, "/v1/db?team=shop");
  EXPECT_EQ(json::parse(seen.body)->at("mode"), "provision");
  EXPECT_EQ(json::parse(seen.body)->at("resource_guid"), "g");
  ASSERT_TRUE(provisioner_->remove(request, {}));
  EXPECT_EQ(json::parse(seen_.with([](const auto& s) { return s.body; }))->at("mode"), "remove");
}

TEST_F(HttpProvisionerTest, TheStatusSaysWhatTheCallerShouldDo) {
  const auto kind = [&](int status) { return failure({.status = status}).kind; };
  for (const int status : {400, 404, 409, 422, 302}) EXPECT_EQ(kind(status), base::ErrorKind::invalid) << status;
  for (const int status : {401, 403}) EXPECT_EQ(kind(status), base::ErrorKind::denied) << status;
  for (const int status : {408, 425, 429, 500, 503}) EXPECT_EQ(kind(status), base::ErrorKind::unavailable) << status;
}

TEST_F(HttpProvisionerTest, TheServersWordsArePassedOnWithoutSecrets) {
  Request request;
  request.secrets = {"hunter22"};
  const base::Error error = failure({.status = 422, .body = R"({"error": "hunter22 is too weak"})"}, request);
  EXPECT_EQ(error.message, "the provisioner answered 422: *** is too weak");
  EXPECT_EQ(error.reason, kProvisionerFailed);
  EXPECT_EQ(failure({.status = 500, .body = "out of disk"}).message, "the provisioner answered 500: out of disk");
}

TEST_F(HttpProvisionerTest, RetryAfterIsKept) {
  http::Response answer{.status = 503};
  answer.headers.add("Retry-After", "7");
  EXPECT_EQ(failure(answer).retry_after, base::Millis(7000));
}

TEST_F(HttpProvisionerTest, AnAnswerThatIsNoneIsAFailure) {
  const base::Error error = failure({.status = 200, .body = "<html>"});
  EXPECT_EQ(error.kind, base::ErrorKind::unavailable);
  EXPECT_EQ(error.reason, kProvisionerFailed);
}

TEST_F(HttpProvisionerTest, WhereNobodyListensItIsUnavailable) {
  server_->stop();
  const auto made = provisioner_->provision({}, {.timeout = base::Millis(20'000)});
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().kind, base::ErrorKind::unavailable);
  EXPECT_EQ(made.error().reason, kProvisionerFailed);
}

}  // namespace
}  // namespace threeport::providers::provisioner
