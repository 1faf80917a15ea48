#include "reconcile/events.h"

#include <algorithm>
#include <map>
#include <string>

namespace threeport::reconcile {
namespace {

using apiserver::Object;
using apiserver::Write;
using schema::ObjectId;

Write make_write(Write::Op op, std::string_view kind, ObjectId id, json::Value body) {
  return {.op = op,
          .kind = std::string(kind),
          .id = id,
          .body = std::move(body),
          .version = {},
          .observed = {},
          .by_controller = true};
}

std::string_view type_of(const EventDraft& draft) { return draft.is_warning ? "Warning" : "Normal"; }

bool is_same(const Object& event, const EventDraft& draft) {
  return event.data.at("Reason").text() == draft.reason && event.data.at("Note").text() == draft.note &&
         event.data.at("Type").text() == type_of(draft);
}

}  // namespace

struct EventRecorder::Known {
  Object reference, event;
};

Write removal_of(const Object& object) { return make_write(Write::Op::finalize, object.kind->name, object.id, {}); }

EventRecorder::EventRecorder(apiserver::Objects& objects, int limit)
    : objects_(objects),
      limit_(static_cast<std::size_t>(limit)),
      is_possible_(objects.registry().find(kEvent) != nullptr && objects.registry().find(kReference) != nullptr) {}

base::Result<std::vector<Write>> EventRecorder::record(const Object& object, const std::vector<EventDraft>& drafts,
                                                       base::TimePoint now) {
  std::vector<Write> out;
  if (!is_possible_ || drafts.empty()) return out;
  TP_TRY(const std::vector<Known> known, known_of(object.id));
  std::size_t created = 0;
  for (const EventDraft& draft : drafts) {
    const auto same = std::find_if(known.begin(), known.end(), [&](const Known& k) { return is_same(k.event, draft); });
    if (same == known.end()) {
      TP_CHECK(create(object, draft, now, out));
      ++created;
      continue;
    }
    const std::int64_t count = same->event.data.at("Count").as_int().value_or(0) + 1;
    out.push_back(make_write(Write::Op::merge, kEvent, same->event.id,
                             json::Object{{"Count", count}, {"LastObservedTime", base::format_time(now)}}));
  }
  for (std::size_t i = 0; i < known.size() && created > 0 && known.size() - i + created > limit_; ++i) {
    const bool counted = std::any_of(out.begin(), out.end(), [&](const Write& w) { return w.id == known[i].event.id; });
    if (counted) continue;
    out.push_back(removal_of(known[i].event));
    out.push_back(removal_of(known[i].reference));
  }
  return out;
}

/// The events about an object, the least recently observed first.
base::Result<std::vector<EventRecorder::Known>> EventRecorder::known_of(ObjectId object) {
  TP_TRY(std::vector<Object> references, objects_.list(kReference, "ObjectID", object));
  std::map<ObjectId, Object> by_event;
  std::vector<ObjectId> ids;
  for (Object& reference : references) {
    if (reference.data.at("AttachedObjectType").text() != kAttachedEvent) continue;
    const ObjectId event = reference.data.at("AttachedObjectID").as_int().value_or(0);
    if (by_event.try_emplace(event, std::move(reference)).second) ids.push_back(event);
  }
  TP_TRY(const std::vector<store::Row> rows, objects_.store().get_many(ids));
  std::vector<Known> out;
  for (const store::Row& row : rows) {
    if (row.kind == kEvent) out.push_back({std::move(by_event.at(row.id)), objects_.to_object(row)});
  }
  const auto last_observed = [](const Known& k) { return k.event.data.at("LastObservedTime").text(); };
  std::stable_sort(out.begin(), out.end(),
                   [&](const Known& a, const Known& b) { return last_observed(a) < last_observed(b); });
  return out;
}

base::Result<void> EventRecorder::create(const Object& object, const EventDraft& draft, base::TimePoint now,
                                         std::vector<Write>& out) {
  TP_TRY(const ObjectId event, objects_.new_id());
  TP_TRY(const ObjectId reference, objects_.new_id());
  const std::string time = base::format_time(now);
  const std::string kind(object.kind->name);
  json::Object body{{"AttachedObjectReferenceID", reference},
                    {"Reason", draft.reason},
                    {"Note", draft.note},
                    {"Count", 1},
                    {"EventTime", time},
                    {"LastObservedTime", time},
                    {"Type", type_of(draft)},
                    {"ReportingController", kind + "Controller"}};
  out.push_back(make_write(Write::Op::create, kEvent, event, std::move(body)));
  out.push_back(make_write(Write::Op::create, kReference, reference,
                           json::Object{{"ObjectType", "v0." + kind},
                                        {"ObjectID", object.id},
                                        {"AttachedObjectType", kAttachedEvent},
                                        {"AttachedObjectID", event}}));
  return {};
}

}  // namespace threeport::reconcile
