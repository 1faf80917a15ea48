// The controller manager, the scheduler and the kubelet of the fake: they turn specs into pods and status, at once.
// Not thread-safe: FakeCluster's lock guards it.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/json.h"
#include "providers/kubernetes/fake/state.h"
#include "providers/kubernetes/fake_cluster.h"

namespace threeport::providers::kubernetes::fake {

class Controllers {
 public:
  Controllers(State& state, PodFate fate) : state_(state), fate_(fate) {}

  /// Brings everything that has changed to rest.
  void run();
  void set_fate(PodFate fate);
  void set_fate_of_image(std::string_view image, PodFate fate);

 private:
  using Value = base::json::Value;

  void visit(const Key& key);
  void visit_deployment(const Key& key, const Value& deployment);
  void visit_replica_set(const Key& key, const Value& set);
  void visit_stateful_set(const Key& key, const Value& set);
  void visit_daemon_set(const Key& key, const Value& set);
  void visit_job(const Key& key, const Value& job);
  void visit_pod(const Key& key, const Value& pod);
  void visit_definition(const Key& key, const Value& definition);

  /// Makes and removes pods so that exactly those of `names` exist, with the owner's template.
  void ensure_pods(const Key& owner_key, const Value& owner, const std::vector<std::string>& names);
  /// How many of the owner's pods are ready, or succeeded.
  [[nodiscard]] long count_pods(const Value& owner, std::string_view wanted) const;
  [[nodiscard]] PodFate fate_of(const Value& pod) const;
  void set_status(const Key& key, const Value& object, Value status);
  void add_event(const Value& pod, std::string_view type, std::string_view reason, const std::string& message);
  void visit_all_pods();

  State& state_;
  PodFate fate_;
  std::map<std::string, PodFate, std::less<>> fates_of_images_;
};

}  // namespace threeport::providers::kubernetes::fake
