#include "store/open_database.h"

#include <string>

#include "store/postgres/postgres_database.h"
#include "store/sqlite/sqlite_database.h"

namespace threeport::store {

base::Result<std::unique_ptr<Database>> open_database(std::string_view url, base::Clock& clock) {
  constexpr std::string_view kFile = "sqlite://";
  if (url == "sqlite::memory:") return sqlite::make_memory_database(clock);
  if (url.starts_with("sqlite:///")) return sqlite::open_file_database(std::string(url.substr(kFile.size())), clock);
  if (url.starts_with("postgresql://") || url.starts_with("postgres://")) {
    return postgres::make_database(std::string(url));
  }
  // The URL itself may hold a password: it is not repeated.
  return base::invalid(
      "the database URL must begin with sqlite:/// or postgresql://, e.g. sqlite:///var/lib/threeport/threeport.db or "
      "postgresql://user@host:5432/threeport");
}

}  // namespace threeport::store
