// AccessToken: what a person or a program without a certificate shows the API.
#pragma once

#include <optional>

#include "kinds/groups.h"

namespace threeport::kinds {

struct AccessToken {
  static constexpr KindInfo kind{.name = "AccessToken",
                                 .path = "access-tokens",
                                 .alias = "at",
                                 .doc = "A credential with a scope; deleting it revokes it at once.",
                                 .unique_name = true,
                                 .added = true,
                                 .writers = schema::kAdmins};
  ObjectMeta meta;
  std::string name, scope;
  std::optional<base::TimePoint> expires_at;
  std::string token;

  static constexpr auto fields() {
    using Self = AccessToken;
    return std::tuple_cat(
        ObjectMeta::fields<&Self::meta>(),
        std::tuple{
            field<&Self::name>("Name", "Unique name; changes are logged as made by token:NAME.",
                               required | filter | column),
            field<&Self::scope>("Scope", "What it allows.", required | filter | column).one_of(schema::kScopeNames),
            field<&Self::expires_at>("ExpiresAt", "From then on it is refused; without it, never.", column),
            field<&Self::token>("Token", "The token itself: only the answer to its creation has it.",
                                issued | ignored | write_only | indexed)});
  }
};

}  // namespace threeport::kinds
