// The workloads that are delivered, and their delivery without a control plane: the baseline.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "base/json.h"
#include "providers/kubernetes/cluster.h"

namespace threeport::bench {

namespace k8s = threeport::providers::kubernetes;
namespace json = threeport::base::json;

/// A ConfigMap, a Secret, a ServiceAccount, a Service, and a Deployment without replicas: pods would measure the node.
extern const std::string kManifests;

std::string workload_name(std::size_t number);

/// Applies the objects that threeportd would apply, labels and namespaces included, with its client for Kubernetes.
class RawApply {
 public:
  /// As many workloads at a time as threeportd has attempts on one cluster.
  static constexpr std::size_t kConcurrency = 8;

  RawApply(std::shared_ptr<k8s::Cluster> cluster, std::size_t workloads);
  void apply_all();
  /// Returns when they are gone.
  void remove_all();

 private:
  std::shared_ptr<k8s::Cluster> cluster_;
  const std::string uid_;  ///< an installation of its own: threeportd does not watch its objects
  std::vector<std::vector<json::Value>> workloads_;
};

/// Waits until the cluster has no namespace of that installation.
void wait_until_gone(k8s::Cluster& cluster, const std::string& installation_uid);

}  // namespace threeport::bench
