// `{id bigint, name text}` in a step's SQL: where the relation of the parameter rows goes.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace threeport::store {

struct InputRelation {
  struct Column {
    std::string name;
    std::string type;  ///< "bigint" or "text"
  };
  std::size_t begin = 0;  ///< of the text with the braces
  std::size_t size = 0;
  std::vector<Column> columns;
};

/// The first one; a statement has at most one.
std::optional<InputRelation> find_input_relation(std::string_view sql);

}  // namespace threeport::store
