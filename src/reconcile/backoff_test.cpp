#include "reconcile/backoff.h"

#include <algorithm>
#include <set>

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace threeport::reconcile {
namespace {

using base::Error;
using base::Millis;

const BackoffOptions kOptions;

Millis longest(const Error& error, int failures) {
  Random random(3);
  Millis most(0);
  for (int i = 0; i < 500; ++i) most = std::max(most, delay_after(error, failures, kOptions, random).value());
  return most;
}

TEST(Backoff, DoublesUpToItsBound) {
  const Error error = base::unavailable("away");
  Millis bound(1'000);
  for (int failures = 1; failures < 20; ++failures) {
    EXPECT_LE(longest(error, failures), bound);
    EXPECT_GT(longest(error, failures), bound * 9 / 10);
    bound = std::min(bound * 2, Millis(300'000));
  }
}

TEST(Backoff, SpreadsThoseWhoFailedTogether) {
  Random random(5);
  std::set<Millis> delays;
  for (int i = 0; i < 100; ++i) delays.insert(delay_after(base::unavailable(""), 8, kOptions, random).value());
  EXPECT_GT(delays.size(), 95U);
  EXPECT_LT(*delays.begin(), Millis(10'000));  // full jitter: also the short ones
}

TEST(Backoff, NeverComesBackBeforeRetryAfter) {
  rc::check([](std::uint64_t seed) {
    Random random(seed);
    Error error = base::unavailable("");
    error.retry_after = Millis(*rc::gen::inRange(0, 1'000'000));
    const auto delay = delay_after(error, *rc::gen::inRange(1, 30), kOptions, random);
    RC_ASSERT(delay.has_value() && *delay >= *error.retry_after);
    RC_ASSERT(*delay <= std::max(*error.retry_after * 11 / 10, Millis(300'000)));
  });
}

TEST(Backoff, LeavesToPeopleWhatOnlyTheyCanMend) {
  Random random(1);
  EXPECT_FALSE(delay_after(base::invalid(""), 1, kOptions, random));
  EXPECT_TRUE(is_stalling(base::ErrorKind::invalid));
  EXPECT_TRUE(is_stalling(base::ErrorKind::denied));
  EXPECT_FALSE(is_stalling(base::ErrorKind::blocked));
  EXPECT_NEAR(static_cast<double>(longest(base::denied(""), 1).count()), 600'000, 10'000);
}

TEST(Backoff, RepeatsTheFirstConflictAtOnce) {
  Random random(1);
  for (const auto kind : {base::ErrorKind::conflict, base::ErrorKind::precondition, base::ErrorKind::expired}) {
    const Error error{.kind = kind, .message = "", .detail = ""};
    EXPECT_EQ(delay_after(error, 1, kOptions, random), Millis(0));
    EXPECT_GT(delay_after(error, 2, kOptions, random).value(), Millis(0));
    EXPECT_LE(longest(error, 2), Millis(1'000));
  }
}

TEST(Backoff, OfWaitingGrowsFromFiveSecondsToAMinute) {
  Random random(1);
  EXPECT_LE(delay_of_wait(1, kOptions, random), Millis(5'000));
  EXPECT_GE(delay_of_wait(1, kOptions, random), Millis(4'500));
  EXPECT_GE(delay_of_wait(50, kOptions, random), Millis(54'000));
  EXPECT_LE(delay_of_wait(50, kOptions, random), Millis(60'000));
}

TEST(Random, IsEvenAndRepeats) {
  Random a(1), b(1);
  double sum = 0;
  for (int i = 0; i < 10'000; ++i) {
    const double x = a.fraction();
    ASSERT_TRUE(x >= 0 && x < 1);
    ASSERT_EQ(x, b.fraction());
    sum += x;
  }
  EXPECT_NEAR(sum / 10'000, 0.5, 0.02);
}

}  // namespace
}  // namespace threeport::reconcile
