// Who may do what: the scopes' rule over kinds and routes, as data. Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "schema/registry.h"

namespace threeport::apiserver {

/// Whoever sent a request.
struct Actor {
  std::string name = "anonymous";  ///< "cert:<common name>", "token:<name>", "anonymous": `by` in the change log
  schema::Scope scope = schema::Scope::admin;
  schema::ObjectId token = 0;  ///< of the AccessToken that was shown; 0: none
};

/// Whether the path answers without credentials: probes, and what a client asks before it has any.
bool is_open(std::string_view path);

/// The kind that a path "/v0/<path>", or one below it, is about; nullptr: none.
const schema::KindDescriptor* kind_of(const schema::Registry& registry, std::string_view path);

/// The scopes that may call a route. Everyone reads. A route of a kind, "/v0/<path>" and what is below it, takes the
/// kind's writers; others stand in a table; what is in neither is for operators.
schema::Scopes callers_of(const schema::Registry& registry, std::string_view method, std::string_view path);

/// Error `denied` where `scope` is not among `allowed`: names it, `what` it may not do, and the scopes that may.
base::Result<void> check_scope(schema::Scope scope, schema::Scopes allowed, std::string_view what);

}  // namespace threeport::apiserver
