// Which module answers a path: the ModuleApi and ModuleApiRoute objects of the store as a table.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apiserver/objects.h"

namespace threeport::apiserver {

/// A module as its objects describe it.
struct ModuleTarget {
  ObjectId id = 0;  ///< of the ModuleApi
  std::string name, endpoint;
  bool operator==(const ModuleTarget&) const = default;
};

/// Thread-safe. Every call asks the change log for what is new, so it sees all that any replica has committed before;
/// the objects are read again only if a module or a route is among that.
class ModuleTable {
 public:
  explicit ModuleTable(Objects& objects) : objects_(objects) {}

  /// The module whose route is the beginning of the path, segment by segment; of several routes the longest. Errors of
  /// the store.
  base::Result<std::optional<ModuleTarget>> find(std::string_view path);
  /// All modules that have a route, by id.
  base::Result<std::vector<ModuleTarget>> modules();

 private:
  /// By path without the first slash.
  using Routes = std::map<std::string, ModuleTarget, std::less<>>;
  base::Result<std::shared_ptr<const Routes>> current();
  base::Result<bool> has_changed();
  base::Result<void> load();

  Objects& objects_;
  std::mutex mutex_;
  store::Sequence seen_ = 0;
  std::shared_ptr<const Routes> routes_;  ///< as of seen_; null until the first call
};

/// True if requests for an own route would fall under the path: its segments are the first ones of the route's pattern.
bool covers(std::string_view path, std::string_view own_pattern);

}  // namespace threeport::apiserver
