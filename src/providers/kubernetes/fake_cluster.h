// A Kubernetes API server in memory, with the controllers and the kubelet that workloads need. It passes the contract
// suite that the real one passes.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "providers/kubernetes/cluster.h"

namespace threeport::providers::kubernetes {

/// What becomes of pods.
enum class PodFate {
  ready,             ///< they run and pass their probes (a Job's pods succeed)
  starting,          ///< scheduled, containers are being created
  image_pull_fails,  ///< ImagePullBackOff
  crash_loops,       ///< CrashLoopBackOff, exit code 1
  unschedulable,     ///< no node has room
};

struct FakeOptions {
  base::Clock* clock = nullptr;  ///< null: the machine's
  /// Play controller manager, scheduler and kubelet: ReplicaSets, pods, their status, ready Services and volumes.
  /// Without it objects keep the status that they are given, as on a bare API server.
  bool controllers = true;
  PodFate pods = PodFate::ready;
  /// Namespaces go away only when finish_namespaces() is called (else at once).
  bool hold_namespaces = false;
};

/// A call as the fault hook sees it, before it is carried out.
struct FakeCall {
  std::string verb;        ///< discover, get, list, apply, patch, remove, watch, logs, version, health
  ObjectRef ref;           ///< of list, watch: type and namespace
  std::size_t number = 0;  ///< counts the calls of this cluster from 1
};

struct Fault {
  enum class How {
    fail,        ///< `error` instead of the call
    fail_after,  ///< the call is carried out, then `error`: the answer got lost
    hang,        ///< nothing happens until deadline or stop
  };
  How how = How::fail;
  base::Error error = {};
};

/// Thread-safe. What real servers do and this does not: admission, quotas (fail calls by a fault), RBAC, validation
/// beyond names, labels and immutable selectors, versions conversion. Each call holds one lock; tens of thousands of
/// objects are fine (apply about 20 µs for a small one).
class FakeCluster final : public Cluster {
 public:
  explicit FakeCluster(FakeOptions options = {});
  ~FakeCluster() override;

  // Cluster
  base::Result<std::vector<ResourceType>> discover(const CallOptions& call) override;
  base::Result<ResourceType> resource_type(const TypeRef& type, const CallOptions& call) override;
  base::Result<base::json::Value> get(const ObjectRef& ref, const CallOptions& call) override;
  base::Result<ListPage> list(const ListRequest& request, const CallOptions& call) override;
  base::Result<base::json::Value> apply(const base::json::Value& manifest, const ApplyOptions& options,
                                        const CallOptions& call) override;
  base::Result<base::json::Value> patch(const ObjectRef& ref, const base::json::Value& merge_patch,
                                        const CallOptions& call) override;
  base::Result<Removal> remove(const ObjectRef& ref, const RemoveOptions& options, const CallOptions& call) override;
  base::Result<void> watch(const WatchRequest& request, const std::function<bool(WatchEvent)>& on_event,
                           const CallOptions& call) override;
  base::Result<void> logs(const LogRequest& request, const std::function<bool(std::string_view)>& sink,
                          const CallOptions& call) override;
  base::Result<ClusterVersion> version(const CallOptions& call) override;
  base::Result<void> health(const CallOptions& call) override;

  // Faults. The hook is called under no lock, from the calling threads; returning nothing lets the call pass.
  void set_fault_hook(std::function<std::optional<Fault>(const FakeCall&)> hook);
  /// Fails all calls with RuntimeUnreachable, running watches too, until switched back.
  void set_reachable(bool reachable);
  [[nodiscard]] std::size_t calls() const;

  // The kubelet.
  /// Of pods made from now on and of those that exist.
  void set_pods(PodFate fate);
  /// Of pods with a container of this image only; comes before the general one.
  void set_pods_of_image(std::string_view image, PodFate fate);
  /// The text of all containers of the pod.
  void set_log(std::string_view ns, std::string_view pod, std::string text);

  // What others do to the cluster: no faults, no calls counted.
  /// Replaces status (as a controller would).
  void set_status(const ObjectRef& ref, base::json::Value status);
  [[nodiscard]] std::optional<base::json::Value> find(const ObjectRef& ref) const;
  [[nodiscard]] std::vector<ObjectRef> objects() const;  ///< all, in order
  [[nodiscard]] std::size_t size() const;
  void finish_namespaces();
  /// Sends a bookmark to all watches that run.
  void send_bookmarks();
  /// Forgets the history: watches that start from an older version, and continue tokens, are `expired`.
  void expire_history();
  /// Ends all running watches as a server does that restarts.
  void close_watches();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace threeport::providers::kubernetes
