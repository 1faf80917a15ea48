// The defaults that an API server fills in, as far as they matter to drift and readiness.
#pragma once

#include "base/json.h"

namespace threeport::providers::kubernetes::fake {

void fill_defaults(base::json::Value& object);

}  // namespace threeport::providers::kubernetes::fake
