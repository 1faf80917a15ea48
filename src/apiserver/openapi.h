// The OpenAPI 3.1 document, generated from the descriptors and the routes.
#pragma once

#include <string>
#include <vector>

#include "apiserver/router.h"
#include "base/json.h"
#include "schema/registry.h"

namespace threeport::apiserver {

/// Every route is in it; those of a kind with their parameters, bodies and answers. The paths are below `prefix`, which
/// may be empty.
json::Value make_openapi(const schema::Registry& registry, const std::vector<Router::Route>& routes,
                         const std::string& version, const std::string& prefix);

}  // namespace threeport::apiserver
