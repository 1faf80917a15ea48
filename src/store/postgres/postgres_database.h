// PostgreSQL, or what speaks its protocol, as a database of the store.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "store/database.h"

namespace threeport::store::postgres {

/// Sessions connect to `url` (postgresql://...; PostgreSQL manual 34.1.1.2).
std::unique_ptr<Database> make_database(std::string url);

}  // namespace threeport::store::postgres
