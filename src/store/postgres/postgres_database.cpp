#include "store/postgres/postgres_database.h"

#include <utility>

#include "store/postgres/postgres_session.h"

namespace threeport::store::postgres {
namespace {

class PostgresDatabase final : public Database {
 public:
  explicit PostgresDatabase(std::string url) : url_(std::move(url)) {}

  base::Result<std::unique_ptr<Session>> connect(Access /*access*/) override {
    TP_TRY(auto session, PostgresSession::connect(url_));
    return std::unique_ptr<Session>(std::move(session));
  }
  [[nodiscard]] std::size_t readers() const override { return 8; }
  [[nodiscard]] Dialect dialect() const override {
    return {.integer_key = "BIGINT",
            .text = "TEXT COLLATE \"C\"",
            .clustered = "",
            .without_time_limit = "SET LOCAL statement_timeout = 0",
            .member_text = "doc::json ->> 'MEMBER'",
            .member_integer = "(doc::json ->> 'MEMBER')::numeric",  // unsigned ones do not fit into 64 bits
            .member_boolean = "(doc::json ->> 'MEMBER')::boolean",
            .member_time = "(doc::json ->> 'MEMBER')::timestamptz",
            .member_json = "doc::json -> 'MEMBER'"};
  }
  [[nodiscard]] std::string_view name() const override { return "postgresql"; }

 private:
  const std::string url_;
};

}  // namespace

std::unique_ptr<Database> make_database(std::string url) { return std::make_unique<PostgresDatabase>(std::move(url)); }

}  // namespace threeport::store::postgres
