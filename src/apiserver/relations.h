// Relations that GET fills in (`preloaded` in the tables).
#pragma once

#include "apiserver/objects.h"

namespace threeport::apiserver {

/// Objects::append_wire, and after it the preloaded relations of the object: live objects as nested_wire() has them,
/// without relations of their own; what is empty is left out unless `kept_empty`. Costs a query a relation. Blocks on
/// the database.
base::Result<void> append_read(std::string& out, Objects& objects, const KindDescriptor& kind, const store::Row& row);

}  // namespace threeport::apiserver
