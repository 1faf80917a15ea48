// Dependencies that programs and services of operators provide (providers `command` and `http`), and the migration of
// data to a replacement.
#pragma once

#include "dependencies/outputs.h"
#include "kinds/dependency.h"
#include "providers/provisioner/provisioner.h"
#include "reconcile/context.h"

namespace threeport::controllers::dependency {

namespace provisioner = providers::provisioner;

/// What the provisioner answered last.
struct External {
  dependencies::Outputs outputs;
  json::Array manifests;  ///< to be applied
};

/// Asks the provisioner of the profile, unless nothing has changed since its last answer, which is kept in
/// `instance.state`. The inventory names it before it is asked. Errors: Provisioner::provision, and of its profile.
base::Result<External> ensure_external(kinds::DependencyInstance& instance, const kinds::DependencyProfile& profile,
                                       const dependencies::Roots& roots, const provisioner::Open& open,
                                       reconcile::Context& ctx);

/// Has the provisioner take away what it has made, if it has; the inventory forgets it.
base::Result<void> remove_external(kinds::DependencyInstance& instance, const kinds::DependencyProfile& profile,
                                   const dependencies::Roots& roots, const provisioner::Open& open,
                                   reconcile::Context& ctx);

/// Runs the profile's Migrate step once for an instance that replaces another one: its `params` are the outputs of
/// both, `from` and `to`.
base::Result<void> ensure_migrated(kinds::DependencyInstance& instance, const kinds::DependencyProfile& profile,
                                   const dependencies::Outputs& from, const dependencies::Outputs& to,
                                   const provisioner::Open& open, reconcile::Context& ctx);

}  // namespace threeport::controllers::dependency
