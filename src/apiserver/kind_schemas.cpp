#include "apiserver/kind_schemas.h"

#include "apiserver/operation.h"
#include "schema/field.h"

namespace threeport::apiserver {
namespace {

using schema::FieldDescriptor;
using schema::FieldType;
using schema::KindDescriptor;

bool is_number(const FieldDescriptor& field) {
  return field.type == FieldType::integer || field.type == FieldType::unsigned_integer;
}

json::Object integer_of(const FieldDescriptor& field) {
  json::Object out{{"type", "integer"}, {"format", "int64"}};
  if (field.type == FieldType::unsigned_integer) out.set("minimum", 0);
  if (!field.references.empty()) out.set("maximum", schema::kMaxId);
  return out;
}

json::Object type_of(const FieldDescriptor& field) {
  const json::Value any_object = json::Object{{"type", "object"}};
  switch (field.type) {
    case FieldType::boolean: return {{"type", "boolean"}};
    case FieldType::integer:
    case FieldType::unsigned_integer: return integer_of(field);
    case FieldType::string: return {{"type", "string"}};
    case FieldType::timestamp: return {{"type", "string"}, {"format", "date-time"}};
    case FieldType::json: return {};
    case FieldType::json_array: return {{"type", "array"}, {"items", json::Object{}}};
    case FieldType::string_map: return {{"type", "object"}, {"additionalProperties", text_schema()}};
    case FieldType::relation:
      if (field.tie == schema::Tie::belongs_to) return any_object.as_object();
      return {{"type", "array"}, {"items", any_object}};
  }
  return {};
}

enum class Side { answer, body };

json::Value member_schema(const FieldDescriptor& field, Side side) {
  json::Object out = type_of(field);
  if (!field.one_of.empty()) out.set("enum", json::Array(field.one_of.begin(), field.one_of.end()));
  if (side == Side::body) {
    // Of a text they count bytes; JSON Schema counts characters, so it says a little less than the server checks.
    const bool counts_length = !is_number(field);
    if (field.minimum && (!counts_length || *field.minimum <= 1))
      out.set(counts_length ? "minLength" : "minimum", *field.minimum);
    if (field.maximum) out.set(counts_length ? "maxLength" : "maximum", *field.maximum);
  }
  if (field.default_json) out.set("default", json::parse(*field.default_json).value_or({}));
  if (field.has(schema::server_managed) || field.has(schema::ignored)) out.set("readOnly", true);
  // Not in the schema of answers: that to the creation carries it.
  if (field.has(schema::write_only) && !field.has(schema::issued) && side == Side::body) out.set("writeOnly", true);
  std::string doc(field.doc);
  if (field.has(schema::immutable)) doc += " Cannot be changed.";
  if (field.has(schema::secret)) doc += " Stored encrypted; answers carry it encrypted.";
  if (!field.references.empty() && field.type != FieldType::relation)
    doc += " Id of a " + schema::words_of(field.references) + ".";
  out.set("description", std::move(doc));
  return out;
}

json::Value object_schema(const KindDescriptor& kind, json::Object properties, json::Array required) {
  json::Object out{{"type", "object"}, {"description", kind.doc}, {"properties", std::move(properties)}};
  if (!required.empty()) out.set("required", std::move(required));
  return out;
}

/// Members that replace each other: at least one of the two must be there.
json::Array alternatives_of(const KindDescriptor& kind) {
  json::Array out;
  for (const FieldDescriptor& field : kind.fields) {
    if (field.required_unless.empty()) continue;
    out.push_back(json::Object{{"anyOf", json::Array{json::Object{{"required", json::Array{field.name}}},
                                                     json::Object{{"required", json::Array{field.required_unless}}}}}});
  }
  return out;
}

enum class Associations { with, without };

json::Value whole_body(const KindDescriptor& kind, Associations associations) {
  json::Object properties;
  json::Array required;
  for (const FieldDescriptor& field : kind.fields) {
    if (field.has(schema::server_managed)) continue;
    if (field.has(schema::association) && associations == Associations::without) continue;
    properties.append(std::string(field.name), member_schema(field, Side::body));
    if (field.has(schema::required)) required.push_back(field.name);
  }
  json::Value out = object_schema(kind, std::move(properties), std::move(required));
  out["additionalProperties"] = false;
  out["minProperties"] = 1;
  json::Array alternatives = alternatives_of(kind);
  if (!alternatives.empty()) out["allOf"] = std::move(alternatives);
  return out;
}

}  // namespace

json::Value answered_schema(const KindDescriptor& kind) {
  json::Object properties;
  json::Array required{"ID", "CreatedAt", "UpdatedAt"};
  for (const FieldDescriptor& field : kind.fields) {
    properties.append(std::string(field.name), member_schema(field, Side::answer));
    if (field.has(schema::required) && !field.has(schema::write_only)) required.push_back(field.name);
  }
  return object_schema(kind, std::move(properties), std::move(required));
}

json::Value created_schema(const KindDescriptor& kind) { return whole_body(kind, Associations::with); }
json::Value replaced_schema(const KindDescriptor& kind) { return whole_body(kind, Associations::without); }

json::Value patched_schema(const KindDescriptor& kind) {
  json::Value out = replaced_schema(kind);
  out.as_object().erase("required");
  out.as_object().erase("allOf");
  for (json::Member& property : out["properties"].as_object()) property.value.as_object().erase("default");
  return out;
}

json::Value filter_schema(const FieldDescriptor& field) {
  if (field.type == FieldType::boolean) return boolean_schema();
  if (is_number(field)) return integer_schema();
  if (field.type == FieldType::timestamp) return json::Object{{"type", "string"}, {"format", "date-time"}};
  return text_schema();
}

}  // namespace threeport::apiserver
