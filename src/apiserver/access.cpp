#include "apiserver/access.h"

#include <algorithm>
#include <array>

namespace threeport::apiserver {
namespace {

using schema::Scopes;

/// What writes and is no route of a kind. Documents and plans may name any kind: each write is checked once more, by
/// its kind, where it is collected (WriteSetBuilder).
struct RouteRule {
  std::string_view method, path;
  Scopes callers;
};
constexpr std::array<RouteRule, 5> kRules{{{"POST", "/v0/apply", schema::kDevelopers},
                                           {"POST", "/v0/plan", schema::kDevelopers},
                                           {"POST", "/v0/workload-resource-definition-sets", schema::kDevelopers},
                                           {"DELETE", "/v0/workload-events", schema::kDevelopers},
                                           {"POST", "/v0/image-builds", schema::kBuilders}}};

constexpr std::array<std::string_view, 3> kOpen{"/healthz", "/readyz", "/version"};

std::string_view without_slash(std::string_view path) {
  if (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  return path;
}

}  // namespace

bool is_open(std::string_view path) {
  return std::find(kOpen.begin(), kOpen.end(), without_slash(path)) != kOpen.end();
}

const schema::KindDescriptor* kind_of(const schema::Registry& registry, std::string_view path) {
  constexpr std::string_view kPrefix = "/v0/";
  if (!path.starts_with(kPrefix)) return nullptr;
  path.remove_prefix(kPrefix.size());
  return registry.find_path(path.substr(0, path.find('/')));
}

Scopes callers_of(const schema::Registry& registry, std::string_view method, std::string_view path) {
  if (method == "GET" || method == "HEAD" || method == "OPTIONS") return schema::kEveryone;
  path = without_slash(path);
  for (const RouteRule& rule : kRules) {
    if (rule.method == method && rule.path == path) return rule.callers;
  }
  const schema::KindDescriptor* kind = kind_of(registry, path);
  return kind != nullptr ? kind->writers : schema::kOperators;
}

base::Result<void> check_scope(schema::Scope scope, Scopes allowed, std::string_view what) {
  if (allowed.has(scope)) return {};
  return base::denied("the scope " + std::string(schema::to_string(scope)) + " does not allow to " + std::string(what) +
                      "; that takes " + schema::words_of(allowed));
}

}  // namespace threeport::apiserver
