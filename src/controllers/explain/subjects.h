// From an object to what it needs: the facts that a walk goes along.
#pragma once

#include "apiserver/objects.h"
#include "controllers/explain/explanation.h"

namespace threeport::controllers::explain {

/// Whether an object is ready, by its condition. One that no controller has looked at is so where it is reconciled.
struct State {
  bool ready = false;
  std::string reason, message;
  std::optional<base::TimePoint> since = {};
};
State state_of(const apiserver::Object& object);

/// Its Name, or its Identity.
std::string name_of(const apiserver::Object& object);

/// The subject of an object, with its needs where it is not ready. Blocks on the database.
base::Result<Subject> make_subject(apiserver::Objects& objects, const apiserver::Object& object);

}  // namespace threeport::controllers::explain
