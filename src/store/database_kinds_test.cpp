// The databases that the tests run on.
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "store/postgres/temporary_schema.h"
#include "store/testing.h"

namespace threeport::store::testing {
namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace

std::unique_ptr<PostgresSchema> make_postgres_schema() {
  const std::string server = environment("TP_POSTGRES_URL");
  if (!server.empty()) return std::make_unique<PostgresSchema>(server);
  if (environment("TP_ALLOW_SKIP") != "1") {
    ADD_FAILURE() << "TP_POSTGRES_URL is not set: name a PostgreSQL for the tests, or set TP_ALLOW_SKIP=1";
  }
  return nullptr;
}

const std::vector<DatabaseKind>& database_kinds() {
  static const std::vector<DatabaseKind> kinds = {
      {"SqliteMemory", [] { return std::make_unique<MemoryDatabase>(); }},
      {"SqliteFile", [] { return std::make_unique<FileDatabase>(); }},
      {"Postgres", make_postgres_schema},
  };
  return kinds;
}

}  // namespace threeport::store::testing
