// Why pods are not ready, in words.
#include <algorithm>
#include <array>
#include <functional>

#include "providers/kubernetes/readiness.h"

namespace threeport::providers::kubernetes {

namespace {

using base::json::Array;
using base::json::Value;
using Objects = std::vector<const Value*>;

constexpr std::array<std::string_view, 6> kPullReasons{"ErrImagePull",      "ImagePullBackOff",    "InvalidImageName",
                                                       "ErrImageNeverPull", "RegistryUnavailable", "ImageInspectError"};
constexpr std::array<std::string_view, 2> kStartReasons{"RunContainerError", "CreateContainerError"};
constexpr std::size_t kMaxWords = 400;

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

template <std::size_t N>
bool is_one_of(std::string_view text, const std::array<std::string_view, N>& list) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

/// One line, not too long: what a program wrote last may be a whole stack trace, of which the end counts.
std::string in_one_line(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool space = c == '\n' || c == '\r' || c == '\t' || c == ' ';
    if (!space) {
      out += c;
    } else if (!out.empty() && out.back() != ' ') {
      out += ' ';
    }
  }
  while (!out.empty() && out.back() == ' ') out.pop_back();
  if (out.size() > kMaxWords) out = "..." + out.substr(out.size() - kMaxWords);
  return out;
}

std::string pull_message(std::string_view container, std::string_view image, std::string_view words) {
  const std::string subject = "container " + std::string(container) + ": image " + std::string(image);
  const std::string host = registry_host(image);
  if (contains(words, "not found") || contains(words, "manifest unknown") || contains(words, "does not exist")) {
    return subject + " not found in " + host;
  }
  if (contains(words, "InvalidImageName") || contains(words, "invalid reference format")) {
    return subject + " is not a valid image name";
  }
  for (const std::string_view cut :
       {"dial tcp", "no such host", "i/o timeout", "connection refused", "server misbehaving", "network is unreachable",
        "TLS handshake", "deadline exceeded"}) {
    if (!contains(words, cut)) continue;
    return subject + " cannot be pulled: registry " + host + " cannot be reached (" +
           in_one_line(words.substr(words.find(cut))) + ")";
  }
  for (const std::string_view refusal : {"unauthorized", "authorization failed", "denied", "403 Forbidden", "401"}) {
    if (contains(words, refusal)) {
      return subject + " cannot be pulled: registry " + host + " refuses access; check imagePullSecrets";
    }
  }
  return subject + " cannot be pulled from " + host + (words.empty() ? "" : ": " + in_one_line(words));
}

std::string crash_message(std::string_view container, const Value& ended, long restarts) {
  std::string out = "container " + std::string(container) + " crashed";
  if (restarts > 0) out += restarts == 1 ? " once" : " " + std::to_string(restarts) + " times";
  const std::string_view why = ended.at("reason").text();
  if (why == "OOMKilled") {
    out += ": out of memory (limit reached)";
  } else if (const auto code = ended.at("exitCode").as_int()) {
    out += ", exit code " + std::to_string(*code);
  }
  const std::string last_words = in_one_line(ended.at("message").text());
  if (!last_words.empty()) out += ": " + last_words;
  return out;
}

/// What one container lacks; nothing where it is fine or only on its way.
std::optional<Readiness> container_problem(const Value& container, bool restarts_on_failure) {
  const std::string_view name = container.at("name").text();
  const Value& waiting = container.at("state", "waiting");
  const std::string_view why = waiting.at("reason").text();
  const long restarts = container.at("restartCount").as_int().value_or(0);
  const Value& before = container.at("lastState", "terminated");
  if (is_one_of(why, kPullReasons)) {
    std::string words(waiting.at("message").text());
    if (why == "InvalidImageName") words = "InvalidImageName " + words;
    return Readiness{Health::failed, "ImagePullFailed", pull_message(name, container.at("image").text(), words)};
  }
  if (is_one_of(why, kStartReasons)) {
    return Readiness{Health::failed, "CrashLooping",
                     "container " + std::string(name) + " cannot start: " + in_one_line(waiting.at("message").text())};
  }
  if (why == "CreateContainerConfigError") {
    return Readiness{
        Health::failed, "Progressing",
        "container " + std::string(name) + " cannot be made: " + in_one_line(waiting.at("message").text())};
  }
  const bool ready = container.at("ready") == Value(true);
  const Value& now = container.at("state", "terminated");
  if (why == "CrashLoopBackOff" || (restarts > 0 && !ready && before.at("exitCode").as_int().value_or(0) != 0)) {
    return Readiness{Health::failed, "CrashLooping", crash_message(name, before.is_null() ? now : before, restarts)};
  }
  if (restarts_on_failure && now.at("exitCode").as_int().value_or(0) != 0) {
    return Readiness{Health::failed, "CrashLooping", crash_message(name, now, restarts)};
  }
  return std::nullopt;
}

std::optional<Readiness> scheduling_problem(const Value& pod) {
  const Value& conditions = pod.at("status", "conditions");
  if (!conditions.is_array()) return std::nullopt;
  for (const Value& condition : conditions.as_array()) {
    if (condition.at("type").text() == "PodScheduled" && condition.at("status").text() == "False" &&
        condition.at("reason").text() == "Unschedulable") {
      return Readiness{Health::failed, "Unschedulable",
                       "no node takes the pod: " + in_one_line(condition.at("message").text())};
    }
  }
  return std::nullopt;
}

std::string waiting_for(const Value& pod) {
  const Value& containers = pod.at("status", "containerStatuses");
  if (containers.is_array()) {
    for (const Value& container : containers.as_array()) {
      const std::string name = "container " + std::string(container.at("name").text());
      if (container.at("ready") == Value(true)) continue;
      if (!container.at("state", "running").is_null()) return name + " runs but is not ready yet";
      const std::string_view why = container.at("state", "waiting", "reason").text();
      if (!why.empty()) return name + " is starting (" + std::string(why) + ")";
    }
  }
  return "the pod is starting";
}

bool is_ready_pod(const Value& pod) {
  const Value& conditions = pod.at("status", "conditions");
  if (!conditions.is_array()) return false;
  return std::any_of(conditions.as_array().begin(), conditions.as_array().end(), [](const Value& condition) {
    return condition.at("type").text() == "Ready" && condition.at("status").text() == "True";
  });
}

/// The last event of the reason that is about such an object, by the latest of its times (RFC 3339 texts in UTC compare
/// as times do).
const Value* last_event_if(const Objects& events, const std::function<bool(const Value&)>& is_about,
                           std::string_view why, std::string_view part) {
  const Value* found = nullptr;
  std::string_view latest;
  for (const Value* event : events) {
    if (event->at("reason").text() != why || !is_about(event->at("involvedObject"))) continue;
    if (!contains(event->at("message").text(), part)) continue;
    const std::string_view when =
        std::max({event->at("lastTimestamp").text(), event->at("eventTime").text(),
                  event->at("metadata", "creationTimestamp").text(), event->at("series", "lastObservedTime").text()});
    if (found != nullptr && when < latest) continue;
    found = event;
    latest = when;
  }
  return found;
}

const Value* last_event(const Objects& events, const Value& object, std::string_view why, std::string_view part) {
  const std::string_view uid = object.at("metadata", "uid").text();
  return last_event_if(events, [uid](const Value& involved) { return involved.at("uid").text() == uid; }, why, part);
}

/// The newest words about a volume claim of the pod that gets no volume; "" where there are none.
std::string words_of_claims(const Value& pod, const Objects& events) {
  const Value& volumes = pod.at("spec", "volumes");
  if (!volumes.is_array()) return {};
  const std::string_view ns = pod.at("metadata", "namespace").text();
  for (const Value& volume : volumes.as_array()) {
    const std::string_view claim = volume.at("persistentVolumeClaim", "claimName").text();
    if (claim.empty()) continue;
    for (const std::string_view why : {"ProvisioningFailed", "FailedBinding"}) {
      const auto is_about_claim = [&](const Value& object) {
        return object.at("kind").text() == "PersistentVolumeClaim" && object.at("name").text() == claim &&
               object.at("namespace").text() == ns;
      };
      const Value* event = last_event_if(events, is_about_claim, why, "");
      if (event != nullptr) return "claim " + std::string(claim) + ": " + in_one_line(event->at("message").text());
    }
  }
  return {};
}

/// The status alone may only say "back-off"; the event of the failed pull has the registry's words. That a claim is
/// unbound is said by the scheduler, why it is by the event of the claim.
Readiness with_words_of_events(Readiness readiness, const Value& pod, const Objects& events) {
  if (readiness.reason == "Unschedulable" && contains(readiness.message, "unbound")) {
    if (const std::string words = words_of_claims(pod, events); !words.empty()) readiness.message += "; " + words;
  }
  if (readiness.reason == "ImagePullFailed") {
    for (const std::string_view member : {"initContainerStatuses", "containerStatuses"}) {
      const Value& containers = pod.at("status", member);
      if (!containers.is_array()) continue;
      for (const Value& container : containers.as_array()) {
        const std::string_view image = container.at("image").text();
        if (!is_one_of(container.at("state", "waiting", "reason").text(), kPullReasons)) continue;
        const Value* event = last_event(events, pod, "Failed", "Failed to pull image \"" + std::string(image) + "\"");
        if (event == nullptr) continue;
        readiness.message = pull_message(container.at("name").text(), image, event->at("message").text());
        return readiness;
      }
    }
  }
  if (readiness.health == Health::progressing) {
    if (const Value* event = last_event(events, pod, "Unhealthy", "")) {
      readiness.message += ": " + in_one_line(event->at("message").text());
    } else if (const Value* mount = last_event(events, pod, "FailedMount", "")) {
      readiness.message += ": " + in_one_line(mount->at("message").text());
    } else if (const Value* sandbox = last_event(events, pod, "FailedCreatePodSandBox", "")) {
      readiness.message += ": " + in_one_line(sandbox->at("message").text());
    }
  }
  return readiness;
}

/// How much a cause explains: what keeps pods from existing comes first.
int weight_of(const Readiness& readiness) {
  if (readiness.health == Health::ready) return 0;
  static constexpr std::array<std::string_view, 7> kOrder{
      "Deleting", "Progressing", "Unschedulable", "CrashLooping", "ImagePullFailed", "Rejected", "QuotaExceeded"};
  const auto at = std::find(kOrder.begin(), kOrder.end(), readiness.reason);
  const int rank = static_cast<int>(at - kOrder.begin());
  return 1 + rank + (readiness.health == Health::failed ? 10 : 0);
}

/// Pods of a controller that cannot be made: only its events say so for StatefulSets, DaemonSets and Jobs.
std::optional<Readiness> creation_problem(const Value& controller, const Objects& events) {
  const Value* event = last_event(events, controller, "FailedCreate", "");
  if (event == nullptr) return std::nullopt;
  const std::string words = in_one_line(event->at("message").text());
  Readiness out{Health::failed, contains(words, "exceeded quota") ? "QuotaExceeded" : "Rejected", words};
  out.culprit = ref_of(controller);
  return out;
}

}  // namespace

std::string registry_host(std::string_view image) {
  const std::size_t slash = image.find('/');
  if (slash == std::string_view::npos) return "docker.io";
  const std::string_view first = image.substr(0, slash);
  if (first == "localhost" || contains(first, ".") || contains(first, ":")) return std::string(first);
  return "docker.io";
}

bool is_owned_by(const Value& object, std::string_view uid) {
  const Value& owners = object.at("metadata", "ownerReferences");
  if (!owners.is_array() || uid.empty()) return false;
  return std::any_of(owners.as_array().begin(), owners.as_array().end(),
                     [uid](const Value& owner) { return owner.at("uid").text() == uid; });
}

Readiness assess_pod(const Value& pod) {
  const std::string_view phase = pod.at("status", "phase").text();
  const bool restarts = pod.at("spec", "restartPolicy").text() != "Never";
  if (phase == "Succeeded") return {};
  if (phase == "Running" && is_ready_pod(pod)) return {};
  if (auto problem = scheduling_problem(pod)) return *problem;
  for (const std::string_view member : {"initContainerStatuses", "containerStatuses"}) {
    const Value& containers = pod.at("status", member);
    if (!containers.is_array()) continue;
    for (const Value& container : containers.as_array()) {
      if (auto problem = container_problem(container, restarts || phase == "Failed")) return *problem;
    }
  }
  if (phase == "Failed") {
    const std::string words = in_one_line(std::string(pod.at("status", "reason").text()) + " " +
                                          std::string(pod.at("status", "message").text()));
    return {Health::failed, "CrashLooping", "the pod has failed" + (words == " " ? "" : ": " + words)};
  }
  return {Health::progressing, "Progressing", waiting_for(pod)};
}

Readiness explain_pods(const Value& workload, const Objects& pods, const Objects& owned, const Objects& events) {
  Readiness best = assess(workload);
  if (best.health == Health::ready || best.reason == "Deleting") return best;
  Objects controllers{&workload};
  const std::string_view uid = workload.at("metadata", "uid").text();
  for (const Value* object : owned) {
    if (object == nullptr || !is_owned_by(*object, uid)) continue;
    // A ReplicaSet of the past wants no pods and explains nothing.
    if (object->at("kind").text() == "ReplicaSet" && object->at("spec", "replicas").as_int() == 0) continue;
    controllers.push_back(object);
  }
  // Of equals the one nearer to the cause counts: what the workload says itself is only that something is wrong.
  const auto consider = [&best](const Readiness& other) {
    if (weight_of(other) < weight_of(best) || (weight_of(other) == weight_of(best) && best.culprit)) return;
    best.health = other.health;
    best.reason = other.reason;
    best.message = other.message;
    best.culprit = other.culprit;
  };
  for (const Value* controller : controllers) {
    Readiness whole = assess(*controller);
    whole.culprit = ref_of(*controller);
    if (controller != &workload && whole.health == Health::failed) consider(whole);
    for (const Value* pod : pods) {
      if (pod == nullptr || !is_owned_by(*pod, controller->at("metadata", "uid").text())) continue;
      if (!pod->at("metadata", "deletionTimestamp").is_null()) continue;
      Readiness one = with_words_of_events(assess_pod(*pod), *pod, events);
      one.culprit = ref_of(*pod);
      if (one.health == Health::progressing && best.reason == "Progressing") {
        if (best.culprit) continue;
        best.message += "; " + one.message;
        best.culprit = one.culprit;
        continue;
      }
      consider(one);
    }
    if (whole.ready.value_or(0) >= whole.desired.value_or(1)) continue;
    if (auto problem = creation_problem(*controller, events)) consider(*problem);
  }
  return best;
}

}  // namespace threeport::providers::kubernetes
