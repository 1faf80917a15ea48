// What the members of a Score file must hold beyond their types.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "score/document.h"

namespace threeport::score {

/// Beginnings of annotations that are for the delivery, not for the pods.
inline constexpr std::string_view kScorePrefix = "k8s.score.dev/";
inline constexpr std::string_view kOwnPrefix = "control-plane.threeport.io/";

/// Key of an annotation: an optional DNS prefix and a name, both of Kubernetes' form.
bool is_annotation_key(std::string_view text);
/// Type or class of a resource.
bool is_type_name(std::string_view text);
/// Id of a resource: lower-case labels with dots between them, 2 to 63 characters.
bool is_resource_id(std::string_view text);
/// Name of a header (RFC 9110 has more characters; the Score schema has not).
bool is_header_name(std::string_view text);

/// Number of CPUs of "2", "0.5" or "500m"; nothing where it is malformed.
std::optional<double> parse_cpu(std::string_view text);
/// Bytes of "1.5Gi", "128M" or "1000"; nothing where it is malformed.
std::optional<double> parse_memory(std::string_view text);
/// Permission bits of "0644" or "644".
std::optional<std::int64_t> parse_mode(std::string_view text);

/// The containers so that each comes after those that have it in their `before`, else in the order of the file. Error
/// `invalid` names a cycle.
base::Result<std::vector<const Container*>> start_order(const Workload& workload);

/// What needs more than one member: references, the order of containers, and what Kubernetes refuses in any case.
base::Result<> check(const Workload& workload);

}  // namespace threeport::score
