// Revisions of a workload instance: when a new one is due, and which old ones are kept. Pure functions.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "kinds/workload.h"

namespace threeport::controllers::workload {

inline constexpr std::size_t kKeptRevisions = 10;

/// The revision with the highest Number, or nullptr.
const kinds::Revision* newest(const std::vector<kinds::Revision>& revisions);

using Secrets = std::map<std::string, std::string>;

/// What is declared now.
struct Declared {
  const kinds::WorkloadDefinition& definition;
  const kinds::Environment* environment = nullptr;
  Secrets secrets = {};  ///< of the environment, in clear
};

/// The revision that the present state asks for: unset where the newest one has seen these generations, or holds the
/// same content. A change of the definition counts once it was applied for the instance's environment
/// (RequestedGeneration), one of the environment at once; each leaves the other's part as it is. Secrets are in clear,
/// those of the newest revision, too.
std::optional<kinds::Revision> make_next(const kinds::WorkloadInstance& instance, const Declared& declared,
                                         const std::vector<kinds::Revision>& revisions,
                                         const Secrets& newest_secrets = {});

/// A revision with the content of `source` (its secrets in clear), that has seen what is current: a rollback.
kinds::Revision make_rollback(const kinds::Revision& source, const kinds::Revision& current, const Declared& declared,
                              std::string_view by);

/// The newest revision that was good and is not the target; nullptr where there is none.
const kinds::Revision* previous_good(const kinds::WorkloadInstance& instance,
                                     const std::vector<kinds::Revision>& revisions);

/// Those beyond the newest kKeptRevisions that are neither target nor good.
std::vector<schema::ObjectId> superfluous(const kinds::WorkloadInstance& instance,
                                          const std::vector<kinds::Revision>& revisions);

}  // namespace threeport::controllers::workload
