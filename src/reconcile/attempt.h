// One attempt to bring an object to its declared state: runs the reconciler, contains its panics, writes the status
// once, and says when to look again.
#pragma once

#include "reconcile/agenda.h"
#include "reconcile/attempt_context.h"
#include "reconcile/events.h"
#include "reconcile/reconciler.h"
#include "reconcile/status.h"

namespace threeport::reconcile {

enum class End {
  settled,  ///< applied and ready
  waiting,  ///< applied but not ready, or waiting for something
  failed,   ///< an error, recorded in the conditions
  gone,     ///< the object is gone, or its deletion was just confirmed
  exempt,   ///< nothing is to be done
  lost,     ///< stopped: whoever has the lease goes on, nothing was written
};
std::string_view to_string(End end);

struct Report {
  End end = End::settled;
  std::optional<base::Error> error;  ///< where failed or lost
  Standing standing;                 ///< what to remember
  bool at_once = false;              ///< attempt it again at once
};

/// The lane of the object, from its reconciler; the kind's own where that has none. Error `internal`: it panicked.
base::Result<std::string> lane_of(ReconcilerBase& reconciler, const apiserver::Object& object, Context& ctx);

/// Nothing can be written about an attempt, or the object cannot even be read: only the delay until the next one
/// counts.
Report not_written(Surroundings& around, const Standing& before, base::Error error);

class Attempt {
 public:
  /// `before`: what is remembered of earlier attempts.
  Attempt(Surroundings& around, EventRecorder& events, AttemptContext& ctx, const Standing& before)
      : around_(around), events_(events), ctx_(ctx), before_(before) {}

  /// Blocks as long as the reconciler does. Never throws.
  Report run(ReconcilerBase& reconciler, apiserver::Object object);
  /// The attempt failed before the reconciler was asked.
  Report fail(const apiserver::Object& object, base::Error error);

 private:
  base::Result<Outcome> call(ReconcilerBase& reconciler, apiserver::Object& object);
  Report conclude(const apiserver::Object& seen, const json::Value& data, const base::Result<Outcome>& result);
  Report confirm_deletion(const apiserver::Object& seen);
  /// Writes status, events and timer as one set. True: a write of the attempt changed declared values, so the object
  /// needs another attempt.
  base::Result<bool> write_status(const apiserver::Object& seen, const StatusChange& change, const Report& report);
  Report not_written(base::Error error) { return reconcile::not_written(around_, before_, std::move(error)); }

  Report schedule(const apiserver::Object& seen, const base::Result<Outcome>& result, bool is_news);
  Report schedule(const Outcome& outcome, bool is_deleting, bool is_news);
  [[nodiscard]] std::vector<store::WorkItem> work_of(const Report& report) const;
  [[nodiscard]] const apiserver::Object& latest(const apiserver::Object& seen) const;

  Surroundings& around_;
  EventRecorder& events_;
  AttemptContext& ctx_;
  const Standing before_;
};

}  // namespace threeport::reconcile
