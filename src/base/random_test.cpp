#include "base/random.h"

#include <array>
#include <limits>

#include <gtest/gtest.h>

namespace threeport::base {
namespace {

TEST(SeededRandom, RepeatsForTheSameSeed) {
  SeededRandom a(7);
  SeededRandom b(7);
  SeededRandom c(8);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(a.next(), b.next());
  EXPECT_NE(a.next(), c.next());
}

TEST(SeededRandom, IsSplitMix64OnEveryMachine) {
  // The first numbers of the published algorithm for the seed 1234567.
  SeededRandom random(1234567);
  EXPECT_EQ(random.next(), 6457827717110365317U);
  EXPECT_EQ(random.next(), 3203168211198807973U);
}

TEST(Random, BelowHitsEveryNumberAndNoOther) {
  SeededRandom random(1);
  std::array<int, 7> counts{};
  for (int i = 0; i < 7000; ++i) ++counts.at(random.below(7));
  for (const int count : counts) EXPECT_GT(count, 800);
  EXPECT_EQ(random.below(1), 0U);
  EXPECT_LT(random.below(std::numeric_limits<std::uint64_t>::max()), std::numeric_limits<std::uint64_t>::max());
}

TEST(Random, FractionsAreBelowOne) {
  SeededRandom random(1);
  double sum = 0;
  for (int i = 0; i < 10'000; ++i) {
    const double fraction = random.fraction();
    ASSERT_GE(fraction, 0.0);
    ASSERT_LT(fraction, 1.0);
    sum += fraction;
  }
  EXPECT_NEAR(sum / 10'000, 0.5, 0.02);
}

TEST(SystemRandom, DoesNotRepeat) { EXPECT_NE(system_random().next(), system_random().next()); }

}  // namespace
}  // namespace threeport::base
