// Events of the control plane and of Kubernetes as one list.
#pragma once

#include <string>
#include <vector>

#include "cli/session.h"

namespace threeport::cli {

struct Happening {
  std::string time;    ///< when it was last seen, RFC 3339
  std::string type;    ///< Normal, Warning or Failed
  std::string reason;  ///< PascalCase
  std::string object;  ///< "workload-instance/web"; "" where the list is of one object
  std::string message;
  std::int64_t count = 1;
};

/// What is known about one object, oldest first: what its controller reports, and for workload instances what
/// Kubernetes does.
base::Result<std::vector<Happening>> happenings_of(client::Api& api, const schema::Registry& registry,
                                                   const KindDescriptor& kind, client::ObjectId id);
/// About all objects.
base::Result<std::vector<Happening>> all_happenings(client::Api& api, const schema::Registry& registry);

/// LAST SEEN, TYPE, REASON, (OBJECT,) COUNT, MESSAGE.
Table happenings_table(const std::vector<Happening>& happenings, base::TimePoint now, bool with_object);

}  // namespace threeport::cli
