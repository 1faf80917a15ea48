#include "cli/happenings.h"

#include <algorithm>
#include <map>

#include "cli/wait.h"

namespace threeport::cli {

namespace {

using base::Result;
using client::Object;
using client::ObjectId;

Happening of_event(const json::Value& event) {
  return {.time = std::string(event.at("LastObservedTime").text()),
          .type = std::string(event.at("Type").text()),
          .reason = std::string(event.at("Reason").text()),
          .object = {},
          .message = std::string(event.at("Note").text()),
          .count = event.at("Count").as_int().value_or(1)};
}

Happening of_workload_event(const json::Value& event) {
  return {.time = std::string(event.at("Timestamp").text()),
          .type = std::string(event.at("Type").text()),
          .reason = std::string(event.at("Reason").text()),
          .object = {},
          .message = std::string(event.at("Message").text())};
}

/// By time as such: fractions of seconds have different lengths, so texts do not compare.
void sort_by_time(std::vector<Happening>& happenings) {
  const auto time_of = [](const Happening& happening) {
    const auto time = base::parse_time(happening.time);
    return time ? *time : base::TimePoint{};
  };
  std::stable_sort(happenings.begin(), happenings.end(),
                   [&](const Happening& a, const Happening& b) { return time_of(a) < time_of(b); });
}

/// The member of WorkloadEvent and its like that names this kind; nullptr where events of Kubernetes do not.
const schema::FieldDescriptor* reference_to(const KindDescriptor& events, const KindDescriptor& kind) {
  const auto found = std::find_if(events.fields.begin(), events.fields.end(), [&](const auto& field) {
    return field.references == kind.name && field.type != schema::FieldType::relation && !field.query.empty();
  });
  return found == events.fields.end() ? nullptr : &*found;
}

}  // namespace

Result<std::vector<Happening>> happenings_of(client::Api& api, const schema::Registry& registry,
                                             const KindDescriptor& kind, ObjectId id) {
  std::vector<Happening> out;
  TP_TRY(const client::Answer joined,
         api.call("GET", "/v0/events-join-attached-object-references?objectid=" + std::to_string(id)));
  for (const json::Value& event : joined.data) out.push_back(of_event(event));
  const KindDescriptor* events = registry.find("WorkloadEvent");
  const auto* field = events == nullptr ? nullptr : reference_to(*events, kind);
  if (field != nullptr) {
    TP_TRY(const auto rows, api.list(*events, {{std::string(field->query), std::to_string(id)}}));
    for (const Object& row : rows) out.push_back(of_workload_event(row.data));
  }
  sort_by_time(out);
  return out;
}

Result<std::vector<Happening>> all_happenings(client::Api& api, const schema::Registry& registry) {
  std::vector<Happening> out;
  ReferenceNames names(api, registry);
  const auto name_of = [&](const KindDescriptor& kind, ObjectId id) -> Result<std::string> {
    TP_TRY(const std::string name, names.name(kind.name, id));
    return label(kind, name);
  };
  const KindDescriptor* references = registry.find("AttachedObjectReference");
  const KindDescriptor* events = registry.find("Event");
  if (references != nullptr && events != nullptr) {
    std::map<ObjectId, json::Value> by_id;
    TP_TRY(auto reference_rows, api.list(*references));
    for (Object& row : reference_rows) by_id.emplace(row.id(), std::move(row.data));
    TP_TRY(const auto rows, api.list(*events));
    for (const Object& row : rows) {
      Happening happening = of_event(row.data);
      const auto reference = by_id.find(row.data.at("AttachedObjectReferenceID").as_int().value_or(0));
      if (reference != by_id.end()) {
        // "v0.WorkloadInstance"
        const std::string_view type = reference->second.at("ObjectType").text();
        const KindDescriptor* kind = registry.find(type.substr(type.rfind('.') + 1));
        if (kind != nullptr) {
          TP_TRY(happening.object, name_of(*kind, reference->second.at("ObjectID").as_int().value_or(0)));
        }
      }
      out.push_back(std::move(happening));
    }
  }
  if (const KindDescriptor* workload_events = registry.find("WorkloadEvent")) {
    TP_TRY(const auto rows, api.list(*workload_events));
    const KindDescriptor* instances = registry.find("WorkloadInstance");
    for (const Object& row : rows) {
      Happening happening = of_workload_event(row.data);
      const auto id = row.data.at("WorkloadInstanceID").as_int();
      if (id && instances != nullptr) {
        TP_TRY(happening.object, name_of(*instances, *id));
      }
      out.push_back(std::move(happening));
    }
  }
  sort_by_time(out);
  return out;
}

Table happenings_table(const std::vector<Happening>& happenings, base::TimePoint now, bool with_object) {
  std::vector<std::string> heads{"LAST SEEN", "TYPE", "REASON", "COUNT", "MESSAGE"};
  if (with_object) heads.insert(heads.begin() + 3, "OBJECT");
  Table table(std::move(heads));
  for (const Happening& happening : happenings) {
    std::vector<std::string> cells{age(happening.time, now), happening.type, happening.reason,
                                   std::to_string(happening.count), one_line(happening.message)};
    if (with_object) cells.insert(cells.begin() + 3, happening.object);
    table.add(std::move(cells));
  }
  return table;
}

}  // namespace threeport::cli
