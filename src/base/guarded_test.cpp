#include "base/guarded.h"

#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace threeport::base {
namespace {

TEST(Guarded, GivesTheValueToTheFunctionAndItsAnswerBack) {
  Guarded<std::string> text("ab");
  text.with([](std::string& value) { value += "c"; });
  EXPECT_EQ(text.with([](const std::string& value) { return value.size(); }), 3U);
  const Guarded<std::string>& view = text;
  EXPECT_EQ(view.with([](const std::string& value) { return value; }), "abc");
}

TEST(Guarded, LetsOneThreadInAtATime) {
  constexpr int kThreads = 4;
  constexpr int kRounds = 1000;
  Guarded<int> counter(0);
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < kRounds; ++i) counter.with([](int& value) { ++value; });
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(counter.with([](int value) { return value; }), kThreads * kRounds);
}

}  // namespace
}  // namespace threeport::base
