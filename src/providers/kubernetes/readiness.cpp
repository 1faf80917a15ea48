#include "providers/kubernetes/readiness.h"

#include <algorithm>

#include "providers/kubernetes/manifests.h"

namespace threeport::providers::kubernetes {

namespace {

using base::json::Value;

long number_at(const Value& object, std::string_view member, long fallback = 0) {
  return object.at(member).as_int().value_or(fallback);
}

Readiness progressing(std::string message, std::string reason = "Progressing") {
  return {Health::progressing, std::move(reason), std::move(message)};
}

Readiness failed(std::string message, std::string reason = "Progressing") {
  return {Health::failed, std::move(reason), std::move(message)};
}

const Value* find_condition(const Value& object, std::string_view type) {
  const Value& conditions = object.at("status", "conditions");
  if (!conditions.is_array()) return nullptr;
  for (const Value& condition : conditions.as_array()) {
    if (condition.at("type").text() == type) return &condition;
  }
  return nullptr;
}

bool has_condition(const Value& object, std::string_view type, std::string_view status) {
  const Value* condition = find_condition(object, type);
  return condition != nullptr && condition->at("status").text() == status;
}

/// "Reason: message", or what there is of it.
std::string words_of(const Value& condition) {
  const std::string_view why = condition.at("reason").text();
  const std::string_view message = condition.at("message").text();
  if (message.empty()) return std::string(why.empty() ? condition.at("type").text() : why);
  return why.empty() ? std::string(message) : std::string(why) + ": " + std::string(message);
}

bool is_observed(const Value& object) {
  const auto generation = object.at("metadata", "generation").as_int();
  const auto observed = object.at("status", "observedGeneration").as_int();
  return !generation || !observed || *observed >= *generation;
}

std::string count_of(long ready, long desired) {
  return std::to_string(ready) + " of " + std::to_string(desired) + (desired == 1 ? " pod" : " pods");
}

Readiness with_counts(Readiness readiness, long ready, long desired) {
  readiness.ready = ready;
  readiness.desired = desired;
  return readiness;
}

/// A controller could not make pods: quota, or something else that refused them.
std::optional<Readiness> replica_failure(const Value& object) {
  const Value* condition = find_condition(object, "ReplicaFailure");
  if (condition == nullptr || condition->at("status").text() != "True") return std::nullopt;
  const std::string message(condition->at("message").text());
  return failed(message, message.find("exceeded quota") != std::string::npos ? "QuotaExceeded" : "Rejected");
}

Readiness assess_deployment(const Value& object) {
  const Value& status = object.at("status");
  const long desired = number_at(object.at("spec"), "replicas", 1);
  const long ready = number_at(status, "readyReplicas");
  const long updated = number_at(status, "updatedReplicas");
  const long total = number_at(status, "replicas");
  Readiness out;
  if (status.at("observedGeneration").is_null() || !is_observed(object)) {
    out = progressing("waiting for the deployment controller");
  } else if (auto failure = replica_failure(object); failure && ready < desired) {
    out = *failure;
  } else if (const Value* condition = find_condition(object, "Progressing");
             condition != nullptr && condition->at("reason").text() == "ProgressDeadlineExceeded") {
    out = failed(count_of(ready, desired) + " ready; " + words_of(*condition));
  } else if (updated < desired) {
    out = progressing(count_of(updated, desired) + " updated");
  } else if (ready < desired) {
    out = progressing(count_of(ready, desired) + " ready");
  } else if (total > updated) {
    out = progressing("waiting for " + count_of(total - updated, total) + " of the previous version to end");
  } else if (number_at(status, "availableReplicas") < desired) {
    out = progressing(count_of(number_at(status, "availableReplicas"), desired) + " available");
  }
  return with_counts(std::move(out), ready, desired);
}

Readiness assess_replica_set(const Value& object) {
  const Value& status = object.at("status");
  const long desired = number_at(object.at("spec"), "replicas", 1);
  const long ready = number_at(status, "readyReplicas");
  Readiness out;
  if (!is_observed(object) || (desired > 0 && status.at("observedGeneration").is_null())) {
    out = progressing("waiting for the replica set controller");
  } else if (auto failure = replica_failure(object); failure && ready < desired) {
    out = *failure;
  } else if (ready < desired) {
    out = progressing(count_of(ready, desired) + " ready");
  } else if (number_at(status, "replicas") > desired) {
    out = progressing("waiting for surplus pods to end");
  }
  return with_counts(std::move(out), ready, desired);
}

Readiness assess_stateful_set(const Value& object) {
  const Value& status = object.at("status");
  const long desired = number_at(object.at("spec"), "replicas", 1);
  const long ready = number_at(status, "readyReplicas");
  const Value& strategy = object.at("spec", "updateStrategy");
  const long partition = number_at(strategy.at("rollingUpdate"), "partition");
  const long to_update = std::max(0L, desired - partition);
  Readiness out;
  if (status.at("observedGeneration").is_null() || !is_observed(object)) {
    out = progressing("waiting for the stateful set controller");
  } else if (ready < desired) {
    out = progressing(count_of(ready, desired) + " ready");
  } else if (number_at(status, "replicas") > desired) {
    out = progressing("waiting for surplus pods to end");
  } else if (strategy.at("type").text() != "OnDelete" &&
             status.at("currentRevision").text() != status.at("updateRevision").text() &&
             number_at(status, "updatedReplicas") < to_update) {
    out = progressing(count_of(number_at(status, "updatedReplicas"), to_update) + " updated");
  }
  return with_counts(std::move(out), ready, desired);
}

Readiness assess_daemon_set(const Value& object) {
  const Value& status = object.at("status");
  const long desired = number_at(status, "desiredNumberScheduled");
  const long ready = number_at(status, "numberReady");
  Readiness out;
  if (status.at("observedGeneration").is_null() || !is_observed(object)) {
    out = progressing("waiting for the daemon set controller");
  } else if (object.at("spec", "updateStrategy", "type").text() != "OnDelete" &&
             number_at(status, "updatedNumberScheduled") < desired) {
    out = progressing(count_of(number_at(status, "updatedNumberScheduled"), desired) + " updated");
  } else if (ready < desired) {
    out = progressing(count_of(ready, desired) + " ready");
  } else if (number_at(status, "numberAvailable") < desired) {
    out = progressing(count_of(number_at(status, "numberAvailable"), desired) + " available");
  }
  return with_counts(std::move(out), ready, desired);
}

Readiness assess_job(const Value& object) {
  const Value& status = object.at("status");
  const Value& spec = object.at("spec");
  const long desired = number_at(spec, "completions", number_at(spec, "parallelism", 1));
  const long done = number_at(status, "succeeded");
  Readiness out;
  if (const Value* condition = find_condition(object, "Failed");
      condition != nullptr && condition->at("status").text() == "True") {
    out = failed("the job has failed: " + words_of(*condition), "CrashLooping");
  } else if (has_condition(object, "Complete", "True")) {
    out = {};
  } else if (has_condition(object, "Suspended", "True")) {
    out = progressing("the job is suspended");
  } else if (status.at("startTime").is_null()) {
    out = progressing("the job has not started");
  } else {
    out = progressing(count_of(done, desired) + " completed");
  }
  return with_counts(std::move(out), done, desired);
}

Readiness assess_claim(const Value& object) {
  const std::string_view phase = object.at("status", "phase").text();
  if (phase == "Bound") return {};
  if (phase == "Lost") return failed("the volume " + std::string(object.at("spec", "volumeName").text()) + " is lost");
  return progressing("waiting for a volume");
}

Readiness assess_service(const Value& object) {
  if (object.at("spec", "type").text() != "LoadBalancer") return {};
  const Value& ingress = object.at("status", "loadBalancer", "ingress");
  if (ingress.is_array() && !ingress.as_array().empty()) return {};
  return progressing("waiting for an address of the load balancer");
}

Readiness assess_definition(const Value& object) {
  if (const Value* names = find_condition(object, "NamesAccepted");
      names != nullptr && names->at("status").text() == "False") {
    return failed(words_of(*names), "Rejected");
  }
  if (has_condition(object, "Established", "True")) return {};
  return progressing("waiting until the cluster serves the new kind");
}

Readiness assess_autoscaler(const Value& object) {
  if (const Value* able = find_condition(object, "AbleToScale");
      able != nullptr && able->at("status").text() == "False") {
    return progressing(words_of(*able));
  }
  const Value* active = find_condition(object, "ScalingActive");
  if (active == nullptr || active->at("status").text() != "False" || active->at("reason").text() == "ScalingDisabled") {
    return {};
  }
  return progressing(words_of(*active));
}

Readiness assess_budget(const Value& object) {
  const Value& status = object.at("status");
  if (status.at("observedGeneration").is_null() || !is_observed(object)) {
    return progressing("waiting for the disruption controller");
  }
  const long healthy = number_at(status, "currentHealthy");
  const long desired = number_at(status, "desiredHealthy");
  if (healthy >= desired) return {};
  return progressing(count_of(healthy, desired) + " healthy");
}

Readiness assess_deletion(const Value& object) {
  std::string message = "being deleted";
  const Value& finalizers = object.at("metadata", "finalizers");
  if (finalizers.is_array() && !finalizers.as_array().empty()) {
    message += "; held by the finalizer " + std::string(finalizers.as_array().front().text());
  }
  if (object.at("kind").text() == "Namespace") {
    for (const std::string_view type : {"NamespaceDeletionDiscoveryFailure", "NamespaceDeletionContentFailure",
                                        "NamespaceFinalizersRemaining", "NamespaceContentRemaining"}) {
      if (!has_condition(object, type, "True")) continue;
      message += "; " + std::string(find_condition(object, type)->at("message").text());
      break;
    }
  }
  return progressing(std::move(message), "Deleting");
}

/// Whether the condition speaks of the present spec.
bool is_current(const Value& object, const Value& condition) {
  const auto generation = object.at("metadata", "generation").as_int();
  const auto observed = condition.at("observedGeneration").as_int();
  return !generation || !observed || *observed >= *generation;
}

/// Any other kind: the standard conditions (kstatus).
Readiness assess_conditions(const Value& object) {
  if (!is_observed(object)) return progressing("waiting for its controller");
  if (const Value* stalled = find_condition(object, "Stalled");
      stalled != nullptr && stalled->at("status").text() == "True") {
    return failed(words_of(*stalled));
  }
  if (const Value* reconciling = find_condition(object, "Reconciling");
      reconciling != nullptr && reconciling->at("status").text() == "True") {
    return progressing(words_of(*reconciling));
  }
  for (const std::string_view type : {"Ready", "Available", "Programmed", "Accepted"}) {
    const Value* condition = find_condition(object, type);
    if (condition == nullptr) continue;
    if (!is_current(object, *condition)) return progressing("waiting for its controller");
    if (condition->at("status").text() != "True") return progressing(words_of(*condition));
    return {};
  }
  return {};
}

}  // namespace

Readiness assess(const Value& object) {
  if (!object.at("metadata", "deletionTimestamp").is_null()) return assess_deletion(object);
  const TypeRef type = ref_of(object).type();
  if (!is_built_in(type)) return assess_conditions(object);
  const std::string& kind = type.kind;
  if (kind == "Deployment") return assess_deployment(object);
  if (kind == "ReplicaSet" || kind == "ReplicationController") return assess_replica_set(object);
  if (kind == "StatefulSet") return assess_stateful_set(object);
  if (kind == "DaemonSet") return assess_daemon_set(object);
  if (kind == "Pod") return assess_pod(object);
  if (kind == "Job") return assess_job(object);
  if (kind == "PersistentVolumeClaim") return assess_claim(object);
  if (kind == "Service") return assess_service(object);
  if (kind == "CustomResourceDefinition") return assess_definition(object);
  if (kind == "HorizontalPodAutoscaler") return assess_autoscaler(object);
  if (kind == "PodDisruptionBudget") return assess_budget(object);
  if (kind == "APIService") {
    if (has_condition(object, "Available", "True")) return {};
    const Value* condition = find_condition(object, "Available");
    return progressing(condition != nullptr ? words_of(*condition) : "waiting for its service");
  }
  // Nothing that an Ingress or a CronJob reports says that it is well: many controllers leave the status empty.
  if (kind == "Ingress" || kind == "CronJob" || kind == "Namespace") return {};
  return assess_conditions(object);
}

}  // namespace threeport::providers::kubernetes
