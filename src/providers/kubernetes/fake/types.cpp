#include "providers/kubernetes/fake/types.h"

#include <string_view>

namespace threeport::providers::kubernetes::fake {

namespace {

struct Row {
  std::string_view api_version;
  std::string_view kind;
  std::string_view plural;
  bool namespaced;
};

constexpr Row kRows[] = {
    {"v1", "Namespace", "namespaces", false},
    {"v1", "Node", "nodes", false},
    {"v1", "PersistentVolume", "persistentvolumes", false},
    {"v1", "ConfigMap", "configmaps", true},
    {"v1", "Secret", "secrets", true},
    {"v1", "ServiceAccount", "serviceaccounts", true},
    {"v1", "Service", "services", true},
    {"v1", "Endpoints", "endpoints", true},
    {"v1", "Pod", "pods", true},
    {"v1", "Event", "events", true},
    {"v1", "PersistentVolumeClaim", "persistentvolumeclaims", true},
    {"v1", "ResourceQuota", "resourcequotas", true},
    {"v1", "LimitRange", "limitranges", true},
    {"v1", "ReplicationController", "replicationcontrollers", true},
    {"apps/v1", "Deployment", "deployments", true},
    {"apps/v1", "ReplicaSet", "replicasets", true},
    {"apps/v1", "StatefulSet", "statefulsets", true},
    {"apps/v1", "DaemonSet", "daemonsets", true},
    {"apps/v1", "ControllerRevision", "controllerrevisions", true},
    {"batch/v1", "Job", "jobs", true},
    {"batch/v1", "CronJob", "cronjobs", true},
    {"autoscaling/v1", "HorizontalPodAutoscaler", "horizontalpodautoscalers", true},
    {"autoscaling/v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers", true},
    {"policy/v1", "PodDisruptionBudget", "poddisruptionbudgets", true},
    {"networking.k8s.io/v1", "Ingress", "ingresses", true},
    {"networking.k8s.io/v1", "IngressClass", "ingressclasses", false},
    {"networking.k8s.io/v1", "NetworkPolicy", "networkpolicies", true},
    {"discovery.k8s.io/v1", "EndpointSlice", "endpointslices", true},
    {"rbac.authorization.k8s.io/v1", "ClusterRole", "clusterroles", false},
    {"rbac.authorization.k8s.io/v1", "ClusterRoleBinding", "clusterrolebindings", false},
    {"rbac.authorization.k8s.io/v1", "Role", "roles", true},
    {"rbac.authorization.k8s.io/v1", "RoleBinding", "rolebindings", true},
    {"storage.k8s.io/v1", "StorageClass", "storageclasses", false},
    {"scheduling.k8s.io/v1", "PriorityClass", "priorityclasses", false},
    {"coordination.k8s.io/v1", "Lease", "leases", true},
    {"apiextensions.k8s.io/v1", "CustomResourceDefinition", "customresourcedefinitions", false},
    {"apiregistration.k8s.io/v1", "APIService", "apiservices", false},
    {"admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration", "validatingwebhookconfigurations", false},
    {"admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration", "mutatingwebhookconfigurations", false},
};

}  // namespace

std::vector<ResourceType> built_in_types() {
  std::vector<ResourceType> types;
  for (const Row& row : kRows) {
    types.push_back({{std::string(row.api_version), std::string(row.kind)},
                     std::string(row.plural),
                     row.namespaced,
                     {"create", "delete", "get", "list", "patch", "update", "watch"}});
  }
  return types;
}

}  // namespace threeport::providers::kubernetes::fake
