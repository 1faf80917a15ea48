// The way from a KubernetesRuntimeInstance to its cluster: credentials, shared connections, and wake-ups from what
// happens there.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <string>

#include "kinds/runtime.h"
#include "providers/kubernetes/connections.h"
#include "reconcile/context.h"

namespace threeport::applyset {

namespace k8s = threeport::providers::kubernetes;

inline constexpr std::string_view kInstallationLabel = "control-plane.threeport.io/installation";
/// Whose object it is: the value is the id of one of these.
inline constexpr std::string_view kInstanceLabel = "control-plane.threeport.io/workload-instance";
inline constexpr std::string_view kDependencyLabel = "control-plane.threeport.io/dependency-instance";
inline constexpr std::string_view kEnvironmentLabel = "control-plane.threeport.io/environment";
inline constexpr std::array kOwnerLabels{kInstanceLabel, kDependencyLabel, kEnvironmentLabel};

/// Topic (Context::depend_on) of everything on any cluster that carries one of kOwnerLabels with that id.
std::string topic_of(std::string_view owner_label, schema::ObjectId id);

/// Where the cluster is and who we are there. `reveal` decrypts stored secrets. Error `invalid`: the members do not
/// give an access; names the member.
base::Result<k8s::Access> access_of(const kinds::KubernetesRuntimeInstance& runtime,
                                    const std::function<base::Result<std::string>(std::string_view)>& reveal);

struct ClustersOptions {
  std::string installation_uid;
  /// Called with the topic of the owner whose object changed; from watch threads.
  std::function<void(const std::string& topic)> notify;
  /// Makes clusters; empty: real ones. Tests pass a fake.
  std::function<base::Result<std::shared_ptr<k8s::Cluster>>(const k8s::Access&)> open = {};
  base::Clock* clock = nullptr;
};

/// Thread-safe.
class Clusters {
 public:
  explicit Clusters(ClustersOptions options);
  /// Does not speak to the cluster. Errors: access_of, Connections::connect.
  base::Result<std::shared_ptr<k8s::Connection>> connect(const kinds::KubernetesRuntimeInstance& runtime,
                                                         reconcile::Context& ctx);
  base::Result<std::shared_ptr<k8s::Connection>> connect(
      const kinds::KubernetesRuntimeInstance& runtime,
      const std::function<base::Result<std::string>(std::string_view)>& reveal);

 private:
  k8s::Connections connections_;
};

/// Bounds of one call within an attempt.
k8s::CallOptions call_within(reconcile::Context& ctx, base::Millis most = base::Millis(20'000));

}  // namespace threeport::applyset
