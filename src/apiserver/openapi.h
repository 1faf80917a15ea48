// The OpenAPI 3.1 document, generated from the descriptors.
#pragma once

#include <string>

#include "base/json.h"
#include "schema/registry.h"

namespace threeport::apiserver {

json::Value make_openapi(const schema::Registry& registry, const std::string& version);

}  // namespace threeport::apiserver
