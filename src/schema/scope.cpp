#include "schema/scope.h"

#include <vector>

namespace threeport::schema {

std::string_view to_string(Scope scope) {
  for (std::size_t i = 0; i < kScopes.size(); ++i) {
    if (kScopes[i] == scope) return kScopeNames[i];
  }
  return "";
}

std::optional<Scope> find_scope(std::string_view name) {
  for (std::size_t i = 0; i < kScopes.size(); ++i) {
    if (kScopeNames[i] == name) return kScopes[i];
  }
  return std::nullopt;
}

std::string words_of(Scopes scopes) {
  std::vector<std::string_view> names;
  for (const Scope scope : kScopes) {
    if (scopes.has(scope)) names.push_back(to_string(scope));
  }
  std::string out;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) out += i + 1 == names.size() ? " or " : ", ";
    out += names[i];
  }
  return out;
}

}  // namespace threeport::schema
