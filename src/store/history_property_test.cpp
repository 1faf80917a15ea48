// Whatever the batches, the store is what a simple model is after the same write sets, one after the other.
#include <algorithm>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "store/batch_executor.h"
#include "store/contract.h"
#include "store/model.h"
#include "store/open_database.h"
#include "store/store.h"
#include "store/testing.h"

namespace threeport::store {
namespace {

using testing::Model;

constexpr int kObjects = 12;

/// Names what a history writes apart from those of other histories in the same database.
struct Place {
  std::string prefix;  // of kinds
  ObjectId first_id = 1;

  [[nodiscard]] std::string kind(int number) const { return prefix + (number == 0 ? "Thing" : "Other"); }
};

IndexEntry any_entry() { return {*rc::gen::element("Color", "Size"), *rc::gen::element("1", "2")}; }

Put any_put(const Place& place, ObjectId id, bool is_new) {
  Put put;
  put.row.id = id;
  // Mostly the same kind for the same object, or hardly an update would find its object.
  put.row.kind = place.kind(*rc::gen::weightedElement<int>({{9, static_cast<int>(id % 2)}, {1, 0}}));
  put.row.name = *rc::gen::element("", "a", "b", "c");
  put.row.doc = "{" + std::to_string(*rc::gen::inRange(0, 100)) + "}";
  put.verb = is_new ? Verb::created : *rc::gen::weightedElement<Verb>({{3, Verb::updated}, {1, Verb::deleted}});
  put.expected_version = *rc::gen::weightedElement<std::int64_t>({{4, 1}, {3, 2}, {2, 3}});
  if (is_new || *rc::gen::arbitrary<bool>()) {
    put.index.emplace();
    for (int i = *rc::gen::inRange(0, 3); i > 0; --i) put.index->push_back(any_entry());
  }
  return put;
}

Precondition any_precondition(const Place& place) {
  const ObjectId id = place.first_id + *rc::gen::inRange(0, kObjects);
  switch (*rc::gen::inRange(0, 4)) {
    case 0: return ReferenceLive{place.kind(static_cast<int>(id % 2)), id, "not live"};
    case 1: return VersionIs{id, *rc::gen::inRange(1, 3)};
    default: {
      const auto entry = any_entry();
      return NoneWith{place.kind(*rc::gen::inRange(0, 2)), entry.member, entry.value, "there is one"};
    }
  }
}

/// Objects are created in the order of their ids; the other writes guess.
std::vector<WriteSet> any_history(const Place& place) {
  std::vector<WriteSet> history;
  ObjectId next = place.first_id;
  const ObjectId end = place.first_id + kObjects;
  for (int sets = *rc::gen::inRange(1, 40); sets > 0; --sets) {
    WriteSet set;
    set.by = "property";
    std::vector<ObjectId> written;
    for (int puts = *rc::gen::weightedElement<int>({{6, 1}, {3, 2}, {1, 3}}); puts > 0; --puts) {
      const bool is_new = next < end && *rc::gen::weightedElement<bool>({{1, true}, {2, false}});
      const ObjectId id = is_new ? next++ : place.first_id + *rc::gen::inRange(0, kObjects);
      if (std::find(written.begin(), written.end(), id) != written.end()) continue;
      if (!is_new && id >= next) continue;
      written.push_back(id);
      set.puts.push_back(any_put(place, id, is_new));
    }
    if (*rc::gen::weightedElement<bool>({{1, true}, {1, false}})) set.preconditions.push_back(any_precondition(place));
    history.push_back(std::move(set));
  }
  return history;
}

/// What the store has of the place is what the model has.
void check_equal(Store& store, const Model& model, const Place& place, Sequence before) {
  for (int number = 0; number < 2; ++number) {
    const std::string kind = place.kind(number);
    std::vector<std::string> expected;
    const auto describe = [](ObjectId id, const auto& object) {
      return std::to_string(id) + " " + object.name + " " + std::to_string(object.version) + " " + object.doc;
    };
    for (const auto& [id, object] : model.objects()) {
      if (object.live && object.kind == kind) expected.push_back(describe(id, object));
    }
    std::vector<std::string> found;
    const auto page = store.list({.kind = kind, .want_total = true});
    RC_ASSERT(page.has_value());
    for (const auto& row : page->rows) found.push_back(describe(row.id, row));
    RC_ASSERT(found == expected);
    RC_ASSERT(page->total == static_cast<std::int64_t>(expected.size()));

    for (const IndexEntry& entry : {IndexEntry{"Color", "1"}, {"Color", "2"}, {"Size", "1"}, {"Size", "2"}}) {
      std::vector<ObjectId> expected_ids;
      for (const auto& [id, object] : model.objects()) {
        if (object.kind == kind && object.index.contains({entry.member, entry.value})) expected_ids.push_back(id);
      }
      std::vector<ObjectId> found_ids;
      const auto having = store.list({.kind = kind, .filters = {entry}});
      RC_ASSERT(having.has_value());
      for (const auto& row : having->rows) found_ids.push_back(row.id);
      RC_ASSERT(found_ids == expected_ids);
    }
  }
  const auto changes = store.changes(before, 100'000);
  RC_ASSERT(changes.has_value());
  std::vector<std::pair<ObjectId, Verb>> log;
  for (const auto& change : *changes) {
    RC_ASSERT(change.sequence == ++before);
    log.emplace_back(change.id, change.verb);
  }
  RC_ASSERT(log == model.log());
}

class StoreHistory : public testing::StoreContract {
 protected:
  Place next_place() {
    const Place place{"P" + std::to_string(++places_), ObjectId{1'000} * places_};
    return place;
  }
  /// On a database of its own: in the store's nobody can say what becomes a batch.
  Outcomes execute_in_batches(std::vector<WriteSet> history) {
    auto database = open_database(database_->url(), base::system_clock());
    RC_ASSERT(database.has_value());
    SessionPool writers(**database, Access::write, 1);
    BatchExecutor executor(writers, base::system_clock());
    std::vector<WriteSet*> sets;
    for (auto& set : history) sets.push_back(&set);
    Outcomes all;
    for (std::size_t begin = 0; begin < sets.size();) {
      const auto size = std::min<std::size_t>(*rc::gen::inRange(1, 20), sets.size() - begin);
      for (auto& outcome : executor.execute(std::span(sets).subspan(begin, size))) all.push_back(std::move(outcome));
      begin += size;
    }
    return all;
  }

 private:
  int places_ = 0;
};

TEST_P(StoreHistory, ABatchIsItsSetsOneAfterTheOther) {
  if (database_->url() == "sqlite::memory:") return;  // would be another memory for the executor
  EXPECT_TRUE(rc::check([&] {
    const Place place = next_place();
    const auto history = any_history(place);
    const Sequence before = *store_->head();
    store_.reset();
    auto outcomes = execute_in_batches(history);
    reopen();

    Model model;
    for (std::size_t i = 0; i < history.size(); ++i) {
      const auto expected = model.commit(history[i]);
      const auto found = outcomes[i] ? std::nullopt : std::optional(outcomes[i].error().kind);
      RC_ASSERT(found == expected);
    }
    check_equal(*store_, model, place, before);
  }));
}

TEST_P(StoreHistory, ConcurrentWritesAreSomeSequence) {
  EXPECT_TRUE(rc::check([&] {
    const Place place = next_place();
    const auto history = any_history(place);
    const Sequence before = *store_->head();
    std::vector<std::pair<Sequence, const WriteSet*>> committed;
    std::mutex mutex;
    std::vector<std::thread> threads;
    constexpr std::size_t kThreads = 4;
    for (std::size_t thread = 0; thread < kThreads; ++thread) {
      threads.emplace_back([&, thread] {
        for (std::size_t i = thread; i < history.size(); i += kThreads) {
          auto outcome = store_->commit(history[i]);
          const std::lock_guard lock(mutex);
          if (outcome && !history[i].puts.empty()) committed.emplace_back(outcome->sequence, &history[i]);
        }
      });
    }
    for (auto& thread : threads) thread.join();
    std::sort(committed.begin(), committed.end());
    Model model;
    for (const auto& [sequence, set] : committed) RC_ASSERT(!model.commit(*set).has_value());
    check_equal(*store_, model, place, before);
  }));
}

TP_ON_ALL_DATABASES(StoreHistory);

}  // namespace
}  // namespace threeport::store
