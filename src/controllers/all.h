// Every controller of this build.
#pragma once

#include "apiserver/objects.h"
#include "apiserver/rest.h"
#include "applyset/clusters.h"
#include "providers/provisioner/provisioner.h"
#include "reconcile/reconciler.h"

namespace threeport::controllers {

std::vector<std::unique_ptr<reconcile::ReconcilerBase>> all(applyset::Clusters& clusters,
                                                            providers::provisioner::Open open);

/// Checks of users' objects that are not in the tables.
void add_hooks(apiserver::Objects& objects);

/// What abandoned objects leave behind, beside those whose routes say so.
void add_left_behind(apiserver::Rest& rest);

}  // namespace threeport::controllers
