#include "dependencies/lifecycle.h"

namespace threeport::dependencies {

Verdict judge(const DependencyInstance& instance, const DependencyProfile& profile, const Circumstances& around,
              base::TimePoint now) {
  if (around.claims > 0) return {};
  if (!around.is_superseded && is_retained(profile, around.criticality)) return {.fate = Fate::retain};
  const bool waits = !around.is_superseded && !around.has_no_future;
  const base::Millis ttl = waits ? idle_ttl(profile, instance.explicit_id || profile.shared) : base::Millis(0);
  const base::TimePoint until = instance.idle_since.value_or(now) + ttl;
  if (until <= now) return {.fate = Fate::remove};
  return {.fate = Fate::idle, .until = until};
}

std::optional<std::string_view> phase_of(const ClaimNeeds& needs) {
  if (needs.is_wanted) return "Active";
  if (needs.is_named_good) return "Held";
  if (needs.has_old_pods) return "Releasing";
  return std::nullopt;
}

}  // namespace threeport::dependencies
