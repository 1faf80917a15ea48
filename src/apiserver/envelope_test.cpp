#include "apiserver/envelope.h"

#include <gtest/gtest.h>

namespace threeport::apiserver {
namespace {

TEST(EnvelopeTest, SuccessHasTheMembersOfV0InTheirOrder) {
  const http::Response response = success("Tier", R"([{"ID":1}])", {2, 5, 9});
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.headers.get("Content-Type"), "application/json");
  EXPECT_EQ(response.body, R"({"Meta":{"Page":2,"Size":5,"TotalCount":9},"Type":"Tier","Data":[{"ID":1}],)"
                           R"("Status":{"code":200,"message":"OK","error":""}})"
                           "\n");
}

TEST(EnvelopeTest, FailureHasNoDataAndTheStatusOfItsKind) {
  const http::Response response = failure("Tier", base::conflict("taken: \"a\""));
  EXPECT_EQ(response.status, 409);
  EXPECT_EQ(response.body, R"({"Meta":{"Page":0,"Size":0,"TotalCount":0},"Type":"Tier","Data":null,)"
                           R"("Status":{"code":409,"message":"Conflict","error":"taken: \"a\""}})"
                           "\n");
}

TEST(EnvelopeTest, EachKindOfErrorHasItsStatus) {
  using base::ErrorKind;
  const std::pair<ErrorKind, int> statuses[]{
      {ErrorKind::invalid, 400},  {ErrorKind::denied, 403},      {ErrorKind::not_found, 404},
      {ErrorKind::blocked, 409},  {ErrorKind::expired, 410},     {ErrorKind::precondition, 412},
      {ErrorKind::internal, 500}, {ErrorKind::unavailable, 503}, {ErrorKind::canceled, 503}};
  for (const auto& [kind, status] : statuses) {
    EXPECT_EQ(failure("Tier", base::Error{.kind = kind, .message = "", .detail = ""}).status, status);
  }
}

TEST(EnvelopeTest, AnErrorThatPassesSaysAfterHowManyWholeSeconds) {
  base::Error error = base::unavailable("busy");
  EXPECT_FALSE(failure("Tier", error).headers.contains("Retry-After"));
  error.retry_after = std::chrono::milliseconds(1001);
  EXPECT_EQ(failure("Tier", error).headers.get("Retry-After"), "2");
}

TEST(EnvelopeTest, OutsideHandlersThereIsABareMessage) {
  EXPECT_EQ(bare(404).body, "{\"message\":\"Not Found\"}\n");
  EXPECT_EQ(bare(404).status, 404);
}

TEST(EnvelopeTest, PrettyIndentsJsonAndLeavesTheRest) {
  http::Response json = json_text("{\"a\":[1]}");
  make_pretty(json);
  EXPECT_EQ(json.body, "{\n  \"a\": [\n    1\n  ]\n}\n");
  http::Response text;
  text.headers.add("Content-Type", "text/plain");
  text.body = "{\"a\":1}";
  make_pretty(text);
  EXPECT_EQ(text.body, "{\"a\":1}");
}

}  // namespace
}  // namespace threeport::apiserver
