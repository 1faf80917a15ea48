// Waiting for objects with visible progress: until they are healthy, or gone.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/session.h"

namespace threeport::cli {

/// One object to wait for.
struct Awaited {
  const KindDescriptor* kind = nullptr;
  client::ObjectId id = 0;
  std::string name;
  /// Workload instances: generation of the definition that its revision must have reached, so that the health of what
  /// ran before does not count.
  std::optional<std::int64_t> definition_generation;
  /// Workload instances: the revision must have a greater Number.
  std::optional<std::int64_t> after_revision;
};

/// Blocks until all are Ready (0), one is Stalled (kFailed), or the limit has passed (kTimedOut); prints progress and
/// the outcome with what to do next. An API that cannot be reached is asked again until the limit has passed. A kind
/// that has no controller counts as ready.
base::Result<int> wait_until_ready(Session& session, std::vector<Awaited> objects, base::Millis limit);

/// Blocks until all are gone (0) or the limit has passed (kTimedOut). A stalled deletion is shown, and waited for.
base::Result<int> wait_until_gone(Session& session, std::vector<Awaited> objects, base::Millis limit);

/// "workload-instance/web".
std::string label(const KindDescriptor& kind, std::string_view name);

}  // namespace threeport::cli
