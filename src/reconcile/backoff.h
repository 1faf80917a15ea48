// When to look at an object again after an attempt that did not settle it. Pure but for the injected randomness.
#pragma once

#include <optional>

#include "base/clock.h"
#include "base/result.h"
#include "reconcile/random.h"

namespace threeport::reconcile {

/// Delays double from `first` to `most`.
struct Bounds {
  base::Millis first, most;
};

struct BackoffOptions {
  Bounds transient{base::Millis(1'000), base::Millis(300'000)};  ///< unavailable, conflict, internal, ...
  Bounds missing{base::Millis(30'000), base::Millis(300'000)};   ///< not_found, blocked
  base::Millis denied{600'000};
  Bounds waiting{base::Millis(5'000), base::Millis(60'000)};  ///< Outcome::waiting and unhealthy: a safety net
};

/// True if nobody but a person can help: the attempt is not repeated by itself, or rarely.
bool is_stalling(base::ErrorKind kind);

/// The delay after the `failures`-th failure in a row (1 = the first); unset: only a change of what was read helps.
/// Zero: at once (the first conflict). `retry_after` of the error is the least delay. Transient errors get full jitter
/// (anything up to the bound), so that those who failed together do not come back together.
std::optional<base::Millis> delay_after(const base::Error& error, int failures, const BackoffOptions& options,
                                        Random& random);

/// The delay after the `waits`-th waiting outcome in a row (1 = the first).
base::Millis delay_of_wait(int waits, const BackoffOptions& options, Random& random);

/// `period`, or up to a tenth less.
base::Millis jittered(base::Millis period, Random& random);

}  // namespace threeport::reconcile
