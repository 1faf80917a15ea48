// Threads that come and go.
#include "reconcile/workers.h"

#include <future>
#include <utility>

#include <gtest/gtest.h>
#include <pthread.h>

namespace threeport::reconcile {
namespace {

/// As long as it lives no thread can be started.
class NoMoreThreads {
 public:
  NoMoreThreads() {
    pthread_getattr_default_np(&before_);
    pthread_attr_t endless = before_;
    pthread_attr_setstacksize(&endless, std::size_t{1} << 50);
    pthread_setattr_default_np(&endless);
  }
  ~NoMoreThreads() {
    pthread_setattr_default_np(&before_);
    pthread_attr_destroy(&before_);
  }
  NoMoreThreads(const NoMoreThreads&) = delete;
  NoMoreThreads& operator=(const NoMoreThreads&) = delete;

 private:
  pthread_attr_t before_{};
};

TEST(Workers, GetAlongWithoutAThreadThatTheSystemCannotSpare) {
  std::promise<void> worked;
  Workers workers(base::system_clock(), 4, base::Millis(60'000), [&, is_first = true]() mutable {
    if (std::exchange(is_first, false)) worked.set_value();
    return false;
  });
  workers.open();
  {
    const NoMoreThreads shortage;
    workers.wake();
    EXPECT_EQ(workers.count(), 0U);
  }
  workers.wake();
  worked.get_future().wait();
  EXPECT_EQ(workers.count(), 1U);
}

}  // namespace
}  // namespace threeport::reconcile
