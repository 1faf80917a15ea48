#include "store/object_store.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "store/leases.h"
#include "store/open_database.h"
#include "store/schema.h"
#include "store/stored.h"

namespace threeport::store {
namespace {

using base::Result;
using base::TimePoint;

constexpr std::int64_t kIdBlock = 1000;
/// Rows that one statement reads at most: no read transaction lasts longer than a page.
constexpr std::int64_t kPageRows = 1000;
constexpr int kAttempts = 3;

constexpr std::string_view kHead = "SELECT head FROM log_head";
constexpr std::string_view kColumns =
    "SELECT o.id, o.kind, o.name, o.version, o.generation, o.observed, o.deleted_at, o.doc FROM ";

Row row_of(const RowView& view) {
  Row row;
  row.id = view.integer(0);
  row.kind = view.text(1);
  row.name = view.text(2);
  row.version = view.integer(3);
  row.generation = view.integer(4);
  row.observed = view.integer(5);
  if (!view.is_null(6)) row.deleted_at = time_of(view.integer(6));
  row.doc = view.text(7);
  return row;
}

/// The live objects that a query means. Parameters are numbered as they appear.
struct Selection {
  std::string sql;  ///< from the first relation to the end of the conditions
  std::vector<Value> parameters;

  std::string next(Value value) {
    parameters.push_back(value);
    return "$" + std::to_string(parameters.size());
  }
};

Selection select(const Query& query) {
  Selection selection;
  const auto has_entry = [&](std::string_view alias, const IndexEntry& entry) {
    const std::string m(alias);
    std::string condition = m + ".kind = " + selection.next(query.kind);
    condition += " AND " + m + ".member = " + selection.next(entry.member);
    condition += " AND " + m + ".value = " + selection.next(entry.value);
    return condition;
  };
  if (query.filters.empty()) {
    selection.sql = "objects o WHERE o.kind = " + selection.next(query.kind);
  } else {
    selection.sql =
        "member_index m CROSS JOIN objects o WHERE " + has_entry("m", query.filters[0]) + " AND o.id = m.id";
  }
  // Names and index entries are those of live objects.
  if (!query.name && query.filters.empty()) selection.sql += " AND o.deleted_at IS NULL";
  if (query.name) selection.sql += " AND o.name = " + selection.next(*query.name);
  for (std::size_t i = 1; i < query.filters.size(); ++i) {
    selection.sql +=
        " AND EXISTS (SELECT 1 FROM member_index n WHERE " + has_entry("n", query.filters[i]) + " AND n.id = o.id)";
  }
  return selection;
}

}  // namespace

Result<std::unique_ptr<Store>> open(std::string_view url, base::Clock& clock) {
  TP_TRY(auto database, open_database(url, clock));
  return ObjectStore::open(std::move(database), clock);
}

Result<std::unique_ptr<Store>> ObjectStore::open(std::unique_ptr<Database> database, base::Clock& clock) {
  std::unique_ptr<ObjectStore> store(new ObjectStore(std::move(database), clock));
  TP_TRY(auto session, store->writers_.borrow());
  TP_CHECK(ensure_schema(*session, store->database_->dialect()));
  return std::unique_ptr<Store>(std::move(store));
}

ObjectStore::ObjectStore(std::unique_ptr<Database> database, base::Clock& clock)
    : database_(std::move(database)),
      clock_(clock),
      writers_(*database_, Access::write, 1),
      own_readers_(*database_, Access::read, database_->readers()),
      readers_(database_->readers() == 0 ? writers_ : own_readers_),
      executor_(writers_, clock),
      committer_(
          [this](std::span<WriteSet* const> sets) {
            Outcomes outcomes = executor_.execute(sets);
            for (const auto& outcome : outcomes) {
              if (!outcome && outcome.error().reason == "DiskFull") disk_was_full_.store(true);
            }
            return outcomes;
          },
          [this] {
            if (hint_) hint_();
          }) {}

Result<void> ObjectStore::read(std::initializer_list<Step> steps) {
  for (int attempt = 1;; ++attempt) {
    TP_TRY(auto session, readers_.borrow());
    auto done = session->run(steps);
    if (done || attempt == kAttempts) return done;
    if (!session->is_broken() && done.error().reason != "Retry") return done;
  }
}

Result<void> ObjectStore::write(std::initializer_list<Step> steps) {
  for (int attempt = 1;; ++attempt) {
    TP_TRY(auto session, writers_.borrow());
    auto done = session->run(steps);
    if (done || attempt == kAttempts || done.error().reason != "Retry") return done;
  }
}

Result<std::int64_t> ObjectStore::read_integer(Step step) {
  std::int64_t number = 0;
  step.on_row = [&](const RowView& row) { number = row.integer(0); };
  TP_CHECK(read({std::move(step)}));
  return number;
}

Result<Row> ObjectStore::get(std::string_view kind, ObjectId id) {
  static const std::string kGet =
      std::string(kColumns) + "objects o WHERE o.id = $1 AND o.kind = $2 AND o.deleted_at IS NULL";
  std::optional<Row> found;
  TP_CHECK(read({{kGet, {id, kind}, [&](const RowView& row) { found = row_of(row); }}}));
  if (!found) return base::not_found("there is no " + std::string(kind) + " with id " + std::to_string(id));
  return std::move(*found);
}

Result<std::vector<Row>> ObjectStore::get_many(const std::vector<ObjectId>& ids) {
  TP_TRY(std::vector<Row> rows, last_known(ids));
  std::erase_if(rows, [](const Row& row) { return row.deleted_at.has_value(); });
  return rows;
}

Result<std::vector<Row>> ObjectStore::last_known(const std::vector<ObjectId>& ids) {
  static const std::string kByIds = std::string(kColumns) + "{id bigint} CROSS JOIN objects o WHERE o.id = input.id";
  std::unordered_map<ObjectId, Row> found;
  Step step{kByIds, {}, [&](const RowView& row) { found.emplace(row.integer(0), row_of(row)); }};
  step.parameters.assign(ids.begin(), ids.end());
  TP_CHECK(read({std::move(step)}));
  std::vector<Row> rows;
  for (const ObjectId id : ids) {
    if (auto row = found.find(id); row != found.end()) rows.push_back(row->second);
  }
  return rows;
}

Result<Page> ObjectStore::list(const Query& query) {
  Page page;
  Query rest = query;
  for (auto wanted = query.limit.value_or(INT64_MAX); wanted > 0;) {
    const auto limit = std::min(wanted, kPageRows);
    TP_TRY(auto rows, list_page(rest, limit));
    const auto count = static_cast<std::int64_t>(rows.size());
    page.rows.insert(page.rows.end(), std::make_move_iterator(rows.begin()), std::make_move_iterator(rows.end()));
    if (count < limit) break;
    wanted -= count;
    rest.after = page.rows.back().id;
    rest.offset = 0;
  }
  if (query.want_total) {
    page.total = static_cast<std::int64_t>(page.rows.size());
    const bool has_all = query.after == 0 && query.offset == 0 && (!query.limit || page.total < *query.limit);
    if (!has_all) {
      TP_TRY(page.total, total_of(query));
    }
  }
  return page;
}

Result<std::vector<Row>> ObjectStore::list_page(const Query& query, std::int64_t limit) {
  auto selection = select(query);
  const std::string key = query.filters.empty() ? "o.id" : "m.id";
  std::string sql(kColumns);
  sql += selection.sql + " AND " + key + " > " + selection.next(query.after);
  sql += " ORDER BY " + key + " LIMIT " + selection.next(limit);
  sql += " OFFSET " + selection.next(query.offset);
  std::vector<Row> rows;
  TP_CHECK(read({{sql, selection.parameters, [&](const RowView& row) { rows.push_back(row_of(row)); }}}));
  return rows;
}

Result<std::int64_t> ObjectStore::total_of(const Query& query) {
  if (query.filters.empty() && !query.name) return count(query.kind);
  auto selection = select(query);
  const std::string sql = "SELECT count(*) FROM " + selection.sql;
  return read_integer({sql, selection.parameters});
}

Result<std::int64_t> ObjectStore::count(std::string_view kind) {
  return read_integer({"SELECT live FROM counts WHERE kind = $1", {kind}});
}

Result<ObjectId> ObjectStore::new_id() {
  const std::lock_guard lock(id_mutex_);
  if (next_id_ == end_of_ids_) {
    ObjectId end = 0;
    TP_CHECK(
        write({{"UPDATE id_blocks SET next_id = next_id + $1 RETURNING next_id", {kIdBlock}, [&](const RowView& row) {
                  end = row.integer(0);
                }}}));
    next_id_ = end - kIdBlock;
    end_of_ids_ = end;
  }
  return next_id_++;
}

Result<Sequence> ObjectStore::head() { return read_integer({kHead}); }

Result<std::vector<Lease>> ObjectStore::hold_leases(std::string_view owner, base::Millis time_to_live) {
  TP_TRY(auto session, writers_.borrow());
  // log_head is also the lock of the leases: a batch that found its lease alive is committed before anyone takes it.
  TP_CHECK(session->run({{"BEGIN"}, {kTakeHead}}));
  TP_TRY(const TimePoint now, session->now());

  std::vector<std::string> live;
  std::vector<LeaseRow> rows;
  TP_CHECK(session->run(
      {{"DELETE FROM replicas WHERE until <= $1", {micros(now)}},
       {"INSERT INTO replicas (owner, until) VALUES ($1, $2)"
        " ON CONFLICT (owner) DO UPDATE SET until = excluded.until",
        {owner, micros(now + time_to_live)}},
       {"SELECT owner FROM replicas", {}, [&](const RowView& row) { live.emplace_back(row.text(0)); }},
       {"SELECT shard, owner, epoch FROM leases", {}, [&](const RowView& row) {
          rows.push_back(
              {.shard = static_cast<int>(row.integer(0)), .owner = std::string(row.text(1)), .epoch = row.integer(2)});
        }}}));
  std::sort(live.begin(), live.end());
  const LeasePlan plan = make_lease_plan(rows, live, owner);

  Step take{
      "INSERT INTO leases (shard, owner, epoch) VALUES {shard bigint, owner text, epoch bigint}"
      " ON CONFLICT (shard) DO UPDATE SET owner = excluded.owner, epoch = excluded.epoch"};
  for (const auto& lease : plan.taken) {
    take.parameters.insert(take.parameters.end(), {std::int64_t{lease.shard}, owner, lease.epoch});
  }
  Step give_up{"UPDATE leases SET owner = '' WHERE shard IN (SELECT input.shard FROM {shard bigint})"};
  for (const int shard : plan.given_up) give_up.parameters.emplace_back(std::int64_t{shard});
  TP_CHECK(session->run({take, give_up, {"COMMIT"}}));
  return plan.held;
}

Result<void> ObjectStore::release_leases(std::string_view owner) {
  return write({{"BEGIN"},
                {kTakeHead},
                {"DELETE FROM replicas WHERE owner = $1", {owner}},
                {"UPDATE leases SET owner = '' WHERE owner = $1", {owner}},
                {"COMMIT"}});
}

Result<std::vector<WorkItem>> ObjectStore::work(const std::vector<int>& shards) {
  std::vector<WorkItem> items;
  Step step{
      "SELECT w.id, w.next_at, w.failures FROM {shard bigint} CROSS JOIN work w WHERE w.shard = input.shard",
      {},
      [&](const RowView& row) {
        items.push_back(
            {.id = row.integer(0), .next_at = time_of(row.integer(1)), .failures = static_cast<int>(row.integer(2))});
      }};
  for (const int shard : shards) step.parameters.emplace_back(std::int64_t{shard});
  TP_CHECK(read({std::move(step)}));
  return items;
}

Result<std::optional<std::string>> ObjectStore::meta(std::string_view key) {
  std::optional<std::string> value;
  TP_CHECK(read({{"SELECT value FROM meta WHERE key = $1", {key}, [&](const RowView& row) { value = row.text(0); }}}));
  return value;
}

Result<void> ObjectStore::set_meta(std::string_view key, std::string_view value) {
  return write({{"INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                 {key, value}}});
}

Result<bool> ObjectStore::is_new() {
  TP_TRY(const Sequence newest, head());
  return newest == 0;
}

Result<void> ObjectStore::ping() {
  TP_CHECK(read({{kHead}}));
  if (!disk_was_full_.load()) return {};
  // Small writes may fit into files as they are: only one of some size tells whether these can grow again.
  constexpr std::string_view kProbe = "room_probe";
  TP_CHECK(set_meta(kProbe, std::string(std::size_t{256} << 10, 'x')));
  TP_CHECK(write({{"DELETE FROM meta WHERE key = $1", {kProbe}}}));
  disk_was_full_.store(false);
  return {};
}

}  // namespace threeport::store
