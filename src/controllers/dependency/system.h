// The profiles that this build brings along, as objects.
#pragma once

#include "apiserver/objects.h"

namespace threeport::controllers::dependency {

/// Makes the system's profiles and brings them up to this build; those that it no longer has go. Instances keep the
/// snapshots that they were made from. Does nothing where all are as they should be; several processes may do it at
/// once. Errors: of the store.
base::Result<void> ensure_system_profiles(apiserver::Objects& objects);

/// What a user's profile has to be: sound by itself, not one of the system's, and never as good a choice as another
/// one.
apiserver::Hook check_of_profiles(apiserver::Objects& objects);

}  // namespace threeport::controllers::dependency
