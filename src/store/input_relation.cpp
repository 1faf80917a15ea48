#include "store/input_relation.h"

#include "base/result.h"

namespace threeport::store {

std::optional<InputRelation> find_input_relation(std::string_view sql) {
  const auto begin = sql.find('{');
  if (begin == std::string_view::npos) return std::nullopt;
  const auto end = sql.find('}', begin);
  TP_ASSERT(end != std::string_view::npos);
  constexpr std::string_view kValues = "VALUES ";
  const bool is_values = sql.substr(0, begin).ends_with(kValues);
  InputRelation input;
  input.begin = is_values ? begin - kValues.size() : begin;
  input.size = end + 1 - input.begin;
  input.is_values = is_values;
  std::string_view rest = sql.substr(begin + 1, end - begin - 1);
  while (!rest.empty()) {
    const auto column = rest.substr(0, rest.find(','));
    rest.remove_prefix(column.size());
    while (!rest.empty() && (rest.front() == ',' || rest.front() == ' ')) rest.remove_prefix(1);
    const auto space = column.find(' ');
    TP_ASSERT(space != std::string_view::npos);
    input.columns.push_back({std::string(column.substr(0, space)), std::string(column.substr(space + 1))});
  }
  return input;
}

}  // namespace threeport::store
