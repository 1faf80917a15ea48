// Revisions of a workload instance: when a new one is due, and which old ones are kept. Pure functions.
#pragma once

#include <optional>
#include <vector>

#include "kinds/workload.h"

namespace threeport::controllers::workload {

inline constexpr std::size_t kKeptRevisions = 10;

/// The revision with the highest Number, or nullptr.
const kinds::Revision* newest(const std::vector<kinds::Revision>& revisions);

/// The revision that the definition's present state asks for: unset where the newest one has seen this generation, or
/// holds the same content.
std::optional<kinds::Revision> make_next(const kinds::WorkloadInstance& instance,
                                         const kinds::WorkloadDefinition& definition,
                                         const std::vector<kinds::Revision>& revisions);

/// A revision with the content of `source`, that has seen what is current: a rollback.
kinds::Revision make_rollback(const kinds::Revision& source, const kinds::Revision& current,
                              const kinds::WorkloadDefinition& definition, std::string_view by);

/// The newest revision that was good and is not the target; nullptr where there is none.
const kinds::Revision* previous_good(const kinds::WorkloadInstance& instance,
                                     const std::vector<kinds::Revision>& revisions);

/// Those beyond the newest kKeptRevisions that are neither target nor good.
std::vector<schema::ObjectId> superfluous(const kinds::WorkloadInstance& instance,
                                          const std::vector<kinds::Revision>& revisions);

}  // namespace threeport::controllers::workload
