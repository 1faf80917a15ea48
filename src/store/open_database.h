// From a URL to a database.
#pragma once

#include <memory>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "store/database.h"

namespace threeport::store {

/// For the URLs of store::open. Errors: `invalid`, and those of sqlite::open_file_database. Does not connect yet.
base::Result<std::unique_ptr<Database>> open_database(std::string_view url, base::Clock& clock);

}  // namespace threeport::store
