#include "providers/kubernetes/fake/pod_status.h"

#include <string>

#include "providers/kubernetes/readiness.h"

namespace threeport::providers::kubernetes::fake {

namespace {

using base::json::Array;
using base::json::Object;
using base::json::Value;

bool is_of_job(const Value& pod) {
  const Value& owners = pod.at("metadata", "ownerReferences");
  return owners.is_array() && !owners.as_array().empty() && owners.as_array().front().at("kind").text() == "Job";
}

Value container_state(const Value& container, PodFate fate, bool of_job) {
  const std::string image(container.at("image").text());
  switch (fate) {
    case PodFate::ready:
      if (of_job) return Object{{"terminated", Object{{"exitCode", 0}, {"reason", "Completed"}}}};
      return Object{{"running", Object{}}};
    case PodFate::image_pull_fails:
      return Object{
          {"waiting", Object{{"reason", "ImagePullBackOff"}, {"message", "Back-off pulling image \"" + image + "\""}}}};
    case PodFate::crash_loops:
      return Object{
          {"waiting", Object{{"reason", "CrashLoopBackOff"}, {"message", "back-off 10s restarting failed container"}}}};
    case PodFate::starting:
    case PodFate::unschedulable: break;
  }
  return Object{{"waiting", Object{{"reason", "ContainerCreating"}}}};
}

Value condition(std::string_view type, bool holds, std::string_view reason = "", std::string_view message = "") {
  Value out = Object{{"type", type}, {"status", holds ? "True" : "False"}};
  if (!reason.empty()) out["reason"] = reason;
  if (!message.empty()) out["message"] = message;
  return out;
}

}  // namespace

std::string_view first_image(const Value& pod) {
  const Value& containers = pod.at("spec", "containers");
  return containers.is_array() && !containers.as_array().empty() ? containers.as_array().front().at("image").text()
                                                                 : std::string_view();
}

Value make_pod_status(const Value& pod, PodFate fate) {
  if (fate == PodFate::unschedulable) {
    return Object{{"phase", "Pending"},
                  {"conditions", Array{condition("PodScheduled", false, "Unschedulable", kNoNode)}}};
  }
  const bool of_job = is_of_job(pod);
  const bool ready = fate == PodFate::ready && !of_job;
  Array containers;
  const Value& declared = pod.at("spec", "containers");
  for (const Value& container : declared.is_array() ? declared.as_array() : Array{}) {
    Value status = Object{{"name", container.at("name")},
                          {"image", container.at("image")},
                          {"ready", ready},
                          {"restartCount", fate == PodFate::crash_loops ? 1 : 0},
                          {"state", container_state(container, fate, of_job)}};
    if (fate == PodFate::crash_loops) {
      status["lastState"] = Object{{"terminated", Object{{"exitCode", 1}, {"reason", "Error"}}}};
    }
    containers.push_back(std::move(status));
  }
  std::string phase = "Pending";
  if (fate == PodFate::ready) phase = of_job ? "Succeeded" : "Running";
  if (fate == PodFate::crash_loops) phase = "Running";
  return Object{{"phase", phase},
                {"conditions", Array{condition("PodScheduled", true), condition("Ready", ready)}},
                {"containerStatuses", std::move(containers)}};
}

}  // namespace threeport::providers::kubernetes::fake
