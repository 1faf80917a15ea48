#include "reconcile/event_sweep.h"

#include <map>
#include <set>

#include "reconcile/events.h"

namespace threeport::reconcile {
namespace {

using apiserver::Object;
using apiserver::Write;
using base::TimePoint;

constexpr std::int64_t kPage = 200;
/// Between two pages: there is no hurry.
constexpr base::Millis kPagePause(1'000);

ObjectId id_in(const Object& object, std::string_view member) { return object.data.at(member).as_int().value_or(0); }

std::vector<ObjectId> ids_in(const std::vector<Object>& objects, std::string_view member) {
  std::vector<ObjectId> out;
  out.reserve(objects.size());
  for (const Object& object : objects) out.push_back(id_in(object, member));
  return out;
}

}  // namespace

EventSweep::EventSweep(Surroundings& around, Board& board) : around_(around), board_(board) {
  const schema::Registry& registry = around.objects.registry();
  const bool has_events = registry.find(kEvent) != nullptr && registry.find(kReference) != nullptr;
  next_due_ = has_events ? around.clock.steady_now() : SteadyTime::max();
}

base::Result<bool> EventSweep::step() {
  const SteadyTime now = around_.clock.steady_now();
  if (now < next_due()) return false;
  next_due_ = now + kPagePause;  // also where the database does not answer
  store::Query query;
  query.kind = kEvent;
  query.after = after_;
  query.limit = kPage;
  TP_TRY(const store::Page page, around_.objects.store().list(query));
  TP_CHECK(sweep(page.rows));
  const bool is_last = static_cast<std::int64_t>(page.rows.size()) < kPage;
  after_ = is_last ? 0 : page.rows.back().id;
  if (is_last) next_due_ = now + around_.options.event_sweep;
  return true;
}

base::Result<void> EventSweep::sweep(const std::vector<store::Row>& rows) {
  const TimePoint limit = around_.clock.now() - around_.options.events_after_deletion;
  const std::vector<Object> events = ours_until(limit, rows);
  if (events.empty()) return {};
  store::Store& store = around_.objects.store();
  TP_TRY(const auto named, store.get_many(ids_in(events, "AttachedObjectReferenceID")));
  std::vector<Object> references;
  for (const store::Row& row : named) {
    if (row.kind == kReference) references.push_back(around_.objects.to_object(row));
  }
  TP_TRY(const auto subjects, store.last_known(ids_in(references, "ObjectID")));
  std::map<ObjectId, std::optional<TimePoint>> deletions;
  for (const store::Row& row : subjects) deletions.emplace(row.id, row.deleted_at);

  std::vector<Write> writes;
  std::set<ObjectId> needed;
  for (const Object& reference : references) {
    const auto subject = deletions.find(id_in(reference, "ObjectID"));
    const bool is_gone = subject == deletions.end() || (subject->second && *subject->second <= limit);
    if (!is_gone || is_foreign(reference)) {
      needed.insert(reference.id);
    } else if (reference.data.at("AttachedObjectType").text() == kAttachedEvent) {
      writes.push_back(removal_of(reference));
    }
  }
  for (const Object& event : events) {
    if (!needed.contains(id_in(event, "AttachedObjectReferenceID"))) writes.push_back(removal_of(event));
  }
  if (writes.empty()) return {};
  TP_CHECK(around_.objects.write(writes, {.by = "controller:Event",
                                          .request_id = {},
                                          .reason = "what it is about is gone",
                                          .preconditions = {},
                                          .work = {}}));
  return {};
}

/// The events of held shards that have not changed since `limit`.
std::vector<Object> EventSweep::ours_until(TimePoint limit, const std::vector<store::Row>& rows) const {
  const ShardSet held = board_.held();
  std::vector<Object> out;
  for (const store::Row& row : rows) {
    if (!held.test(Shards::index(row.id))) continue;
    Object event = around_.objects.to_object(row);
    const auto changed = base::parse_time(event.data.at("UpdatedAt").text());
    if (changed && *changed <= limit) out.push_back(std::move(event));
  }
  return out;
}

/// True if it is about an object of an API beside ours (a module's), of which only that one knows whether it is there.
bool EventSweep::is_foreign(const Object& reference) const {
  const std::string_view type = reference.data.at("ObjectType").text();  // "v0.WorkloadInstance"
  return around_.objects.registry().find(type.substr(type.rfind('.') + 1)) == nullptr;
}

}  // namespace threeport::reconcile
