// What becomes of an instance as its users come and go. Pure functions.
#pragma once

#include <optional>

#include "dependencies/resolver.h"

namespace threeport::dependencies {

enum class Fate {
  serve,   ///< it has users: it is kept as declared
  idle,    ///< it has none, and waits for another one until `until`
  retain,  ///< it is kept for its data, untouched
  remove,
};

struct Verdict {
  Fate fate = Fate::serve;
  std::optional<base::TimePoint> until = {};  ///< of idle
};

struct Circumstances {
  std::size_t claims = 0;        ///< how many there are, of any phase
  bool is_superseded = false;    ///< a newer incarnation has taken over
  bool has_no_future = false;    ///< its environment is being deleted: nobody can claim it any more
  std::int64_t criticality = 0;  ///< of the tier that it lives in, 0 where there is none
};
/// What nobody has used since IdleSince for the profile's IdleTTL goes, or is retained. A predecessor is never
/// retained, and what has no future does not wait.
Verdict judge(const DependencyInstance& instance, const DependencyProfile& profile, const Circumstances& around,
              base::TimePoint now);

/// Phase that a claim of a workload instance is to have; unset: it is released.
struct ClaimNeeds {
  bool is_wanted = false;      ///< by the target revision
  bool is_named_good = false;  ///< by the previous good revision
  bool has_old_pods = true;    ///< pods that may use it run
};
std::optional<std::string_view> phase_of(const ClaimNeeds& needs);

}  // namespace threeport::dependencies
