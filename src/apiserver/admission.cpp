#include "apiserver/admission.h"

#include <charconv>

#include "base/clock.h"
#include "base/text.h"
#include "base/utf8.h"
#include "schema/field.h"

namespace threeport::apiserver {
namespace {

using schema::FieldDescriptor;
using schema::FieldType;
using schema::KindDescriptor;

std::string spelled(const FieldDescriptor& field) {
  return std::string(field.go_name.empty() ? field.name : field.go_name);
}

base::Error wrong_type(const FieldDescriptor& field, std::string_view wanted, const json::Value& value) {
  return base::invalid(std::string(field.name) + " must be " + std::string(wanted) + ", not a " +
                       std::string(value.type_name()));
}

base::Result<void> check_bounds(const FieldDescriptor& field, std::int64_t value, std::string_view what) {
  if (field.minimum && value < *field.minimum) {
    return base::invalid(std::string(field.name) + ": " + std::string(what) + " must be at least " +
                         std::to_string(*field.minimum));
  }
  if (field.maximum && value > *field.maximum) {
    return base::invalid(std::string(field.name) + ": " + std::string(what) + " must be at most " +
                         std::to_string(*field.maximum));
  }
  return {};
}

base::Result<void> check_string(const FieldDescriptor& field, const json::Value& value) {
  const std::string* text = value.if_string();
  if (text == nullptr) return wrong_type(field, "a string", value);
  if (text->find('\0') != std::string::npos) {
    return base::invalid(std::string(field.name) + " must not contain a NUL character");
  }
  TP_CHECK(check_bounds(field, static_cast<std::int64_t>(text->size()), "its length"));
  if (field.one_of.empty()) return {};
  if (std::find(field.one_of.begin(), field.one_of.end(), *text) != field.one_of.end()) return {};
  return base::invalid(std::string(field.name) + ": " + *text +
                       " is not valid, valid values: " + base::join(field.one_of, ", "));
}

base::Result<void> check_integer(const FieldDescriptor& field, const json::Value& value) {
  const auto number = value.as_int();
  if (!number) {
    if (value.is_number())
      return base::invalid(std::string(field.name) +
                           " must be an integer without fraction or exponent that fits 64 bits");
    return wrong_type(field, "an integer", value);
  }
  if (field.type == FieldType::unsigned_integer && *number < 0) {
    return base::invalid(std::string(field.name) + " must not be negative");
  }
  if (!field.references.empty() && *number > schema::kMaxId) {
    return base::invalid(std::string(field.name) + " must be an id below 2^53");
  }
  return check_bounds(field, *number, "it");
}

base::Result<void> check_string_map(const FieldDescriptor& field, const json::Value& value) {
  const json::Object* object = value.if_object();
  if (object == nullptr) return wrong_type(field, "an object of strings", value);
  for (const json::Member& member : *object) {
    if (auto checked = check_string(field, member.value); !checked)
      return std::move(checked).error().with_context(member.key);
  }
  return {};
}

base::Result<void> check_relation(const FieldDescriptor& field, const json::Value& value) {
  if (field.tie == schema::Tie::belongs_to) {
    if (value.is_object()) return {};
    return wrong_type(field, "a " + std::string(field.references) + " object", value);
  }
  const json::Array* elements = value.if_array();
  if (elements != nullptr && std::all_of(elements->begin(), elements->end(), [](auto& e) { return e.is_object(); }))
    return {};
  return wrong_type(field, "an array of " + std::string(field.references) + " objects", value);
}

/// Checks one value; times are rewritten in UTC.
base::Result<json::Value> admit_value(const FieldDescriptor& field, const json::Value& value) {
  switch (field.type) {
    case FieldType::boolean:
      if (!value.is_bool()) return wrong_type(field, "a boolean", value);
      return value;
    case FieldType::integer:
    case FieldType::unsigned_integer: TP_CHECK(check_integer(field, value)); return value;
    case FieldType::string: TP_CHECK(check_string(field, value)); return value;
    case FieldType::timestamp: {
      if (!value.is_string()) return wrong_type(field, "an RFC 3339 time", value);
      auto time = base::parse_time(value.as_string());
      if (!time) return std::move(time).error().with_context(field.name);
      return json::Value(base::format_time(*time));
    }
    case FieldType::relation: TP_CHECK(check_relation(field, value)); return value;
    case FieldType::json_array:
      if (!value.is_array()) return wrong_type(field, "an array", value);
      return value;
    case FieldType::string_map: TP_CHECK(check_string_map(field, value)); return value;
    case FieldType::json: return value;
  }
  return value;
}

/// The keys of a body for which `wanted` holds, as they were written.
std::string keys_where(const KindDescriptor& kind, const json::Object& body, auto wanted) {
  std::vector<std::string> keys;
  for (const json::Member& member : body) {
    if (wanted(member.key, kind.find_in_body(member.key))) keys.push_back(member.key);
  }
  return base::join(keys, ",");
}

bool is_server_managed(std::string_view key) {
  for (const std::string_view managed : {"ID", "CreatedAt", "UpdatedAt", "DeletedAt"}) {
    if (base::equal_without_case(managed, key)) return true;
  }
  return false;
}

base::Result<void> check_payload(const KindDescriptor& kind, const json::Object& body, BodyOf verb) {
  const auto keys = [&](auto wanted) { return keys_where(kind, body, wanted); };
  const auto managed = keys([](std::string_view key, const FieldDescriptor*) { return is_server_managed(key); });
  if (!managed.empty()) return base::invalid("Update of server-managed fields is not allowed : " + managed);
  if (verb != BodyOf::post) {
    const auto associations = keys([](std::string_view, const FieldDescriptor* field) {
      return field != nullptr && field->has(schema::association);
    });
    if (!associations.empty()) {
      return base::invalid("Update of associated objects is not allowed, they can be set on creation only : " +
                           associations);
    }
  }
  const auto unknown = keys([](std::string_view, const FieldDescriptor* field) { return field == nullptr; });
  if (!unknown.empty()) return base::invalid("Unsupported fields are not allowed : " + unknown);
  return {};
}

bool is_dropped(const KindDescriptor& kind, const FieldDescriptor& field) {
  return field.has(schema::ignored) || field.has(schema::server_managed) || (kind.added && field.has(schema::status));
}

}  // namespace

base::Result<json::Object> admit_body(const KindDescriptor& kind, const json::Value& body, BodyOf verb) {
  const json::Object* members = body.if_object();
  if (body.is_null() || (members != nullptr && members->empty()) || (body.is_array() && body.as_array().empty())) {
    return base::invalid("JSON payload is empty");
  }
  if (members == nullptr) {
    return base::invalid("the body must be a JSON object with members of " + std::string(kind.name) + ", not a " +
                         std::string(body.type_name()));
  }
  TP_CHECK(check_payload(kind, *members, verb));
  json::Object out;
  out.reserve(kind.fields.size());
  for (const json::Member& member : *members) {
    const FieldDescriptor& field = *kind.find_in_body(member.key);
    if (is_dropped(kind, field)) continue;
    const bool empty = field.has(schema::empty_is_absent) && member.value == json::Value("");
    if (member.value.is_null() || empty) {
      if (verb == BodyOf::merge) out.set(field.name, nullptr);
      continue;
    }
    TP_TRY(json::Value value, admit_value(field, member.value));
    out.set(field.name, std::move(value));
  }
  return out;
}

base::Result<json::Object> admit_own_body(const KindDescriptor& kind, const json::Value& body) {
  json::Object out;
  if (!body.is_object()) return out;
  for (const json::Member& member : body.as_object()) {
    const FieldDescriptor* field = kind.find(member.key);
    if (field == nullptr) return base::internal(std::string(kind.name) + " has no member " + member.key);
    if (field->has(schema::server_managed) || field->has(schema::derived)) continue;
    out.append(member.key, member.value);
  }
  return out;
}

base::Result<void> check_required(const KindDescriptor& kind, const json::Object& members) {
  const auto present = [&](std::string_view name) {
    const json::Value* value = members.find(name);
    return value != nullptr && !value->is_null();
  };
  std::vector<std::string> missing;
  for (const FieldDescriptor& field : kind.fields) {
    const bool wanted =
        field.has(schema::required) || (!field.required_unless.empty() && !present(field.required_unless));
    if (wanted && !present(field.name)) missing.push_back(spelled(field));
  }
  if (missing.empty()) return {};
  return base::invalid("Missing required field(s) : " + base::join(missing, ","));
}

base::Result<void> check_name(const KindDescriptor& kind, const json::Value& document) {
  if (!kind.added || !kind.unique_name) return {};
  const std::string_view name = document.at("Name").text();
  const auto is_word = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  const bool valid = !name.empty() && name.size() <= 63 && is_word(name.front()) && is_word(name.back()) &&
                     std::all_of(name.begin(), name.end(), [&](char c) { return is_word(c) || c == '-'; });
  if (valid) return {};
  return base::invalid(
      "Name \"" + std::string(name) +
      "\" is not valid: 1 to 63 lower-case letters, digits and dashes, with a letter or digit at both ends");
}

void apply_defaults(const KindDescriptor& kind, json::Object& members) {
  for (const FieldDescriptor& field : kind.fields) {
    if (!field.default_json || members.contains(field.name)) continue;
    auto value = json::parse(*field.default_json);
    TP_ASSERT(value.has_value());
    members.append(std::string(field.name), std::move(*value));
  }
}

void settle_cleared(const KindDescriptor& kind, json::Object& members) {
  for (const FieldDescriptor& field : kind.fields) {
    const json::Value* value = members.find(field.name);
    if (value != nullptr && value->is_null()) members.erase(field.name);
  }
  apply_defaults(kind, members);
}

base::Result<json::Value> parse_filter(const FieldDescriptor& field, std::string_view text) {
  const auto refused = [&](std::string_view wanted) {
    return base::invalid("query parameter " + std::string(field.query) + " must be " + std::string(wanted) +
                         ", not \"" + std::string(text) + "\"");
  };
  const bool storable =
      text.find('\0') == std::string_view::npos && base::find_invalid_utf8(text) == std::string_view::npos;
  if (!storable) return refused("UTF-8 without NUL characters");
  if (field.type == FieldType::relation || field.has(schema::secret)) {
    return base::invalid("query parameter " + std::string(field.query) +
                         " cannot be a filter: " + std::string(field.name) +
                         (field.has(schema::secret) ? " is secret" : " is a list of objects; list and filter those"));
  }
  switch (field.type) {
    case FieldType::boolean:
      for (const std::string_view yes : {"1", "t", "T", "true", "TRUE", "True"}) {
        if (text == yes) return json::Value(true);
      }
      for (const std::string_view no : {"", "0", "f", "F", "false", "FALSE", "False"}) {
        if (text == no) return json::Value(false);
      }
      return refused("true or false");
    case FieldType::integer:
    case FieldType::unsigned_integer: {
      std::int64_t value = 0;
      const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
      if (!text.empty() && (failure != std::errc{} || end != text.data() + text.size())) return refused("an integer");
      return json::Value(value);
    }
    case FieldType::timestamp: {
      auto time = base::parse_time(text);
      if (!time) return refused("an RFC 3339 time");
      return json::Value(base::format_time(*time));
    }
    case FieldType::json:
    case FieldType::json_array:
    case FieldType::string_map:
    case FieldType::relation: {
      auto value = json::parse(text);
      return value ? *value : json::Value(text);
    }
    case FieldType::string: return json::Value(text);
  }
  return json::Value(text);
}

std::string index_text(const json::Value& value) {
  const std::string* text = value.if_string();
  return text != nullptr ? *text : json::canonical(value);
}

}  // namespace threeport::apiserver
