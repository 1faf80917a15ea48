// A process that is killed at any instruction has lost nothing that it acknowledged and left nothing half done.
#include <csignal>
#include <cstdlib>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/contract.h"
#include "store/store.h"
#include "store/testing.h"

namespace threeport::store {
namespace {

using testing::create;
using testing::set_of;
using testing::why;

/// In the child: writes pairs of objects from several threads until it is killed, and acknowledges each through the
/// pipe. With a retention, one more thread purges.
[[noreturn]] void write_for_ever(const std::string& url, int acknowledge, const std::optional<Retention>& retention) {
  auto store = open(url, base::system_clock());
  if (!store) std::_Exit(1);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (;;) {
        const auto first = (*store)->new_id();
        const auto second = (*store)->new_id();
        if (!first || !second) std::_Exit(2);
        const std::string value = std::to_string(*first);
        auto set = set_of(create(*first, "Thing", "t" + value, "{}", {{"Pair", value}}),
                          create(*second, "Thing", "t" + std::to_string(*second), "{}", {{"Pair", value}}));
        set.work = {{.id = *first, .next_at = base::TimePoint(base::Millis(1)), .failures = 1}};
        if (!(*store)->commit(std::move(set))) std::_Exit(3);
        if (::write(acknowledge, &*first, sizeof *first) != sizeof *first) std::_Exit(4);
      }
    });
  }
  if (retention) {
    threads.emplace_back([&] {
      while ((*store)->purge(*retention)) {
      }
      std::_Exit(6);
    });
  }
  for (auto& thread : threads) thread.join();
  std::_Exit(5);
}

class StoreCrash : public testing::StoreContract {
 protected:
  /// Ids that the child acknowledged before it was killed, some of them after the signal was sent.
  std::vector<ObjectId> write_and_kill(int acknowledgements, const std::optional<Retention>& retention = {}) {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe(ends.data()), 0);
    const pid_t child = ::fork();
    if (child == 0) {
      ::close(ends[0]);
      write_for_ever(database_->url(), ends[1], retention);
    }
    ::close(ends[1]);
    std::vector<ObjectId> acknowledged;
    ObjectId id = 0;
    while (::read(ends[0], &id, sizeof id) == sizeof id) {
      acknowledged.push_back(id);
      if (static_cast<int>(acknowledged.size()) == acknowledgements) ::kill(child, SIGKILL);
    }
    ::close(ends[0]);
    int status = 0;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFSIGNALED(status)) << "the child ended by itself: " << WEXITSTATUS(status);
    return acknowledged;
  }

  void expect_whole(const std::vector<ObjectId>& acknowledged) {
    const auto things = store_->list({.kind = "Thing", .want_total = true});
    ASSERT_TRUE(things) << why(things);
    EXPECT_EQ(things->total, static_cast<std::int64_t>(things->rows.size()));
    expect_contiguous();
    EXPECT_EQ(changes().size(), things->rows.size());
    std::vector<int> shards(kShards);
    for (int i = 0; i < kShards; ++i) shards[static_cast<std::size_t>(i)] = i;
    const auto work = store_->work(shards);
    ASSERT_TRUE(work) << why(work);
    EXPECT_EQ(work->size() * 2, things->rows.size());
    for (const auto& item : *work) {
      EXPECT_EQ(ids({.kind = "Thing", .filters = {{"Pair", std::to_string(item.id)}}}).size(), 2U);
    }
    for (const ObjectId id : acknowledged) EXPECT_TRUE(store_->get("Thing", id)) << id << " is lost";
  }
};

TEST_P(StoreCrash, LeavesNothingHalfDoneAndLosesNothing) {
  if (database_->url() == "sqlite::memory:") return;  // gone with its process
  const int rounds = std::getenv("TP_SOAK") != nullptr ? 100 : 5;
  std::mt19937 random(::testing::UnitTest::GetInstance()->random_seed() + 1);
  std::vector<ObjectId> acknowledged;
  for (int round = 0; round < rounds; ++round) {
    store_.reset();
    const int acknowledgements = std::uniform_int_distribution<int>(1, 60)(random);
    for (const ObjectId id : write_and_kill(acknowledgements)) acknowledged.push_back(id);
    reopen();
    // A server may still be at the last commit of the dead: whatever writes waits for that.
    ASSERT_TRUE(store_->release_leases("nobody"));
    expect_whole(acknowledged);
    ASSERT_FALSE(HasFailure()) << "round " << round;
  }
}

TEST_P(StoreCrash, APurgeThatIsCutOffLeavesALogWithoutHoles) {
  if (is_in_memory()) return;  // gone with its process
  const Retention none{.changes = base::Millis(-1)};
  std::mt19937 random(::testing::UnitTest::GetInstance()->random_seed() + 2);
  for (int round = 0; round < 3; ++round) {
    store_.reset();
    const auto acknowledged = write_and_kill(std::uniform_int_distribution<int>(1, 60)(random), none);
    reopen();
    ASSERT_TRUE(store_->release_leases("nobody"));  // waits for the last commit of the dead
    const Sequence purged = store_->purged()->sequence;
    Sequence expected = purged;
    for (const Change& change : changes(purged)) ASSERT_EQ(change.sequence, ++expected);
    EXPECT_EQ(*store_->head(), expected);
    EXPECT_TRUE(sql("SELECT sequence FROM changes WHERE sequence <= " + std::to_string(purged)).empty());
    for (const ObjectId id : acknowledged) EXPECT_TRUE(store_->get("Thing", id)) << id << " is lost";
  }
}

TP_ON_ALL_DATABASES(StoreCrash);

}  // namespace
}  // namespace threeport::store
