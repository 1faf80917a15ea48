// Reads what an explanation is made from: objects, their cluster, and the change log.
#pragma once

#include "apiserver/objects.h"
#include "applyset/clusters.h"
#include "controllers/explain/explanation.h"

namespace threeport::controllers::explain {

/// Thread-safe. Blocks on the database, and on a cluster for 5 s at most.
class Reader {
 public:
  Reader(apiserver::Objects& objects, applyset::Clusters& clusters) : objects_(objects), clusters_(clusters) {}
  /// Errors: `not_found`: there is no such object; `invalid`: objects of the kind are never ready or not.
  base::Result<Explanation> explain(const schema::KindDescriptor& kind, ObjectId id);

 private:
  base::Result<Subjects> read_subjects(const Key& start);
  base::Result<std::optional<Link>> look(const Subject& subject);
  base::Result<std::vector<Change>> read_changes(const std::vector<Key>& suspects, base::TimePoint since);

  apiserver::Objects& objects_;
  applyset::Clusters& clusters_;
};

}  // namespace threeport::controllers::explain
