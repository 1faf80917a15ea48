#include "reconcile/backoff.h"

#include <algorithm>

namespace threeport::reconcile {
namespace {

using base::ErrorKind;
using base::Millis;

/// Full jitter may fall near zero; nothing is asked again sooner than this.
constexpr Millis kLeast(50);

Millis bound_of(const Bounds& bounds, int count) {
  Millis bound = bounds.first;
  for (int i = 1; i < count && bound < bounds.most; ++i) bound *= 2;
  return std::min(bound, bounds.most);
}

/// Evenly between `low` and `high`.
Millis between(Millis low, Millis high, Random& random) {
  return low + Millis(static_cast<std::int64_t>(static_cast<double>((high - low).count()) * random.fraction()));
}

std::optional<Millis> own_delay(ErrorKind kind, int failures, const BackoffOptions& options, Random& random) {
  switch (kind) {
    case ErrorKind::invalid: return std::nullopt;
    case ErrorKind::denied: return jittered(options.denied, random);
    case ErrorKind::not_found:
    case ErrorKind::blocked: {
      const Millis bound = bound_of(options.missing, failures);
      return between(bound / 2, bound, random);
    }
    case ErrorKind::conflict:
    case ErrorKind::precondition:
    case ErrorKind::expired:
      if (failures <= 1) return Millis(0);
      return between(kLeast, bound_of(options.transient, failures - 1), random);
    case ErrorKind::unavailable:
    case ErrorKind::canceled:
    case ErrorKind::internal: break;
  }
  return between(kLeast, bound_of(options.transient, failures), random);
}

}  // namespace

bool is_stalling(ErrorKind kind) { return kind == ErrorKind::invalid || kind == ErrorKind::denied; }

std::optional<Millis> delay_after(const base::Error& error, int failures, const BackoffOptions& options,
                                  Random& random) {
  std::optional<Millis> delay = own_delay(error.kind, failures, options, random);
  // Those who were told the same time to come back still come one after the other.
  if (error.retry_after && (!delay || *delay < *error.retry_after)) {
    delay = between(*error.retry_after, *error.retry_after + *error.retry_after / 10, random);
  }
  return delay;
}

Millis delay_of_wait(int waits, const BackoffOptions& options, Random& random) {
  return jittered(bound_of(options.waiting, waits), random);
}

Millis jittered(Millis period, Random& random) { return between(period - period / 10, period, random); }

}  // namespace threeport::reconcile
