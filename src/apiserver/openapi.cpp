#include "apiserver/openapi.h"

#include <map>

#include "base/text.h"

namespace threeport::apiserver {
namespace {

using schema::FieldDescriptor;
using schema::FieldType;
using schema::KindDescriptor;

json::Value reference(std::string_view section, std::string_view name) {
  return json::Object{{"$ref", "#/components/" + std::string(section) + "/" + std::string(name)}};
}

json::Value schema_of(const FieldDescriptor& field) {
  json::Object out;
  switch (field.type) {
    case FieldType::boolean: out.set("type", "boolean"); break;
    case FieldType::integer:
    case FieldType::unsigned_integer:
      out.set("type", "integer");
      out.set("format", "int64");
      if (field.type == FieldType::unsigned_integer) out.set("minimum", 0);
      if (!field.references.empty()) out.set("maximum", schema::kMaxId);
      break;
    case FieldType::string: out.set("type", "string"); break;
    case FieldType::timestamp:
      out.set("type", "string");
      out.set("format", "date-time");
      break;
    case FieldType::json: break;
    case FieldType::json_array: out.set("type", "array"); break;
    case FieldType::string_map:
      out.set("type", "object");
      out.set("additionalProperties", json::Object{{"type", "string"}});
      break;
    case FieldType::relation:
      out.set("type", field.tie == schema::Tie::belongs_to ? "object" : "array");
      if (field.tie != schema::Tie::belongs_to) out.set("items", json::Object{{"type", "object"}});
      break;
  }
  const bool number = field.type == FieldType::integer || field.type == FieldType::unsigned_integer;
  if (field.minimum) out.set(number ? "minimum" : "minLength", *field.minimum);
  if (field.maximum) out.set(number ? "maximum" : "maxLength", *field.maximum);
  if (!field.one_of.empty()) {
    json::Array values;
    for (const std::string_view value : field.one_of) values.push_back(value);
    out.set("enum", std::move(values));
  }
  if (field.default_json) out.set("default", json::parse(*field.default_json).value_or({}));
  if (field.has(schema::server_managed) || field.has(schema::ignored)) out.set("readOnly", true);
  if (field.has(schema::write_only) && !field.has(schema::issued)) out.set("writeOnly", true);
  out.set("description", field.doc);
  return out;
}

json::Value schema_of(const KindDescriptor& kind) {
  json::Object properties;
  json::Array required;
  for (const FieldDescriptor& field : kind.fields) {
    properties.append(std::string(field.name), schema_of(field));
    if (field.has(schema::required)) required.push_back(field.name);
  }
  json::Object out{{"type", "object"}, {"description", kind.doc}, {"properties", std::move(properties)}};
  if (!required.empty()) out.set("required", std::move(required));
  return out;
}

/// Request body of PATCH: every member optional, none that only POST takes.
json::Value patch_schema_of(const KindDescriptor& kind) {
  json::Object properties;
  for (const FieldDescriptor& field : kind.fields) {
    if (field.has(schema::association) || field.has(schema::server_managed) || field.type == FieldType::relation)
      continue;
    properties.append(std::string(field.name), schema_of(field));
  }
  return json::Object{{"type", "object"}, {"properties", std::move(properties)}, {"minProperties", 1}};
}

json::Value envelope_of(std::string_view kind) {
  return json::Object{
      {"allOf",
       json::Array{
           reference("schemas", "Envelope"),
           json::Object{{"properties", json::Object{{"Data", json::Object{{"type", "array"},
                                                                          {"items", reference("schemas", kind)}}}}}}}}};
}

json::Value body_of(json::Value schema) {
  return json::Object{{"required", true},
                      {"content", json::Object{{"application/json", json::Object{{"schema", std::move(schema)}}}}}};
}

/// The answers of an operation: success with the kind's envelope, and the failures in `errors`.
json::Value responses(std::string_view success_code, std::string_view kind,
                      std::initializer_list<std::string_view> errors) {
  json::Object out{
      {std::string(success_code),
       json::Object{{"description", success_code == "201" ? "Created" : "OK"},
                    {"content", json::Object{{"application/json", json::Object{{"schema", envelope_of(kind)}}}}}}}};
  for (const std::string_view code : errors) out.append(std::string(code), reference("responses", "Failure"));
  return out;
}

json::Value parameter(std::string_view name, std::string_view place, std::string_view doc, json::Value schema) {
  return json::Object{{"name", name},
                      {"in", place},
                      {"required", place == "path"},
                      {"description", doc},
                      {"schema", std::move(schema)}};
}

json::Value integer() { return json::Object{{"type", "integer"}}; }

json::Array list_parameters(const KindDescriptor& kind) {
  json::Array out{
      parameter("page", "query", "Page, from 1.", integer()),
      parameter("size", "query", "Objects a page; -1 for all.", integer()),
      parameter("watch", "query", "true: server-sent events instead of a list.", json::Object{{"type", "boolean"}}),
      parameter("since", "query", "With watch: only what changed after this sequence.", integer())};
  for (const FieldDescriptor& field : kind.fields) {
    if (field.query.empty() || field.type == FieldType::relation || field.has(schema::secret)) continue;
    const std::string_view scan = field.has(schema::indexed) || field.name == "Name"
                                      ? ""
                                      : " Not indexed: the cost grows with the number of objects.";
    json::Value schema = field.type == FieldType::boolean ? json::Object{{"type", "boolean"}}
                         : field.type == FieldType::integer || field.type == FieldType::unsigned_integer
                             ? integer()
                             : json::Value(json::Object{{"type", "string"}});
    out.push_back(parameter(field.query, "query",
                            "Only objects whose " + std::string(field.name) + " equals this." + std::string(scan),
                            std::move(schema)));
  }
  return out;
}

json::Value operation(std::string_view id, const KindDescriptor& kind, json::Array parameters, json::Value answers,
                      json::Value body = {}) {
  json::Object out{{"operationId", std::string(id) + std::string(kind.name)}, {"tags", json::Array{kind.name}}};
  if (!parameters.empty()) out.set("parameters", std::move(parameters));
  if (!body.is_null()) out.set("requestBody", std::move(body));
  out.set("responses", std::move(answers));
  return out;
}

/// The operations of a kind that say more than their route does, by route.
std::map<std::pair<std::string, std::string>, json::Value> operations_of(const KindDescriptor& kind) {
  const json::Value id = parameter("id", "path", "Id of the object.", integer());
  const json::Value if_match =
      parameter("If-Match", "header", "ETag of the version that is to be changed.", json::Object{{"type", "string"}});
  const json::Value wait =
      parameter("wait", "query", "Answer when it is ready or stalled, at the latest after this duration.",
                json::Object{{"type", "string"}});
  const json::Value abandon =
      parameter("abandon", "query", "true: finish without the outside world.", json::Object{{"type", "boolean"}});
  const std::string collection = "/v0/" + std::string(kind.path);
  const std::string item = collection + "/{}";
  const auto changes = [&](std::string_view verb) {
    return operation(verb, kind, {id, if_match},
                     responses("200", kind.name, {"400", "404", "409", "412", "413", "503"}),
                     body_of(patch_schema_of(kind)));
  };
  return {{{"GET", collection},
           operation("list", kind, list_parameters(kind), responses("200", kind.name, {"400", "410", "503"}))},
          {{"POST", collection},
           operation("create", kind, {}, responses("201", kind.name, {"400", "409", "413", "503"}),
                     body_of(reference("schemas", kind.name)))},
          {{"GET", item}, operation("get", kind, {id, wait}, responses("200", kind.name, {"400", "404", "503"}))},
          {{"PATCH", item}, changes("patch")},
          {{"PUT", item}, changes("replace")},
          {{"DELETE", item},
           operation("delete", kind, {id, if_match, abandon},
                     responses("200", kind.name, {"400", "404", "409", "412", "503"}))}};
}

/// "/v0/workload-instances/{id}/logs": with a name for its parameter.
std::string named_path(std::string path) {
  if (const std::size_t at = path.find("{}"); at != std::string::npos) path.replace(at, 2, "{id}");
  return path;
}

/// A route outside the pattern of the kinds.
json::Value plain_operation(const Router::Route& route) {
  json::Object out;
  if (route.pattern.find("{}") != std::string::npos)
    out.set("parameters", json::Array{parameter("id", "path", "Id of the object.", integer())});
  if (route.method == "POST") out.set("requestBody", body_of(json::Object{}));
  out.set("responses", json::Object{{route.method == "OPTIONS" ? "204" : "2XX", json::Object{{"description", "OK"}}},
                                    {"default", reference("responses", "Failure")}});
  return out;
}

json::Object paths_of(const schema::Registry& registry, const std::vector<Router::Route>& routes) {
  std::map<std::pair<std::string, std::string>, json::Value> operations;
  for (const KindDescriptor& kind : registry.kinds()) operations.merge(operations_of(kind));
  json::Object paths;
  for (const Router::Route& route : routes) {
    const auto known = operations.find({route.method, route.pattern});
    json::Value entry = known == operations.end() ? plain_operation(route) : known->second;
    entry["summary"] = route.summary;
    paths[named_path(route.pattern)][base::lower(route.method)] = std::move(entry);
  }
  return paths;
}

json::Value envelope_schema() {
  const auto object = [](json::Object properties) {
    return json::Value(json::Object{{"type", "object"}, {"properties", std::move(properties)}});
  };
  const json::Value text = json::Object{{"type", "string"}};
  return object({{"Meta", object({{"Page", integer()}, {"Size", integer()}, {"TotalCount", integer()}})},
                 {"Type", text},
                 {"Data", json::Object{{"type", json::Array{"array", "null"}}}},
                 {"Status", object({{"code", integer()}, {"message", text}, {"error", text}, {"reason", text}})}});
}

}  // namespace

json::Value make_openapi(const schema::Registry& registry, const std::vector<Router::Route>& routes,
                         const std::string& version) {
  json::Object schemas{{"Envelope", envelope_schema()}};
  for (const KindDescriptor& kind : registry.kinds()) schemas.append(std::string(kind.name), schema_of(kind));
  const json::Value failure = json::Object{
      {"description",
       "Failure; Status.error says what is wrong and what to do, Status.reason of a 503 names the cause for programs."},
      {"content", json::Object{{"application/json", json::Object{{"schema", reference("schemas", "Envelope")}}}}}};
  return json::Object{
      {"openapi", "3.1.0"},
      {"info", json::Object{{"title", "Threeport"},
                            {"version", version},
                            {"description", "Application orchestrator and software delivery control plane."}}},
      {"paths", paths_of(registry, routes)},
      {"components", json::Object{{"schemas", std::move(schemas)}, {"responses", json::Object{{"Failure", failure}}}}}};
}

}  // namespace threeport::apiserver
