// What a credential allows. Everyone who is known reads; a kind says which scopes may write its objects.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace threeport::schema {

/// From the strongest to the weakest.
enum class Scope : unsigned {
  admin = 1u << 0,       ///< everything, tokens included
  operations = 1u << 1,  ///< everything but tokens; "operator" in the API
  developer = 1u << 2,   ///< workloads and what belongs to them
  ci = 1u << 3,          ///< reports image builds
  read_only = 1u << 4,
};

/// A set of scopes. Combine with |.
struct Scopes {
  unsigned bits = 0;
  constexpr Scopes() = default;
  constexpr Scopes(Scope scope) : bits(static_cast<unsigned>(scope)) {}  // NOLINT: implicit on purpose
  [[nodiscard]] constexpr bool has(Scope scope) const { return (bits & static_cast<unsigned>(scope)) != 0; }
  friend constexpr Scopes operator|(Scopes a, Scopes b) {
    Scopes out;
    out.bits = a.bits | b.bits;
    return out;
  }
  friend constexpr bool operator==(Scopes, Scopes) = default;
};

inline constexpr Scopes kAdmins = Scope::admin;
inline constexpr Scopes kOperators = kAdmins | Scope::operations;
inline constexpr Scopes kDevelopers = kOperators | Scope::developer;
inline constexpr Scopes kBuilders = kDevelopers | Scope::ci;
inline constexpr Scopes kEveryone = kBuilders | Scope::read_only;

/// The names in the API, in the order of the enumeration.
inline constexpr std::array<std::string_view, 5> kScopeNames{"admin", "operator", "developer", "ci", "read-only"};
inline constexpr std::array<Scope, 5> kScopes{Scope::admin, Scope::operations, Scope::developer, Scope::ci,
                                              Scope::read_only};

std::string_view to_string(Scope scope);
/// nullopt: no scope has that name.
std::optional<Scope> find_scope(std::string_view name);
/// "admin, operator or developer"
std::string words_of(Scopes scopes);

}  // namespace threeport::schema
