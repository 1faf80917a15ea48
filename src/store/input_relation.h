// `{id bigint, name text}` in a step's SQL: where the parameter rows go.
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
  std::size_t begin = 0;  ///< of the text with the braces, and with VALUES before it
  std::size_t size = 0;
  bool is_values = false;  ///< `VALUES {...}`: the rows alone; else a relation named `input`
  std::vector<Column> columns;
};

/// The first one; a statement has at most one.
std::optional<InputRelation> find_input_relation(std::string_view sql);

}  // namespace threeport::store
