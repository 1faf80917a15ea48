// What documents do beyond the objects that they declare: dependencies that come, change and go with them.
#pragma once

#include "apiserver/draft.h"

namespace threeport::apiserver {

struct Effects {
  json::Array changes;  ///< entries of Plan.Changes
  json::Array edges;    ///< entries of Plan.Edges
  json::Array warnings;
  /// What becomes of instances whose profile the documents change. It is done with the plan that shows it, and only so.
  std::vector<Write> consented;

  /// All of it, in a few bytes.
  [[nodiscard]] std::string fingerprint() const;
};

/// Resolves the dependencies of every workload instance that the draft declares. `after`: the objects after its writes,
/// in the order of its items. Errors: those of the resolver, with the place of the document.
base::Result<Effects> effects_of(Objects& objects, const Draft& draft, const std::vector<Object>& after,
                                 bool discard_data);

}  // namespace threeport::apiserver
