#include "bench/workloads.h"

#include <atomic>
#include <chrono>
#include <thread>

#include "applyset/clusters.h"
#include "applyset/desired.h"
#include "base/crypto.h"
#include "bench/fail.h"

namespace threeport::bench {

const std::string kManifests = R"(apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data:
  LOG_LEVEL: info
  settings.yaml: |
    listen: 0.0.0.0:8080
    workers: 4
---
apiVersion: v1
kind: Secret
metadata: {name: credentials}
stringData: {password: not-a-real-one}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: web}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  selector: {app: web}
  ports: [{port: 80, targetPort: 8080}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  replicas: 0
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      serviceAccountName: web
      containers:
      - name: web
        image: 127.0.0.1:5000/busybox:1
        command: [httpd, -f, -p, "8080"]
        ports: [{containerPort: 8080}]
        envFrom: [{configMapRef: {name: settings}}, {secretRef: {name: credentials}}]
        resources: {requests: {cpu: 10m, memory: 16Mi}}
)";

namespace {

const k8s::TypeRef kNamespace{"v1", "Namespace"};

std::vector<json::Value> objects_of(k8s::Cluster& cluster, const applyset::Identity& identity) {
  const applyset::Placement placement{
      .ns = applyset::namespace_name(identity.instance_name, identity.installation_uid, identity.id)};
  const auto is_namespaced = [&](const k8s::TypeRef& type) -> base::Result<std::optional<bool>> {
    return std::optional(must(cluster.resource_type(type, {})).namespaced);
  };
  auto desired =
      must(applyset::make_desired(must(k8s::parse_manifests(kManifests)), placement, identity, is_namespaced));
  std::vector<json::Value> out;
  out.reserve(desired.objects.size());
  for (auto& object : desired.objects) out.push_back(std::move(object.manifest));
  return out;
}

}  // namespace

std::string workload_name(std::size_t number) { return "bench-" + std::to_string(number); }

RawApply::RawApply(std::shared_ptr<k8s::Cluster> cluster, std::size_t workloads)
    : cluster_(std::move(cluster)), uid_(base::uuid4()) {
  for (std::size_t i = 0; i < workloads; ++i) {
    workloads_.push_back(objects_of(*cluster_, {.installation_uid = uid_,
                                                .id = static_cast<schema::ObjectId>(i + 1),
                                                .instance_name = workload_name(i),
                                                .definition_name = workload_name(i)}));
  }
}

void RawApply::apply_all() {
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t i = next++; i < workloads_.size(); i = next++) {
      for (const json::Value& object : workloads_[i]) must(cluster_->apply(object, {}, {}));
    }
  };
  std::vector<std::jthread> threads;
  threads.reserve(kConcurrency);
  for (std::size_t i = 0; i < kConcurrency; ++i) threads.emplace_back(work);
}

void RawApply::remove_all() {
  for (const auto& objects : workloads_) must(cluster_->remove(k8s::ref_of(objects.front()), {}, {}));
  wait_until_gone(*cluster_, uid_);
}

void wait_until_gone(k8s::Cluster& cluster, const std::string& installation_uid) {
  constexpr std::chrono::minutes kPatience{10};
  const k8s::ListRequest request{.type = kNamespace,
                                 .label_selector = std::string(applyset::kInstallationLabel) + "=" + installation_uid};
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (!must(k8s::list_all(cluster, request, {})).items.empty()) {
    if (std::chrono::steady_clock::now() > end) fail("namespaces of the benchmark do not go away");
    std::this_thread::sleep_for(std::chrono::milliseconds(250));
  }
}

}  // namespace threeport::bench
