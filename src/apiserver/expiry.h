// Objects that go by themselves some time after they were made: those with a member ExpiresAt.
#pragma once

#include "apiserver/objects.h"

namespace threeport::apiserver {

/// Removes the oldest few objects of the kind whose ExpiresAt has passed. Called whenever one is made, it removes more
/// than come. What cannot be removed now stays for the next time. Blocks on the database.
void sweep_expired(Objects& objects, std::string_view kind);

/// Removes an object whose time is up; fine if another has done so, or has changed it. Blocks on the database.
base::Result<void> remove_expired(Objects& objects, const Object& object);

}  // namespace threeport::apiserver
