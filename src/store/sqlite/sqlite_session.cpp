#include "store/sqlite/sqlite_session.h"

#include <utility>

#include "store/input_relation.h"

namespace threeport::store::sqlite {
namespace {

using base::Result;

class SqliteRow final : public RowView {
 public:
  explicit SqliteRow(sqlite3_stmt* statement) : statement_(statement) {}
  [[nodiscard]] bool is_null(int column) const override {
    return sqlite3_column_type(statement_, column) == SQLITE_NULL;
  }
  [[nodiscard]] std::int64_t integer(int column) const override { return sqlite3_column_int64(statement_, column); }
  [[nodiscard]] std::string_view text(int column) const override {
    const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
    if (bytes == nullptr) return {};
    return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
  }

 private:
  sqlite3_stmt* statement_;
};

int bind(sqlite3_stmt* statement, int index, const Value& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) return sqlite3_bind_int64(statement, index, *number);
  if (const auto* text = std::get_if<std::string_view>(&value)) {
    // An empty view may have no address, which SQLite would take for NULL.
    const char* bytes = text->data() == nullptr ? "" : text->data();
    return sqlite3_bind_text64(statement, index, bytes, text->size(), SQLITE_STATIC, SQLITE_UTF8);
  }
  return sqlite3_bind_null(statement, index);
}

/// `VALUES ($1, $2)`, or `(SELECT $1 AS id, $2 AS name) AS input`: one row.
std::string one_row(const InputRelation& input) {
  std::string values;
  for (std::size_t i = 0; i < input.columns.size(); ++i) {
    if (i > 0) values += ", ";
    values += "$" + std::to_string(i + 1);
    if (!input.is_values) values += " AS " + input.columns[i].name;
  }
  return input.is_values ? "VALUES (" + values + ")" : "(SELECT " + values + ") AS input";
}

}  // namespace

base::Error error_of(int code, std::string_view words, const std::string& path) {
  const auto say = [&](base::ErrorKind kind, const std::string& message, std::string reason = {}) {
    return base::Error{.kind = kind, .message = message, .detail = std::string(words), .reason = std::move(reason)};
  };
  using enum base::ErrorKind;
  switch (code & 0xff) {
    case SQLITE_NOTADB:
      return say(invalid, "the file " + path + " is no SQLite database: name another file, or move this one away");
    case SQLITE_FULL:
      return say(unavailable, "the disk that holds " + path + " is full, nothing was changed: make room on it",
                 "DiskFull");
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return say(denied, "the database " + path +
                             " may not be written: check the permissions of the file and its "
                             "folder");
    case SQLITE_CANTOPEN:
      return say(denied, "the database " + path + " cannot be opened: check that it is a file, and the permissions");
    case SQLITE_IOERR:
    case SQLITE_NOMEM:
      return say(unavailable, "reading or writing the database " + path + " failed: " + std::string(words));
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return say(unavailable, "the database " + path + " is busy", "Retry");
    case SQLITE_CORRUPT: return say(internal, "the database " + path + " is damaged: restore it from a backup");
    default: return say(internal, "the database " + path + " refused a statement: " + std::string(words));
  }
}

Result<std::unique_ptr<SqliteSession>> SqliteSession::connect(const std::string& path, base::Clock& clock) {
  std::unique_ptr<SqliteSession> session(new SqliteSession(path, clock));
  sqlite3* connection = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &connection,
                                   SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
  session->connection_.reset(connection);
  if (code != SQLITE_OK) return session->last_error();
  sqlite3_busy_timeout(connection, 10'000);
  return session;
}

base::Error SqliteSession::last_error() const {
  return error_of(sqlite3_extended_errcode(connection_.get()), sqlite3_errmsg(connection_.get()), path_);
}

Result<void> SqliteSession::run(std::span<const Step> steps) {
  for (const auto& step : steps) {
    auto done = run_one(step);
    if (done) continue;
    if (sqlite3_get_autocommit(connection_.get()) == 0) {
      sqlite3_exec(connection_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
    }
    return done;
  }
  return {};
}

Result<SqliteSession::Prepared*> SqliteSession::prepare(std::string_view sql) {
  if (const auto found = prepared_.find(sql); found != prepared_.end()) return &found->second;
  std::string text(sql);
  const auto input = find_input_relation(sql);
  if (input) text.replace(input->begin, input->size, one_row(*input));
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(connection_.get(), text.c_str(), static_cast<int>(text.size() + 1),
                                      SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) {
    auto error = last_error();
    // SQLite has no code of its own for this.
    if (error.detail.find("no such table") != std::string::npos) error.kind = base::ErrorKind::not_found;
    return error;
  }
  Prepared prepared;
  prepared.statement.reset(statement);
  prepared.parameters = static_cast<std::size_t>(sqlite3_bind_parameter_count(statement));
  prepared.reads_input = input.has_value();
  return &prepared_.emplace(std::string(sql), std::move(prepared)).first->second;
}

Result<void> SqliteSession::run_one(const Step& step) {
  if (step.parameters.empty() && find_input_relation(step.sql)) return {};
  TP_TRY(const Prepared* prepared, prepare(step.sql));
  sqlite3_stmt* const statement = prepared->statement.get();
  const SqliteRow row(statement);
  std::size_t bound = 0;
  do {
    for (std::size_t i = 0; i < prepared->parameters; ++i) {
      bind(statement, static_cast<int>(i + 1), step.parameters.at(bound++));
    }
    int code = sqlite3_step(statement);
    for (; code == SQLITE_ROW; code = sqlite3_step(statement)) {
      if (step.on_row) step.on_row(row);
    }
    sqlite3_reset(statement);
    if (code != SQLITE_DONE) return last_error();
  } while (prepared->reads_input && bound < step.parameters.size());
  return {};
}

}  // namespace threeport::store::sqlite
