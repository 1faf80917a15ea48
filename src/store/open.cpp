#include <memory>
#include <string>
#include <string_view>

#include "store/object_store.h"
#include "store/postgres/postgres_database.h"
#include "store/sqlite/sqlite_database.h"
#include "store/store.h"

namespace threeport::store {

base::Result<std::unique_ptr<Store>> open(std::string_view url, base::Clock& clock) {
  constexpr std::string_view kFile = "sqlite://";
  if (url == "sqlite::memory:") return ObjectStore::open(sqlite::make_memory_database(clock), clock);
  if (url.substr(0, kFile.size()) == kFile && url.substr(kFile.size(), 1) == "/") {
    TP_TRY(auto database, sqlite::open_file_database(std::string(url.substr(kFile.size())), clock));
    return ObjectStore::open(std::move(database), clock);
  }
  if (url.starts_with("postgresql://") || url.starts_with("postgres://")) {
    return ObjectStore::open(postgres::make_database(std::string(url)), clock);
  }
  // The URL itself may hold a password: it is not repeated.
  return base::invalid(
      "the database URL must begin with sqlite:/// or postgresql://, e.g. "
      "sqlite:///var/lib/threeport/threeport.db or postgresql://user@host:5432/threeport");
}

}  // namespace threeport::store
