// The change log as it is read and purged; the batch executor writes it.
#include <algorithm>
#include <charconv>
#include <utility>

#include "store/object_store.h"
#include "store/stored.h"

namespace threeport::store {
namespace {

using base::Result;
using base::TimePoint;

/// Rows that one call of purge() removes at most: commits wait for it.
constexpr std::int64_t kPurgedRows = 500;
/// Rows that one call passes over at most.
constexpr std::int64_t kPassedRows = 5'000;

// In `meta`: up to where the log has been purged, when the newest of those rows was written, and up to where changes()
// answers `expired`. They only rise.
constexpr std::string_view kPurgedUpTo = "audit_tail";
constexpr std::string_view kPurgedAt = "audit_tail_at";
constexpr std::string_view kExpiredUpTo = "log_tail";
constexpr std::string_view kTails =
    "SELECT key, value FROM meta WHERE key = 'audit_tail' OR key = 'audit_tail_at' OR key = 'log_tail'";
constexpr std::string_view kRaise =
    "INSERT INTO meta (key, value) VALUES {key text, value text} ON CONFLICT (key) DO UPDATE SET value = excluded.value"
    " WHERE CAST(meta.value AS BIGINT) < CAST(excluded.value AS BIGINT)";

constexpr std::string_view kColumns =
    "SELECT sequence, at, verb, kind, id, generation, wakes, actor, request_id, reason, body FROM changes";
// As the index has it: its condition word for word, its order in full.
constexpr std::string_view kOfObject = " WHERE id = $1 AND (body <> '' OR verb = 'deleted')";

// The newest of the next rows that is older than a time. Clocks of replicas differ a little, so an older row may follow
// a younger one: that one is as old.
constexpr std::string_view kOlder =
    "SELECT max(sequence), max(at) FROM (SELECT sequence, at FROM changes WHERE sequence > $1 ORDER BY sequence LIMIT "
    "$2)"
    " AS page WHERE at < $3";

Change change_of(const RowView& row) {
  return {.sequence = row.integer(0),
          .at = time_of(row.integer(1)),
          .verb = verb_of(row.text(2)),
          .kind = std::string(row.text(3)),
          .id = row.integer(4),
          .generation = row.integer(5),
          .wakes = row.integer(6) != 0,
          .by = std::string(row.text(7)),
          .request_id = std::string(row.text(8)),
          .reason = std::string(row.text(9)),
          .body = std::string(row.text(10))};
}

struct Tails {
  std::int64_t purged = 0, purged_at = 0, expired = 0;

  void read(const RowView& row) {
    const std::string_view key = row.text(0), text = row.text(1);
    std::int64_t& number = key == kPurgedUpTo ? purged : key == kPurgedAt ? purged_at : expired;
    std::from_chars(text.data(), text.data() + text.size(), number);
  }
};

}  // namespace

Result<std::vector<Change>> ObjectStore::changes(Sequence after, std::int64_t limit) {
  static const std::string kAfter = std::string(kColumns) + " WHERE sequence > $1 ORDER BY sequence LIMIT $2";
  std::vector<Change> changes;
  Tails tails;
  // The tail is read last: a purge in between makes the answer `expired`, never one with a hole.
  TP_CHECK(read({{kAfter, {after, limit}, [&](const RowView& row) { changes.push_back(change_of(row)); }},
                 {kTails, {}, [&](const RowView& row) { tails.read(row); }}}));
  if (after < tails.expired) {
    auto error =
        base::invalid("the changes after " + std::to_string(after) + " are no longer kept for watching up to " +
                      std::to_string(tails.expired) + ": list afresh");
    error.kind = base::ErrorKind::expired;
    return error;
  }
  return changes;
}

Result<std::vector<Change>> ObjectStore::changes_of(ObjectId id, Sequence before, std::int64_t limit) {
  static const std::string kOf =
      std::string(kColumns) + std::string(kOfObject) + " AND sequence < $2 ORDER BY id DESC, sequence DESC LIMIT $3";
  std::vector<Change> changes;
  TP_CHECK(read({{kOf, {id, before, limit}, [&](const RowView& row) { changes.push_back(change_of(row)); }}}));
  return changes;
}

Result<std::int64_t> ObjectStore::count_changes_of(ObjectId id) {
  static const std::string kCount = "SELECT count(*) FROM changes" + std::string(kOfObject);
  return read_integer({kCount, {id}});
}

Result<Purged> ObjectStore::purged() {
  Tails tails;
  TP_CHECK(read({{kTails, {}, [&](const RowView& row) { tails.read(row); }}}));
  return Purged{tails.purged, time_of(tails.purged_at)};
}

Result<bool> ObjectStore::purge(const Retention& retention) {
  const TimePoint now = clock_.now();
  TP_TRY(const bool more_changes, purge_changes(now, retention));
  TP_TRY(const bool more_objects, purge_objects(now - retention.deleted_objects));
  return more_changes || more_objects;
}

Result<bool> ObjectStore::purge_changes(TimePoint now, const Retention& retention) {
  Tails tails;
  Sequence newest = 0;
  TP_CHECK(read({{kTails, {}, [&](const RowView& row) { tails.read(row); }},
                 {"SELECT head FROM log_head", {}, [&](const RowView& row) { newest = row.integer(0); }}}));
  Tails next = tails;
  TP_CHECK(read({{kOlder, {tails.purged, kPurgedRows, micros(now - retention.changes)}, [&](const RowView& row) {
                    next.purged = std::max(tails.purged, row.integer(0));
                    next.purged_at = std::max(tails.purged_at, row.integer(1));
                  }}}));
  const Sequence passed = std::max({tails.expired, next.purged, newest - retention.watched_rows});
  next.expired = passed;
  TP_CHECK(read({{kOlder, {passed, kPassedRows, micros(now - retention.watched)}, [&](const RowView& row) {
                    next.expired = std::max(passed, row.integer(0));
                  }}}));
  if (next.purged == tails.purged && next.expired == tails.expired) return false;

  const std::string purged = std::to_string(next.purged), purged_at = std::to_string(next.purged_at),
                    expired = std::to_string(next.expired);
  // Another replica may be at it, too: rows that are gone are no matter, and the tails only rise.
  TP_CHECK(write({{"BEGIN"},
                  {"DELETE FROM changes WHERE sequence > $1 AND sequence <= $2", {tails.purged, next.purged}},
                  {kRaise, {kPurgedUpTo, purged, kPurgedAt, purged_at, kExpiredUpTo, expired}},
                  {"COMMIT"}}));
  return next.purged - tails.purged == kPurgedRows || next.expired - passed == kPassedRows;
}

Result<bool> ObjectStore::purge_objects(TimePoint deleted_before) {
  std::vector<Value> ids;
  TP_CHECK(read({{"SELECT id FROM objects WHERE deleted_at < $1 ORDER BY deleted_at LIMIT $2",
                  {micros(deleted_before), kPurgedRows},
                  [&](const RowView& row) { ids.emplace_back(row.integer(0)); }}}));
  if (ids.empty()) return false;
  // By their ids, which PostgreSQL looks up; of a condition it might think that a scan is cheaper.
  const bool is_full = static_cast<std::int64_t>(ids.size()) == kPurgedRows;
  TP_CHECK(write(
      {{"BEGIN"}, {"DELETE FROM objects WHERE id IN (SELECT input.id FROM {id bigint})", std::move(ids)}, {"COMMIT"}}));
  return is_full;
}

}  // namespace threeport::store
