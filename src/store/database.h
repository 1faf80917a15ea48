// What the store asks of a database: connections that run SQL steps. The store's SQL is written once, for both
// databases; what differs between them stays behind this interface.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace threeport::store {

/// A parameter: NULL, an integer, or a text that must outlive the call.
using Value = std::variant<std::monostate, std::int64_t, std::string_view>;

/// One row of an answer, valid during the visit. Every column is a 64-bit integer or a text.
class RowView {
 public:
  virtual ~RowView() = default;
  [[nodiscard]] virtual bool is_null(int column) const = 0;
  /// 0 where the column is NULL.
  [[nodiscard]] virtual std::int64_t integer(int column) const = 0;
  /// "" where the column is NULL.
  [[nodiscard]] virtual std::string_view text(int column) const = 0;
};

/// One SQL statement.
///   - With `$1`, `$2`, ... it runs once; the parameters are not NULL and are first used in that order.
///   - With `{id bigint, name text}` in place of a relation it runs for rows: `parameters` holds them one after the
///     other, and the statement reads them as `input(id, name)`. `VALUES {...}` inserts them as they are. Such a
///     statement must mean the same whether it runs once for all rows or once for each. Without rows it does not run.
struct Step {
  std::string_view sql;
  std::vector<Value> parameters = {};
  std::function<void(const RowView&)> on_row = {};
};

/// A connection. For one thread at a time.
class Session {
 public:
  virtual ~Session() = default;
  Session() = default;
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// Runs the steps in order, in one round trip where there is a network. A step that fails ends the run and rolls back
  /// the open transaction. Errors: `unavailable` (connection lost: see is_broken; disk full: reason "DiskFull"; reason
  /// "Retry": another transaction was in the way, the same steps may succeed now), `not_found` (no such table),
  /// `internal` (everything else). Blocks.
  virtual base::Result<void> run(std::span<const Step> steps) = 0;
  base::Result<void> run(std::initializer_list<Step> steps) { return run(std::span(steps.begin(), steps.size())); }
  base::Result<void> run(const Step& step) { return run(std::span(&step, 1)); }

  /// The connection is lost for good.
  [[nodiscard]] virtual bool is_broken() const = 0;
  /// The database's clock. Errors as run.
  virtual base::Result<base::TimePoint> now() = 0;
};

/// Words of the schema that differ.
struct Dialect {
  std::string_view integer_key = {};         ///< type of a primary key that is a 64-bit integer
  std::string_view text = {};                ///< type of texts that are compared byte by byte
  std::string_view clustered = {};           ///< after a table whose rows are its primary key
  std::string_view without_time_limit = {};  ///< a statement: this transaction may take long; "" where all may
  // Expressions of views: a member of `doc` (MEMBER stands for its name) as a value of that type.
  std::string_view member_text = {}, member_integer = {}, member_boolean = {}, member_time = {}, member_json = {};
};

enum class Access { read, write };

/// Thread-safe.
class Database {
 public:
  virtual ~Database() = default;
  /// Errors as those of store::open. Blocks.
  virtual base::Result<std::unique_ptr<Session>> connect(Access access) = 0;
  /// How many sessions for reading may be open at a time. 0: the one that writes reads as well.
  [[nodiscard]] virtual std::size_t readers() const = 0;
  [[nodiscard]] virtual Dialect dialect() const = 0;
  [[nodiscard]] virtual std::string_view name() const = 0;
};

}  // namespace threeport::store
