// What a batch does with a set that breaks it.
#include "store/batch_executor.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "store/contract.h"
#include "store/open_database.h"
#include "store/testing.h"

namespace threeport::store {
namespace {

using base::ErrorKind;
using testing::create;
using testing::set_of;
using testing::why;

class StoreBatch : public testing::StoreContract {};

TEST_P(StoreBatch, APoisonousSetFailsAlone) {
  if (database_->url() == "sqlite::memory:") return;  // would be another memory for the executor
  thing("first");
  store_.reset();
  auto database = open_database(database_->url(), base::system_clock());
  ASSERT_TRUE(database) << why(database);
  {
    SessionPool writers(**database, Access::write, 1);
    BatchExecutor executor(writers, base::system_clock());
    // Creating an id that is in use breaks the statement of the whole batch.
    std::vector<WriteSet> sets = {set_of(create(10, "Thing", "a")), set_of(create(1, "Thing", "poison")),
                                  set_of(create(11, "Thing", "b")), set_of(create(12, "Thing", "a"))};
    std::vector<WriteSet*> batch;
    for (auto& set : sets) batch.push_back(&set);
    const auto outcomes = executor.execute(batch);
    ASSERT_EQ(outcomes.size(), 4U);
    EXPECT_TRUE(outcomes[0]) << why(outcomes[0]);
    ASSERT_FALSE(outcomes[1]);
    EXPECT_EQ(outcomes[1].error().kind, ErrorKind::internal);
    EXPECT_TRUE(outcomes[2]) << why(outcomes[2]);
    ASSERT_FALSE(outcomes[3]);
    EXPECT_EQ(outcomes[3].error().reason, "NameTaken");
  }
  database->reset();
  reopen();
  EXPECT_EQ(ids({.kind = "Thing"}), (std::vector<ObjectId>{1, 10, 11}));
  EXPECT_EQ(*store_->count("Thing"), 3);
  expect_contiguous();
}

TP_ON_ALL_DATABASES(StoreBatch);

}  // namespace
}  // namespace threeport::store
