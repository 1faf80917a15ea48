// One Kubernetes cluster through its API. LiveCluster speaks to a real API server, FakeCluster is one in memory; both
// pass the suite in contract_suite.h.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "base/result.h"
#include "providers/kubernetes/object_ref.h"

namespace threeport::providers::kubernetes {

inline constexpr std::string_view kFieldManager = "threeport";

/// Values of base::Error::reason of this folder; the first group are reasons of conditions (Ready).
namespace reason {
inline constexpr std::string_view kKindUnknown = "KindUnknown";                ///< invalid
inline constexpr std::string_view kQuotaExceeded = "QuotaExceeded";            ///< blocked
inline constexpr std::string_view kRejected = "Rejected";                      ///< invalid (422, admission, immutable)
inline constexpr std::string_view kCredentialsInvalid = "CredentialsInvalid";  ///< denied (401, TLS not trusted)
inline constexpr std::string_view kForbidden = "Forbidden";                    ///< denied (403 of RBAC)
inline constexpr std::string_view kRuntimeUnreachable = "RuntimeUnreachable";  ///< unavailable (connect, time-out)
inline constexpr std::string_view kNamespaceTerminating = "NamespaceTerminating";  ///< blocked: wait until it is gone
inline constexpr std::string_view kNamespaceMissing = "NamespaceMissing";  ///< blocked: make the namespace first
inline constexpr std::string_view kConflict = "Conflict";                  ///< conflict (409)
inline constexpr std::string_view kThrottled = "Throttled";                ///< unavailable (429), with retry_after
}  // namespace reason

/// Bounds of one call. `timeout` covers the whole call, waiting for a free slot included; `stop` ends it with
/// `canceled`.
struct CallOptions {
  base::Millis timeout{30'000};
  std::stop_token stop = {};
};

struct ListRequest {
  TypeRef type;
  std::string ns = {};  ///< empty: all namespaces
  std::string label_selector = {};
  std::string field_selector = {};  ///< on the fake: metadata.name, metadata.namespace, involvedObject.*
  unsigned page_size = 500;
  std::string continue_token = {};
};

struct ListPage {
  std::vector<base::json::Value> items;  ///< each with apiVersion and kind
  std::string resource_version;
  std::string continue_token;  ///< empty: the last page
};

struct ApplyOptions {
  std::string field_manager = std::string(kFieldManager);
  bool force = true;  ///< take fields over from other managers; otherwise a conflict is an error
  bool dry_run = false;
};

enum class Propagation { background, foreground, orphan };

struct RemoveOptions {
  Propagation propagation = Propagation::background;
  std::string uid = {};  ///< remove only this incarnation; another one is `conflict`
};

enum class Removal {
  gone,     ///< the object no longer exists (or never did)
  pending,  ///< the cluster has accepted it; finalizers or dependents still hold it
};

struct WatchRequest {
  TypeRef type;
  std::string ns = {};
  std::string label_selector = {};
  std::string field_selector = {};
  std::string resource_version;  ///< events after this one; from ListPage or the last event
};

struct WatchEvent {
  enum class Type { added, modified, deleted, bookmark };
  Type type;
  base::json::Value object;  ///< of a bookmark only metadata.resourceVersion counts
};

struct LogRequest {
  std::string ns;
  std::string pod;
  std::string container = {};  ///< may be empty where the pod has one container
  std::optional<unsigned> tail = {};
  bool follow = false;
  bool previous = false;
  bool timestamps = false;
};

struct ClusterVersion {
  std::string git_version;  ///< "v1.34.3"
  unsigned major = 0;
  unsigned minor = 0;
};

/// All calls block the calling thread, are thread-safe and end at their deadline or stop. Errors of every call:
/// `unavailable` (reason RuntimeUnreachable, or Throttled; retry_after where the server gave one), `denied`
/// (CredentialsInvalid, Forbidden), `canceled`, `internal`; those of a single call are written at it. Objects come
/// without metadata.managedFields.
class Cluster {
 public:
  virtual ~Cluster() = default;

  /// Asks for all types that the cluster serves, all versions. Types of an aggregated API that is down are missing.
  virtual base::Result<std::vector<ResourceType>> discover(const CallOptions& call) = 0;
  /// One type, from the cache; a miss asks the cluster for the types of that group and version alone, so that a kind is
  /// known as soon as its definition is served. Error `invalid` KindUnknown.
  virtual base::Result<ResourceType> resource_type(const TypeRef& type, const CallOptions& call) = 0;

  /// Errors: `not_found`, `invalid` KindUnknown.
  virtual base::Result<base::json::Value> get(const ObjectRef& ref, const CallOptions& call) = 0;
  /// One page. Errors: `expired` (the continue token is too old: list afresh), `invalid` KindUnknown.
  virtual base::Result<ListPage> list(const ListRequest& request, const CallOptions& call) = 0;

  /// Server-side apply of one manifest (apiVersion, kind, metadata.name; metadata.namespace where namespaced); the
  /// object as it is afterwards. Idempotent. Errors: `invalid` KindUnknown or Rejected (the message has the server's
  /// words and the fields), `blocked` QuotaExceeded, NamespaceTerminating or NamespaceMissing, `conflict` (fields of
  /// another manager without `force`, or a concurrent writer).
  virtual base::Result<base::json::Value> apply(const base::json::Value& manifest, const ApplyOptions& options,
                                                const CallOptions& call) = 0;
  /// RFC 7386 merge patch, for what is not declared (annotations of a restart, finalizers). Errors as apply, and
  /// `not_found`.
  virtual base::Result<base::json::Value> patch(const ObjectRef& ref, const base::json::Value& merge_patch,
                                                const CallOptions& call) = 0;
  /// Asks for the deletion. Idempotent: an absent object, also one whose kind the cluster does not know, is `gone`.
  /// Error `conflict` where `options.uid` is another incarnation.
  virtual base::Result<Removal> remove(const ObjectRef& ref, const RemoveOptions& options, const CallOptions& call) = 0;

  /// Calls `on_event` on the calling thread for each event, bookmarks included, until it returns false, the server
  /// closes the stream or `call.timeout` (here: the length of the watch) has passed: all of these are a value. Errors:
  /// `expired` (resource_version is too old: list afresh).
  virtual base::Result<void> watch(const WatchRequest& request, const std::function<bool(WatchEvent)>& on_event,
                                   const CallOptions& call) = 0;
  /// Calls `sink` with pieces of the log until it returns false or the log has ended; with `follow`, `call.timeout` is
  /// the length of the stream. Errors: `not_found`, `blocked` (the container has not started; reason ContainerWaiting).
  virtual base::Result<void> logs(const LogRequest& request, const std::function<bool(std::string_view)>& sink,
                                  const CallOptions& call) = 0;

  virtual base::Result<ClusterVersion> version(const CallOptions& call) = 0;
  /// A value when the API server says that it is ready (`/readyz`).
  virtual base::Result<void> health(const CallOptions& call) = 0;
};

/// All pages of a list; lists afresh, at most three times, where a continue token expires on the way.
base::Result<ListPage> list_all(Cluster& cluster, ListRequest request, const CallOptions& call);

}  // namespace threeport::providers::kubernetes
