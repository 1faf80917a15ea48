// Live objects of a cluster, kept in memory by list and watch.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "base/result.h"
#include "providers/kubernetes/cluster.h"

namespace threeport::providers::kubernetes {

/// A live object; never changes, so that readers keep it without a lock. Without metadata.managedFields.
using LiveObject = std::shared_ptr<const base::json::Value>;

struct Change {
  enum class Type { added, modified, removed };
  Type type;
  ObjectRef ref;
  LiveObject object;  ///< as last seen; labels tell whom to wake
};

/// What is watched of one type.
struct WatchScope {
  std::string label_selector = {};
  std::string field_selector = {};
  /// Objects for which this is false are not stored and cause no change; empty: all are kept. Called on the watch's
  /// thread under no lock.
  std::function<bool(const base::json::Value&)> keep = {};
};

struct InformerOptions {
  WatchScope scope = {};                         ///< of each type that `scopes` does not name
  std::map<TypeRef, WatchScope> scopes = {};     ///< e.g. core Events, which carry no labels of their objects
  std::vector<std::string> indexed_labels = {};  ///< label keys that by_label() takes
  /// Called on the watch's thread under no lock, after the store holds the change. Must not block for long.
  std::function<void(const Change&)> on_change = {};
  base::Clock* clock = nullptr;    ///< null: the machine's
  base::Millis backoff_base{500};  ///< first pause after a failure, full jitter
  base::Millis backoff_cap{30'000};
  base::Millis watch_length{300'000};  ///< a watch is renewed after this
  base::Millis idle_after{600'000};    ///< a type without objects that nobody asked for is dropped after this
  unsigned max_types = 64;             ///< threads at most
  std::uint64_t seed = 0;              ///< of the jitter; 0: from the machine
};

/// One watch connection per type, shared by all users of a cluster. Each watched type has one thread of its own, which
/// lists, then sits in the blocking watch (idle: no CPU, about 20 KB of memory): threads = types in use ≤ max_types,
/// not objects or users. Thread-safe. Destruction stops all watches and returns when their threads have ended, which
/// the stop token makes prompt.
class Informers {
 public:
  Informers(std::shared_ptr<Cluster> cluster, InformerOptions options);
  ~Informers();
  Informers(const Informers&) = delete;
  Informers& operator=(const Informers&) = delete;

  /// Watches the type from now on; returns at once, also where it is watched already. Error `unavailable` where
  /// max_types are watched.
  base::Result<void> ensure(const TypeRef& type);
  /// ensure(), then blocks until the first list is in the store. Errors: those of that list (the last one at the
  /// deadline; KindUnknown at once), `unavailable` at the deadline, `canceled`.
  base::Result<void> wait_synced(const TypeRef& type, const CallOptions& call);
  /// Whether the store holds a complete list of the type, maybe an old one. False for types not watched.
  [[nodiscard]] bool is_synced(const TypeRef& type) const;
  /// The error of the last list or watch if the type is failing at present.
  [[nodiscard]] std::optional<base::Error> failure(const TypeRef& type) const;
  [[nodiscard]] std::vector<TypeRef> types() const;

  /// Null where it is not in the store. Does not block on the network.
  [[nodiscard]] LiveObject find(const ObjectRef& ref) const;
  /// Objects of one type whose label has the value. Precondition: `key` is among indexed_labels.
  [[nodiscard]] std::vector<LiveObject> by_label(const TypeRef& type, std::string_view key,
                                                 std::string_view value) const;
  /// Objects of all watched types whose label has the value.
  [[nodiscard]] std::vector<LiveObject> by_label(std::string_view key, std::string_view value) const;
  [[nodiscard]] std::vector<LiveObject> all(const TypeRef& type) const;
  [[nodiscard]] std::size_t size() const;

  /// Stores the answer to an apply or patch of ours at once, so that the next read sees it; an older state that the
  /// watch still delivers is ignored. No on_change. Ignored for types not watched and objects out of scope by `keep`.
  void write_through(const base::json::Value& object);
  /// Removes an object that we have seen gone.
  void write_through_removed(const ObjectRef& ref);

  /// Ends the watches of idle types. Called by Connections; anybody may.
  void drop_idle();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace threeport::providers::kubernetes
