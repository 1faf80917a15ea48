#include "apiserver/v0_routes.h"

#include "apiserver/envelope.h"
#include "apiserver/idempotency.h"
#include "apiserver/kind_schemas.h"
#include "apiserver/rest.h"
#include "base/text.h"

namespace threeport::apiserver {
namespace {

http::Response post_set(Objects& objects, const KindDescriptor& kind, Call& call) {
  auto body = json::parse(call.request.body);
  if (!body) return failure(kind.name, base::invalid("the body is not valid JSON: " + body.error().message));
  const json::Array* elements = body->if_array();
  if (elements == nullptr)
    return failure(kind.name, base::invalid("the body must be an array of " + std::string(kind.name)));
  if (elements->empty()) return failure(kind.name, base::invalid("JSON payload is empty"));
  std::vector<Write> writes;
  for (const json::Value& element : *elements) {
    writes.push_back({.op = Write::Op::create,
                      .kind = std::string(kind.name),
                      .id = 0,
                      .body = element,
                      .version = {},
                      .observed = {}});
  }
  auto made = objects.write(writes, call.context);
  if (!made) return failure(kind.name, made.error());
  return answer_of(objects, call.context, *made);
}

http::Response delete_events(Objects& objects, const KindDescriptor& kind, Call& call) {
  constexpr std::string_view kKeys =
      "can only delete multiple workload events using query parameter keys [workloadinstanceid helmworkloadinstanceid]";
  std::vector<std::pair<std::string, std::string>> given;
  for (const auto& [name, value] : call.query) {
    if (name != "pretty") given.emplace_back(base::lower(name), value);
  }
  if (given.size() != 1) {
    return failure(
        kind.name,
        base::invalid("must provide one - and only one - query parameter when deleting multiple workload events"));
  }
  if (given[0].first != "workloadinstanceid" && given[0].first != "helmworkloadinstanceid")
    return failure(kind.name, base::invalid(std::string(kKeys)));
  std::int64_t page = 0, size = 0;
  auto query = parse_list_query(kind, call.query, page, size);
  if (!query) return failure(kind.name, query.error());
  query->limit.reset();
  auto rows = objects.list_rows(kind, *query);
  if (!rows) return failure(kind.name, rows.error());
  if (rows->rows.empty()) return failure(kind.name, base::not_found("object not found"));
  std::vector<Write> writes;
  for (const store::Row& row : rows->rows) {
    writes.push_back(
        {.op = Write::Op::finalize, .kind = row.kind, .id = row.id, .body = {}, .version = {}, .observed = {}});
  }
  auto gone = objects.write(writes, call.context);
  if (!gone) return failure(kind.name, gone.error());
  return success(kind.name, wire_list(objects, *gone), {1, 50, static_cast<std::int64_t>(gone->size())});
}

http::Response join_events(Objects& objects, const KindDescriptor& event, const KindDescriptor& reference, Call& call) {
  const auto object_id = call.query.get("objectid", true);
  if (!object_id) return failure(event.name, base::invalid("must provide object ID"));
  auto id = parse_id(*object_id);
  if (!id)
    return failure(event.name, base::invalid("objectid must be an object id, not \"" + std::string(*object_id) + "\""));
  std::int64_t page = 0, size = 0;
  auto filter = parse_list_query(event, call.query, page, size);
  if (!filter) return failure(event.name, filter.error());
  auto references = objects.list(reference.name, "ObjectID", *id);
  if (!references) return failure(event.name, references.error());
  std::map<ObjectId, std::string> events;
  for (const Object& attached : *references) {
    ListQuery query{.filters = filter->filters, .after = 0, .offset = 0, .limit = {}, .want_total = false};
    query.filters.emplace_back(event.find("AttachedObjectReferenceID"), json::Value(attached.id));
    auto rows = objects.list_rows(event, query);
    if (!rows) return failure(event.name, rows.error());
    for (const store::Row& row : rows->rows) objects.append_wire(events[row.id], event, row);
  }
  std::string data = "[";
  for (const auto& [event_id, wire] : events) data += (data.size() > 1 ? "," : "") + wire;
  return success(event.name, data + "]", {1, 50, 0});
}

}  // namespace

void add_v0_routes(Router& router, Objects& objects) {
  const schema::Registry& registry = objects.registry();
  if (const KindDescriptor* kind = registry.find("WorkloadResourceDefinition")) {
    json::Value body = array_schema(schema_reference("WorkloadResourceDefinitionCreate"));
    body["minItems"] = 1;
    router
        .add("POST", "/v0/workload-resource-definition-sets",
             "Create several workload resource definitions, all or nothing",
             [&objects, kind](Call& call) { return post_set(objects, *kind, call); })
        .in_group(kind->name)
        .named("createWorkloadResourceDefinitionSet")
        .takes(std::move(body))
        .answers(201, enveloped(schema_reference(kind->name)))
        .fails({400, 409, 413, 503});
  }
  if (const KindDescriptor* kind = registry.find("WorkloadEvent")) {
    router
        .add("DELETE", "/v0/workload-events", "Delete all events of one workload instance",
             [&objects, kind](Call& call) { return delete_events(objects, *kind, call); })
        .in_group(kind->name)
        .named("deleteWorkloadEvents")
        .query("workloadinstanceid", "This one or the other is needed.", integer_schema())
        .query("helmworkloadinstanceid", "This one or the other is needed.", integer_schema())
        .answers(200, enveloped(schema_reference(kind->name)))
        .fails({400, 404, 409, 503});
  }
  const KindDescriptor* event = registry.find("Event");
  const KindDescriptor* reference = registry.find("AttachedObjectReference");
  if (event != nullptr && reference != nullptr) {
    Operation& joined =
        router
            .add("GET", "/v0/events-join-attached-object-references", "List the events about one object",
                 [&objects, event, reference](Call& call) { return join_events(objects, *event, *reference, call); })
            .in_group(event->name)
            .named("listEventsOfObject")
            .query("objectid", "Id of the object; needed.", id_schema());
    for (const schema::FieldDescriptor& field : event->fields) {
      if (!field.query.empty() && field.type != schema::FieldType::relation)
        joined.query(field.query, "Only events whose " + std::string(field.name) + " equals this.",
                     filter_schema(field));
    }
    joined.answers(200, enveloped(schema_reference(event->name))).fails({400, 503});
  }
}

}  // namespace threeport::apiserver
