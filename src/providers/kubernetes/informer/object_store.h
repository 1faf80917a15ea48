// The live objects of one type, by name and by label. Thread-safe; readers never wait for the network.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "providers/kubernetes/informer.h"

namespace threeport::providers::kubernetes::informer {

class ObjectStore {
 public:
  explicit ObjectStore(std::vector<std::string> indexed_labels) : indexed_(std::move(indexed_labels)) {}

  [[nodiscard]] LiveObject find(std::string_view ns, std::string_view name) const;
  [[nodiscard]] std::vector<LiveObject> by_label(std::string_view key, std::string_view value) const;
  [[nodiscard]] std::vector<LiveObject> all() const;
  [[nodiscard]] std::size_t size() const;

  // What the watch tells; each answers the changes that it made.
  /// A complete list as of `version`. What is stored and newer than the list stays.
  std::vector<Change> replace(std::vector<LiveObject> objects, std::uint64_t version);
  /// An added or modified object; an older or equal state than the stored one is no change.
  std::optional<Change> put(LiveObject object);
  /// A deleted object, as last seen.
  std::optional<Change> remove(LiveObject object);
  /// The type is gone with all its objects.
  std::vector<Change> clear();

  // What we have done ourselves.
  void write_through(LiveObject object);
  /// Forgets the object; states of this incarnation that the watch still delivers are ignored.
  void write_through_removed(std::string_view ns, std::string_view name);

 private:
  using Name = std::pair<std::string, std::string>;
  /// Precondition of these: the lock is held for writing.
  void set(const Name& name, LiveObject object);
  void erase(const Name& name);
  void index(const Name& name, const base::json::Value& object, bool present);
  [[nodiscard]] bool is_buried(const Name& name, const base::json::Value& object) const;

  const std::vector<std::string> indexed_;
  mutable std::shared_mutex mutex_;
  std::map<Name, LiveObject> objects_;
  /// "key=value" -> names.
  std::unordered_map<std::string, std::set<Name>> by_label_;
  /// uid of what we have removed and the watch has not yet shown as deleted.
  std::map<Name, std::string> buried_;
};

/// metadata.resourceVersion as a number, 0 where it is none. Kubernetes' versions rise per type.
std::uint64_t version_of(const base::json::Value& object);

}  // namespace threeport::providers::kubernetes::informer
