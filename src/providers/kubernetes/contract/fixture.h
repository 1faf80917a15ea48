// What the tests of the contract share. Each works in namespaces of its own, with names that nobody else has, and
// removes them; a node is not needed.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/yaml.h"
#include "providers/kubernetes/cluster.h"
#include "providers/kubernetes/manifests.h"

namespace threeport::providers::kubernetes::contract {

using base::json::Array;
using base::json::Object;
using base::json::Value;

/// A cluster to test.
struct Target {
  std::string name;
  std::function<base::Result<std::shared_ptr<Cluster>>()> connect;
};

inline void PrintTo(const Target& target, std::ostream* out) { *out << target.name; }

/// A unique, valid name, e.g. "tp-contract-3f2a9c0d11".
inline std::string unique_name(std::string_view prefix = "tp-contract") {
  return std::string(prefix) + "-" + base::hex(base::random_bytes(5));
}

/// The one document of a YAML text.
inline Value yaml(std::string_view text) {
  auto document = base::yaml::parse_document(text);
  EXPECT_TRUE(document) << document.error().message;
  return document ? std::move(*document) : Value();
}

/// Asks again until it holds, for a minute of the machine's time at most.
inline bool eventually(const std::function<bool()>& holds) {
  base::Clock& clock = base::system_clock();
  const auto deadline = clock.steady_now() + base::Millis(60'000);
  std::mutex mutex;
  std::condition_variable nobody;
  while (!holds()) {
    if (clock.steady_now() >= deadline) return false;
    std::unique_lock lock(mutex);
    clock.wait_until(lock, nobody, clock.steady_now() + base::Millis(20));
  }
  return true;
}

class ClusterContract : public ::testing::TestWithParam<Target> {
 protected:
  void SetUp() override {
    auto connected = GetParam().connect();
    ASSERT_TRUE(connected) << connected.error().message;
    cluster_ = std::move(*connected);
  }

  void TearDown() override {
    if (cluster_ == nullptr) return;
    for (const ObjectRef& ref : leftovers_) {
      auto removed = cluster_->remove(ref, {}, call_);
      EXPECT_TRUE(removed) << removed.error().message;
    }
  }

  /// A new namespace, gone after the test.
  std::string make_namespace() {
    const std::string name = unique_name();
    apply(Object{{"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", Object{{"name", name}}}});
    leftovers_.push_back({"v1", "Namespace", "", name});
    return name;
  }

  void remove_later(ObjectRef ref) { leftovers_.insert(leftovers_.begin(), std::move(ref)); }

  static Value config_map(const std::string& ns, const std::string& name, const std::string& value,
                          const std::string& app = "contract") {
    return Object{{"apiVersion", "v1"},
                  {"kind", "ConfigMap"},
                  {"metadata", Object{{"namespace", ns}, {"name", name}, {"labels", Object{{"app", app}}}}},
                  {"data", Object{{"key", value}}}};
  }

  static Value deployment(const std::string& ns, const std::string& name) {
    Value out = yaml(R"(
apiVersion: apps/v1
kind: Deployment
metadata: {}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: example.invalid/web:1
        ports: [{containerPort: 80}]
        resources: {limits: {cpu: 1000m, memory: 64Mi}, requests: {cpu: 0.5}}
        env: [{name: MODE, value: fast}]
)");
    out["metadata"] = Object{{"namespace", ns}, {"name", name}};
    return out;
  }

  /// Applies, expecting success.
  Value apply(const Value& manifest, const std::string& manager = "threeport") {
    auto applied = cluster_->apply(manifest, {.field_manager = manager}, call_);
    EXPECT_TRUE(applied) << applied.error().message;
    return applied ? std::move(*applied) : Value();
  }

  Value get(const ObjectRef& ref) {
    auto found = cluster_->get(ref, call_);
    EXPECT_TRUE(found) << found.error().message;
    return found ? std::move(*found) : Value();
  }

  [[nodiscard]] bool is_gone(const ObjectRef& ref) {
    const auto found = cluster_->get(ref, call_);
    return !found && (found.error().kind == base::ErrorKind::not_found || found.error().reason == reason::kKindUnknown);
  }

  CallOptions call_;
  std::shared_ptr<Cluster> cluster_;
  std::vector<ObjectRef> leftovers_;
};

}  // namespace threeport::providers::kubernetes::contract
