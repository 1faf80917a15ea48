#include "store/batch_executor.h"

#include <bit>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

#include "base/crypto.h"
#include "store/stored.h"

namespace threeport::store {
namespace {

using base::ErrorKind;
using base::Result;

constexpr int kAttempts = 5;
// How long a restarting database is waited for when it holds the answer to what became of a commit.
constexpr int kLooks = 100;
constexpr base::Millis kBetweenLooks{100};

constexpr std::string_view kObjects =
    "SELECT o.id, o.kind, o.name, o.version, o.deleted_at FROM {id bigint} CROSS JOIN objects o WHERE o.id = input.id";
constexpr std::string_view kNames =
    "SELECT input.kind, input.name, (SELECT o.id FROM objects o WHERE o.kind = input.kind AND o.name = input.name)"
    " FROM {kind text, name text}";
// The first holders of each entry: those up to the id of the one that is too many.
constexpr std::string_view kHolders =
    "SELECT m.kind, m.member, m.value, m.id FROM {kind text, member text, value text}"
    " CROSS JOIN member_index m WHERE m.kind = input.kind AND m.member = input.member AND m.value = input.value"
    " AND m.id <= coalesce((SELECT n.id FROM member_index n WHERE n.kind = input.kind AND n.member = input.member"
    " AND n.value = input.value ORDER BY n.id LIMIT 1 OFFSET ENOUGH), 9007199254740992)";

/// The number is part of the statement; powers of two keep the statements few.
std::string holders_sql(std::int64_t enough) {
  std::string sql(kHolders);
  sql.replace(sql.find("ENOUGH"), 6, std::to_string(std::bit_ceil(static_cast<std::uint64_t>(enough))));
  return sql;
}

constexpr std::string_view kEpochs =
    "SELECT l.shard, l.epoch FROM {shard bigint} CROSS JOIN leases l WHERE l.shard = input.shard";

constexpr std::string_view kLoseNames = "UPDATE objects SET name = NULL WHERE id IN (SELECT input.id FROM {id bigint})";
constexpr std::string_view kInsert =
    "INSERT INTO objects (id, kind, name, version, generation, observed, deleted_at, doc) VALUES"
    " {id bigint, kind text, name text, version bigint, generation bigint, observed bigint, deleted_at bigint,"
    " doc text}";
// The rows are there: they have been read. (SQLite is slow at UPDATE ... FROM.)
constexpr std::string_view kUpdate =
    "INSERT INTO objects (id, kind, name, version, generation, observed, deleted_at, doc) VALUES"
    " {id bigint, kind text, name text, version bigint, generation bigint, observed bigint, deleted_at bigint,"
    " doc text} ON CONFLICT (id) DO UPDATE SET name = excluded.name, version = excluded.version,"
    " generation = excluded.generation, observed = excluded.observed, deleted_at = excluded.deleted_at,"
    " doc = excluded.doc";
constexpr std::string_view kDropIndex = "DELETE FROM member_index WHERE id IN (SELECT input.id FROM {id bigint})";
constexpr std::string_view kAddIndex =
    "INSERT INTO member_index (kind, member, value, id) VALUES"
    " {kind text, member text, value text, id bigint} ON CONFLICT DO NOTHING";
constexpr std::string_view kAddChanges =
    "INSERT INTO changes (sequence, at, verb, kind, id, generation, wakes, actor, request_id, reason, body) VALUES"
    " {sequence bigint, at bigint, verb text, kind text, id bigint, generation bigint, wakes bigint, actor text,"
    " request_id text, reason text, body text}";
constexpr std::string_view kAddCounts =
    "INSERT INTO counts (kind, live) VALUES {kind text, live bigint}"
    " ON CONFLICT (kind) DO UPDATE SET live = counts.live + excluded.live";
constexpr std::string_view kDropWork =
    "DELETE FROM work WHERE (shard, id) IN (SELECT input.shard, input.id FROM {shard bigint, id bigint})";
constexpr std::string_view kSetWork =
    "INSERT INTO work (shard, id, next_at, failures) VALUES"
    " {shard bigint, id bigint, next_at bigint, failures bigint}"
    " ON CONFLICT (shard, id) DO UPDATE SET next_at = excluded.next_at, failures = excluded.failures";
constexpr std::string_view kSetHead = "UPDATE log_head SET head = $1";
constexpr std::string_view kSign =
    "INSERT INTO committers (committer, batch, at) VALUES ($1, $2, $3)"
    " ON CONFLICT (committer) DO UPDATE SET batch = excluded.batch, at = excluded.at";

/// BEGIN, the lock, and everything that the sets depend on: one round trip.
Result<void> load(Session& session, Facts& facts) {
  Step objects{kObjects, {}, [&](const RowView& row) {
                 facts.set_object(row.integer(0), row.text(1), row.text(2), row.integer(3), row.is_null(4));
               }};
  for (const auto& [id, object] : facts.objects) objects.parameters.emplace_back(id);

  Step names{kNames, {}, [&](const RowView& row) { facts.set_name({row.text(0), row.text(1)}, row.integer(2)); }};
  for (const auto& [key, holder] : facts.names) {
    names.parameters.insert(names.parameters.end(), {key.first, key.second});
  }

  const std::string first_holders = holders_sql(facts.enough_holders);
  Step holders{first_holders, {}, [&](const RowView& row) {
                 facts.add_holder({row.text(0), row.text(1), row.text(2)}, row.integer(3));
               }};
  for (const auto& [key, ids] : facts.holders) {
    const auto& [kind, member, value] = key;
    holders.parameters.insert(holders.parameters.end(), {kind, member, value});
  }

  Step epochs{
      kEpochs, {}, [&](const RowView& row) { facts.epochs[static_cast<int>(row.integer(0))] = row.integer(1); }};
  for (const auto& [shard, epoch] : facts.epochs) epochs.parameters.emplace_back(std::int64_t{shard});

  Step take_head{kTakeHead, {}, [&](const RowView& row) { facts.head = row.integer(0); }};
  return session.run({{"BEGIN"}, take_head, objects, names, holders, epochs});
}

std::vector<Value> rows_of(const std::vector<const Row*>& rows) {
  std::vector<Value> values;
  values.reserve(rows.size() * 8);
  for (const Row* row : rows) {
    const bool has_name = !row->name.empty() && !row->deleted_at;
    const Value name = has_name ? Value(row->name) : Value();
    values.insert(values.end(), {row->id, row->kind, name, row->version, row->generation, row->observed,
                                 value_of(row->deleted_at), row->doc});
  }
  return values;
}

std::vector<Value> rows_of(const std::vector<Effects::LoggedChange>& changes, base::TimePoint at) {
  std::vector<Value> values;
  values.reserve(changes.size() * 11);
  for (const auto& [sequence, set, put] : changes) {
    values.insert(values.end(),
                  {sequence, micros(at), text_of(put->verb), put->row.kind, put->row.id, put->row.generation,
                   std::int64_t{put->note.wakes}, set->by, set->request_id, set->reason, put->note.body});
  }
  return values;
}

/// The sets have nothing to do with it: trying them one by one would not help.
bool is_about_database(const base::Error& error) { return error.kind == ErrorKind::unavailable; }

base::Error unknown_outcome(const base::Error& cause) {
  auto error = base::unavailable(
      "the connection to the database was lost while a change was being committed, and it cannot be reached to find "
      "out whether the change was made: look again later, then repeat it if it was not");
  error.reason = "OutcomeUnknown";
  error.detail = cause.message;
  return error;
}

}  // namespace

BatchExecutor::BatchExecutor(SessionPool& writers, base::Clock& clock)
    : writers_(writers), clock_(clock), committer_(base::uuid4()) {}

BatchExecutor::~BatchExecutor() {
  if (batch_ == 0) return;
  if (auto session = writers_.borrow()) {
    // Where this fails a row of a few bytes stays behind.
    (void)(*session)->run(Step{"DELETE FROM committers WHERE committer = $1", {committer_}});
  }
}

Outcomes BatchExecutor::execute(std::span<WriteSet* const> sets) {
  auto together = execute_together(sets);
  if (together) return std::move(*together);
  Outcomes outcomes;
  for (std::size_t i = 0; i < sets.size(); ++i) {
    if (sets.size() == 1 || is_about_database(together.error())) {
      outcomes.emplace_back(together.error());
      continue;
    }
    auto alone = execute_together(sets.subspan(i, 1));
    outcomes.push_back(alone ? std::move(alone->front()) : Result<Committed>(std::move(alone).error()));
  }
  return outcomes;
}

Result<Outcomes> BatchExecutor::execute_together(std::span<WriteSet* const> sets) {
  std::optional<base::Error> failure;
  for (int i = 0; i < kAttempts; ++i) {
    bool lost = false;
    Attempt attempt;
    {
      TP_TRY(auto session, writers_.borrow());
      attempt = try_batch(*session, sets);
      lost = session->is_broken();
    }
    if (attempt.done) return std::move(attempt.outcomes);
    failure = std::move(attempt.done).error();
    if (lost && attempt.commit_sent) {
      auto committed = is_committed();
      if (!committed) return unknown_outcome(*failure);
      if (*committed) return std::move(attempt.outcomes);
    }
    if (!lost && failure->reason != "Retry") break;
  }
  return std::move(*failure);
}

BatchExecutor::Attempt BatchExecutor::try_batch(Session& session, std::span<WriteSet* const> sets) {
  Attempt attempt;
  Facts facts(sets);
  attempt.done = load(session, facts);
  if (!attempt.done) return attempt;

  const auto at = clock_.now();
  Judge judge(facts, at);
  bool any = false;
  attempt.outcomes.reserve(sets.size());
  for (WriteSet* set : sets) any |= attempt.outcomes.emplace_back(judge.admit(*set)).has_value();
  if (any) {
    attempt.commit_sent = true;
    attempt.done = write(session, judge.take_effects(), at);
  } else {
    attempt.done = session.run(Step{"ROLLBACK"});
  }
  return attempt;
}

/// Everything that changed, and COMMIT: one round trip.
Result<void> BatchExecutor::write(Session& session, const Effects& effects, base::TimePoint at) {
  Step lose_names{kLoseNames};
  for (const ObjectId id : effects.lost_names) lose_names.parameters.emplace_back(id);
  Step drop_index{kDropIndex};
  for (const ObjectId id : effects.index_dropped) drop_index.parameters.emplace_back(id);
  Step add_index{kAddIndex};
  for (const auto& [row, entry] : effects.index_added) {
    add_index.parameters.insert(add_index.parameters.end(), {row->kind, entry->member, entry->value, row->id});
  }
  Step add_counts{kAddCounts};
  for (const auto& [kind, live] : effects.counts) {
    add_counts.parameters.insert(add_counts.parameters.end(), {kind, live});
  }
  Step drop_work{kDropWork};
  Step set_work{kSetWork};
  for (const auto& [id, item] : effects.work) {
    const std::int64_t shard = shard_of(id);
    if (item.next_at) {
      set_work.parameters.insert(set_work.parameters.end(),
                                 {shard, id, micros(*item.next_at), std::int64_t{item.failures}});
    } else {
      drop_work.parameters.insert(drop_work.parameters.end(), {shard, id});
    }
  }
  return session.run({lose_names,
                      {kUpdate, rows_of(effects.updated)},
                      {kInsert, rows_of(effects.inserted)},
                      drop_index,
                      add_index,
                      {kAddChanges, rows_of(effects.changes, at)},
                      add_counts,
                      drop_work,
                      set_work,
                      {kSetHead, {effects.head}},
                      {kSign, {committer_, ++batch_, micros(at)}},
                      {"COMMIT"}});
}

Result<bool> BatchExecutor::is_committed() {
  std::optional<base::Error> failure;
  for (int i = 0; i < kLooks; ++i) {
    if (auto session = writers_.borrow()) {
      // Whoever has log_head knows that the lost transaction has ended, one way or the other.
      std::int64_t batch = 0;
      auto looked = (*session)->run({{"BEGIN"},
                                     {kTakeHead},
                                     {"SELECT batch FROM committers WHERE committer = $1",
                                      {committer_},
                                      [&](const RowView& row) { batch = row.integer(0); }},
                                     {"ROLLBACK"}});
      if (looked) return batch == batch_;
      failure = std::move(looked).error();
    } else {
      failure = std::move(session).error();
    }
    std::mutex mutex;
    std::condition_variable nobody_notifies;
    std::unique_lock lock(mutex);
    clock_.wait_until(lock, nobody_notifies, clock_.steady_now() + kBetweenLooks);
  }
  return std::move(*failure);
}

}  // namespace threeport::store
