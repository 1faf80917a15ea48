// What an untyped YAML text means: go-yaml v2's rules, verified by src/base/testdata/yaml_golden.jsonl.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "base/json.h"
#include "base/result.h"

namespace threeport::base::yaml {

inline constexpr std::string_view kTagPrefix = "tag:yaml.org,2002:";

/// null, bool, integer, integer above 2^63, float or string
using Scalar = std::variant<std::monostate, bool, std::int64_t, std::uint64_t, double, std::string>;

/// `tag`: empty for a plain scalar without tag, else the long form. Error `invalid` without a position: the tag demands
/// another type.
Result<Scalar> resolve_scalar(std::string_view tag, std::string_view text);

/// Error `invalid` without a position: infinities and NaN are no JSON.
Result<json::Value> to_json(Scalar scalar);

/// A mapping's key as the JSON member that sigs.k8s.io/yaml makes of it (floats in single precision). Error `invalid`
/// without a position: null.
Result<std::string> to_key(const Scalar& scalar);

}  // namespace threeport::base::yaml
