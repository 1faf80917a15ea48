// The object store: documents in one table, written through write sets by one committer, with a change log whose
// sequence is the order of commits (docs/architecture/store.md). Knows descriptors' names, never kinds.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace threeport::schema {
class Registry;
}

namespace threeport::store {

using ObjectId = std::int64_t;
using Sequence = std::int64_t;
inline constexpr int kShards = 256;

/// The lease shard of an object: stable for ever, spread evenly.
int shard_of(ObjectId id);

inline constexpr std::int64_t kFirstVersion = 1;  ///< of a row that has been created

/// A row of `objects`. `doc` is the JSON text of the stored members, beginning with `{` and ending with `}`.
struct Row {
  ObjectId id = 0;
  std::string kind = {};
  std::string name = {};        ///< unique among live rows of the kind; empty: not checked and not stored
  std::int64_t version = 0;     ///< rises by one with every write, from kFirstVersion
  std::int64_t generation = 0;  ///< rises when a declared value changes
  std::int64_t observed = 0;    ///< the generation that was last reconciled
  std::optional<base::TimePoint> deleted_at = {};
  std::string doc = {};
};

/// A row of `member_index`: `value` is the canonical JSON text of the member (string values without quotes).
struct IndexEntry {
  std::string member = {};
  std::string value = {};
};

enum class Verb { created, updated, deleted };

/// What a write leaves in the change log.
struct ChangeNote {
  /// Creation and deletion: the declared values. Update of declared values: the reverse JSON merge patch (to the older
  /// ones). Status-only writes and kinds without history: empty.
  std::string body = {};
  bool wakes = true;  ///< readers of the object are woken (Generation, readiness or an output changed)
};

/// One object written. Create: row.version is 0 before. Update and delete: `expected_version` must be the stored one.
struct Put {
  Verb verb = Verb::created;
  Row row = {};
  std::int64_t expected_version = 0;
  /// All entries of the object after the write; unset = unchanged. Deletion removes all.
  std::optional<std::vector<IndexEntry>> index = {};
  ChangeNote note = {};
};

// Preconditions of a write set beyond those of its puts (version equals; name free when a row is created or renamed).
/// An object of that kind exists and is not deleted. Fails as `invalid` with `message`.
struct ReferenceLive {
  std::string kind = {};
  ObjectId id;
  std::string message = {};
};
/// No live object of `kind` has `member` = `value` in its index. Fails as `conflict` with `message`. Serves "no
/// referrers" and "identity free"; objects that the same set creates, updates or deletes are judged by their state
/// after the set.
struct NoneWith {
  std::string kind = {};
  std::string member = {};
  std::string value = {};
  std::string message = {};
};
/// The object exists with this version. Fails as `conflict`.
struct VersionIs {
  ObjectId id;
  std::int64_t version;
};
/// The shard's lease still has this epoch. Fails as `canceled`: the worker lost its shard.
struct LeaseIs {
  int shard;
  std::int64_t epoch;
};
using Precondition = std::variant<ReferenceLive, NoneWith, VersionIs, LeaseIs>;

/// A timer of the engine: when to look at an object again, after how many failures in a row. `next_at` unset removes
/// it.
struct WorkItem {
  ObjectId id = 0;
  std::optional<base::TimePoint> next_at = {};
  int failures = 0;
};

/// All or nothing.
struct WriteSet {
  std::string by = {};          ///< who, e.g. "anonymous", "cert:alice", "controller:WorkloadInstance"
  std::string request_id = {};  ///< of the API call, "" inside the control plane
  std::string reason = {};      ///< why, for the audit log
  std::vector<Precondition> preconditions = {};
  std::vector<Put> puts = {};
  std::vector<WorkItem> work = {};
};

struct Committed {
  Sequence sequence = 0;                    ///< of the last change row of the set
  std::vector<std::int64_t> versions = {};  ///< of each put, in order
};

struct Change {
  Sequence sequence = 0;
  base::TimePoint at{};
  Verb verb = Verb::created;
  std::string kind = {};
  ObjectId id = 0;
  std::int64_t generation = 0;
  bool wakes = true;
  std::string by, request_id, reason, body;
};

/// The newest change of the log that has been purged; sequence 0: none has.
struct Purged {
  Sequence sequence = 0;
  base::TimePoint at{};
};

/// How long what has been is kept.
struct Retention {
  base::Millis changes = std::chrono::hours(90 * 24);     ///< rows of the log: audit, history, time travel
  base::Millis watched = std::chrono::hours(24);          ///< changes() answers what is younger than that
  std::int64_t watched_rows = 1'000'000;                  ///< and at most so many
  base::Millis deleted_objects = std::chrono::hours(48);  ///< rows of objects that are gone: last_known()
};

/// Equality filters that are served by an index, ANDed.
struct Query {
  std::string kind = {};
  std::optional<std::string> name = {};
  std::vector<IndexEntry> filters = {};
  ObjectId after = 0;  ///< only ids above: cursor
  std::int64_t offset = 0;
  std::optional<std::int64_t> limit = {};  ///< unset: no limit
  bool want_total = false;                 ///< also count all matches
};

struct Page {
  std::vector<Row> rows = {};  ///< ascending by id
  std::int64_t total = 0;      ///< set where wanted
};

struct Lease {
  int shard = 0;
  std::int64_t epoch = 0;
};

/// Thread-safe. Every call may block on the database; errors `unavailable` (database away, disk full: reason
/// "DiskFull"), `internal` (a bug), besides those named.
class Store {
 public:
  virtual ~Store() = default;

  // Reads see what was committed before the call.
  /// Error `not_found` for unknown, deleted, or other kind's ids.
  virtual base::Result<Row> get(std::string_view kind, ObjectId id) = 0;
  /// Live rows of any kind, in the order of the ids; missing ones are left out.
  virtual base::Result<std::vector<Row>> get_many(const std::vector<ObjectId>& ids) = 0;
  /// As get_many, and deleted rows as their deletion left them (`deleted_at` is set) until they are purged.
  virtual base::Result<std::vector<Row>> last_known(const std::vector<ObjectId>& ids) = 0;
  virtual base::Result<Page> list(const Query& query) = 0;
  /// Live objects of a kind, in constant time.
  virtual base::Result<std::int64_t> count(std::string_view kind) = 0;

  using Done = std::function<void(base::Result<Committed>)>;
  /// Queues the set and returns; it is executed in the order of the queue. `done` is called once, when the set is
  /// durable or has failed, at the latest when the store is destroyed. It runs on the thread that writes, so all
  /// commits wait for it: it must neither block nor call the store, but for submit(). A failed precondition fails this
  /// set only. Errors: `conflict` (reason "Version", "NameTaken", or a NoneWith), `invalid` (ReferenceLive),
  /// `not_found` (the updated object is gone), `canceled` (lease lost).
  virtual void submit(WriteSet set, Done done) = 0;
  /// As submit(), and waits for the outcome.
  base::Result<Committed> commit(WriteSet set);
  /// A fresh id, from blocks that replicas never share. Rarely blocks.
  virtual base::Result<ObjectId> new_id() = 0;

  // The change log.
  virtual base::Result<Sequence> head() = 0;
  /// Rows after `after`, ascending, at most `limit`. Error `expired`: rows after `after` have been purged, or are past
  /// the retention's `watched`.
  virtual base::Result<std::vector<Change>> changes(Sequence after, std::int64_t limit) = 0;
  /// What the log has of the declared values of one object, newest first: its creation, their changes, its deletion.
  /// Rows below `before`, at most `limit`. The cost does not grow with other objects' changes, nor with those of
  /// status.
  virtual base::Result<std::vector<Change>> changes_of(ObjectId id, Sequence before, std::int64_t limit) = 0;
  virtual base::Result<std::int64_t> count_changes_of(ObjectId id) = 0;
  virtual base::Result<Purged> purged() = 0;
  /// Removes a few of the rows that are past the retention, in a transaction of a few milliseconds, and moves what
  /// changes() answers `expired` about. True: there is more to do. Any replica may do so at any time.
  virtual base::Result<bool> purge(const Retention& retention) = 0;
  /// Called from the committer after each batch of this replica: a hint that the head has moved. Set once, before use.
  virtual void on_commit(std::function<void()> hint) = 0;

  // Leases and timers of the engine. Times are the database's own.
  /// Renews what `owner` holds and takes or gives up shards so that live owners share them evenly. All that it holds
  /// now.
  virtual base::Result<std::vector<Lease>> hold_leases(std::string_view owner, base::Millis time_to_live) = 0;
  virtual base::Result<void> release_leases(std::string_view owner) = 0;
  /// All timers of the given shards.
  virtual base::Result<std::vector<WorkItem>> work(const std::vector<int>& shards) = 0;

  /// Makes the SQL views of the kinds, which are for people, where they are not as this program would make them
  /// (views.h). Cheap where they are. Errors: those of the database, such as a missing right.
  virtual base::Result<void> ensure_views(const schema::Registry& registry) = 0;

  // Facts about the installation: "installation_uid", "schema_version", encryption key ids.
  virtual base::Result<std::optional<std::string>> meta(std::string_view key) = 0;
  virtual base::Result<void> set_meta(std::string_view key, std::string_view value) = 0;
  /// True until the first object, and never again.
  virtual base::Result<bool> is_new() = 0;
  /// Cheap check for /readyz that the database answers and, after a write that found the disk full, that it can be
  /// written again.
  virtual base::Result<void> ping() = 0;
  /// "sqlite" or "postgresql".
  [[nodiscard]] virtual std::string_view name() const = 0;
};

/// Opens `sqlite:///PATH`, `sqlite::memory:` or `postgresql://...`, creating the schema where it is absent.
/// Errors: `invalid` (URL; a file that is no database; a schema from the future: says which version made it),
/// `unavailable` (cannot connect), `denied` (file permissions, password), `conflict` (reason "InUse": the SQLite file
/// is open in another process).
base::Result<std::unique_ptr<Store>> open(std::string_view url, base::Clock& clock);

}  // namespace threeport::store
