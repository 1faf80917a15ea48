// Parameters and columns in PostgreSQL's binary format: integers are big-endian, texts are their bytes, arrays are as
// array_recv() reads them (PostgreSQL, src/backend/utils/adt/arrayfuncs.c).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "store/database.h"
#include "store/input_relation.h"

namespace threeport::store::postgres {

using Oid = unsigned int;
inline constexpr Oid kInt8 = 20;
inline constexpr Oid kText = 25;
inline constexpr Oid kInt8Array = 1016;
inline constexpr Oid kTextArray = 1009;

struct Parameter {
  Oid type;
  std::string bytes;
};

/// One parameter for each value; none is NULL.
std::vector<Parameter> encode_scalars(std::span<const Value> values);
/// One array for each column of the rows in `values`.
std::vector<Parameter> encode_columns(std::span<const Value> values, const std::vector<InputRelation::Column>& columns);
std::int64_t decode_integer(const char* bytes);

}  // namespace threeport::store::postgres
