// What the store checks when it commits a write set, checked beforehand: for a set that is only looked at.
#pragma once

#include "store/store.h"

namespace threeport::apiserver {

/// The error with which `set` would fail now for a precondition beyond the versions of its puts and free names.
base::Result<void> judge(store::Store& store, const store::WriteSet& set);

}  // namespace threeport::apiserver
