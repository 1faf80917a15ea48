// Profile and Tier of the v0 catalogue.
#pragma once

#include "schema/groups.h"

namespace threeport::kinds {

struct Profile {
  static constexpr schema::KindInfo kind{.name = "Profile",
                                         .path = "profiles",
                                         .alias = "",
                                         .doc = "Kept for v0 clients; nothing reads it.",
                                         .unique_name = true};
  schema::ObjectMeta meta;
  std::string name;

  static constexpr auto fields() {
    using Self = Profile;
    using namespace schema;
    return std::tuple_cat(ObjectMeta::fields<&Self::meta>(),
                          std::tuple{field<&Self::name>("Name", "Unique name.", required | filter | column)});
  }
};

struct Tier {
  static constexpr schema::KindInfo kind{
      .name = "Tier", .path = "tiers", .alias = "", .doc = "How critical what runs in it is.", .unique_name = true};
  schema::ObjectMeta meta;
  std::string name;
  std::int64_t criticality = 0;

  static constexpr auto fields() {
    using Self = Tier;
    using namespace schema;
    return std::tuple_cat(
        ObjectMeta::fields<&Self::meta>(),
        std::tuple{field<&Self::name>("Name", "Unique name.", required | filter | column),
                   field<&Self::criticality>("Criticality",
                                             "Higher is more critical; from 100 on data is retained by default.",
                                             required | filter | column)});
  }
};

}  // namespace threeport::kinds
