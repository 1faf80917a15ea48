#include "apiserver/declared_lists.h"

#include <algorithm>

#include "apiserver/admission.h"

namespace threeport::apiserver {
namespace {

using schema::FieldDescriptor;

/// What users declare of an element: its spec but for the reference to what it is part of.
json::Value declared(const KindDescriptor& kind, const json::Value& element, std::string_view reference) {
  json::Object out;
  for (const FieldDescriptor& field : kind.fields) {
    const json::Value* value = field.is_spec() && field.name != reference ? element.find(field.name) : nullptr;
    if (value != nullptr) out.append(std::string(field.name), *value);
  }
  return out;
}

/// The elements of a list with their defaults.
base::Result<json::Array> admitted(const KindDescriptor& kind, const json::Value& list, std::string_view reference) {
  json::Array out;
  if (list.is_null()) return out;
  if (!list.is_array()) return base::invalid("must be a list");
  for (const json::Value& element : list.as_array()) {
    TP_TRY(json::Object members, admit_body(kind, element, BodyOf::post));
    apply_defaults(kind, members);
    out.push_back(declared(kind, members, reference));
  }
  return out;
}

Write creation(const FieldDescriptor& list, const json::Value& element, ObjectId parent) {
  json::Value body = element;
  body[list.relation_member] = parent;
  return {.op = Write::Op::create,
          .kind = std::string(list.references),
          .id = 0,
          .body = std::move(body),
          .version = {},
          .observed = {}};
}

base::Result<ListChange> change_of(Objects& objects, const FieldDescriptor& list, ObjectId parent,
                                   const json::Value& wanted) {
  const KindDescriptor& kind = *objects.registry().find(list.references);
  TP_TRY(json::Array missing, admitted(kind, wanted, list.relation_member));
  TP_TRY(const auto stored, objects.list(kind.name, list.relation_member, parent));
  ListChange out{.member = std::string(list.name), .from = json::Array{}, .to = missing, .writes = {}};
  for (const Object& element : stored) {
    out.from.as_array().push_back(declared(kind, element.data, list.relation_member));
    const auto same = std::find(missing.begin(), missing.end(), out.from.as_array().back());
    if (same != missing.end()) {
      missing.erase(same);
    } else {
      out.writes.push_back({.op = Write::Op::remove,
                            .kind = std::string(kind.name),
                            .id = element.id,
                            .body = {},
                            .version = {},
                            .observed = {}});
    }
  }
  for (const json::Value& element : missing) out.writes.push_back(creation(list, element, parent));
  return out;
}

}  // namespace

base::Result<std::vector<ListChange>> changed_lists(Objects& objects, const Object& before,
                                                    const json::Object& members) {
  std::vector<ListChange> out;
  for (const FieldDescriptor& field : before.kind->fields) {
    if (!field.is_declared_list() || objects.registry().find(field.references) == nullptr) continue;
    const json::Value* wanted = members.find(field.name);
    if (wanted == nullptr && field.has(schema::filled)) continue;
    auto change = change_of(objects, field, before.id, wanted == nullptr ? json::Value() : *wanted);
    if (!change) return std::move(change).error().with_context(field.name);
    if (!change->writes.empty()) out.push_back(std::move(*change));
  }
  return out;
}

}  // namespace threeport::apiserver
