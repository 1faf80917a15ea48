// Routes of the v0 catalogue outside the pattern (v0-behaviour 1.4): sets, bulk deletion, and the join of events.
#pragma once

#include "apiserver/router.h"

namespace threeport::apiserver {

/// Adds the routes whose kinds are in the registry. `objects` must outlive the router.
void add_v0_routes(Router& router, Objects& objects);

}  // namespace threeport::apiserver
