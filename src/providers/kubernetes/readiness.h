// Is an object healthy, and if not, why, in words? Pure functions over live objects.
// The rules for custom resources and the meaning of the standard conditions follow kstatus
// (https://github.com/kubernetes-sigs/cli-utils/blob/master/pkg/kstatus/README.md).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "providers/kubernetes/object_ref.h"

namespace threeport::providers::kubernetes {

enum class Health {
  ready,
  progressing,  ///< the cluster works on it
  failed,       ///< will not become ready without a change
};

struct Readiness {
  Health health = Health::ready;
  /// Healthy, Progressing, ImagePullFailed, CrashLooping (also failed Jobs), Unschedulable, QuotaExceeded, Rejected,
  /// Deleting. What fails without a word of its own (a stalled custom resource, say) is Progressing with health failed.
  std::string reason = "Healthy";
  std::string message = {};          ///< for users, without the object's name; empty when ready
  std::optional<long> ready = {};    ///< ready pods of a workload
  std::optional<long> desired = {};  ///< wanted pods of a workload
  /// Whose message it is, where explain_pods() found it at a pod or at a controller in between.
  std::optional<ObjectRef> culprit = {};
};

/// Judges one live object by its spec and status: Deployment, StatefulSet, DaemonSet, ReplicaSet, Pod, Job, CronJob,
/// PersistentVolumeClaim, Service, Ingress, Namespace, CustomResourceDefinition, APIService, HorizontalPodAutoscaler,
/// PodDisruptionBudget, and any object with conditions (Stalled, Reconciling, Ready, Available, ...;
/// observedGeneration). What has no status is ready. An object that is being deleted is progressing, reason Deleting.
Readiness assess(const base::json::Value& object);

/// The cause of what is not healthy about a workload: `pods` and `events` (core/v1 Event) and the ReplicaSets among
/// `owned` are searched for those that belong to `workload` (by ownerReferences, through ReplicaSets and Jobs; the
/// others are ignored). Better than assess(workload) where the pods say more: image pull with image and registry host,
/// crash loop with exit code and last words, unschedulable with the scheduler's words, quota. assess(workload) where
/// nothing says more.
Readiness explain_pods(const base::json::Value& workload, const std::vector<const base::json::Value*>& pods,
                       const std::vector<const base::json::Value*>& owned,
                       const std::vector<const base::json::Value*>& events);

/// What one pod lacks, in words, by its status alone.
Readiness assess_pod(const base::json::Value& pod);

/// Whether metadata.ownerReferences of `object` names this uid.
bool is_owned_by(const base::json::Value& object, std::string_view uid);

/// The registry host that an image reference is pulled from: "docker.io" where it names none.
std::string registry_host(std::string_view image);

}  // namespace threeport::providers::kubernetes
