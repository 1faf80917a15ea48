#include "base/log.h"

#include <limits>
#include <regex>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "base/json.h"

namespace threeport::base::log {
namespace {

/// What is written to standard error meanwhile.
template <typename Write>
std::string written_by(const Options& options, Write write) {
  configure(options);
  testing::internal::CaptureStderr();
  write();
  std::string out = testing::internal::GetCapturedStderr();
  configure({});
  return out;
}

template <typename Write>
json::Value json_line(Write write) {
  const std::string line = written_by({.level = Level::debug, .format = Format::json}, write);
  EXPECT_EQ(line.find('\n'), line.size() - 1) << line;
  auto value = json::parse(line);
  EXPECT_TRUE(value) << line;
  return value ? *std::move(value) : json::Value();
}

TEST(Log, WritesTimeLevelMessageAndFields) {
  const std::string line = written_by(
      {}, [] { info("workload applied", {{"id", 17}, {"name", std::string("web")}, {"ok", true}, {"ratio", 0.5}}); });
  EXPECT_TRUE(
      std::regex_match(line, std::regex("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ INFO workload applied id=17 "
                                        "name=web ok=true ratio=0.5\n")))
      << line;
}

TEST(Log, QuotesWhatWouldNotBeOneWord) {
  const std::string line = written_by({}, [] {
    warn("odd", {{"a", "two words"}, {"b", ""}, {"c", "x=y"}, {"d", "line\nINFO forged"}, {"e", "\x1b[31m"}});
  });
  EXPECT_NE(line.find(R"(WARN odd a="two words" b="" c="x=y" d="line\nINFO forged" e="\u001b[31m")"), std::string::npos)
      << line;
  EXPECT_EQ(line.find('\n'), line.size() - 1);
}

TEST(Log, LeavesOutWhatIsBelowTheLevel) {
  const std::string lines = written_by({.level = Level::warn}, [] {
    debug("one");
    info("two");
    warn("three");
    error("four");
    EXPECT_FALSE(is_enabled(Level::info));
    EXPECT_TRUE(is_enabled(Level::error));
  });
  EXPECT_EQ(lines.find("one"), std::string::npos);
  EXPECT_EQ(lines.find("two"), std::string::npos);
  EXPECT_NE(lines.find("WARN three"), std::string::npos);
  EXPECT_NE(lines.find("ERROR four"), std::string::npos);
}

TEST(Log, WritesJsonLines) {
  const json::Value line = json_line([] {
    error("it failed", {{"id", std::uint64_t{18446744073709551615U}},
                        {"negative", -3},
                        {"text", "a \"b\"\n"},
                        {"infinite", std::numeric_limits<double>::infinity()}});
  });
  EXPECT_EQ(line.at("level").text(), "error");
  EXPECT_EQ(line.at("message").text(), "it failed");
  EXPECT_EQ(line.at("id").if_number()->text, "18446744073709551615");
  EXPECT_EQ(line.at("negative"), json::Value(-3));
  EXPECT_EQ(line.at("text").text(), "a \"b\"\n");
  EXPECT_EQ(line.at("infinite").text(), "inf");
  EXPECT_TRUE(std::regex_match(std::string(line.at("time").text()),
                               std::regex("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z")));
}

TEST(Log, BytesThatAreNoUtf8DoNotBreakTheLine) {
  const json::Value line = json_line([] { info("output", {{"text", "a\xFFz"}}); });
  EXPECT_EQ(line.at("text").text(), "a\xEF\xBF\xBDz");
}

TEST(Log, AnErrorShowsItsMessageAndDetail) {
  const Error failure{.kind = ErrorKind::unavailable, .message = "cannot connect", .detail = "errno 111"};
  const json::Value line = json_line([&] { error("request failed", {{"error", failure}}); });
  EXPECT_EQ(line.at("error").text(), "cannot connect (errno 111)");
}

TEST(Log, BracesAreNoPlaceholders) {
  const std::string line = written_by({}, [] { info("{} {0}", {{"x", "{}"}, {"p", "%Y"}}); });
  EXPECT_NE(line.find("INFO {} {0} x={} p=%Y"), std::string::npos) << line;
}

TEST(Log, LinesOfSeveralThreadsStayWhole) {
  constexpr int kThreads = 4;
  constexpr int kLines = 50;
  const std::string lines = written_by({}, [&] {
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([] {
        for (int i = 0; i < kLines; ++i) info("tick", {{"text", std::string(100, 'x')}});
      });
    }
    for (std::thread& thread : threads) thread.join();
  });
  const std::string tail = "Z INFO tick text=" + std::string(100, 'x') + "\n";
  std::size_t count = 0;
  for (std::size_t at = 0; at < lines.size(); ++count) {
    const std::size_t end = lines.find('\n', at) + 1;
    EXPECT_TRUE(std::string_view(lines).substr(at, end - at).ends_with(tail));
    at = end;
  }
  EXPECT_EQ(count, kThreads * kLines);
}

TEST(Log, LevelsAreReadByName) {
  EXPECT_EQ(*parse_level("warn"), Level::warn);
  const auto level = parse_level("loud");
  ASSERT_FALSE(level);
  EXPECT_EQ(level.error().message, "\"loud\" is not a log level: use debug, info, warn or error");
}

}  // namespace
}  // namespace threeport::base::log
