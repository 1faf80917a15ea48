#include "reconcile/attempt_context.h"

#include "apiserver/admission.h"

namespace threeport::reconcile {

using apiserver::Object;
using base::Millis;

base::Result<Object> AttemptContext::get_object(std::string_view kind, ObjectId id) {
  if (id != mandate_.id) record(Read::object(id));
  return around_.objects.get(kind, id);
}

base::Result<std::vector<Object>> AttemptContext::list_objects(std::string_view kind, std::string_view member,
                                                               const json::Value& value) {
  const Read all = Read::all_of(kind);
  if (member.empty()) {
    record(all);
    return around_.objects.list(kind);
  }
  // An object enters the list as one that matches the query, and leaves it as one that was read. Those that leave
  // before they are recorded are caught by `all`, which is held until then.
  around_.reads.add_filter(kind, member);
  record(Read::query(kind, member, apiserver::index_text(value)));
  const bool held_before = reads_.contains(all);
  if (!held_before) around_.reads.add(mandate_.id, all);
  auto objects = around_.objects.list(kind, member, value);
  if (objects) {
    for (const Object& object : *objects) {
      if (object.id != mandate_.id) record(Read::object(object.id));
    }
  }
  if (!held_before) around_.reads.remove(mandate_.id, all);
  return objects;
}

void AttemptContext::depend_on(std::string topic) { record(Read::topic(topic)); }

base::Result<std::vector<Object>> AttemptContext::write(const Batch& batch) {
  if (mandate_.stop.stop_requested()) return base::canceled("the attempt was told to stop");
  apiserver::WriteContext context = write_context();
  context.preconditions.insert(context.preconditions.end(), batch.preconditions().begin(), batch.preconditions().end());
  TP_TRY(std::vector<Object> objects, around_.objects.write(batch.writes(), context));
  for (const Object& object : objects) {
    if (object.id == mandate_.id) own_ = object;
  }
  return objects;
}

Millis AttemptContext::time_left() const {
  const auto left = std::chrono::duration_cast<Millis>(mandate_.deadline - around_.clock.steady_now());
  return std::max(left, Millis(0));
}

void AttemptContext::publish_reads() { around_.reads.replace(mandate_.id, {reads_.begin(), reads_.end()}); }

apiserver::WriteContext AttemptContext::write_context() const {
  return {.by = "controller:" + std::string(mandate_.kind->name),
          .request_id = around_.token + std::to_string(mandate_.id),
          .reason = "reconcile",
          .preconditions = {mandate_.lease},
          .work = {}};
}

void AttemptContext::record(Read read) {
  if (reads_.insert(read).second) around_.reads.add(mandate_.id, read);
}

}  // namespace threeport::reconcile
