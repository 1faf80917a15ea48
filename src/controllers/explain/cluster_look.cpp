#include "controllers/explain/cluster_look.h"

#include <algorithm>
#include <map>

#include "applyset/health.h"

namespace threeport::controllers::explain {
namespace {

const k8s::TypeRef kPod{"v1", "Pod"}, kReplicaSet{"apps/v1", "ReplicaSet"}, kEvent{"v1", "Event"};

/// Calls to a cluster that share one deadline.
class Look {
 public:
  Look(k8s::Cluster& cluster, base::Clock& clock, base::Millis limit)
      : cluster_(cluster), clock_(clock), limit_(limit), end_(clock.steady_now() + limit) {}

  /// nullptr: there is none.
  base::Result<k8s::LiveObject> get(const k8s::ObjectRef& ref) {
    TP_TRY(const k8s::CallOptions call, options());
    auto object = cluster_.get(ref, call);
    if (object) return k8s::LiveObject(std::make_shared<const json::Value>(std::move(*object)));
    const base::Error& error = object.error();
    if (error.kind == base::ErrorKind::not_found || error.reason == k8s::reason::kKindUnknown) return k8s::LiveObject();
    return std::move(object).error();
  }

  base::Result<std::vector<json::Value>> list(const k8s::TypeRef& type, const std::string& ns,
                                              std::string label_selector) {
    TP_TRY(const k8s::CallOptions call, options());
    TP_TRY(auto page,
           k8s::list_all(cluster_, {.type = type, .ns = ns, .label_selector = std::move(label_selector)}, call));
    return std::move(page.items);
  }

 private:
  base::Result<k8s::CallOptions> options() {
    const auto left = std::chrono::duration_cast<base::Millis>(end_ - clock_.steady_now());
    if (left > base::Millis(0)) return k8s::CallOptions{.timeout = left};
    base::Error error = base::unavailable("the cluster has not answered within " + base::format_duration(limit_));
    error.reason = k8s::reason::kRuntimeUnreachable;
    return error;
  }

  k8s::Cluster& cluster_;
  base::Clock& clock_;
  const base::Millis limit_;
  const std::chrono::steady_clock::time_point end_;
};

std::vector<k8s::LiveObject> shared(std::vector<json::Value> objects) {
  std::vector<k8s::LiveObject> out;
  for (json::Value& object : objects) out.push_back(std::make_shared<const json::Value>(std::move(object)));
  return out;
}

}  // namespace

base::Result<std::optional<Link>> look_at(k8s::Connection& connection, const Place& place, base::Clock& clock,
                                          base::Millis limit) {
  Look look(connection.cluster(), clock, limit);
  const std::string mine = std::string(place.owner_label) + "=" + std::to_string(place.owner);
  applyset::Surroundings around;
  TP_TRY(auto pods, look.list(kPod, place.ns, mine));
  around.pods = shared(std::move(pods));
  TP_TRY(auto sets, look.list(kReplicaSet, place.ns, mine));
  around.owned = shared(std::move(sets));
  TP_TRY(around.events, look.list(kEvent, place.ns, {}));

  applyset::Desired desired{.ns = place.ns, .own_namespace = false, .objects = {}};
  std::map<k8s::ObjectRef, k8s::LiveObject> live;
  for (const k8s::ObjectRef& ref : place.objects) {
    TP_TRY(live[ref], look.get(ref));
    desired.objects.push_back({.ref = ref, .manifest = {}, .recorded = {}});
  }
  const auto find = [&](const k8s::ObjectRef& ref) { return live.at(ref); };
  const applyset::SetHealth health = applyset::assess_set(desired, find, around, true);
  if (health.ready) return std::optional<Link>();
  return std::optional(Link{.kind = health.culprit.kind == "Pod" ? "Pod" : "Object",
                            .id = 0,
                            .name = {},
                            .object = health.culprit.to_text(),
                            .reason = health.reason,
                            .message = health.cause});
}

}  // namespace threeport::controllers::explain
