// How the engine is set up. The defaults are those of production.
#pragma once

#include <string>

#include "base/clock.h"
#include "reconcile/backoff.h"

namespace threeport::reconcile {

struct EngineOptions {
  std::string owner;  ///< of leases: unique among processes, also over time
  std::string installation_uid;

  base::Millis lease_ttl{10'000};  ///< after this long without renewal others take the shards
  base::Millis log_poll{100};      ///< how often the head of the change log is looked at without a hint
  base::Millis resync{600'000};    ///< every object is attempted once in this time, whatever happens
  base::Millis attempt_deadline{60'000};
  base::Millis stop_grace{10'000};     ///< how long stop() waits for attempts that run
  base::Millis worker_idle{30'000};    ///< a worker without work ends after this long
  int max_workers = 128;               ///< attempts at a time, hanging ones included
  int lane_slots = 4;                  ///< attempts of one lane at a time
  int intake_slots = 8;                ///< attempts that find out their lane
  int walk_page = 200;                 ///< objects that a walk reads at a time
  std::size_t prompt_fan_out = 1'000;  ///< a change that wakes more readers than this wakes them calmly
  int events_per_object = 50;
  base::Millis events_after_deletion{86'400'000};  ///< so long one can read why an object went
  base::Millis event_sweep{3'600'000};             ///< how often events are looked for that may go
  BackoffOptions backoff;
};

}  // namespace threeport::reconcile
