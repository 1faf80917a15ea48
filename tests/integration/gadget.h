// A kind that exists only in a test: this header, and one line where the registry is made.
#pragma once

#include "kinds/groups.h"

namespace threeport::testing {

struct Gadget {
  static constexpr schema::KindInfo kind{.name = "Gadget",
                                         .path = "gadgets",
                                         .alias = "gad",
                                         .doc = "A thing with a color.",
                                         .unique_name = true,
                                         .added = true};
  schema::ObjectMeta meta;
  std::string name, color;
  std::int64_t size = 0;

  static constexpr auto fields() {
    using Self = Gadget;
    using namespace schema;
    return std::tuple_cat(
        ObjectMeta::fields<&Self::meta>(),
        std::tuple{field<&Self::name>("Name", "Unique name.", required | filter | column),
                   field<&Self::color>("Color", "Its color.", required | filter | column),
                   field<&Self::size>("Size", "Its size.", filter | column).defaults_to("1").bounds(1, 9)});
  }
};

}  // namespace threeport::testing
