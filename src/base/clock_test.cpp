#include "base/clock.h"

#include <limits>
#include <thread>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace threeport::base {
namespace {

using std::chrono::microseconds;

constexpr TimePoint kStart{std::chrono::seconds(1893553445)};

std::string time_error(std::string_view text) {
  const auto time = parse_time(text);
  return time ? "no error" : time.error().message;
}

TEST(ManualClock, StandsStillUntilItIsMoved) {
  ManualClock clock;
  const auto steady = clock.steady_now();
  EXPECT_EQ(format_time(clock.now()), "2030-01-02T03:04:05Z");
  clock.advance(Millis(1500));
  EXPECT_EQ(format_time(clock.now()), "2030-01-02T03:04:06.5Z");
  EXPECT_EQ(clock.steady_now() - steady, Millis(1500));
}

TEST(ManualClock, AWaiterWakesWhenTheClockMoves) {
  ManualClock clock;
  std::mutex mutex;
  std::condition_variable condition;
  const auto until = clock.steady_now() + Millis(60'000);
  std::thread waiter([&] {
    std::unique_lock lock(mutex);
    while (clock.steady_now() < until) clock.wait_until(lock, condition, until);
  });
  clock.advance(Millis(30'000));
  clock.advance(Millis(30'000));
  waiter.join();
  EXPECT_EQ(clock.steady_now(), until);
}

TEST(ManualClock, AWaiterWakesWhenItIsNotified) {
  ManualClock clock;
  std::mutex mutex;
  std::condition_variable condition;
  bool is_ready = false;
  const auto before = clock.steady_now();
  std::thread waiter([&] {
    std::unique_lock lock(mutex);
    while (!is_ready) clock.wait_until(lock, condition, before + Millis(60'000));
  });
  {
    const std::lock_guard lock(mutex);
    is_ready = true;
  }
  condition.notify_all();
  waiter.join();
  EXPECT_EQ(clock.steady_now(), before);
}

TEST(ManualClock, DoesNotWaitForWhatIsPast) {
  ManualClock clock;
  std::mutex mutex;
  std::condition_variable condition;
  std::unique_lock lock(mutex);
  clock.wait_until(lock, condition, clock.steady_now());
  EXPECT_TRUE(lock.owns_lock());
}

TEST(SystemClock, WaitsUntilTheTimeHasCome) {
  std::mutex mutex;
  std::condition_variable condition;
  std::unique_lock lock(mutex);
  const auto until = system_clock().steady_now() + Millis(2);
  while (system_clock().steady_now() < until) system_clock().wait_until(lock, condition, until);
  EXPECT_TRUE(lock.owns_lock());
  EXPECT_GT(system_clock().now(), TimePoint(std::chrono::seconds(1'700'000'000)));
}

TEST(Time, IsWrittenWithTheFractionThatItHas) {
  EXPECT_EQ(format_time(kStart + microseconds(123456)), "2030-01-02T03:04:05.123456Z");
  EXPECT_EQ(format_time(kStart + microseconds(120000)), "2030-01-02T03:04:05.12Z");
  EXPECT_EQ(format_time(kStart + microseconds(1)), "2030-01-02T03:04:05.000001Z");
  EXPECT_EQ(format_time(TimePoint(microseconds(-1))), "1969-12-31T23:59:59.999999Z");
  EXPECT_EQ(format_time(TimePoint{}), "1970-01-01T00:00:00Z");
}

TEST(Time, IsReadWithAnyOffsetAndUpToNanoseconds) {
  EXPECT_EQ(*parse_time("2030-01-02T03:04:05Z"), kStart);
  EXPECT_EQ(*parse_time("2030-01-02t03:04:05z"), kStart);
  EXPECT_EQ(*parse_time("2030-01-02T05:34:05+02:30"), kStart);
  EXPECT_EQ(*parse_time("2030-01-01T19:04:05-08:00"), kStart);
  EXPECT_EQ(*parse_time("2030-01-02T03:04:05.1Z"), kStart + microseconds(100000));
  EXPECT_EQ(*parse_time("2030-01-02T03:04:05.123456999Z"), kStart + microseconds(123456));
  EXPECT_EQ(format_time(*parse_time("2028-02-29T00:00:00Z")), "2028-02-29T00:00:00Z");
}

TEST(Time, ThatIsMalformedIsAnErrorThatSaysHowToWriteIt) {
  EXPECT_EQ(time_error("yesterday"), "\"yesterday\" is not a time: write it as 2030-01-02T03:04:05Z (RFC 3339)");
  for (const char* text :
       {"", "2030-01-02", "2030-01-02 03:04:05Z", "2030-01-02T03:04:05", "2030-01-02T03:04Z", "2030-13-02T03:04:05Z",
        "2029-02-29T03:04:05Z", "2030-01-02T24:04:05Z", "2030-01-02T03:60:05Z", "2030-01-02T03:04:60Z",
        "2030-01-02T03:04:05.Z", "2030-01-02T03:04:05.1234567890Z", "2030-01-02T03:04:05+0100", "2030-01-02T03:04:05Zx",
        " 2030-01-02T03:04:05Z", "230-01-02T03:04:05Z", "2030-1-2T03:04:05Z"}) {
    EXPECT_NE(time_error(text), "no error") << text;
  }
}

RC_GTEST_PROP(Time, IsReadBackAsItWasWritten, ()) {
  // The years 0000 to 9999.
  const auto micros = *rc::gen::inRange<std::int64_t>(-62'167'219'200'000'000, 253'402'300'799'999'999);
  const TimePoint time{microseconds(micros)};
  RC_ASSERT(*parse_time(format_time(time)) == time);
}

TEST(Duration, IsReadInEachUnitAndAsASum) {
  EXPECT_EQ(*parse_duration("500ms"), Millis(500));
  EXPECT_EQ(*parse_duration("90s"), Millis(90'000));
  EXPECT_EQ(*parse_duration("10m"), Millis(600'000));
  EXPECT_EQ(*parse_duration("72h"), Millis(72 * 3'600'000));
  EXPECT_EQ(*parse_duration("30d"), Millis(30LL * 86'400'000));
  EXPECT_EQ(*parse_duration("1h30m"), Millis(5'400'000));
  EXPECT_EQ(*parse_duration("0s"), Millis(0));
}

TEST(Duration, ThatIsMalformedIsAnErrorThatSaysHowToWriteIt) {
  const auto duration = parse_duration("soon");
  ASSERT_FALSE(duration);
  EXPECT_EQ(duration.error().message, "\"soon\" is not a duration: write it as 500ms, 90s, 10m, 72h, 30d or 1h30m");
  for (const char* text : {"", "5", "-5s", "1.5h", "s", "5 s", "5x", "5sx", "5S", "99999999999999999d",
                           "106751991167d106751991167d", "9999999999999999999s"}) {
    EXPECT_FALSE(parse_duration(text)) << text;
  }
}

TEST(Duration, IsWrittenFromTheLargestUnitOn) {
  EXPECT_EQ(format_duration(Millis(5'400'000)), "1h30m");
  EXPECT_EQ(format_duration(Millis(90'500)), "1m30s500ms");
  EXPECT_EQ(format_duration(Millis(72 * 3'600'000)), "3d");
  EXPECT_EQ(format_duration(Millis(0)), "0s");
  EXPECT_EQ(format_duration(Millis(-1500)), "-1s500ms");
  EXPECT_EQ(format_duration(Millis::min()).front(), '-');
}

RC_GTEST_PROP(Duration, IsReadBackAsItWasWritten, ()) {
  const Millis duration(*rc::gen::inRange<std::int64_t>(0, std::numeric_limits<std::int64_t>::max()));
  RC_ASSERT(*parse_duration(format_duration(duration)) == duration);
}

}  // namespace
}  // namespace threeport::base
