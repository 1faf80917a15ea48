// Write sets: what must hold, and all or nothing.
#include <string>
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

class StorePreconditions : public testing::StoreContract {};

TEST_P(StorePreconditions, RefusesAWriteOfAnOldVersion) {
  const ObjectId object = thing("a");
  const Row old = get("Thing", object);
  commit(set_of(update(old)));
  EXPECT_EQ(commit_error(set_of(update(old)), "Version"), ErrorKind::conflict);
  EXPECT_EQ(commit_error(set_of(remove(old)), "Version"), ErrorKind::conflict);
  EXPECT_EQ(*store_->head(), 2);
}

TEST_P(StorePreconditions, ASetIsAllOrNothing) {
  const ObjectId a = thing("a");
  const ObjectId b = id();
  auto set = set_of(create(b, "Thing", "b"), create(id(), "Thing", "a"));
  set.work = {{.id = b, .next_at = base::TimePoint(base::Millis(5)), .failures = 1}};
  EXPECT_EQ(commit_error(set, "NameTaken"), ErrorKind::conflict);
  EXPECT_EQ(store_->get("Thing", b).error().kind, ErrorKind::not_found);
  EXPECT_TRUE(store_->work({shard_of(b)})->empty());
  EXPECT_EQ(*store_->count("Thing"), 1);
  EXPECT_EQ(*store_->head(), 1);
  EXPECT_EQ(get("Thing", a).version, 1);
}

TEST_P(StorePreconditions, ReferencesMustBeLive) {
  const ObjectId definition = thing("definition");
  const auto refer = [&](ObjectId to, const std::string& kind = "Thing") {
    auto set = set_of(create(id(), "Instance", ""));
    set.preconditions = {ReferenceLive{kind, to, "ThingID: there is no such Thing"}};
    return set;
  };
  commit(refer(definition));
  EXPECT_EQ(commit_error(refer(definition, "Other")), ErrorKind::invalid);
  EXPECT_EQ(commit_error(refer(999'999)), ErrorKind::invalid);
  EXPECT_EQ(store_->commit(refer(999'999)).error().message, "ThingID: there is no such Thing");
  commit(set_of(remove(get("Thing", definition))));
  EXPECT_EQ(commit_error(refer(definition)), ErrorKind::invalid);
}

TEST_P(StorePreconditions, ASetMayReferToWhatItCreates) {
  const ObjectId definition = id();
  auto set = set_of(create(id(), "Instance", ""), create(definition, "Thing", "d"));
  set.preconditions = {ReferenceLive{"Thing", definition, "gone"}};
  commit(set);
}

TEST_P(StorePreconditions, NoneWithSeesIndexEntries) {
  const ObjectId definition = thing("definition");
  const ObjectId instance = id();
  const std::string value = std::to_string(definition);
  commit(set_of(create(instance, "Instance", "", "{}", {{"ThingID", value}})));
  const auto remove_definition = [&] {
    auto set = set_of(remove(get("Thing", definition)));
    set.preconditions = {NoneWith{"Instance", "ThingID", value, "is in use"}};
    return set;
  };
  EXPECT_EQ(commit_error(remove_definition()), ErrorKind::conflict);
  EXPECT_EQ(store_->commit(remove_definition()).error().message, "is in use");
  commit(set_of(remove(get("Instance", instance))));
  commit(remove_definition());
}

TEST_P(StorePreconditions, NoneWithJudgesObjectsOfTheSetByTheirStateAfterIt) {
  const ObjectId a = thing("a", {{"Identity", "x"}});
  const NoneWith free{"Thing", "Identity", "x", "identity x is taken"};

  auto create_with = set_of(create(id(), "Thing", "", "{}", {{"Identity", "x"}}));
  create_with.preconditions = {free};
  EXPECT_EQ(commit_error(create_with), ErrorKind::conflict);

  auto moves_away = update(get("Thing", a));
  moves_away.index = std::vector<IndexEntry>{{"Identity", "y"}};
  auto move = set_of(moves_away);
  move.preconditions = {free};
  commit(move);

  auto touch = set_of(update(get("Thing", a)));
  touch.preconditions = {NoneWith{"Thing", "Identity", "y", "taken"}};
  EXPECT_EQ(commit_error(touch), ErrorKind::conflict) << "an update without entries leaves them as they are";

  auto away = set_of(remove(get("Thing", a)));
  away.preconditions = {NoneWith{"Thing", "Identity", "y", "taken"}};
  commit(away);
}

TEST_P(StorePreconditions, ChecksVersionsOfOtherObjects) {
  const ObjectId a = thing("a");
  const auto with_version = [&](ObjectId object, std::int64_t version) {
    auto set = set_of(create(id(), "Other", ""));
    set.preconditions = {VersionIs{object, version}};
    return set;
  };
  commit(with_version(a, 1));
  EXPECT_EQ(commit_error(with_version(a, 2), "Version"), ErrorKind::conflict);
  EXPECT_EQ(commit_error(with_version(999'999, 1), "Version"), ErrorKind::conflict);
}

TP_ON_ALL_DATABASES(StorePreconditions);

}  // namespace
}  // namespace threeport::store
