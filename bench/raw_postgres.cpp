#include "bench/raw_postgres.h"

#include <memory>
#include <random>
#include <vector>

#include "bench/fail.h"
#include "store/postgres/connect.h"

namespace threeport::bench {
namespace {

using store::postgres::Connection;
using Parameters = std::vector<std::string>;

constexpr const char* kCopies[] = {
    "CREATE TABLE IF NOT EXISTS raw_objects (LIKE objects INCLUDING ALL)",
    "INSERT INTO raw_objects SELECT * FROM objects ON CONFLICT DO NOTHING",
    "CREATE TABLE IF NOT EXISTS raw_member_index (LIKE member_index INCLUDING ALL)",
    "INSERT INTO raw_member_index SELECT * FROM member_index ON CONFLICT DO NOTHING",
    "CREATE TABLE IF NOT EXISTS raw_changes (LIKE changes INCLUDING ALL)",
    "INSERT INTO raw_changes SELECT * FROM changes ON CONFLICT DO NOTHING",
    "CREATE TABLE IF NOT EXISTS raw_heads (connection bigint PRIMARY KEY, head bigint NOT NULL)",
};
// One statement, so that PostgreSQL has the least to do for the four rows.
constexpr const char* kCreate =
    "WITH object AS (INSERT INTO raw_objects (id, kind, name, version, generation, observed, deleted_at, doc)"
    "  VALUES ($1, 'WorkloadDefinition', $2, 1, 1, 1, NULL, $3)),"
    " entry AS (INSERT INTO raw_member_index (kind, member, value, id)"
    "  VALUES ('WorkloadDefinition', 'ProfileID', $4, $1)),"
    " change AS (INSERT INTO raw_changes (sequence, at, verb, kind, id, generation, wakes, actor, request_id, reason,"
    "  body) VALUES ($1, 1, 'created', 'WorkloadDefinition', $1, 1, 1, 'anonymous', '', '', $3))"
    " UPDATE raw_heads SET head = $1 WHERE connection = $5";
constexpr const char* kSelect =
    "SELECT id, kind, name, version, generation, observed, deleted_at, doc FROM objects"
    " WHERE id = $1 AND deleted_at IS NULL";

struct ClearResult {
  void operator()(PGresult* result) const { PQclear(result); }
};
using ResultHandle = std::unique_ptr<PGresult, ClearResult>;

ResultHandle checked(PGresult* raw) {
  ResultHandle result(raw);
  const auto status = PQresultStatus(result.get());
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) fail(PQresultErrorMessage(result.get()));
  return result;
}

ResultHandle execute(const Connection& connection, const std::string& sql) {
  return checked(PQexec(connection.get(), sql.c_str()));
}

class PostgresPeer final : public Peer {
 public:
  PostgresPeer(const std::string& url, const char* statement, std::function<Parameters()> make)
      : connection_(must(store::postgres::connect(url))), make_(std::move(make)) {
    checked(PQprepare(connection_.get(), "", statement, 0, nullptr));
  }

  [[nodiscard]] int fd() const override { return PQsocket(connection_.get()); }

  void send() override {
    const Parameters parameters = make_();
    std::vector<const char*> values;
    for (const std::string& parameter : parameters) values.push_back(parameter.c_str());
    if (PQsendQueryPrepared(connection_.get(), "", static_cast<int>(values.size()), values.data(), nullptr, nullptr,
                            0) != 1)
      fail(PQerrorMessage(connection_.get()));
  }

  bool receive() override {
    if (PQconsumeInput(connection_.get()) != 1) fail(PQerrorMessage(connection_.get()));
    while (PQisBusy(connection_.get()) == 0) {
      PGresult* result = PQgetResult(connection_.get());
      if (result == nullptr) return true;
      const ResultHandle one = checked(result);
      if (PQntuples(one.get()) != 1 && std::string_view(PQcmdTuples(one.get())) != "1") fail("not exactly one row");
    }
    return false;
  }

 private:
  Connection connection_;
  const std::function<Parameters()> make_;
};

}  // namespace

Peers raw_readers(const std::string& url, std::int64_t objects) {
  const auto random = std::make_shared<std::mt19937_64>(1);
  const auto any_id = [=]() -> Parameters {
    return {std::to_string(std::uniform_int_distribution<std::int64_t>(1, objects)(*random))};
  };
  Peers peers;
  for (int i = 0; i < kConnections; ++i) peers.push_back(std::make_unique<PostgresPeer>(url, kSelect, any_id));
  return peers;
}

Peers raw_creators(const std::string& url, Heads heads) {
  const Connection connection = must(store::postgres::connect(url));
  execute(connection, "SET client_min_messages = warning");
  for (const char* sql : kCopies) execute(connection, sql);
  const std::string document = PQgetvalue(execute(connection, "SELECT doc FROM objects WHERE id = 1").get(), 0, 0);
  // Each set of creators has ids of its own.
  const auto next_id = std::make_shared<std::int64_t>(heads == Heads::common ? 1'000'000'000 : 2'000'000'000);
  Peers peers;
  for (int i = 0; i < kConnections; ++i) {
    const std::string head = std::to_string(heads == Heads::common ? -1 : i);
    execute(connection, "INSERT INTO raw_heads VALUES (" + head + ", 0) ON CONFLICT DO NOTHING");
    peers.push_back(std::make_unique<PostgresPeer>(url, kCreate, [=]() -> Parameters {
      const std::int64_t id = ++*next_id;
      return {std::to_string(id), "raw-" + std::to_string(id), document, std::to_string(id % 100), head};
    }));
  }
  return peers;
}

std::string fresh_schema(const std::string& url, const std::string& name) {
  drop_schema(url, name);
  execute(must(store::postgres::connect(url)), "CREATE SCHEMA " + name);
  return url + (url.find('?') == std::string::npos ? "?" : "&") + "options=-csearch_path%3D" + name;
}

void drop_schema(const std::string& url, const std::string& name) {
  const Connection connection = must(store::postgres::connect(url));
  execute(connection, "SET client_min_messages = warning");
  execute(connection, "DROP SCHEMA IF EXISTS " + name + " CASCADE");
}

}  // namespace threeport::bench
