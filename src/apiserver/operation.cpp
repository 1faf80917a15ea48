#include "apiserver/operation.h"

#include "http/message.h"
#include "schema/field.h"

namespace threeport::apiserver {
namespace {

json::Value parameter(std::string_view name, std::string_view place, std::string_view doc, json::Value schema) {
  return json::Object{{"name", name},
                      {"in", place},
                      {"required", place == "path"},
                      {"description", doc},
                      {"schema", std::move(schema)}};
}

std::size_t count_parameters(std::string_view pattern) {
  std::size_t count = 0;
  for (std::size_t at = pattern.find("{}"); at != std::string_view::npos; at = pattern.find("{}", at + 2)) ++count;
  return count;
}

json::Value response_reference(std::string_view name) {
  return json::Object{{"$ref", "#/components/responses/" + std::string(name)}};
}

}  // namespace

json::Value integer_schema(std::int64_t least, std::int64_t most) {
  return json::Object{{"type", "integer"}, {"format", "int64"}, {"minimum", least}, {"maximum", most}};
}
json::Value integer_schema() { return json::Object{{"type", "integer"}, {"format", "int64"}}; }
json::Value text_schema() { return json::Object{{"type", "string"}}; }
json::Value boolean_schema() { return json::Object{{"type", "boolean"}}; }
json::Value id_schema() { return integer_schema(1, schema::kMaxId); }
json::Value array_schema(json::Value items) { return json::Object{{"type", "array"}, {"items", std::move(items)}}; }

json::Value closed_schema(json::Object properties, std::initializer_list<std::string_view> required) {
  json::Object out{{"type", "object"}, {"properties", std::move(properties)}, {"additionalProperties", false}};
  json::Array names(required.begin(), required.end());
  if (!names.empty()) out.set("required", std::move(names));
  return out;
}

json::Value schema_reference(std::string_view name) {
  return json::Object{{"$ref", "#/components/schemas/" + std::string(name)}};
}

json::Value enveloped(json::Value items) {
  const json::Value data = json::Object{{"properties", json::Object{{"Data", array_schema(std::move(items))}}}};
  return json::Object{{"allOf", json::Array{schema_reference("Envelope"), data}}};
}

Operation& Operation::in_group(std::string_view group) {
  group_ = group;
  return *this;
}

Operation& Operation::named(std::string_view id) {
  id_ = id;
  return *this;
}

Operation& Operation::path(std::string_view name, std::string_view doc, json::Value schema) {
  path_.push_back(parameter(name, "path", doc, std::move(schema)));
  return *this;
}

Operation& Operation::query(std::string_view name, std::string_view doc, json::Value schema) {
  parameters_.push_back(parameter(name, "query", doc, std::move(schema)));
  return *this;
}

Operation& Operation::header(std::string_view name, std::string_view doc, json::Value schema) {
  parameters_.push_back(parameter(name, "header", doc, std::move(schema)));
  return *this;
}

Operation& Operation::body(json::Value schema, std::string_view type, bool required) {
  body_.set("required", required);
  json::Object content = body_.contains("content") ? body_.find("content")->as_object() : json::Object{};
  content.set(type, json::Object{{"schema", std::move(schema)}});
  body_.set("content", std::move(content));
  return *this;
}

Operation& Operation::takes(json::Value schema, std::string_view type) { return body(std::move(schema), type, true); }
Operation& Operation::may_take(json::Value schema, std::string_view type) {
  return body(std::move(schema), type, false);
}

Operation& Operation::answers(int status, json::Value schema, std::string_view type) {
  const std::string code = std::to_string(status);
  if (!answers_.contains(code))
    answers_.append(code, json::Object{{"description", std::string(http::reason_phrase(status))}});
  if (schema.is_null()) return *this;
  json::Value& answer = *answers_.find(code);
  answer["content"][type] = json::Object{{"schema", std::move(schema)}};
  return *this;
}

Operation& Operation::sends(std::string_view name, std::string_view doc, json::Value schema) {
  TP_ASSERT(!answers_.empty());
  json::Member* last = nullptr;
  for (json::Member& member : answers_) last = &member;
  last->value["headers"][name] = json::Object{{"description", doc}, {"schema", std::move(schema)}};
  return *this;
}

Operation& Operation::fails(std::initializer_list<int> statuses) {
  for (const int status : statuses) {
    // The HTTP server refuses these on its own, too, before any handler.
    const bool also_bare = status == 413 || status == 503;
    answers_.set(std::to_string(status), response_reference(also_bare ? "FailureOrMessage" : "Failure"));
  }
  return *this;
}

std::vector<std::string> Operation::path_names(std::string_view pattern) const {
  std::vector<std::string> out;
  const std::size_t count = count_parameters(pattern);
  for (std::size_t i = 0; i < count; ++i) {
    if (i < path_.size()) {
      out.emplace_back(path_[i].at("name").text());
    } else {
      out.push_back(i == 0 ? "id" : "id" + std::to_string(i + 1));
    }
  }
  return out;
}

json::Value Operation::to_json(std::string_view pattern) const {
  json::Object out;
  if (!id_.empty()) out.set("operationId", id_);
  if (!group_.empty()) out.set("tags", json::Array{group_});
  out.set("summary", summary_);
  json::Array parameters = path_;
  const std::vector<std::string> names = path_names(pattern);
  for (std::size_t i = path_.size(); i < names.size(); ++i)
    parameters.push_back(parameter(names[i], "path", "Id of the object.", id_schema()));
  parameters.insert(parameters.end(), parameters_.begin(), parameters_.end());
  if (!parameters.empty()) out.set("parameters", std::move(parameters));
  if (!body_.empty()) out.set("requestBody", body_);
  json::Object answers = answers_;
  if (answers.empty()) {
    answers.append("2XX", json::Object{{"description", "OK"}});
    answers.append("default", response_reference("FailureOrMessage"));
  }
  out.set("responses", std::move(answers));
  return out;
}

}  // namespace threeport::apiserver
