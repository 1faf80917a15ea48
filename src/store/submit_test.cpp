// The store's contract: write sets that nobody waits for.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "store/contract.h"

namespace threeport::store {
namespace {

using base::ErrorKind;
using testing::create;
using testing::set_of;

class StoreSubmit : public testing::StoreContract {};

TEST_P(StoreSubmit, DeliversEachOutcomeOnceInTheOrderOfTheQueue) {
  constexpr int kSets = 40;
  std::vector<Sequence> sequences;
  std::vector<ErrorKind> failures;
  for (int i = 0; i < kSets; ++i) {
    // Every second set wants the name of the one before it.
    store_->submit(set_of(create(id(), "Thing", "t" + std::to_string(i / 2))), [&](base::Result<Committed> outcome) {
      if (outcome) {
        sequences.push_back(outcome->sequence);
      } else {
        failures.push_back(outcome.error().kind);
      }
    });
  }
  thing("last");  // what was queued before it has been decided
  ASSERT_EQ(sequences.size(), kSets / 2);
  for (int i = 0; i < kSets / 2; ++i) EXPECT_EQ(sequences[static_cast<std::size_t>(i)], i + 1);
  EXPECT_EQ(failures, std::vector<ErrorKind>(kSets / 2, ErrorKind::conflict));
}

TEST_P(StoreSubmit, FinishesWhatIsQueuedWhenItIsClosed) {
  const ObjectId made = id();
  bool is_done = false;
  store_->submit(set_of(create(made, "Thing", "a")),
                 [&](const base::Result<Committed>& outcome) { is_done = outcome.has_value(); });
  store_.reset();
  EXPECT_TRUE(is_done);
}

TEST_P(StoreSubmit, AnOutcomeMaySubmitTheNextSet) {
  const ObjectId first = id();
  const ObjectId second = id();
  bool is_done = false;
  store_->submit(set_of(create(first, "Thing", "a")), [&](const base::Result<Committed>&) {
    store_->submit(set_of(create(second, "Thing", "b")),
                   [&](const base::Result<Committed>& outcome) { is_done = outcome.has_value(); });
  });
  thing("c");
  thing("d");  // behind the second set, wherever that came to stand
  EXPECT_TRUE(is_done);
  EXPECT_EQ(get("Thing", second).name, "b");
}

TP_ON_ALL_DATABASES(StoreSubmit);

}  // namespace
}  // namespace threeport::store
