#include "applyset/health.h"

namespace threeport::applyset {
namespace {

bool has_pods(const k8s::ObjectRef& ref) {
  for (const char* kind : {"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job"}) {
    if (ref.kind == kind) return true;
  }
  return false;
}

/// Failed before stuck before slow; among equals the first in the order of applying.
int severity(const k8s::Readiness& readiness) {
  if (readiness.health == k8s::Health::ready) return 0;
  if (readiness.health == k8s::Health::failed) return 3;
  return readiness.reason == "Progressing" ? 1 : 2;
}

std::vector<const json::Value*> pointers(const std::vector<k8s::LiveObject>& objects) {
  std::vector<const json::Value*> out;
  for (const auto& object : objects) out.push_back(object.get());
  return out;
}

}  // namespace

SetHealth assess_set(const Desired& desired, const FindLive& live, const Surroundings& around, bool was_good) {
  const auto pods = pointers(around.pods);
  const auto owned = pointers(around.owned);
  std::vector<const json::Value*> events;
  for (const json::Value& event : around.events) events.push_back(&event);

  SetHealth out;
  int worst = 0;
  long ready = 0, wanted = 0;
  for (const DesiredObject& object : desired.objects) {
    const k8s::LiveObject present = live(object.ref);
    k8s::Readiness readiness;
    if (!present) {
      readiness = {.health = k8s::Health::progressing, .reason = "Progressing", .message = "is not there yet"};
    } else {
      readiness = has_pods(object.ref) ? k8s::explain_pods(*present, pods, owned, events) : k8s::assess(*present);
    }
    ready += readiness.ready.value_or(0);
    wanted += readiness.desired.value_or(0);
    if (severity(readiness) <= worst) continue;
    worst = severity(readiness);
    out.ready = false;
    out.reason = readiness.reason;
    out.message = object.ref.kind + " " + object.ref.name + ": " + readiness.message;
    out.culprit = readiness.culprit.value_or(object.ref);
    out.cause = readiness.message;
  }
  if (out.ready) return out;
  out.status = wanted > 0 && ready == 0 ? "Down" : "Unhealthy";
  if (!was_good && worst == 1) out.status = "Reconciling";
  return out;
}

}  // namespace threeport::applyset
