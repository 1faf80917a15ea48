#include "store/schema.h"

#include <charconv>
#include <optional>
#include <string>
#include <vector>

namespace threeport::store {
namespace {

using base::Result;

// {int} is the type of integer keys, {text} of compared texts, {clustered} marks tables that are their primary key.
// Deleted rows have no name, so that a look-up by name needs no other condition: one that a second index has too makes
// PostgreSQL choose that one as long as it has no statistics.
// Times are microseconds since 1970, UTC. docs/architecture/store.md explains the tables.
constexpr std::string_view kTables[] = {
    "CREATE TABLE meta (key {text} NOT NULL PRIMARY KEY, value TEXT NOT NULL)",
    "CREATE TABLE objects (id {int} PRIMARY KEY, kind {text} NOT NULL, name {text}, version BIGINT NOT NULL,"
    " generation BIGINT NOT NULL, observed BIGINT NOT NULL, deleted_at BIGINT, doc TEXT NOT NULL)",
    "CREATE UNIQUE INDEX objects_by_name ON objects (kind, name) WHERE name IS NOT NULL",
    "CREATE INDEX objects_by_kind ON objects (kind, id) WHERE deleted_at IS NULL",
    "CREATE INDEX objects_by_deletion ON objects (deleted_at) WHERE deleted_at IS NOT NULL",
    "CREATE TABLE member_index (kind {text} NOT NULL, member {text} NOT NULL, value {text} NOT NULL,"
    " id BIGINT NOT NULL, PRIMARY KEY (kind, member, value, id)){clustered}",
    "CREATE INDEX member_index_by_id ON member_index (id)",
    "CREATE TABLE counts (kind {text} NOT NULL PRIMARY KEY, live BIGINT NOT NULL)",
    "CREATE TABLE changes (sequence {int} PRIMARY KEY, at BIGINT NOT NULL, verb {text} NOT NULL, kind {text} NOT NULL,"
    " id BIGINT NOT NULL, generation BIGINT NOT NULL, wakes BIGINT NOT NULL, actor TEXT NOT NULL,"
    " request_id TEXT NOT NULL, reason TEXT NOT NULL, body TEXT NOT NULL)",
    "CREATE INDEX changes_by_object ON changes (id, sequence) WHERE body <> '' OR verb = 'deleted'",
    "CREATE TABLE log_head (head BIGINT NOT NULL)",
    "CREATE TABLE committers (committer {text} NOT NULL PRIMARY KEY, batch BIGINT NOT NULL, at BIGINT NOT NULL)",
    "CREATE TABLE id_blocks (next_id BIGINT NOT NULL)",
    "CREATE TABLE work (shard BIGINT NOT NULL, id BIGINT NOT NULL, next_at BIGINT NOT NULL, failures BIGINT NOT NULL,"
    " PRIMARY KEY (shard, id)){clustered}",
    "CREATE TABLE leases (shard {int} PRIMARY KEY, owner {text} NOT NULL, epoch BIGINT NOT NULL)",
    "CREATE TABLE replicas (owner {text} NOT NULL PRIMARY KEY, until BIGINT NOT NULL)",
    "INSERT INTO log_head (head) VALUES (0)",
    "INSERT INTO id_blocks (next_id) VALUES (1)",
};

/// What leads from each version to the next, from version 1 on. Two processes may each do it, one after the other.
const std::vector<std::vector<std::string_view>> kUpgrades = {
    // Names of deleted rows went.
    {"UPDATE objects SET name = NULL WHERE deleted_at IS NOT NULL", "DROP INDEX objects_by_name",
     "CREATE UNIQUE INDEX objects_by_name ON objects (kind, name) WHERE name IS NOT NULL"},
    // Histories of objects, and purging.
    {"CREATE INDEX IF NOT EXISTS objects_by_deletion ON objects (deleted_at) WHERE deleted_at IS NOT NULL",
     "CREATE INDEX IF NOT EXISTS changes_by_object ON changes (id, sequence) WHERE body <> '' OR verb = 'deleted'"},
};

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

/// Unset: there are no tables.
Result<std::optional<std::int64_t>> stored_version(Session& session) {
  std::optional<std::int64_t> version;
  auto read = session.run(Step{"SELECT value FROM meta WHERE key = 'schema_version'", {}, [&](const RowView& row) {
                                 const std::string_view text = row.text(0);
                                 std::int64_t number = 0;
                                 if (std::from_chars(text.data(), text.data() + text.size(), number).ec == std::errc())
                                   version = number;
                               }});
  if (!read && read.error().kind != base::ErrorKind::not_found) return std::move(read).error();
  return version;
}

Result<void> create_tables(Session& session, const Dialect& dialect) {
  std::vector<std::string> texts;
  for (const auto table : kTables) {
    auto& text = texts.emplace_back(table);
    replace_all(text, "{int}", dialect.integer_key);
    replace_all(text, "{text}", dialect.text);
    replace_all(text, "{clustered}", dialect.clustered);
  }
  texts.push_back("INSERT INTO meta (key, value) VALUES ('schema_version', '" + std::to_string(kSchemaVersion) + "')");
  std::vector<Step> steps{{"BEGIN"}};
  for (const auto& text : texts) steps.push_back({text});
  steps.push_back({"COMMIT"});
  return session.run(steps);
}

/// One version further, all or nothing.
Result<void> upgrade(Session& session, const Dialect& dialect, std::int64_t from) {
  const std::string next = std::to_string(from + 1);
  // The row is the lock: a second process waits for it, and then does again what has been done.
  std::vector<Step> steps{{"BEGIN"}};
  if (!dialect.without_time_limit.empty()) steps.push_back({dialect.without_time_limit});
  steps.push_back({"UPDATE meta SET value = $1 WHERE key = 'schema_version'", {next}});
  for (const auto statement : kUpgrades.at(static_cast<std::size_t>(from - 1))) steps.push_back({statement});
  steps.push_back({"COMMIT"});
  return session.run(steps);
}

}  // namespace

Result<void> ensure_schema(Session& session, const Dialect& dialect) {
  TP_TRY(auto version, stored_version(session));
  if (!version) {
    // Another process may create them at the same time: whoever comes second fails, and finds them there.
    auto created = create_tables(session, dialect);
    TP_TRY(version, stored_version(session));
    if (!version) {
      return created ? base::internal("the database has a table \"meta\" without schema_version: it is not ours")
                     : std::move(created).error();
    }
  }
  if (*version > kSchemaVersion) {
    return base::invalid("the database was made by a newer Threeport (schema version " + std::to_string(*version) +
                         "; this program knows version " + std::to_string(kSchemaVersion) +
                         "): run the newer program, or restore a backup that this one made");
  }
  for (std::int64_t at = *version; at < kSchemaVersion; ++at) TP_CHECK(upgrade(session, dialect, at));
  return {};
}

}  // namespace threeport::store
