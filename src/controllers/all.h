// Every controller of this build.
#pragma once

#include "apiserver/objects.h"
#include "controllers/clusters.h"
#include "reconcile/reconciler.h"

namespace threeport::controllers {

std::vector<std::unique_ptr<reconcile::ReconcilerBase>> all(Clusters& clusters);

/// Checks of users' objects that are not in the tables.
void add_hooks(apiserver::Objects& objects);

}  // namespace threeport::controllers
