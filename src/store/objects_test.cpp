// Objects and facts: what is written is read.
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "store/contract.h"
#include "store/store.h"
#include "store/testing.h"

namespace threeport::store {
namespace {

using base::ErrorKind;
using testing::create;
using testing::remove;
using testing::set_of;
using testing::update;

class StoreObjects : public testing::StoreContract {};

TEST_P(StoreObjects, IsEmptyAtFirst) {
  EXPECT_TRUE(*store_->is_new());
  EXPECT_EQ(*store_->head(), 0);
  EXPECT_EQ(*store_->count("Thing"), 0);
  EXPECT_TRUE(changes().empty());
  EXPECT_TRUE(store_->ping());
  EXPECT_EQ(store_->get("Thing", 1).error().kind, ErrorKind::not_found);
  EXPECT_EQ(id(), 1);
  EXPECT_EQ(id(), 2);
}

TEST_P(StoreObjects, ReadsWhatWasCreated) {
  const ObjectId object = id();
  auto put = create(object, "Thing", "näme", R"({"b":1.10,"a":"ü\n","c":[]})");
  put.row.generation = 7;
  put.row.observed = 3;
  const auto committed = commit(set_of(put));
  EXPECT_EQ(committed.sequence, 1);
  EXPECT_EQ(committed.versions, std::vector<std::int64_t>{1});

  const Row row = get("Thing", object);
  EXPECT_EQ(row.id, object);
  EXPECT_EQ(row.kind, "Thing");
  EXPECT_EQ(row.name, "näme");
  EXPECT_EQ(row.version, 1);
  EXPECT_EQ(row.generation, 7);
  EXPECT_EQ(row.observed, 3);
  EXPECT_FALSE(row.deleted_at);
  EXPECT_EQ(row.doc, R"({"b":1.10,"a":"ü\n","c":[]})");
  EXPECT_FALSE(*store_->is_new());
}

TEST_P(StoreObjects, KeepsEverythingWhenItIsOpenedAgain) {
  if (database_->url() == "sqlite::memory:") return;  // forgets, as it should
  const ObjectId object = thing("a");
  ASSERT_TRUE(store_->set_meta("installation_uid", "u1"));
  reopen();
  EXPECT_EQ(get("Thing", object).name, "a");
  EXPECT_EQ(**store_->meta("installation_uid"), "u1");
  EXPECT_EQ(*store_->count("Thing"), 1);
  EXPECT_GT(id(), object) << "ids are never handed out twice";
  EXPECT_FALSE(*store_->is_new());
}

TEST_P(StoreObjects, HidesObjectsOfOtherKinds) {
  const ObjectId object = thing("a");
  EXPECT_EQ(store_->get("Other", object).error().kind, ErrorKind::not_found);
  auto row = get("Thing", object);
  row.kind = "Other";
  EXPECT_EQ(commit_error(set_of(update(row))), ErrorKind::not_found);
}

TEST_P(StoreObjects, RaisesTheVersionWithEveryWrite) {
  const ObjectId object = thing("a");
  Row row = get("Thing", object);
  row.doc = R"({"x":1})";
  row.generation = 2;
  EXPECT_EQ(commit(set_of(update(row))).versions[0], 2);
  EXPECT_EQ(get("Thing", object).doc, R"({"x":1})");
  EXPECT_EQ(get("Thing", object).version, 2);
  EXPECT_EQ(get("Thing", object).generation, 2);
}

TEST_P(StoreObjects, HidesDeletedObjectsAndFreesTheirNames) {
  const ObjectId object = thing("a", {{"Color", "red"}});
  const Row row = get("Thing", object);
  commit(set_of(remove(row)));
  EXPECT_EQ(store_->get("Thing", object).error().kind, ErrorKind::not_found);
  EXPECT_TRUE(store_->get_many({object})->empty());
  EXPECT_TRUE(ids({.kind = "Thing"}).empty());
  EXPECT_TRUE(ids({.kind = "Thing", .filters = {{"Color", "red"}}}).empty());
  EXPECT_EQ(*store_->count("Thing"), 0);
  EXPECT_EQ(commit_error(set_of(update(row))), ErrorKind::not_found);
  const ObjectId next = thing("a");
  EXPECT_EQ(ids({.kind = "Thing", .name = "a"}), std::vector<ObjectId>{next});
}

TEST_P(StoreObjects, KnowsTheLastStateOfDeletedObjects) {
  const ObjectId live = thing("a");
  const ObjectId gone = thing("b");
  Row row = get("Thing", gone);
  row.doc = R"({"Name":"b","Last":true})";
  commit(set_of(remove(row)));
  const auto known = store_->last_known({gone, 99, live});
  ASSERT_TRUE(known) << testing::why(known);
  ASSERT_EQ(known->size(), 2U);
  EXPECT_EQ((*known)[0].id, gone);
  EXPECT_EQ((*known)[0].doc, R"({"Name":"b","Last":true})");
  EXPECT_TRUE((*known)[0].deleted_at);
  EXPECT_EQ((*known)[1].id, live);
  EXPECT_FALSE((*known)[1].deleted_at);
}

TEST_P(StoreObjects, NamesAreUniquePerKindAmongLiveObjects) {
  thing("a");
  EXPECT_EQ(commit_error(set_of(create(id(), "Thing", "a")), "NameTaken"), ErrorKind::conflict);
  commit(set_of(create(id(), "Other", "a")));
  commit(set_of(create(id(), "Thing", ""), create(id(), "Thing", "")));
  EXPECT_EQ(*store_->count("Thing"), 3);
  EXPECT_EQ(commit_error(set_of(create(id(), "Thing", "b"), create(id(), "Thing", "b")), "NameTaken"),
            ErrorKind::conflict);
}

TEST_P(StoreObjects, RenamesToFreeNamesOnly) {
  const ObjectId a = thing("a");
  const ObjectId b = thing("b");
  Row row = get("Thing", a);
  row.name = "b";
  EXPECT_EQ(commit_error(set_of(update(row)), "NameTaken"), ErrorKind::conflict);
  row.name = "c";
  commit(set_of(update(row)));
  EXPECT_EQ(ids({.kind = "Thing", .name = "c"}), std::vector<ObjectId>{a});
  EXPECT_TRUE(ids({.kind = "Thing", .name = "a"}).empty());
  Row other = get("Thing", b);
  other.name = "a";
  commit(set_of(update(other)));
}

TEST_P(StoreObjects, ObjectsOfOneSetMaySwapNames) {
  Row a = get("Thing", thing("a"));
  Row b = get("Thing", thing("b"));
  std::swap(a.name, b.name);
  commit(set_of(update(a), update(b)));
  EXPECT_EQ(ids({.kind = "Thing", .name = "b"}), std::vector<ObjectId>{a.id});
  EXPECT_EQ(ids({.kind = "Thing", .name = "a"}), std::vector<ObjectId>{b.id});
}

TEST_P(StoreObjects, KeepsFactsAboutTheInstallation) {
  EXPECT_EQ(*store_->meta("schema_version"), "3");
  EXPECT_EQ(*store_->meta("installation_uid"), std::nullopt);
  ASSERT_TRUE(store_->set_meta("installation_uid", "a"));
  ASSERT_TRUE(store_->set_meta("installation_uid", "b"));
  EXPECT_EQ(*store_->meta("installation_uid"), "b");
}

TP_ON_ALL_DATABASES(StoreObjects);

}  // namespace
}  // namespace threeport::store
