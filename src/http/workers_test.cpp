#include "http/workers.h"

#include <latch>

#include <gtest/gtest.h>

#include "base/clock.h"

namespace threeport::http {
namespace {

constexpr unsigned kThreads = 12;

TEST(WorkersTest, all_threads_take_part_when_handlers_of_an_unknown_kind_block) {
  Workers workers;
  std::latch all_inside(kThreads);
  std::atomic<unsigned> turns = 0;
  workers.start(kThreads, [&] {
    if (turns++ >= kThreads) return;
    const Workers::Section section(workers, "POST", "/v0/things");
    all_inside.arrive_and_wait();
  });
  all_inside.wait();
  workers.stop();
  EXPECT_GE(turns, kThreads);
}

TEST(WorkersTest, the_watchdog_frees_the_slots_of_handlers_that_block_unexpectedly) {
  Workers workers;
  std::latch all_inside(kThreads);
  std::atomic<unsigned> turns = 0;
  constexpr unsigned kQuick = 2000;
  workers.start(kThreads, [&] {
    const unsigned turn = turns++;
    if (turn >= kQuick + kThreads) return;
    const Workers::Section section(workers, "GET", "/v0/things/1");
    if (turn >= kQuick) all_inside.arrive_and_wait();
  });
  all_inside.wait();
  workers.stop();
}

TEST(WorkersTest, a_section_on_a_foreign_thread_does_nothing) {
  Workers workers;
  const Workers::Section section(workers, "GET", "/");
}

TEST(WorkersTest, stop_wakes_parked_threads_and_may_be_repeated) {
  Workers workers;
  std::atomic<unsigned> turns = 0;
  workers.start(kThreads, [&] {
    ++turns;
    turns.notify_all();
    std::this_thread::yield();
  });
  turns.wait(0);
  workers.stop();
  const unsigned at_stop = turns;
  workers.stop();
  EXPECT_EQ(turns, at_stop);
}

}  // namespace
}  // namespace threeport::http
