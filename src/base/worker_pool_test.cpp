#include "base/worker_pool.h"

#include <array>
#include <atomic>
#include <future>
#include <memory>
#include <stdexcept>

#include <gtest/gtest.h>
#include <pthread.h>

namespace threeport::base {
namespace {

/// Keeps tasks busy until it opens.
class Gate {
 public:
  void open() { promise_.set_value(); }
  void wait() const { future_.wait(); }

 private:
  std::promise<void> promise_;
  std::shared_future<void> future_ = promise_.get_future().share();
};

TEST(WorkerPool, RunsEveryTask) {
  WorkerPool pool({.name = "test", .threads = 3, .queue_limit = 10});
  std::atomic<int> done = 0;
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(pool.submit([&] { ++done; }));
  pool.wait_idle();
  EXPECT_EQ(done, 100);
  EXPECT_EQ(pool.queued(), 0U);
}

TEST(WorkerPool, OneThreadRunsTheOldestTaskFirst) {
  WorkerPool pool({.name = "test", .threads = 1, .queue_limit = 10});
  std::vector<int> order;
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(pool.submit([&order, i] { order.push_back(i); }));
  pool.wait_idle();
  EXPECT_EQ(order, (std::vector{0, 1, 2, 3, 4}));
}

TEST(WorkerPool, RefusesATaskWhereTheQueueIsFull) {
  WorkerPool pool({.name = "test", .threads = 1, .queue_limit = 1});
  Gate started;
  Gate gate;
  ASSERT_TRUE(pool.try_submit([&] {
    started.open();
    gate.wait();
  }));
  started.wait();
  ASSERT_TRUE(pool.try_submit([] {}));
  EXPECT_EQ(pool.queued(), 1U);
  const auto refused = pool.try_submit([] {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::unavailable);
  gate.open();
  pool.wait_idle();
  EXPECT_TRUE(pool.try_submit([] {}));
}

TEST(WorkerPool, AnExceptionIsCountedAndTheThreadGoesOn) {
  WorkerPool pool({.name = "test", .threads = 1, .queue_limit = 10});
  bool went_on = false;
  testing::internal::CaptureStderr();
  ASSERT_TRUE(pool.submit([] { throw std::runtime_error("boom"); }));
  ASSERT_TRUE(pool.submit([] { throw 7; }));
  ASSERT_TRUE(pool.submit([&] { went_on = true; }));
  pool.wait_idle();
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_TRUE(went_on);
  EXPECT_EQ(pool.failures(), 2U);
  EXPECT_NE(log.find("ERROR a task threw an exception pool=test exception=boom"), std::string::npos) << log;
}

TEST(WorkerPool, StopTellsRunningTasksAndDropsWaitingOnes) {
  WorkerPool pool({.name = "test", .threads = 1, .queue_limit = 10});
  Gate started;
  std::atomic<bool> was_told = false;
  bool waiting_ran = false;
  ASSERT_TRUE(pool.submit([&](const std::stop_token& stop) {
    Gate told;
    const std::stop_callback callback(stop, [&] { told.open(); });
    started.open();
    told.wait();
    was_told = true;
  }));
  auto token = std::make_shared<int>(1);
  const std::weak_ptr<int> alive = token;
  ASSERT_TRUE(pool.submit([&, token = std::move(token)] { waiting_ran = true; }));
  started.wait();
  pool.stop();
  EXPECT_TRUE(was_told);
  EXPECT_FALSE(waiting_ran);
  EXPECT_TRUE(alive.expired());
  const auto refused = pool.submit([] {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::canceled);
}

TEST(WorkerPool, StopFreesASubmitterThatWaitsForRoom) {
  WorkerPool pool({.name = "test", .threads = 1, .queue_limit = 1});
  Gate started;
  ASSERT_TRUE(pool.submit([&](const std::stop_token& stop) {
    Gate told;
    const std::stop_callback callback(stop, [&] { told.open(); });
    started.open();
    told.wait();
  }));
  started.wait();
  ASSERT_TRUE(pool.submit([] {}));
  std::thread submitter([&] { EXPECT_EQ(pool.submit([] {}).error().kind, ErrorKind::canceled); });
  pool.stop();
  submitter.join();
}

TEST(WorkerPool, TakesTasksThatCanOnlyBeMovedAndTasksThatSubmitTasks) {
  WorkerPool pool({.name = "test", .threads = 2, .queue_limit = 10});
  std::atomic<int> sum = 0;
  ASSERT_TRUE(pool.submit([&, number = std::make_unique<int>(5)] {
    sum += *number;
    EXPECT_TRUE(pool.try_submit([&] { sum += 10; }));
  }));
  pool.wait_idle();
  EXPECT_EQ(sum, 15);
}

TEST(WorkerPool, ThreadsHaveNamesThatKeepTheirNumber) {
  WorkerPool pool({.name = "a-very-long-name", .threads = 1, .queue_limit = 1});
  std::string name;
  ASSERT_TRUE(pool.submit([&] {
    std::array<char, 16> buffer{};
    pthread_getname_np(pthread_self(), buffer.data(), buffer.size());
    name = buffer.data();
  }));
  pool.wait_idle();
  EXPECT_EQ(name, "a-very-long-n-0");
}

}  // namespace
}  // namespace threeport::base
