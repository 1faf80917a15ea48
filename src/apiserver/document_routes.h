// The API's description of itself: the OpenAPI document, and a page that shows it without anything from elsewhere.
#pragma once

#include <string>

#include "apiserver/router.h"
#include "schema/registry.h"

namespace threeport::apiserver {

/// Adds /openapi.json and /swagger/doc.json (the same document under v0's path), /docs and /swagger/index.html (the
/// page) with its style and script. The document describes the routes that the router has when it is first asked for;
/// router and registry must live as long as these routes. With a prefix its paths are below that.
void add_document_routes(Router& router, const schema::Registry& registry, const std::string& version,
                         const std::string& prefix);

}  // namespace threeport::apiserver
