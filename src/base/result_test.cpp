#include "base/result.h"

#include <memory>
#include <string>

#include <gtest/gtest.h>

namespace threeport::base {
namespace {

Result<int> half(int number) {
  if (number % 2 != 0) return invalid(std::to_string(number) + " is odd");
  return number / 2;
}
Result<int> quarter(int number) {
  TP_TRY(const int once, half(number));
  TP_TRY(const int twice, half(once));
  return twice;
}
Result<void> check_all(int a, int b) {
  TP_CHECK(half(a));
  TP_CHECK(half(b));
  return {};
}

TEST(Result, TryHandsTheValueOn) {
  const auto result = quarter(8);
  ASSERT_TRUE(result);
  EXPECT_EQ(*result, 2);
}

TEST(Result, TryReturnsTheFirstError) {
  const auto result = quarter(6);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::invalid);
  EXPECT_EQ(result.error().message, "3 is odd");
}

TEST(Result, CheckReturnsTheErrorAndDropsTheValue) {
  EXPECT_TRUE(check_all(2, 4));
  const auto result = check_all(2, 5);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message, "5 is odd");
}

TEST(Result, HoldsValuesThatCanOnlyBeMoved) {
  Result<std::unique_ptr<int>> result(std::make_unique<int>(7));
  const std::unique_ptr<int> value = std::move(result).value();
  EXPECT_EQ(*value, 7);
}

TEST(Result, ValueOrFallsBackOnAnError) {
  EXPECT_EQ(half(4).value_or(9), 2);
  EXPECT_EQ(half(5).value_or(9), 9);
}

TEST(Result, ContextComesBeforeTheMessageAndKeepsTheRest) {
  Error error{.kind = ErrorKind::denied, .message = "no", .detail = "d", .retry_after = std::chrono::seconds(3)};
  const Error with = std::move(error).with_context("the cluster x");
  EXPECT_EQ(with.message, "the cluster x: no");
  EXPECT_EQ(with.kind, ErrorKind::denied);
  EXPECT_EQ(with.detail, "d");
  EXPECT_EQ(with.retry_after, std::chrono::seconds(3));
}

TEST(ErrorKind, HasItsNameStatusAndExitCode) {
  EXPECT_EQ(to_string(ErrorKind::not_found), "not_found");
  EXPECT_EQ(http_status(ErrorKind::precondition), 412);
  EXPECT_EQ(exit_code(ErrorKind::canceled), 130);
  EXPECT_EQ(exit_code(ErrorKind::internal), 1);
}

TEST(ErrorKind, OfAStatusIsTheKindOfThatStatus) {
  for (const ErrorKind kind : {ErrorKind::invalid, ErrorKind::not_found, ErrorKind::conflict, ErrorKind::denied,
                               ErrorKind::unavailable, ErrorKind::precondition, ErrorKind::expired}) {
    EXPECT_EQ(error_kind_of_http_status(http_status(kind)), kind) << to_string(kind);
  }
  EXPECT_EQ(error_kind_of_http_status(401), ErrorKind::denied);
  EXPECT_EQ(error_kind_of_http_status(429), ErrorKind::unavailable);
  EXPECT_EQ(error_kind_of_http_status(502), ErrorKind::unavailable);
  EXPECT_EQ(error_kind_of_http_status(422), ErrorKind::invalid);
}

TEST(ResultDeathTest, TheValueOfAnErrorIsABug) {
  const Result<int> result = invalid("no");
  EXPECT_DEATH(static_cast<void>(result.value()), "bug: has_value\\(\\) is false at .*result.h");
}

}  // namespace
}  // namespace threeport::base
