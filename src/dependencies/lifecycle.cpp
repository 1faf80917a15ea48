#include "dependencies/lifecycle.h"

namespace threeport::dependencies {

Verdict judge(const DependencyInstance& instance, const DependencyProfile& profile, std::size_t claims,
              bool is_superseded, std::int64_t criticality, base::TimePoint now) {
  if (claims > 0) return {};
  if (!is_superseded && is_retained(profile, criticality)) return {.fate = Fate::retain};
  const base::TimePoint since = instance.idle_since.value_or(now);
  const base::Millis ttl = is_superseded ? base::Millis(0) : idle_ttl(profile, instance.explicit_id || profile.shared);
  const base::TimePoint until = since + ttl;
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
