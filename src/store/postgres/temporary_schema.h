// For tests: a schema of its own in a PostgreSQL database.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "base/crypto.h"
#include "store/postgres/connect.h"
#include "store/testing.h"

namespace threeport::store::testing {

class PostgresSchema final : public TemporaryDatabase {
 public:
  /// `server`: URL of a PostgreSQL database in which the user may create schemas.
  explicit PostgresSchema(std::string server)
      : server_(std::move(server)), name_("test_" + base::hex(base::random_bytes(8))) {
    auto connection = postgres::connect(server_);
    EXPECT_TRUE(connection) << why(connection);
    if (connection) connection_ = std::move(*connection);
    execute("SET client_min_messages = warning");
    execute("CREATE SCHEMA " + name_);
  }
  ~PostgresSchema() override { execute("DROP SCHEMA " + name_ + " CASCADE"); }

  [[nodiscard]] std::string url() const override {
    return server_ + (server_.find('?') == std::string::npos ? "?" : "&") + "options=-csearch_path%3D" + name_ +
           "&application_name=" + name_;
  }
  /// Runs SQL outside of the store. The first column of the first row of the last statement, or "".
  std::string execute(const std::string& sql) {
    PGresult* result = PQexec(connection_.get(), sql.c_str());
    const auto status = PQresultStatus(result);
    EXPECT_TRUE(status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) << PQresultErrorMessage(result);
    const std::string first = PQntuples(result) > 0 ? PQgetvalue(result, 0, 0) : "";
    PQclear(result);
    return first;
  }
  /// Cuts all connections that were made with the URL.
  void terminate_sessions() {
    execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '" + name_ + "'");
  }
  /// Connections that were made with the URL and are open.
  int sessions() {
    return std::stoi(execute("SELECT count(*) FROM pg_stat_activity WHERE application_name = '" + name_ + "'"));
  }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::uint16_t port() const { return static_cast<std::uint16_t>(std::stoi(PQport(connection_.get()))); }

 private:
  const std::string server_;
  const std::string name_;
  postgres::Connection connection_;
};

/// In the PostgreSQL of TP_POSTGRES_URL. Null where there is none: the test has failed, or is to skip
/// (TP_ALLOW_SKIP=1).
std::unique_ptr<PostgresSchema> make_postgres_schema();

}  // namespace threeport::store::testing
