#include "cli/readiness.h"

namespace threeport::cli {

namespace {

std::int64_t number(const json::Value& value, std::int64_t otherwise = 0) { return value.as_int().value_or(otherwise); }

std::string reason_and_message(const json::Value& state) {
  std::string text(state.at("reason").text());
  const std::string_view message = state.at("message").text();
  if (!text.empty() && !message.empty()) text += ": ";
  return text + std::string(message);
}

/// The first condition that says that the object does not work.
std::string failed_condition(const json::Value& live) {
  const json::Array* conditions = live.at("status", "conditions").if_array();
  if (conditions == nullptr) return "";
  for (const json::Value& condition : *conditions) {
    const std::string_view type = condition.at("type").text();
    const std::string_view status = condition.at("status").text();
    const bool is_bad = type == "Failed" || type == "ReplicaFailure" ? status == "True"
                        : type == "Ready" || type == "Available" || type == "Established" || type == "Complete"
                            ? status == "False"
                            : false;
    if (!is_bad) continue;
    const std::string text = reason_and_message(condition);
    return text.empty() ? std::string(type) + " is " + std::string(status) : text;
  }
  return "";
}

Readiness counted(std::int64_t ready, std::int64_t wanted, const json::Value& live) {
  Readiness out{.is_ready = ready >= wanted, .count = std::to_string(ready) + "/" + std::to_string(wanted)};
  if (number(live.at("status", "observedGeneration"), 0) < number(live.at("metadata", "generation"), 0)) {
    out.is_ready = false;
    out.reason = "its change is not seen by Kubernetes yet";
  } else if (!out.is_ready) {
    const std::string cause = failed_condition(live);
    out.reason = std::to_string(ready) + " of " + std::to_string(wanted) + " pods ready" +
                 (cause.empty() ? "" : " (" + cause + ")");
  }
  return out;
}

Readiness of_pod(const json::Value& live) {
  const std::string phase(live.at("status", "phase").text());
  Readiness out{.is_ready = phase == "Running" || phase == "Succeeded", .count = {}, .reason = {}};
  if (const json::Array* containers = live.at("status", "containerStatuses").if_array()) {
    for (const json::Value& container : *containers) {
      const json::Value& waiting = container.at("state", "waiting");
      if (waiting.is_null()) continue;
      return {.is_ready = false,
              .count = {},
              .reason = std::string(container.at("name").text()) + ": " + reason_and_message(waiting)};
    }
  }
  if (!out.is_ready) out.reason = phase + (failed_condition(live).empty() ? "" : ": " + failed_condition(live));
  return out;
}

}  // namespace

Readiness readiness_of(const json::Value& live) {
  if (live.is_null()) return {.is_ready = false, .count = {}, .reason = "not on the cluster yet"};
  const std::string_view kind = live.at("kind").text();
  const json::Value& status = live.at("status");
  if (kind == "Deployment" || kind == "StatefulSet" || kind == "ReplicaSet") {
    return counted(number(status.at("readyReplicas")), number(live.at("spec", "replicas"), 1), live);
  }
  if (kind == "DaemonSet") {
    return counted(number(status.at("numberReady")), number(status.at("desiredNumberScheduled")), live);
  }
  if (kind == "Pod") return of_pod(live);
  if (kind == "Job") {
    const std::int64_t wanted = number(live.at("spec", "completions"), 1), done = number(status.at("succeeded"));
    const std::string failure = failed_condition(live);
    // A job that runs is as healthy as one that has ended.
    return {
        .is_ready = failure.empty(), .count = std::to_string(done) + "/" + std::to_string(wanted), .reason = failure};
  }
  if (kind == "PersistentVolumeClaim") {
    const std::string phase(status.at("phase").text());
    if (phase == "Lost") return {.is_ready = false, .count = {}, .reason = "its volume is lost"};
    return {.is_ready = true, .count = {}, .reason = phase == "Pending" ? "waits for its first pod or a volume" : ""};
  }
  const std::string failure = failed_condition(live);
  return {.is_ready = failure.empty(), .count = {}, .reason = failure};
}

std::string object_text(const json::Value& object) {
  return std::string(object.at("kind").text()) + "/" + std::string(object.at("metadata", "name").text());
}

}  // namespace threeport::cli
