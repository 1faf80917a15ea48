// Which variant of a profile's manifests suits the parameters of one dependency.
#pragma once

#include "dependencies/outputs.h"

namespace threeport::dependencies {

/// Params.Variants of provider manifests. Error `invalid`: what they say cannot be right.
base::Result<void> check_variants(const json::Value& variants);

/// Whether each parameter that the variant's `Matching` names is, as a whole, described by its regular expression there
/// (ECMAScript). A variant without one suits all; a parameter of more than 1024 characters suits none.
bool suits(const json::Value& variant, const Outputs& params);

}  // namespace threeport::dependencies
