#include "providers/kubernetes/fake/controllers.h"

#include <algorithm>

#include "base/crypto.h"
#include "base/text.h"
#include "providers/kubernetes/fake/pod_status.h"
#include "providers/kubernetes/manifests.h"
#include "providers/kubernetes/readiness.h"

namespace threeport::providers::kubernetes::fake {

using base::json::Array;
using base::json::Object;
using base::json::Value;

namespace {

Value owner_reference(const Value& owner) {
  return Object{
      {"apiVersion", owner.at("apiVersion")}, {"kind", owner.at("kind")}, {"name", owner.at("metadata", "name")},
      {"uid", owner.at("metadata", "uid")},   {"controller", true},       {"blockOwnerDeletion", true}};
}

/// Ten letters that name a pod template.
std::string template_hash(const Value& pods) { return base::sha256_hex(base::json::canonical(pods)).substr(0, 10); }

long replicas_of(const Value& object) { return object.at("spec", "replicas").as_int().value_or(1); }

Value condition(std::string_view type, bool holds, std::string_view reason, std::string_view message = "") {
  return Object{{"type", type}, {"status", holds ? "True" : "False"}, {"reason", reason}, {"message", message}};
}

}  // namespace

void Controllers::run() {
  // Each visit may change more objects; status only moves towards rest, so this ends.
  for (std::vector<Key> changed = state_.take_changed(); !changed.empty(); changed = state_.take_changed()) {
    for (const Key& key : changed) visit(key);
  }
}

void Controllers::visit(const Key& key) {
  const Stored* stored = state_.find(key);
  if (stored == nullptr) return;
  const Shared object = stored->object;
  const Value& metadata = object->at("metadata");
  // A change of a pod or ReplicaSet is a change for its owner.
  if (const Value& owners = metadata.at("ownerReferences"); owners.is_array()) {
    for (const Value& owner : owners.as_array()) {
      const Key owner_key = key_of({std::string(owner.at("apiVersion").text()), std::string(owner.at("kind").text()),
                                    key.ns, std::string(owner.at("name").text())});
      if (owner_key != key) visit(owner_key);
    }
  }
  if (!metadata.at("deletionTimestamp").is_null()) return;
  stored = state_.find(key);
  if (stored == nullptr) return;
  const Shared now = stored->object;
  if (key.bucket == "apps/Deployment") return visit_deployment(key, *now);
  if (key.bucket == "apps/ReplicaSet") return visit_replica_set(key, *now);
  if (key.bucket == "apps/StatefulSet") return visit_stateful_set(key, *now);
  if (key.bucket == "apps/DaemonSet") return visit_daemon_set(key, *now);
  if (key.bucket == "batch/Job") return visit_job(key, *now);
  if (key.bucket == "/Pod") return visit_pod(key, *now);
  if (key.bucket == "apiextensions.k8s.io/CustomResourceDefinition") return visit_definition(key, *now);
  if (key.bucket == "/Namespace") {
    set_status(key, *now, Object{{"phase", "Active"}});
  } else if (key.bucket == "/PersistentVolumeClaim") {
    set_status(key, *now, Object{{"phase", "Bound"}});
  } else if (key.bucket == "/Service" && now->at("spec", "type").text() == "LoadBalancer") {
    set_status(key, *now, Object{{"loadBalancer", Object{{"ingress", Array{Object{{"ip", "192.0.2.1"}}}}}}});
  } else if (key.bucket == "policy/PodDisruptionBudget") {
    set_status(key, *now, Object{{"observedGeneration", now->at("metadata", "generation")}});
  }
}

void Controllers::set_status(const Key& key, const Value& object, Value status) {
  const Stored* stored = state_.find(key);
  if (stored == nullptr || object.at("status") == status) return;
  Value changed = object;
  changed["status"] = std::move(status);
  state_.put(key, std::move(changed), Owners(stored->owners));
}

void Controllers::ensure_pods(const Key& owner_key, const Value& owner, const std::vector<std::string>& names) {
  const Value& pods = owner.at("spec", "template");
  const std::string hash = template_hash(pods);
  for (const Key& key : state_.dependents_of(owner.at("metadata", "uid").text())) {
    if (key.bucket != "/Pod") continue;
    const Stored* stored = state_.find(key);
    const bool wanted = std::find(names.begin(), names.end(), key.name) != names.end();
    const bool current = stored != nullptr && stored->object->at("metadata", "annotations", "template").text() == hash;
    if (!wanted || !current) state_.remove(key, Propagation::background);
  }
  for (const std::string& name : names) {
    const Key key{"/Pod", owner_key.ns, name};
    if (state_.find(key) != nullptr) continue;
    Value pod = Object{{"apiVersion", "v1"}, {"kind", "Pod"}, {"metadata", Object{}}, {"spec", pods.at("spec")}};
    Value& metadata = pod["metadata"];
    metadata["name"] = name;
    metadata["namespace"] = owner_key.ns;
    if (pods.at("metadata", "labels").is_object()) metadata["labels"] = pods.at("metadata", "labels");
    metadata["annotations"] = Object{{"template", hash}};
    metadata["ownerReferences"] = Array{owner_reference(owner)};
    state_.put(key, std::move(pod), {});
    visit_pod(key, *state_.find(key)->object);
  }
}

long Controllers::count_pods(const Value& owner, std::string_view wanted) const {
  long count = 0;
  for (const Key& key : state_.dependents_of(owner.at("metadata", "uid").text())) {
    const Stored* stored = key.bucket == "/Pod" ? state_.find(key) : nullptr;
    if (stored == nullptr) continue;
    const bool done = stored->object->at("status", "phase").text() == "Succeeded";
    const bool ready = !done && assess_pod(*stored->object).health == Health::ready;
    count += (wanted == "Succeeded" ? done : ready) ? 1 : 0;
  }
  return count;
}

PodFate Controllers::fate_of(const Value& pod) const {
  const Value& containers = pod.at("spec", "containers");
  if (containers.is_array()) {
    for (const Value& container : containers.as_array()) {
      const auto found = fates_of_images_.find(container.at("image").text());
      if (found != fates_of_images_.end()) return found->second;
    }
  }
  return fate_;
}

void Controllers::set_fate(PodFate fate) {
  fate_ = fate;
  visit_all_pods();
}

void Controllers::set_fate_of_image(std::string_view image, PodFate fate) {
  fates_of_images_.insert_or_assign(std::string(image), fate);
  visit_all_pods();
}

void Controllers::visit_all_pods() {
  for (const Shared& pod : state_.list("/Pod", "")) visit_pod(key_of(ref_of(*pod)), *pod);
  run();
}

void Controllers::visit_pod(const Key& key, const Value& pod) {
  const PodFate fate = fate_of(pod);
  Value status = make_pod_status(pod, fate);
  if (pod.at("status") == status) return;
  set_status(key, pod, std::move(status));
  if (fate == PodFate::image_pull_fails) {
    const std::string image(first_image(pod));
    add_event(pod, "Warning", "Failed", "Failed to pull image \"" + image + "\": " + image + ": not found");
  } else if (fate == PodFate::crash_loops) {
    add_event(pod, "Warning", "BackOff", "Back-off restarting failed container");
  } else if (fate == PodFate::unschedulable) {
    add_event(pod, "Warning", "FailedScheduling", std::string(kNoNode));
  } else if (fate == PodFate::ready) {
    add_event(pod, "Normal", "Started", "Started container");
  }
}

void Controllers::add_event(const Value& pod, std::string_view type, std::string_view reason,
                            const std::string& message) {
  const std::string pod_name(pod.at("metadata", "name").text());
  const std::string ns(pod.at("metadata", "namespace").text());
  const std::string name = pod_name + "." + base::lower(reason);
  const Key key{"/Event", ns, name};
  const Stored* stored = state_.find(key);
  const long count = stored == nullptr ? 0 : stored->object->at("count").as_int().value_or(0);
  Value event =
      stored == nullptr
          ? Value(Object{
                {"apiVersion", "v1"}, {"kind", "Event"}, {"metadata", Object{{"name", name}, {"namespace", ns}}}})
          : *stored->object;
  event["involvedObject"] = Object{
      {"apiVersion", "v1"}, {"kind", "Pod"}, {"namespace", ns}, {"name", pod_name}, {"uid", pod.at("metadata", "uid")}};
  event["type"] = type;
  event["reason"] = reason;
  event["message"] = message;
  event["count"] = count + 1;
  event["lastTimestamp"] = state_.now_text();
  if (stored == nullptr) event["firstTimestamp"] = state_.now_text();
  state_.put(key, std::move(event), {});
}

void Controllers::visit_replica_set(const Key& key, const Value& set) {
  const long desired = replicas_of(set);
  std::vector<std::string> names;
  for (long i = 0; i < desired; ++i) {
    names.push_back(key.name + "-" + base::sha256_hex(key.name + std::to_string(i)).substr(0, 5));
  }
  ensure_pods(key, set, names);
  const Stored* stored = state_.find(key);
  if (stored == nullptr) return;
  const long ready = count_pods(set, "Ready");
  set_status(key, Value(*stored->object),
             Object{{"replicas", desired},
                    {"readyReplicas", ready},
                    {"availableReplicas", ready},
                    {"observedGeneration", set.at("metadata", "generation")}});
}

void Controllers::visit_deployment(const Key& key, const Value& deployment) {
  const Value& pods = deployment.at("spec", "template");
  const std::string hash = template_hash(pods);
  const long desired = replicas_of(deployment);
  const Key current{"apps/ReplicaSet", key.ns, key.name + "-" + hash};
  if (state_.find(current) == nullptr) {
    Value set = Object{{"apiVersion", "apps/v1"}, {"kind", "ReplicaSet"}, {"metadata", Object{}}, {"spec", Object{}}};
    Value& metadata = set["metadata"];
    metadata["name"] = current.name;
    metadata["namespace"] = key.ns;
    metadata["labels"] = pods.at("metadata", "labels");
    metadata["labels"]["pod-template-hash"] = hash;
    metadata["ownerReferences"] = Array{owner_reference(deployment)};
    set["spec"] = Object{{"replicas", desired}, {"selector", deployment.at("spec", "selector")}, {"template", pods}};
    set["spec"]["template"]["metadata"]["labels"]["pod-template-hash"] = hash;
    state_.put(current, std::move(set), {});
  }
  const auto scale = [&](const Key& set, long replicas) {
    const Stored* stored = state_.find(set);
    if (replicas_of(*stored->object) != replicas) {
      Value scaled = *stored->object;
      scaled["spec"]["replicas"] = replicas;
      state_.put(set, std::move(scaled), {});
    }
    visit_replica_set(set, Value(*state_.find(set)->object));
  };
  scale(current, desired);
  const auto ready_of = [&](const Key& set) {
    return state_.find(set)->object->at("status", "readyReplicas").as_int().value_or(0);
  };
  const long updated = desired;
  long ready = ready_of(current);
  long total = desired;
  for (const Key& old : state_.dependents_of(deployment.at("metadata", "uid").text())) {
    if (old.bucket != "apps/ReplicaSet" || old == current || state_.find(old) == nullptr) continue;
    if (ready_of(current) >= desired) scale(old, 0);
    ready += ready_of(old);
    total += replicas_of(*state_.find(old)->object);
  }
  const Stored* stored = state_.find(key);
  if (stored == nullptr) return;
  const bool available = ready >= desired;
  set_status(
      key, Value(*stored->object),
      Object{{"observedGeneration", deployment.at("metadata", "generation")},
             {"replicas", total},
             {"updatedReplicas", updated},
             {"readyReplicas", ready},
             {"availableReplicas", ready},
             {"conditions",
              Array{condition("Available", available,
                              available ? "MinimumReplicasAvailable" : "MinimumReplicasUnavailable"),
                    condition("Progressing", true, available ? "NewReplicaSetAvailable" : "ReplicaSetUpdated")}}});
}

void Controllers::visit_stateful_set(const Key& key, const Value& set) {
  const long desired = replicas_of(set);
  std::vector<std::string> names;
  for (long i = 0; i < desired; ++i) names.push_back(key.name + "-" + std::to_string(i));
  ensure_pods(key, set, names);
  const Stored* stored = state_.find(key);
  if (stored == nullptr) return;
  const long ready = count_pods(set, "Ready");
  const std::string revision = key.name + "-" + template_hash(set.at("spec", "template"));
  set_status(key, Value(*stored->object),
             Object{{"observedGeneration", set.at("metadata", "generation")},
                    {"replicas", desired},
                    {"updatedReplicas", desired},
                    {"readyReplicas", ready},
                    {"availableReplicas", ready},
                    {"currentRevision", revision},
                    {"updateRevision", revision}});
}

void Controllers::visit_daemon_set(const Key& key, const Value& set) {
  ensure_pods(key, set, {key.name + "-node1"});
  const Stored* stored = state_.find(key);
  if (stored == nullptr) return;
  const long ready = count_pods(set, "Ready");
  set_status(key, Value(*stored->object),
             Object{{"observedGeneration", set.at("metadata", "generation")},
                    {"desiredNumberScheduled", 1},
                    {"updatedNumberScheduled", 1},
                    {"numberReady", ready},
                    {"numberAvailable", ready}});
}

void Controllers::visit_job(const Key& key, const Value& job) {
  const long desired = job.at("spec", "completions").as_int().value_or(1);
  std::vector<std::string> names;
  for (long i = 0; i < desired; ++i) names.push_back(key.name + "-" + std::to_string(i));
  ensure_pods(key, job, names);
  const Stored* stored = state_.find(key);
  if (stored == nullptr) return;
  const long done = count_pods(job, "Succeeded");
  Value status = Object{{"startTime", job.at("metadata", "creationTimestamp")}, {"succeeded", done}};
  if (done >= desired) status["conditions"] = Array{condition("Complete", true, "CompletionsReached")};
  set_status(key, Value(*stored->object), std::move(status));
}

void Controllers::visit_definition(const Key& key, const Value& definition) {
  state_.add_definition(definition);
  set_status(key, definition,
             Object{{"conditions", Array{condition("NamesAccepted", true, "NoConflicts"),
                                         condition("Established", true, "InitialNamesAccepted")}}});
}

}  // namespace threeport::providers::kubernetes::fake
