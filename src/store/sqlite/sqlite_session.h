// A connection to SQLite.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include <sqlite3.h>

#include "base/clock.h"
#include "base/result.h"
#include "store/database.h"

namespace threeport::store::sqlite {

/// What SQLite's code means for the caller, in words. `path`: of the database, for the message.
base::Error error_of(int code, std::string_view words, const std::string& path);

class SqliteSession final : public Session {
 public:
  /// Errors: `invalid` (a file that is no database), `denied`, `unavailable`.
  static base::Result<std::unique_ptr<SqliteSession>> connect(const std::string& path, base::Clock& clock);

  base::Result<void> run(std::span<const Step> steps) override;
  using Session::run;
  [[nodiscard]] bool is_broken() const override { return false; }
  base::Result<base::TimePoint> now() override { return clock_.now(); }

  [[nodiscard]] sqlite3* handle() { return connection_.get(); }

 private:
  struct Close {
    void operator()(sqlite3* connection) const { sqlite3_close_v2(connection); }
  };
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  struct Prepared {
    std::unique_ptr<sqlite3_stmt, Finalize> statement;
    std::size_t parameters = 0;
    bool reads_input = false;
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };

  SqliteSession(std::string path, base::Clock& clock) : path_(std::move(path)), clock_(clock) {}
  base::Result<Prepared*> prepare(std::string_view sql);
  base::Result<void> run_one(const Step& step);
  [[nodiscard]] base::Error last_error() const;

  const std::string path_;
  base::Clock& clock_;
  std::unique_ptr<sqlite3, Close> connection_;
  std::unordered_map<std::string, Prepared, Hash, std::equal_to<>> prepared_;  // before the connection goes
};

}  // namespace threeport::store::sqlite
