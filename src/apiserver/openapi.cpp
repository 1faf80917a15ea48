#include "apiserver/openapi.h"

#include <map>

#include "apiserver/access.h"
#include "apiserver/kind_schemas.h"
#include "base/text.h"
#include "http/event_stream.h"
#include "kinds/dependency.h"

namespace threeport::apiserver {
namespace {

using schema::FieldDescriptor;
using schema::FieldType;
using schema::KindDescriptor;

constexpr std::string_view kDescription =
    "Application orchestrator and software delivery control plane. Paths, members and statuses are those of the v0 API "
    "of Threeport.\n\n"
    "Answers are envelopes: Meta, Type, Data, Status; `?pretty` indents them. Status.error of a failure says what is "
    "wrong and what to do. What no handler answers has the body {\"message\": ...}: unknown paths (404), methods that "
    "a path does not have (405, with Allow), requests that are no HTTP (400), that are too slow (408) or too large "
    "(413, 431), and the server's refusal when it is full (503). Paths of modules are not in this document: a module "
    "answers them itself; where it cannot, the answer is 502, 503 or 504.";

Operation described(const Router::Route& route, std::string_view id, const KindDescriptor& kind) {
  Operation out(route.operation.summary());
  out.in_group(kind.name).named(std::string(id) + std::string(kind.name));
  return out;
}

std::string a(const KindDescriptor& kind) { return "Id of the " + kind.words() + "."; }

void add_watch_parameters(Operation& operation) {
  operation
      .query("watch", "true: server-sent events instead of one answer, each with {seq, verb, object}.",
             boolean_schema())
      .query("since", "With watch: only what changed after this sequence.",
             integer_schema(0, std::numeric_limits<std::int64_t>::max()))
      .header("Last-Event-ID", "With watch: as since; sent by clients that resume a stream.", text_schema());
}

void add_pretty(Operation& operation) {
  operation.query("pretty", "Indents the answer, whatever its value.", boolean_schema());
}

Operation list_operation(const Router::Route& route, const KindDescriptor& kind) {
  Operation out = described(route, "list", kind);
  out.query("page", "Page, from 1.", integer_schema(-1, std::numeric_limits<std::int32_t>::max()))
      .query("size", "Objects a page; -1 for all.", integer_schema(-1, std::numeric_limits<std::int32_t>::max()));
  for (const FieldDescriptor& field : kind.fields) {
    if (field.query.empty() || field.type == FieldType::relation || field.has(schema::secret)) continue;
    const std::string_view scan = field.has(schema::indexed) || field.name == "Name"
                                      ? ""
                                      : " Not indexed: the cost grows with the number of objects.";
    out.query(field.query, "Only objects whose " + std::string(field.name) + " equals this." + std::string(scan),
              filter_schema(field));
  }
  out.query("cursor", "Threeport-Next-Cursor of the page before, instead of page.", text_schema());
  add_watch_parameters(out);
  add_pretty(out);
  out.answers(200, enveloped(schema_reference(kind.name)))
      .answers(200, text_schema(), http::kEventStreamType)
      .sends("Threeport-Sequence", "The sequence that a watch may start from.", integer_schema())
      .sends("Threeport-Next-Cursor", "Leads to the next page; absent from the last one.", text_schema())
      .fails({400, 410, 503});
  return out;
}

Operation& answers_object(Operation& operation, int status, json::Value schema) {
  return operation.answers(status, enveloped(std::move(schema)))
      .sends("ETag", "The object's version, for If-Match.", text_schema());
}

Operation create_operation(const Router::Route& route, const KindDescriptor& kind) {
  Operation out = described(route, "create", kind);
  add_pretty(out);
  out.header("Idempotency-Key", "Repeated with the same key within a day, the request is executed once.", text_schema())
      .takes(schema_reference(std::string(kind.name) + "Create"));
  answers_object(out, 201, schema_reference(kind.name)).fails({400, 409, 413, 503});
  return out;
}

/// What GET of one object answers: with `at`, its declared members as they were.
json::Value object_or_past_schema(const KindDescriptor& kind) {
  if (!kind.logged) return schema_reference(kind.name);
  const json::Value past = json::Object{{"type", "object"},
                                        {"description", "With at: ID and the declared members as they were."},
                                        {"properties", json::Object{{"ID", id_schema()}}},
                                        {"required", json::Array{"ID"}}};
  return json::Object{{"anyOf", json::Array{schema_reference(kind.name), past}}};
}

Operation get_operation(const Router::Route& route, const KindDescriptor& kind) {
  Operation out = described(route, "get", kind);
  out.path("id", a(kind), id_schema())
      .query("wait", "Answer when it is ready or stalled, at the latest after this duration, such as 60s.",
             text_schema());
  if (kind.logged) out.query("at", "A time or a sequence: the declared members as they were then.", text_schema());
  add_watch_parameters(out);
  add_pretty(out);
  answers_object(out, 200, object_or_past_schema(kind))
      .answers(200, text_schema(), http::kEventStreamType)
      .fails({400, 404, 410, 503});
  return out;
}

void add_if_match(Operation& operation) {
  operation.header("If-Match", "ETag of the version that is to be changed; 412 where it is another one by now.",
                   text_schema());
}

Operation change_operation(const Router::Route& route, const KindDescriptor& kind) {
  const bool is_patch = route.method == "PATCH";
  Operation out = described(route, is_patch ? "patch" : "replace", kind);
  out.path("id", a(kind), id_schema());
  add_if_match(out);
  add_pretty(out);
  if (kind.name == kinds::DependencyProfile::kind.name)
    out.query("plan", "The plan that shows what the change does to dependencies in use; it is applied.", id_schema());
  out.takes(schema_reference(std::string(kind.name) + (is_patch ? "Patch" : "Replace")));
  if (is_patch) out.takes(schema_reference(std::string(kind.name) + "Patch"), "application/merge-patch+json");
  answers_object(out, 200, schema_reference(kind.name)).fails({400, 404, 409, 412, 413, 503});
  return out;
}

Operation delete_operation(const Router::Route& route, const KindDescriptor& kind) {
  Operation out = described(route, "delete", kind);
  out.path("id", a(kind), id_schema());
  add_if_match(out);
  out.query("abandon", "true: finish without the outside world; LeftBehind of the answer lists what stays there.",
            boolean_schema());
  if (kind.name == kinds::DependencyInstance::kind.name)
    out.query("name", "Identity of one that is retained: its data goes with it.", text_schema());
  if (kind.cascades()) out.query("cascade", "true: what lives in it is deleted first.", boolean_schema());
  add_pretty(out);
  answers_object(out, 200, schema_reference(kind.name)).fails({400, 404, 409, 412, 503});
  return out;
}

using Describe = Operation (*)(const Router::Route&, const KindDescriptor&);
using RouteKey = std::pair<std::string, std::string>;

/// The operations that every kind has, by method and pattern.
std::map<RouteKey, Describe> operations_of(const KindDescriptor& kind) {
  const std::string collection = "/v0/" + std::string(kind.path);
  const std::string item = collection + "/{}";
  const std::string versions = "/" + std::string(kind.path) + "/versions";
  return {{{"GET", collection}, list_operation},
          {{"POST", collection}, create_operation},
          {{"OPTIONS", collection},
           [](const Router::Route& route, const KindDescriptor& described_kind) {
             Operation out = described(route, "options", described_kind);
             out.answers(204, {});
             return out;
           }},
          {{"GET", item}, get_operation},
          {{"PATCH", item}, change_operation},
          {{"PUT", item}, change_operation},
          {{"DELETE", item}, delete_operation},
          {{"GET", versions}, [](const Router::Route& route, const KindDescriptor& described_kind) {
             Operation out = described(route, "versions", described_kind);
             out.answers(200, schema_reference("Versions"));
             return out;
           }}};
}

/// "/v0/workload-instances/{id}/logs": with names for its parameters.
std::string named_path(std::string_view pattern, const Operation& operation) {
  std::string out;
  for (const std::string& name : operation.path_names(pattern)) {
    const std::size_t at = pattern.find("{}");
    out += pattern.substr(0, at);
    out += "{" + name + "}";
    pattern.remove_prefix(at + 2);
  }
  return out + std::string(pattern);
}

json::Object paths_of(const schema::Registry& registry, const std::vector<Router::Route>& routes) {
  std::map<RouteKey, std::pair<Describe, const KindDescriptor*>> known;
  for (const KindDescriptor& kind : registry.kinds()) {
    for (const auto& [key, describe] : operations_of(kind)) known.emplace(key, std::pair(describe, &kind));
  }
  json::Object paths;
  for (const Router::Route& route : routes) {
    const auto found = known.find({route.method, route.pattern});
    Operation operation = found == known.end() ? route.operation : found->second.first(route, *found->second.second);
    if (!is_open(route.pattern)) operation.fails({401});
    if (!is_open(route.pattern) && route.method != "GET" && route.method != "OPTIONS") operation.fails({403});
    paths[named_path(route.pattern, operation)][base::lower(route.method)] = operation.to_json(route.pattern);
  }
  return paths;
}

json::Value status_schema() {
  json::Value out = closed_schema(
      {{"code", integer_schema()}, {"message", text_schema()}, {"error", text_schema()}, {"reason", text_schema()}},
      {"code", "message", "error"});
  out["description"] = "The HTTP status, its phrase, and the error in words; reason is for programs.";
  return out;
}

json::Value envelope_schema(json::Value data) {
  const json::Value meta =
      closed_schema({{"Page", integer_schema()}, {"Size", integer_schema()}, {"TotalCount", integer_schema()}},
                    {"Page", "Size", "TotalCount"});
  return closed_schema(
      {{"Meta", meta}, {"Type", text_schema()}, {"Data", std::move(data)}, {"Status", status_schema()}},
      {"Meta", "Type", "Data", "Status"});
}

json::Object schemas_of(const schema::Registry& registry) {
  json::Object out{
      {"Envelope", envelope_schema(json::Object{{"type", "array"}, {"items", json::Object{}}})},
      {"Failure", envelope_schema(json::Object{{"type", json::Array{"array", "null"}}, {"items", json::Object{}}})},
      {"Message", closed_schema({{"message", text_schema()}}, {"message"})},
      {"Versions",
       closed_schema({{"API", text_schema()}, {"Versions", array_schema(text_schema())}}, {"API", "Versions"})}};
  for (const KindDescriptor& kind : registry.kinds()) {
    if (!kind.routed) continue;
    const std::string name(kind.name);
    out.append(name, answered_schema(kind));
    if (kind.controller_made) continue;
    out.append(name + "Create", created_schema(kind));
    out.append(name + "Replace", replaced_schema(kind));
    out.append(name + "Patch", patched_schema(kind));
  }
  return out;
}

json::Value response(std::string_view description, json::Value schema) {
  return json::Object{
      {"description", description},
      {"content", json::Object{{"application/json", json::Object{{"schema", std::move(schema)}}}}},
      {"headers", json::Object{{"Retry-After", json::Object{{"description", "Seconds; where repeating it helps."},
                                                            {"schema", integer_schema()}}}}}};
}

json::Array tags_of(const schema::Registry& registry) {
  json::Array out;
  for (const KindDescriptor& kind : registry.kinds()) {
    if (kind.routed) out.push_back(json::Object{{"name", kind.name}, {"description", kind.doc}});
  }
  return out;
}

}  // namespace

json::Value make_openapi(const schema::Registry& registry, const std::vector<Router::Route>& routes,
                         const std::string& version, const std::string& prefix) {
  const json::Value either =
      json::Object{{"anyOf", json::Array{schema_reference("Failure"), schema_reference("Message")}}};
  json::Object failures{
      {"Failure", response("Failure; Status.error says what is wrong and what to do.", schema_reference("Failure"))},
      {"FailureOrMessage", response("Failure; the HTTP server itself answers {\"message\": ...}.", either)}};
  const json::Value server = json::Object{{"url", prefix.empty() ? "/" : prefix}};
  return json::Object{
      {"openapi", "3.1.0"},
      {"info", json::Object{{"title", "Threeport"},
                            {"version", version},
                            {"description", kDescription},
                            {"license", json::Object{{"name", "Apache License 2.0"}, {"identifier", "Apache-2.0"}}}}},
      {"servers", json::Array{server}},
      {"tags", tags_of(registry)},
      {"paths", paths_of(registry, routes)},
      {"components", json::Object{{"schemas", schemas_of(registry)}, {"responses", std::move(failures)}}}};
}

}  // namespace threeport::apiserver
