// Events about objects, as v0 clients read them: an Event and an AttachedObjectReference that ties it to its object.
#pragma once

#include <string_view>
#include <vector>

#include "apiserver/objects.h"
#include "base/result.h"
#include "reconcile/status.h"

namespace threeport::reconcile {

inline constexpr std::string_view kEvent = "Event";
inline constexpr std::string_view kReference = "AttachedObjectReference";
/// AttachedObjectType of the references of events.
inline constexpr std::string_view kAttachedEvent = "v0.Event";

/// The write that takes an event, or its reference, away.
apiserver::Write removal_of(const apiserver::Object& object);

/// Turns drafts into writes. Thread-safe; blocks on the database.
class EventRecorder {
 public:
  /// At most `limit` events an object are kept, the newest.
  EventRecorder(apiserver::Objects& objects, int limit);

  /// The writes that record `drafts` about `object`: an event with the same reason, note and type counts one more, a
  /// new one is created, and the oldest go. For the same write set as the status change. None where the registry has
  /// no events.
  base::Result<std::vector<apiserver::Write>> record(const apiserver::Object& object,
                                                     const std::vector<EventDraft>& drafts, base::TimePoint now);

 private:
  struct Known;
  base::Result<std::vector<Known>> known_of(schema::ObjectId object);
  base::Result<void> create(const apiserver::Object& object, const EventDraft& draft, base::TimePoint now,
                            std::vector<apiserver::Write>& out);

  apiserver::Objects& objects_;
  std::size_t limit_;
  bool is_possible_;
};

}  // namespace threeport::reconcile
