// The types that a fresh API server serves.
#pragma once

#include <vector>

#include "providers/kubernetes/object_ref.h"

namespace threeport::providers::kubernetes::fake {

std::vector<ResourceType> built_in_types();

}  // namespace threeport::providers::kubernetes::fake
