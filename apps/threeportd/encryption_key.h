// The key of secret members: found, or made with an empty database and never later (shapes A.10).
#pragma once

#include "apps/threeportd/daemon.h"
#include "base/keyring.h"
#include "store/store.h"

namespace threeport {

/// Errors: `invalid` where the key is not the database's, or is missing for a database that has one.
base::Result<base::Keyring> open_keyring(const DaemonOptions& options, store::Store& store,
                                         const std::string& installation_uid);

}  // namespace threeport
