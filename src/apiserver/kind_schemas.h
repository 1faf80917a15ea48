// A kind as JSON Schema, in its three forms: what is answered, what POST and PUT take, what PATCH takes.
#pragma once

#include "base/json.h"
#include "schema/descriptor.h"

namespace threeport::apiserver {

/// An object as answers carry it.
json::Value answered_schema(const schema::KindDescriptor& kind);
/// The body of POST.
json::Value created_schema(const schema::KindDescriptor& kind);
/// The body of PUT: as that of POST, without what is set on creation only.
json::Value replaced_schema(const schema::KindDescriptor& kind);
/// The body of PATCH: every member optional, none that only POST takes.
json::Value patched_schema(const schema::KindDescriptor& kind);
/// The value of a filter in a query.
json::Value filter_schema(const schema::FieldDescriptor& field);

}  // namespace threeport::apiserver
