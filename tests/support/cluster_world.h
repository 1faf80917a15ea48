// A World with every controller of the build and a fake cluster for each runtime, for behaviour tests. The watches of
// clusters run on threads of their own, so state is awaited, not slept for.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include <gtest/gtest.h>

#include "applyset/desired.h"
#include "controllers/all.h"
#include "kinds/dependency.h"
#include "providers/kubernetes/fake_cluster.h"
#include "tests/support/world.h"

namespace threeport::testing {

class ClusterWorld : public ::testing::Test {
 protected:
  void SetUp() override {
    running_ = &world_;
    controllers::add_hooks(world_.objects());
  }
  void TearDown() override {
    running_ = nullptr;
    clusters_.reset();
  }

  /// A runtime on the fake cluster of that name.
  schema::ObjectId add_runtime(const std::string& name, bool is_default = false) {
    if (runtime_definition_ == 0) {
      kinds::KubernetesRuntimeDefinition definition;
      definition.definition.name = "local";
      definition.infra_provider = "kubeconfig";
      runtime_definition_ = world_.create(definition);
    }
    kinds::KubernetesRuntimeInstance runtime;
    runtime.instance.name = name;
    runtime.location = "Local";
    runtime.api_endpoint = name + ":6443";
    runtime.default_runtime = is_default;
    runtime.definition = {runtime_definition_};
    return world_.create(runtime);
  }
  applyset::k8s::FakeCluster& cluster(const std::string& runtime) {
    auto& cluster = fakes_[runtime];
    if (!cluster) cluster = std::make_shared<applyset::k8s::FakeCluster>(options_);
    return *cluster;
  }

  /// Runs the engine until `holds`; what happens on the clusters' threads is waited for, at most 10 s.
  bool eventually(const std::function<bool()>& holds) {
    for (const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
         std::chrono::steady_clock::now() < end;) {
      world_.run_until_idle();
      if (holds()) return true;
      std::unique_lock lock(mutex_);
      woken_.wait_for(lock, std::chrono::milliseconds(50), [&] { return std::exchange(changed_, false); });
      lock.unlock();
      world_.advance(base::Millis(500));
    }
    return holds();
  }
  bool ready(schema::ObjectId id) {
    return eventually([&] { return world_.ready(id).status == "True" && world_.is_reconciled(id); });
  }
  template <typename K>
  bool gone(schema::ObjectId id) {
    return eventually([&] { return !world_.find<K>(id); });
  }
  template <typename K>
  void remove(schema::ObjectId id, bool cascade = false) {
    world_.write({.op = apiserver::Write::Op::remove,
                  .kind = std::string(K::kind.name),
                  .id = id,
                  .body = {},
                  .version = {},
                  .observed = {},
                  .cascade = cascade});
  }

  std::mutex mutex_;
  std::condition_variable woken_;
  bool changed_ = false;
  applyset::k8s::FakeOptions options_ = {};  ///< of clusters that are made from now on
  std::map<std::string, std::shared_ptr<applyset::k8s::FakeCluster>> fakes_;
  std::unique_ptr<applyset::Clusters> clusters_;
  World* running_ = nullptr;
  World world_{[this] {
    clusters_ = std::make_unique<applyset::Clusters>(applyset::ClustersOptions{
        .installation_uid = "test-installation",
        .notify =
            [this](const std::string& topic) {
              if (running_ != nullptr) running_->engine().notify(topic);
              const std::lock_guard lock(mutex_);
              changed_ = true;
              woken_.notify_all();
            },
        .open = [this](const applyset::k8s::Access& access) -> base::Result<std::shared_ptr<applyset::k8s::Cluster>> {
          std::string host = access.server.substr(access.server.find("://") + 3);
          host.resize(host.find(':'));
          cluster(host);
          return std::shared_ptr<applyset::k8s::Cluster>(fakes_.at(host));
        }});
    return controllers::all(*clusters_, {});
  }};
  schema::ObjectId runtime_definition_ = 0;
};

}  // namespace threeport::testing
