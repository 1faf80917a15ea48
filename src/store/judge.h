// Decides a batch of write sets in memory, as if they ran one after the other. Pure: the facts come in, the effects go
// out; transaction.h loads the one and writes the other.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "store/store.h"

namespace threeport::store {

using NameKey = std::pair<std::string_view, std::string_view>;                      ///< kind, name
using IndexKey = std::tuple<std::string_view, std::string_view, std::string_view>;  ///< kind, member, value

struct KeyHash {
  std::size_t operator()(const NameKey& key) const;
  std::size_t operator()(const IndexKey& key) const;
};

/// What the sets of a batch depend on. Made from the sets, it has the keys; whoever loads it fills in the values as
/// they stand when log_head has been taken. Texts live in the sets and in `texts`.
struct Facts {
  struct Object {
    std::string_view kind;
    std::string_view name;
    std::int64_t version = 0;  ///< 0: there is no such row
    bool live = false;
    bool stored = false;                                 ///< the database has the row
    const Row* row = nullptr;                            ///< what the batch made of it; null: untouched
    const std::vector<IndexEntry>* new_index = nullptr;  ///< null: unchanged
  };
  struct NameHolder {
    ObjectId stored = 0;  ///< 0: nobody
    ObjectId now = 0;
  };

  explicit Facts(std::span<WriteSet* const> sets);
  /// For loading. Keys that were not asked for are ignored.
  void set_object(ObjectId id, std::string_view kind, std::string_view name, std::int64_t version, bool live);
  void set_name(NameKey key, ObjectId holder);
  void add_holder(const IndexKey& key, ObjectId holder);

  Sequence head = 0;
  std::unordered_map<ObjectId, Object> objects;
  std::unordered_map<NameKey, NameHolder, KeyHash> names;
  /// Objects that had the entry before the batch or got it within. More than `enough_holders` need not be loaded: the
  /// batch cannot touch them all.
  std::unordered_map<IndexKey, std::set<ObjectId>, KeyHash> holders;
  std::int64_t enough_holders = 1;
  std::map<int, std::int64_t> epochs;
  std::deque<std::string> texts;
};

/// The rows that the admitted sets leave.
struct Effects {
  struct LoggedChange {
    Sequence sequence;
    const WriteSet* set;
    const Put* put;
  };
  Sequence head = 0;
  std::vector<ObjectId> lost_names;  ///< objects whose stored name now belongs to another: to be cleared first
  std::vector<const Row*> inserted;  ///< ascending by id, as the two below
  std::vector<const Row*> updated;
  std::vector<ObjectId> index_dropped;  ///< objects all of whose stored entries go
  std::vector<std::pair<const Row*, const IndexEntry*>> index_added;
  std::vector<LoggedChange> changes;
  std::map<std::string_view, std::int64_t> counts;  ///< by how much the live objects of a kind become more
  std::map<ObjectId, WorkItem> work;
};

class Judge {
 public:
  /// `at`: the time of the batch.
  Judge(Facts& facts, base::TimePoint at) : facts_(facts), at_(at) { effects_.head = facts.head; }

  /// Applies the set, or leaves everything as it was and returns why. Fills in the versions (and deleted_at) of the
  /// set's rows. Errors: as Store::commit.
  base::Result<Committed> admit(WriteSet& set);
  /// Ends the batch. The effects refer to the sets and the facts.
  Effects take_effects();

 private:
  base::Result<void> check_before(const WriteSet& set) const;
  base::Result<void> check_after(const WriteSet& set) const;
  base::Result<void> move_names(const WriteSet& set);
  void apply(WriteSet& set);
  void add_to_holders(const Put& put);
  [[nodiscard]] bool still_holds(ObjectId id, const IndexKey& key) const;
  Committed record(const WriteSet& set);

  template <typename T>
  void change(T& place, T value) {
    undo_.push_back([&place, old = place] { place = old; });
    place = std::move(value);
  }

  Facts& facts_;
  const base::TimePoint at_;
  Effects effects_;
  std::vector<std::function<void()>> undo_;  // of the set at hand
};

}  // namespace threeport::store
