// The tables.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "store/database.h"

namespace threeport::store {

/// Rises with every change of the tables.
inline constexpr std::int64_t kSchemaVersion = 3;

/// Creates the tables where they are absent, and brings those of an older version up to this one. Several processes may
/// do so at once; none of an older version may be running. Errors: `invalid` (made by a newer version), those of
/// Session::run.
base::Result<void> ensure_schema(Session& session, const Dialect& dialect);

}  // namespace threeport::store
