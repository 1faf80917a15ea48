#include "apiserver/relations.h"

#include <algorithm>

namespace threeport::apiserver {
namespace {

using schema::FieldDescriptor;

/// The one object of a belongs_to relation; "" where there is none.
base::Result<std::string> related_object(Objects& objects, const FieldDescriptor& relation, const store::Row& row) {
  const auto id = objects.to_object(row).data.at(relation.relation_member).as_int();
  if (!id) return std::string();
  TP_TRY(const auto related, objects.find(relation.references, *id));
  return related ? json::dump(objects.nested_wire(*related)) : std::string();
}

/// The elements of a has_many relation, by id; "" where there are none and that is not said.
base::Result<std::string> related_list(Objects& objects, const FieldDescriptor& relation, const store::Row& row) {
  TP_TRY(const auto related, objects.list(relation.references, relation.relation_member, row.id));
  if (related.empty() && !relation.has(schema::kept_empty)) return std::string();
  std::string out = "[";
  for (const Object& object : related) {
    if (out.size() > 1) out += ',';
    json::dump_to(out, objects.nested_wire(object));
  }
  return out + "]";
}

}  // namespace

base::Result<void> append_read(std::string& out, Objects& objects, const KindDescriptor& kind, const store::Row& row) {
  objects.append_wire(out, kind, row);
  for (const FieldDescriptor& field : kind.fields) {
    if (!field.has(schema::preloaded)) continue;
    TP_TRY(const std::string value, field.tie == schema::Tie::belongs_to ? related_object(objects, field, row)
                                                                         : related_list(objects, field, row));
    if (value.empty()) continue;
    out.back() = ',';  // instead of the closing brace
    out += '"' + std::string(field.name) + "\":" + value + '}';
  }
  return {};
}

}  // namespace threeport::apiserver
