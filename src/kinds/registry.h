#pragma once

#include "schema/registry.h"

namespace threeport::kinds {

/// All kinds of this build, in the order in which they are shown.
std::vector<schema::KindDescriptor> all();

}  // namespace threeport::kinds
