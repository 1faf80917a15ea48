// The objects of the fake API server with their versions and history. Not thread-safe: FakeCluster's lock guards it.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "providers/kubernetes/cluster.h"
#include "providers/kubernetes/fake/fields.h"

namespace threeport::providers::kubernetes::fake {

using Shared = std::shared_ptr<const base::json::Value>;

/// "apps/Deployment", "/Pod": all versions of a type hold the same objects.
std::string bucket_of(const TypeRef& type);

struct Key {
  std::string bucket;
  std::string ns;
  std::string name;
  friend auto operator<=>(const Key&, const Key&) = default;
};

Key key_of(const ObjectRef& ref);

struct Stored {
  Shared object;
  Owners owners;
};

struct LogEntry {
  std::uint64_t version = 0;
  WatchEvent::Type type = WatchEvent::Type::added;
  Shared object;
  Shared before;  ///< null for added
};

class State {
 public:
  explicit State(base::Clock& clock);

  // Types
  [[nodiscard]] const ResourceType* find_type(const TypeRef& type) const;
  [[nodiscard]] std::vector<ResourceType> types() const;
  /// Serves the types of a CustomResourceDefinition.
  void add_definition(const base::json::Value& definition);
  /// Ends it, with all its objects.
  void remove_definition(const base::json::Value& definition);

  // Objects
  [[nodiscard]] const Stored* find(const Key& key) const;
  /// Objects of a bucket in order, of one namespace where `ns` is not empty.
  [[nodiscard]] std::vector<Shared> list(const std::string& bucket, std::string_view ns) const;
  /// Stores the object with fresh uid, version, generation and times as needed; what changes nothing writes nothing.
  Shared put(const Key& key, base::json::Value object, Owners owners);
  /// Deletes as the API does: finalizers hold the object, dependents go with it. True if it is gone.
  bool remove(const Key& key, Propagation propagation);
  /// Deletes marked objects whose finalizers are gone, and namespaces that are empty.
  void collect(const Key& key);
  void finish_namespaces();

  [[nodiscard]] std::uint64_t version() const { return version_; }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::vector<ObjectRef> refs() const;
  bool hold_namespaces = false;

  // History
  /// Entries of the bucket after `version`; nothing where they are forgotten.
  [[nodiscard]] std::optional<std::vector<LogEntry>> log_after(const std::string& bucket, std::uint64_t version) const;
  void forget_history();
  [[nodiscard]] std::uint64_t forgotten() const { return forgotten_; }

  /// Objects written or removed since the last call, for the controllers.
  std::vector<Key> take_changed() { return std::exchange(changed_, {}); }
  [[nodiscard]] std::vector<Key> dependents_of(std::string_view uid) const;
  [[nodiscard]] std::string now_text() const;

 private:
  struct Bucket {
    std::map<std::pair<std::string, std::string>, Stored> objects;
    std::deque<LogEntry> log;
    std::uint64_t forgotten = 0;
  };

  void record(Bucket& bucket, WatchEvent::Type type, Shared object, Shared before);
  void index_owners(const Key& key, const base::json::Value* before, const base::json::Value* after);
  void erase(const Key& key);
  void mark_deleted(const Key& key);
  void remove_dependents(const Key& owner, std::string_view uid, Propagation propagation);
  void empty_namespace(const std::string& ns);
  void finish_namespace(const std::string& ns);
  [[nodiscard]] bool is_empty_namespace(const std::string& ns) const;

  base::Clock& clock_;
  std::map<TypeRef, ResourceType> types_;
  std::map<std::string, Bucket, std::less<>> buckets_;
  std::unordered_map<std::string, std::vector<Key>> dependents_;  ///< by uid of the owner
  std::vector<Key> changed_;
  std::uint64_t version_ = 1;
  std::uint64_t next_uid_ = 1;
  std::uint64_t forgotten_ = 0;
  std::size_t size_ = 0;
};

}  // namespace threeport::providers::kubernetes::fake
