// Who uses which dependency: workload instances, dependency instances, and the claims between them.
#pragma once

#include <string>
#include <vector>

#include "apiserver/objects.h"

namespace threeport::controllers::explain {

using schema::ObjectId;

/// What a graph is of: one of these, or everything (0, 0).
struct GraphScope {
  ObjectId environment = 0, workload_instance = 0;
};

/// `{Nodes: [{ID, Kind, Name, ObjectID, Ready, Reason, Type, Profile, State}], Edges: [{From, To, Alias, Phase}]}`:
/// what lives in the scope, and all that it uses, also outside. ID is `<Kind>/<Name>`, with `@<ObjectID>` where two
/// have that name. Blocks on the database. Error `not_found`: there is no such environment or workload instance.
base::Result<json::Value> read_graph(apiserver::Objects& objects, const GraphScope& scope);

}  // namespace threeport::controllers::explain
