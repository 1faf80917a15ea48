// Groups of members of the v0 catalogue: Definition and Instance.
#pragma once

#include "kinds/actuator.h"
#include "schema/groups.h"

namespace threeport::kinds {

using schema::field;
using schema::KindInfo;
using schema::ObjectMeta;
using schema::Reconciliation;
using schema::Ref;
using schema::relation;
using enum schema::Flag;

struct Definition {
  std::string name;
  Ref<Profile> profile;
  Ref<Tier> tier;

  template <auto... Outer>
  static constexpr auto fields() {
    return std::tuple{field<Outer..., &Definition::name>("Name", "Unique among live objects of the kind.",
                                                         required | filter | column),
                      field<Outer..., &Definition::profile>(
                          "ProfileID", "Profile; kept for v0 clients, nothing reads it.", association),
                      field<Outer..., &Definition::tier>("TierID", "Tier; set on creation only.", association)};
  }
};

struct Instance {
  std::string name;
  std::string status;

  template <auto... Outer>
  static constexpr auto fields() {
    return std::tuple{
        field<Outer..., &Instance::name>("Name", "Unique among live objects of the kind.", required | filter | column),
        field<Outer..., &Instance::status>("Status", "State in one word.", filter | schema::Flag::status | column)};
  }
};

}  // namespace threeport::kinds
