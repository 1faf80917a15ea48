// Checks of a request body that follow from the fields() table alone. Pure functions.
#pragma once

#include "base/json.h"
#include "base/result.h"
#include "schema/descriptor.h"

namespace threeport::apiserver {

enum class BodyOf { post, patch, merge, put };

/// The members of a body under their wire names, values checked and brought to their stored form (times in UTC). Nulls
/// stay for `merge` and are dropped otherwise. The order of the checks is that of v0-behaviour 1.2: empty,
/// server-managed members, associations (patch, put), unknown members, then types, bounds and allowed values. Error
/// `invalid` names the member and the rule.
base::Result<json::Object> admit_body(const schema::KindDescriptor& kind, const json::Value& body, BodyOf verb);

/// As admit_body for a write of the control plane itself: knows no forbidden members, drops derived ones.
base::Result<json::Object> admit_own_body(const schema::KindDescriptor& kind, const json::Value& body);

/// Error `invalid`: "Missing required field(s) : A,B", in the order of the table.
base::Result<void> check_required(const schema::KindDescriptor& kind, const json::Object& members);

/// Error `invalid`: the Name of a kind that v0 does not have is no DNS label.
base::Result<void> check_name(const schema::KindDescriptor& kind, const json::Value& document);

/// Sets absent members that have a default.
void apply_defaults(const schema::KindDescriptor& kind, json::Object& members);

/// Gives members that are null (cleared by a merge patch) their default, and takes the others out.
void settle_cleared(const schema::KindDescriptor& kind, json::Object& members);

/// The value of a list filter as the member would hold it. An empty text is "", 0 or false (v0-behaviour 1.3). Error
/// `invalid`.
base::Result<json::Value> parse_filter(const schema::FieldDescriptor& field, std::string_view text);

/// How `value` stands in member_index: strings as they are, everything else as canonical JSON.
std::string index_text(const json::Value& value);

}  // namespace threeport::apiserver
