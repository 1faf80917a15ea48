#include "store/postgres/binary.h"

namespace threeport::store::postgres {
namespace {

template <typename Unsigned>
void append(std::string& out, Unsigned number) {
  for (int shift = static_cast<int>(sizeof number) * 8 - 8; shift >= 0; shift -= 8) {
    out += static_cast<char>(number >> shift & 0xff);
  }
}

void append_int32(std::string& out, std::uint32_t number) { append(out, number); }
void append_int64(std::string& out, std::int64_t number) { append(out, static_cast<std::uint64_t>(number)); }

void append_element(std::string& array, const Value& value) {
  constexpr std::uint32_t kNull = 0xffffffff;
  if (const auto* number = std::get_if<std::int64_t>(&value)) {
    append_int32(array, sizeof *number);
    append_int64(array, *number);
  } else if (const auto* text = std::get_if<std::string_view>(&value)) {
    append_int32(array, static_cast<std::uint32_t>(text->size()));
    array += *text;
  } else {
    append_int32(array, kNull);
  }
}

}  // namespace

std::vector<Parameter> encode_scalars(std::span<const Value> values) {
  std::vector<Parameter> parameters;
  for (const auto& value : values) {
    if (const auto* number = std::get_if<std::int64_t>(&value)) {
      append_int64(parameters.emplace_back(Parameter{kInt8, {}}).bytes, *number);
    } else {
      parameters.push_back({kText, std::string(std::get<std::string_view>(value))});
    }
  }
  return parameters;
}

std::vector<Parameter> encode_columns(std::span<const Value> values,
                                      const std::vector<InputRelation::Column>& columns) {
  std::vector<Parameter> parameters;
  for (std::size_t column = 0; column < columns.size(); ++column) {
    const bool is_integer = columns[column].type == "bigint";
    auto& array = parameters.emplace_back(Parameter{is_integer ? kInt8Array : kTextArray, {}}).bytes;
    append_int32(array, 1);  // dimensions
    append_int32(array, 1);  // there may be NULLs
    append_int32(array, is_integer ? kInt8 : kText);
    append_int32(array, static_cast<std::uint32_t>(values.size() / columns.size()));
    append_int32(array, 1);  // index of the first element
    for (std::size_t i = column; i < values.size(); i += columns.size()) append_element(array, values[i]);
  }
  return parameters;
}

std::int64_t decode_integer(const char* bytes) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < sizeof number; ++i) number = number << 8 | static_cast<unsigned char>(bytes[i]);
  return static_cast<std::int64_t>(number);
}

}  // namespace threeport::store::postgres
