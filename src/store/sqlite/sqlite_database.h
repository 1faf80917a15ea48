// SQLite as a database of the store: a file in WAL mode, or memory.
#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "store/database.h"

namespace threeport::store::sqlite {

/// Takes the file for this process until the database is destroyed (a lock on `<path>.lock`), and creates it when a
/// session connects. Durable: a commit has reached the disk. Errors: `conflict` reason "InUse", `invalid` (no such
/// folder), `denied` (permissions).
base::Result<std::unique_ptr<Database>> open_file_database(const std::string& path, base::Clock& clock);

/// Lives as long as its one session.
std::unique_ptr<Database> make_memory_database(base::Clock& clock);

}  // namespace threeport::store::sqlite
