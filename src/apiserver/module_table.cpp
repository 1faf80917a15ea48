#include "apiserver/module_table.h"

#include <algorithm>

#include "kinds/module.h"

namespace threeport::apiserver {
namespace {

using kinds::ModuleApi;
using kinds::ModuleApiRoute;

/// More changes than that are not looked through: reading the modules anew costs less.
constexpr std::int64_t kChangesLookedAt = 256;

std::string_view without_slash(std::string_view path) { return path.substr(path.starts_with('/') ? 1 : 0); }

/// Takes the first segment off.
std::string_view take_segment(std::string_view& rest) {
  const std::size_t slash = rest.find('/');
  const std::string_view segment = rest.substr(0, slash);
  rest = slash == std::string_view::npos ? std::string_view{} : rest.substr(slash + 1);
  return segment;
}

}  // namespace

bool covers(std::string_view path, std::string_view own_pattern) {
  std::string_view mine = without_slash(path), own = without_slash(own_pattern);
  while (!mine.empty()) {
    if (own.empty()) return false;
    const std::string_view segment = take_segment(own);
    if (take_segment(mine) != segment && segment != "{}") return false;
  }
  return true;
}

base::Result<std::optional<ModuleTarget>> ModuleTable::find(std::string_view path) {
  TP_TRY(const auto routes, current());
  std::string_view prefix = without_slash(path);
  while (!prefix.empty()) {
    if (const auto found = routes->find(prefix); found != routes->end()) return std::optional(found->second);
    const std::size_t slash = prefix.rfind('/');
    prefix = prefix.substr(0, slash == std::string_view::npos ? 0 : slash);
  }
  return std::optional<ModuleTarget>();
}

base::Result<std::vector<ModuleTarget>> ModuleTable::modules() {
  TP_TRY(const auto routes, current());
  std::map<ObjectId, ModuleTarget> by_id;
  for (const auto& [path, target] : *routes) by_id.emplace(target.id, target);
  std::vector<ModuleTarget> out;
  out.reserve(by_id.size());
  for (const auto& [id, target] : by_id) out.push_back(target);
  return out;
}

base::Result<std::shared_ptr<const ModuleTable::Routes>> ModuleTable::current() {
  const std::lock_guard lock(mutex_);
  TP_TRY(const bool changed, has_changed());
  if (changed) TP_CHECK(load());
  return routes_;
}

base::Result<bool> ModuleTable::has_changed() {
  if (routes_ == nullptr) return true;
  auto changes = objects_.store().changes(seen_, kChangesLookedAt);
  if (!changes && changes.error().kind == base::ErrorKind::expired) return true;
  if (!changes) return std::move(changes).error();
  const bool is_full = static_cast<std::int64_t>(changes->size()) == kChangesLookedAt;
  const bool concerns_us = std::any_of(changes->begin(), changes->end(), [](const store::Change& change) {
    return change.kind == ModuleApi::kind.name || change.kind == ModuleApiRoute::kind.name;
  });
  if (is_full || concerns_us) return true;
  if (!changes->empty()) seen_ = changes->back().sequence;
  return false;
}

base::Result<void> ModuleTable::load() {
  TP_TRY(const store::Sequence head, objects_.store().head());
  TP_TRY(const auto modules, objects_.list(ModuleApi::kind.name));
  TP_TRY(const auto routes, objects_.list(ModuleApiRoute::kind.name));
  std::map<ObjectId, ModuleTarget> targets;
  for (const Object& module : modules) {
    targets[module.id] = {.id = module.id,
                          .name = std::string(module.name()),
                          .endpoint = std::string(module.data.at("Endpoint").text())};
  }
  auto table = std::make_shared<Routes>();
  for (const Object& route : routes) {
    const auto target = targets.find(route.data.at("ModuleApiID").as_int().value_or(0));
    // The older one of two that differ in the first slash alone stays.
    if (target != targets.end())
      table->emplace(std::string(without_slash(route.data.at("Path").text())), target->second);
  }
  routes_ = std::move(table);
  seen_ = head;
  return {};
}

}  // namespace threeport::apiserver
