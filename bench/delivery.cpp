#include "bench/delivery.h"

#include <algorithm>
#include <chrono>
#include <set>
#include <thread>

#include "base/file.h"
#include "bench/contest.h"
#include "bench/fail.h"
#include "bench/server_process.h"
#include "bench/workloads.h"
#include "client/http_api.h"
#include "kinds/registry.h"
#include "providers/kubernetes/kubeconfig.h"
#include "providers/kubernetes/live_cluster.h"

namespace threeport::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kRounds = 3;
constexpr base::Millis kPatience{600'000};

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

std::unique_ptr<client::Api> api_at(std::uint16_t port) {
  return client::make_http_api(must(http::Client::make({.base_url = "http://127.0.0.1:" + std::to_string(port)})));
}

/// A threeportd with controllers that has the cluster as its runtime.
class ControlPlane {
 public:
  ControlPlane(const std::filesystem::path& folder, const std::string& kubeconfig)
      : registry_(kinds::all()),
        server_("sqlite://" + (folder / "threeport.db").string(), folder),
        api_(api_at(server_.port())) {
    apply("KubernetesRuntime", json::Object{{"Name", "bench"},
                                            {"InfraProvider", "kubeconfig"},
                                            {"Location", "Local"},
                                            {"DefaultRuntime", true},
                                            {"Kubeconfig", kubeconfig}});
    const auto& kind = kind_of("KubernetesRuntimeInstance");
    const auto runtime = must(api_->find_by_name(kind, "bench"));
    if (!must(api_->wait(kind, runtime.id(), base::Millis(60'000))).is("Ready"))
      fail("the cluster of TP_KUBECONFIG cannot be used");
  }

  [[nodiscard]] const ServerProcess& server() const { return server_; }

  /// One POST a workload; returns when all of them are Reconciled.
  void deliver(std::size_t workloads) {
    for (std::size_t i = 0; i < workloads; ++i) {
      apply("Workload", json::Object{{"Name", workload_name(i)}, {"YAMLDocument", kManifests}});
    }
    std::set<client::ObjectId> reconciled;
    must(api_->watch(instances(), {}, [&](const client::WatchEvent& event) {
      if (event.object.data.at("Reconciled") == json::Value(true)) reconciled.insert(event.object.id());
      return reconciled.size() < workloads;
    }));
  }

  /// Returns when everything is gone, off the cluster too.
  void remove_all() {
    for (const auto& instance : must(api_->list(instances()))) must(api_->remove(instances(), instance.id()));
    const auto end = Clock::now() + kPatience;
    while (!must(api_->list(instances())).empty()) {
      if (Clock::now() > end) fail("workload instances do not go away");
      std::this_thread::sleep_for(std::chrono::milliseconds(250));
    }
    const auto& definitions = kind_of("WorkloadDefinition");
    for (const auto& definition : must(api_->list(definitions))) must(api_->remove(definitions, definition.id()));
  }

  /// The namespaces of the workloads that are delivered.
  std::vector<std::string> namespaces() {
    std::vector<std::string> out;
    for (const auto& instance : must(api_->list(instances()))) out.emplace_back(instance.data.at("Namespace").text());
    return out;
  }

 private:
  [[nodiscard]] const schema::KindDescriptor& kind_of(std::string_view name) const { return *registry_.find(name); }
  [[nodiscard]] const schema::KindDescriptor& instances() const { return kind_of("WorkloadInstance"); }
  void apply(std::string_view key, json::Object members) {
    must(api_->call("POST", "/v0/apply",
                    json::Object{{"Documents", json::Array{json::Object{{std::string(key), std::move(members)}}}}}));
  }

  schema::Registry registry_;
  ServerProcess server_;
  std::unique_ptr<client::Api> api_;
};

/// Rates of deliveries.
void compare(const Figures& figures, ControlPlane& plane, RawApply& raw, std::size_t workloads) {
  const auto rate_since = [workloads](Clock::time_point start) {
    return Turn{.per_second = static_cast<double>(workloads) / seconds_since(start)};
  };
  Contest contest;
  contest.add("raw_apply", [&] {
    plane.remove_all();
    const auto start = Clock::now();
    raw.apply_all();
    return rate_since(start);
  });
  contest.add("delivery", [&] {
    raw.remove_all();
    const auto start = Clock::now();
    plane.deliver(workloads);
    return rate_since(start);
  });
  contest.run(kRounds);
  contest.report(figures);
  figures.add_share("delivery_share_of_raw_apply", contest.share("delivery", "raw_apply"));
}

/// Seconds from the beginning of `disturb` until `is_back`, which is asked again and again.
template <typename Disturb, typename IsBack>
double seconds_back(Disturb disturb, IsBack is_back) {
  const auto start = Clock::now();
  disturb();
  while (!is_back()) {
    if (seconds_since(start) > 60) fail("drift is not corrected within a minute");
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return seconds_since(start);
}

void measure_drift(const Figures& figures, k8s::Cluster& cluster, const std::vector<std::string>& namespaces) {
  constexpr std::size_t kTries = 5;
  std::vector<double> deleted, changed;
  for (std::size_t i = 0; i < std::min(kTries, namespaces.size()); ++i) {
    const k8s::ObjectRef settings{"v1", "ConfigMap", namespaces[i], "settings"};
    const json::Value before = must(cluster.get(settings, {}));
    const auto remove = [&] { must(cluster.remove(settings, {}, {})); };
    deleted.push_back(seconds_back(remove, [&] {
      const auto now = cluster.get(settings, {});
      return now && now->at("data") == before.at("data") && now->at("metadata", "uid") != before.at("metadata", "uid");
    }));
    const auto change = [&] {
      must(cluster.patch(settings, json::Object{{"data", json::Object{{"LOG_LEVEL", "debug"}}}}, {}));
    };
    changed.push_back(
        seconds_back(change, [&] { return must(cluster.get(settings, {})).at("data") == before.at("data"); }));
  }
  figures.add("drift_back_deleted", median(deleted), "s");
  figures.add("drift_back_changed", median(changed), "s");
  figures.add("drift_back", std::max(std::ranges::max(deleted), std::ranges::max(changed)), "s");
}

void measure_rest(const Figures& figures, const ServerProcess& server, std::size_t workloads) {
  constexpr std::chrono::seconds kSettle{15}, kIdle{10};
  const std::string with = "_with_" + std::to_string(workloads) + "_workloads";
  std::this_thread::sleep_for(kSettle);  // health is recorded every 10 s
  const double cpu = server.cpu_seconds();
  std::this_thread::sleep_for(kIdle);
  figures.add("idle_cpu" + with, (server.cpu_seconds() - cpu) / static_cast<double>(kIdle.count()) * 100, "%");
  figures.add("memory" + with, server.resident_mib(), "MiB");
}

}  // namespace

void measure_delivery(const Figures& figures, const std::filesystem::path& folder,
                      const std::filesystem::path& kubeconfig_file, std::size_t workloads) {
  const std::string kubeconfig = must(
      k8s::inline_kubeconfig(must(base::read_file(kubeconfig_file)), {.base_folder = kubeconfig_file.parent_path()}));
  const auto cluster = must(k8s::connect_live(must(k8s::parse_kubeconfig(kubeconfig))));
  std::filesystem::create_directories(folder);
  ControlPlane plane(folder, kubeconfig);
  RawApply raw(cluster, workloads);
  compare(figures, plane, raw, workloads);
  measure_rest(figures, plane.server(), workloads);
  measure_drift(figures, *cluster, plane.namespaces());
  plane.remove_all();
}

}  // namespace threeport::bench
