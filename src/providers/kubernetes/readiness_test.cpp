#include "providers/kubernetes/readiness.h"

#include <gtest/gtest.h>

#include "base/yaml.h"

namespace threeport::providers::kubernetes {
namespace {

using base::json::Value;

Value yaml(std::string_view text) {
  auto document = base::yaml::parse_document(text);
  EXPECT_TRUE(document) << document.error().message;
  return document ? std::move(*document) : Value();
}

struct Case {
  const char* what;
  const char* object;
  Health health;
  const char* reason;
  const char* message;  ///< a part of it
};

void PrintTo(const Case& given, std::ostream* out) { *out << given.what; }

class AssessTest : public ::testing::TestWithParam<Case> {};

TEST_P(AssessTest, judges_by_spec_and_status) {
  const Case& expected = GetParam();
  const Readiness readiness = assess(yaml(expected.object));
  EXPECT_EQ(readiness.health, expected.health) << expected.what << ": " << readiness.message;
  EXPECT_EQ(readiness.reason, expected.reason) << expected.what;
  EXPECT_NE(readiness.message.find(expected.message), std::string::npos) << expected.what << ": " << readiness.message;
  EXPECT_EQ(readiness.health == Health::ready, readiness.message.empty()) << expected.what;
}

const Case kCases[] = {
    {"deployment unseen",
     "{apiVersion: apps/v1, kind: Deployment, metadata: {generation: 2}, spec: {replicas: 1}, status: "
     "{observedGeneration: 1, readyReplicas: 1, updatedReplicas: 1, replicas: 1, availableReplicas: 1}}",
     Health::progressing, "Progressing", "deployment controller"},
    {"deployment ready",
     "{apiVersion: apps/v1, kind: Deployment, metadata: {generation: 1}, spec: {replicas: 2}, status: "
     "{observedGeneration: 1, readyReplicas: 2, updatedReplicas: 2, replicas: 2, availableReplicas: 2}}",
     Health::ready, "Healthy", ""},
    {"deployment scaled to nothing",
     "{apiVersion: apps/v1, kind: Deployment, metadata: {generation: 1}, spec: {replicas: 0}, status: "
     "{observedGeneration: 1}}",
     Health::ready, "Healthy", ""},
    {"deployment half",
     "{apiVersion: apps/v1, kind: Deployment, metadata: {generation: 1}, spec: {replicas: 2}, status: "
     "{observedGeneration: 1, readyReplicas: 1, updatedReplicas: 2, replicas: 2, availableReplicas: 1}}",
     Health::progressing, "Progressing", "1 of 2 pods ready"},
    {"deployment rolling",
     "{apiVersion: apps/v1, kind: Deployment, metadata: {generation: 1}, spec: {replicas: 2}, status: "
     "{observedGeneration: 1, readyReplicas: 3, updatedReplicas: 2, replicas: 3, availableReplicas: 3}}",
     Health::progressing, "Progressing", "previous version"},
    {"deployment late",
     "{apiVersion: apps/v1, kind: Deployment, metadata: {generation: 1}, spec: {replicas: 1}, status: "
     "{observedGeneration: 1, updatedReplicas: 1, replicas: 1, conditions: [{type: Progressing, status: 'False', "
     "reason: ProgressDeadlineExceeded, message: timed out}]}}",
     Health::failed, "Progressing", "0 of 1 pod ready; ProgressDeadlineExceeded: timed out"},
    {"deployment over quota",
     "{apiVersion: apps/v1, kind: Deployment, metadata: {generation: 1}, spec: {replicas: 1}, status: "
     "{observedGeneration: 1, conditions: [{type: ReplicaFailure, status: 'True', reason: FailedCreate, message: 'pods "
     "\"x\" is forbidden: exceeded quota: q, requested: pods=1'}]}}",
     Health::failed, "QuotaExceeded", "exceeded quota"},
    {"replica set refused",
     "{apiVersion: apps/v1, kind: ReplicaSet, metadata: {generation: 1}, spec: {replicas: 1}, status: "
     "{observedGeneration: 1, conditions: [{type: ReplicaFailure, status: 'True', message: 'error looking up service "
     "account a/b'}]}}",
     Health::failed, "Rejected", "service account"},
    {"stateful set ready",
     "{apiVersion: apps/v1, kind: StatefulSet, metadata: {generation: 1}, spec: {replicas: 2}, status: "
     "{observedGeneration: 1, readyReplicas: 2, replicas: 2, updatedReplicas: 2, currentRevision: a, updateRevision: "
     "a}}",
     Health::ready, "Healthy", ""},
    {"stateful set updating",
     "{apiVersion: apps/v1, kind: StatefulSet, metadata: {generation: 1}, spec: {replicas: 2}, status: "
     "{observedGeneration: 1, readyReplicas: 2, replicas: 2, updatedReplicas: 1, currentRevision: a, updateRevision: "
     "b}}",
     Health::progressing, "Progressing", "1 of 2 pods updated"},
    {"daemon set without nodes",
     "{apiVersion: apps/v1, kind: DaemonSet, metadata: {generation: 1}, status: {observedGeneration: 1, "
     "desiredNumberScheduled: 0}}",
     Health::ready, "Healthy", ""},
    {"daemon set half",
     "{apiVersion: apps/v1, kind: DaemonSet, metadata: {generation: 1}, status: {observedGeneration: 1, "
     "desiredNumberScheduled: 3, updatedNumberScheduled: 3, numberReady: 2, numberAvailable: 2}}",
     Health::progressing, "Progressing", "2 of 3 pods ready"},
    {"job complete",
     "{apiVersion: batch/v1, kind: Job, spec: {completions: 1}, status: {succeeded: 1, conditions: [{type: Complete, "
     "status: 'True'}]}}",
     Health::ready, "Healthy", ""},
    {"job running", "{apiVersion: batch/v1, kind: Job, spec: {completions: 2}, status: {startTime: x, succeeded: 1}}",
     Health::progressing, "Progressing", "1 of 2 pods completed"},
    {"job failed",
     "{apiVersion: batch/v1, kind: Job, spec: {}, status: {conditions: [{type: Failed, status: 'True', reason: "
     "BackoffLimitExceeded, message: too often}]}}",
     Health::failed, "CrashLooping", "BackoffLimitExceeded: too often"},
    {"cron job", "{apiVersion: batch/v1, kind: CronJob}", Health::ready, "Healthy", ""},
    {"claim bound", "{apiVersion: v1, kind: PersistentVolumeClaim, status: {phase: Bound}}", Health::ready, "Healthy",
     ""},
    {"claim pending", "{apiVersion: v1, kind: PersistentVolumeClaim, status: {phase: Pending}}", Health::progressing,
     "Progressing", "volume"},
    {"claim lost", "{apiVersion: v1, kind: PersistentVolumeClaim, spec: {volumeName: v1}, status: {phase: Lost}}",
     Health::failed, "Progressing", "v1 is lost"},
    {"service", "{apiVersion: v1, kind: Service, spec: {type: ClusterIP}}", Health::ready, "Healthy", ""},
    {"balancer waits", "{apiVersion: v1, kind: Service, spec: {type: LoadBalancer}, status: {loadBalancer: {}}}",
     Health::progressing, "Progressing", "load balancer"},
    {"balancer",
     "{apiVersion: v1, kind: Service, spec: {type: LoadBalancer}, status: {loadBalancer: {ingress: [{ip: "
     "192.0.2.1}]}}}",
     Health::ready, "Healthy", ""},
    {"ingress", "{apiVersion: networking.k8s.io/v1, kind: Ingress, status: {loadBalancer: {}}}", Health::ready,
     "Healthy", ""},
    {"namespace", "{apiVersion: v1, kind: Namespace, status: {phase: Active}}", Health::ready, "Healthy", ""},
    {"namespace ends",
     "{apiVersion: v1, kind: Namespace, metadata: {deletionTimestamp: x}, status: {phase: Terminating, conditions: "
     "[{type: NamespaceContentRemaining, status: 'True', message: 'Some resources are remaining: pods. has 1 resource "
     "instances'}]}}",
     Health::progressing, "Deleting", "pods. has 1"},
    {"held by a finalizer", "{apiVersion: v1, kind: ConfigMap, metadata: {deletionTimestamp: x, finalizers: [a.io/b]}}",
     Health::progressing, "Deleting", "a.io/b"},
    {"definition",
     "{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, status: {conditions: [{type: Established, "
     "status: 'True'}]}}",
     Health::ready, "Healthy", ""},
    {"definition new", "{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition}", Health::progressing,
     "Progressing", "new kind"},
    {"definition clashes",
     "{apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, status: {conditions: [{type: "
     "NamesAccepted, status: 'False', reason: PluralConflict, message: taken}]}}",
     Health::failed, "Rejected", "taken"},
    {"api service down",
     "{apiVersion: apiregistration.k8s.io/v1, kind: APIService, status: {conditions: [{type: Available, status: "
     "'False', reason: MissingEndpoints, message: none}]}}",
     Health::progressing, "Progressing", "MissingEndpoints"},
    {"autoscaler blind",
     "{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, status: {conditions: [{type: ScalingActive, status: "
     "'False', reason: FailedGetResourceMetric, message: no metrics}]}}",
     Health::progressing, "Progressing", "no metrics"},
    {"autoscaler off",
     "{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, status: {conditions: [{type: ScalingActive, status: "
     "'False', reason: ScalingDisabled}]}}",
     Health::ready, "Healthy", ""},
    {"budget short",
     "{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {generation: 1}, status: {observedGeneration: 1, "
     "currentHealthy: 1, desiredHealthy: 2}}",
     Health::progressing, "Progressing", "1 of 2 pods healthy"},
    {"custom without status", "{apiVersion: x.io/v1, kind: W}", Health::ready, "Healthy", ""},
    {"custom ready",
     "{apiVersion: x.io/v1, kind: W, metadata: {generation: 2}, status: {observedGeneration: 2, conditions: [{type: "
     "Ready, status: 'True'}]}}",
     Health::ready, "Healthy", ""},
    {"custom unseen",
     "{apiVersion: x.io/v1, kind: W, metadata: {generation: 2}, status: {observedGeneration: 1, conditions: [{type: "
     "Ready, status: 'True'}]}}",
     Health::progressing, "Progressing", "its controller"},
    {"custom with an old condition",
     "{apiVersion: x.io/v1, kind: W, metadata: {generation: 2}, status: {conditions: [{type: Ready, status: 'True', "
     "observedGeneration: 1}]}}",
     Health::progressing, "Progressing", "its controller"},
    {"custom not ready",
     "{apiVersion: x.io/v1, kind: W, status: {conditions: [{type: Ready, status: 'False', reason: Waiting, message: "
     "for dns}]}}",
     Health::progressing, "Progressing", "Waiting: for dns"},
    {"custom stalled",
     "{apiVersion: x.io/v1, kind: W, status: {conditions: [{type: Ready, status: 'False'}, {type: Stalled, status: "
     "'True', reason: BadSpec, message: wrong}]}}",
     Health::failed, "Progressing", "BadSpec: wrong"},
    {"custom reconciling",
     "{apiVersion: x.io/v1, kind: W, status: {conditions: [{type: Ready, status: 'True'}, {type: Reconciling, status: "
     "'True', message: at work}]}}",
     Health::progressing, "Progressing", "at work"},
    {"configuration", "{apiVersion: v1, kind: ConfigMap}", Health::ready, "Healthy", ""},
};

INSTANTIATE_TEST_SUITE_P(Kinds, AssessTest, ::testing::ValuesIn(kCases));

Value pod(const std::string& container_status, const std::string& more = "") {
  return yaml(
      "{apiVersion: v1, kind: Pod, metadata: {name: web-1, uid: p1, ownerReferences: [{uid: r1}]}, status: "
      "{phase: Pending, containerStatuses: [" +
      container_status + "]" + more + "}}");
}

void expect_pod(const Value& object, const std::string& reason, const std::string& message) {
  const Readiness readiness = assess(object);
  EXPECT_EQ(readiness.health, Health::failed);
  EXPECT_EQ(readiness.reason, reason);
  EXPECT_EQ(readiness.message, message);
}

TEST(PodTest, a_failed_image_pull_names_image_and_registry) {
  const auto pull = [](const std::string& words) {
    return pod(
        "{name: web, image: '127.0.0.1:5000/shop/web:9', state: {waiting: {reason: ImagePullBackOff, message: '" +
        words + "'}}}");
  };
  expect_pod(pull("failed to resolve reference: 127.0.0.1:5000/shop/web:9: not found"), "ImagePullFailed",
             "container web: image 127.0.0.1:5000/shop/web:9 not found in 127.0.0.1:5000");
  expect_pod(
      pull("failed to do request: Head \"https://x/v2\": dial tcp 10.0.0.1:443: connect: connection refused"),
      "ImagePullFailed",
      "container web: image 127.0.0.1:5000/shop/web:9 cannot be pulled: registry 127.0.0.1:5000 cannot be reached "
      "(dial tcp 10.0.0.1:443: connect: connection refused)");
  expect_pod(pull("pull access denied, authorization failed"), "ImagePullFailed",
             "container web: image 127.0.0.1:5000/shop/web:9 cannot be pulled: registry 127.0.0.1:5000 refuses access; "
             "check imagePullSecrets");
  EXPECT_EQ(registry_host("nginx"), "docker.io");
  EXPECT_EQ(registry_host("library/nginx:1"), "docker.io");
  EXPECT_EQ(registry_host("ghcr.io/a/b@sha256:1"), "ghcr.io");
  EXPECT_EQ(registry_host("localhost/a"), "localhost");
}

TEST(PodTest, a_crash_loop_names_exit_code_and_last_words) {
  expect_pod(pod("{name: web, restartCount: 3, ready: false, state: {waiting: {reason: CrashLoopBackOff}}, lastState: "
                 "{terminated: {exitCode: 2, reason: Error, message: \"panic:\\n no database\"}}}"),
             "CrashLooping", "container web crashed 3 times, exit code 2: panic: no database");
  expect_pod(pod("{name: web, restartCount: 1, ready: false, state: {running: {}}, lastState: {terminated: {exitCode: "
                 "137, reason: OOMKilled}}}"),
             "CrashLooping", "container web crashed once: out of memory (limit reached)");
  expect_pod(pod("{name: web, state: {waiting: {reason: RunContainerError, message: 'exec: \"x\": not found'}}}"),
             "CrashLooping", "container web cannot start: exec: \"x\": not found");
}

TEST(PodTest, an_unschedulable_pod_has_the_words_of_the_scheduler) {
  expect_pod(pod("",
                 ", conditions: [{type: PodScheduled, status: 'False', reason: Unschedulable, message: '0/1 nodes "
                 "are available: 1 Insufficient memory.'}]"),
             "Unschedulable", "no node takes the pod: 0/1 nodes are available: 1 Insufficient memory.");
}

TEST(PodTest, a_missing_config_map_is_named) {
  expect_pod(
      pod("{name: web, state: {waiting: {reason: CreateContainerConfigError, message: 'configmap \"c\" not found'}}}"),
      "Progressing", "container web cannot be made: configmap \"c\" not found");
}

TEST(PodTest, what_is_only_on_its_way_is_progressing) {
  const Readiness starting = assess(pod("{name: web, state: {waiting: {reason: ContainerCreating}}}"));
  EXPECT_EQ(starting.health, Health::progressing);
  EXPECT_EQ(starting.message, "container web is starting (ContainerCreating)");
  const Readiness probing = assess(pod("{name: web, ready: false, state: {running: {}}}"));
  EXPECT_EQ(probing.message, "container web runs but is not ready yet");
}

class ExplainTest : public ::testing::Test {
 protected:
  Readiness explain(const std::vector<Value>& pods, const std::vector<Value>& owned, const std::vector<Value>& events) {
    return explain_pods(deployment_, pointers(pods), pointers(owned), pointers(events));
  }
  static std::vector<const Value*> pointers(const std::vector<Value>& objects) {
    std::vector<const Value*> out;
    out.reserve(objects.size());
    for (const Value& object : objects) out.push_back(&object);
    return out;
  }

  Value deployment_ = yaml(
      "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, uid: d1, generation: 1}, spec: {replicas: 2}, "
      "status: {observedGeneration: 1, updatedReplicas: 2, replicas: 2, readyReplicas: 1, availableReplicas: 1}}");
  Value set_ = yaml(
      "{apiVersion: apps/v1, kind: ReplicaSet, metadata: {name: web-1, uid: r1, generation: 1, ownerReferences: [{uid: "
      "d1}]}, spec: {replicas: 2}, status: {observedGeneration: 1, replicas: 2, readyReplicas: 1}}");
};

TEST_F(ExplainTest, the_pod_says_why_and_the_counts_stay) {
  const Readiness why = explain(
      {pod("{name: web, image: 'a/b:1', state: {waiting: {reason: ErrImagePull, message: not found}}}")}, {set_}, {});
  EXPECT_EQ(why.reason, "ImagePullFailed");
  EXPECT_EQ(why.message, "container web: image a/b:1 not found in docker.io");
  EXPECT_EQ(why.culprit, std::optional(ref_of(pod(""))));
  EXPECT_EQ(why.ready, 1);
  EXPECT_EQ(why.desired, 2);
}

TEST_F(ExplainTest, the_pod_of_a_failed_job_says_why_it_failed) {
  const Value job = yaml(
      "{apiVersion: batch/v1, kind: Job, metadata: {name: once, uid: r1}, spec: {}, status: {conditions: [{type: "
      "Failed, status: 'True', reason: BackoffLimitExceeded}]}}");
  Value ended = pod("{name: web, state: {terminated: {exitCode: 4}}}");
  ended["status"]["phase"] = "Failed";
  const Readiness why = explain_pods(job, {&ended}, {}, {});
  EXPECT_EQ(why.reason, "CrashLooping");
  EXPECT_EQ(why.message, "container web crashed, exit code 4");
  EXPECT_EQ(why.culprit, std::optional(ref_of(ended)));
}

TEST_F(ExplainTest, a_rollout_past_its_deadline_still_says_what_its_pod_lacks) {
  deployment_["status"]["conditions"] =
      yaml("[{type: Progressing, status: 'False', reason: ProgressDeadlineExceeded, message: too slow}]");
  const Readiness probing = explain({pod("{name: web, ready: false, state: {running: {}}}")}, {set_}, {});
  EXPECT_EQ(probing.health, Health::failed);
  EXPECT_EQ(probing.message,
            "1 of 2 pods ready; ProgressDeadlineExceeded: too slow; container web runs but is not ready yet");
  EXPECT_EQ(probing.culprit, std::optional(ref_of(pod(""))));
  const Readiness unmade = explain(
      {pod(
          "{name: web, state: {waiting: {reason: CreateContainerConfigError, message: 'configmap \"c\" not found'}}}")},
      {set_}, {});
  EXPECT_EQ(unmade.message, "container web cannot be made: configmap \"c\" not found");
}

TEST_F(ExplainTest, an_event_has_the_words_that_the_status_lacks) {
  const Value waiting =
      pod("{name: web, image: 'reg.io/b:1', state: {waiting: {reason: ImagePullBackOff, message: Back-off}}}");
  const Value event = yaml(
      "{involvedObject: {uid: p1}, reason: Failed, message: 'Failed to pull image \"reg.io/b:1\": dial tcp: lookup "
      "reg.io: no such host'}");
  EXPECT_EQ(explain({waiting}, {set_}, {event}).message,
            "container web: image reg.io/b:1 cannot be pulled: registry reg.io cannot be reached (dial tcp: lookup "
            "reg.io: no such host)");
}

TEST_F(ExplainTest, a_claim_without_a_volume_says_why_the_pod_has_no_node) {
  Value waiting = pod(
      "", ", conditions: [{type: PodScheduled, status: 'False', reason: Unschedulable, message: 'unbound claims'}]");
  waiting["metadata"]["namespace"] = "ns";
  waiting["spec"]["volumes"] = yaml("[{name: a, emptyDir: {}}, {name: b, persistentVolumeClaim: {claimName: data}}]");
  const Value event = yaml(
      "{involvedObject: {kind: PersistentVolumeClaim, namespace: ns, name: data}, reason: FailedBinding, message: 'no "
      "storage class is set'}");
  const Value of_another = yaml(
      "{involvedObject: {kind: PersistentVolumeClaim, namespace: ns, name: other}, reason: FailedBinding, message: "
      "no}");
  EXPECT_EQ(explain({waiting}, {set_}, {event, of_another}).message,
            "no node takes the pod: unbound claims; claim data: no storage class is set");
}

TEST_F(ExplainTest, pods_and_events_of_others_do_not_count) {
  Value foreign = pod("{name: web, state: {waiting: {reason: CrashLoopBackOff}}}");
  foreign["metadata"]["ownerReferences"] = base::json::Array{};
  const Readiness why = explain({foreign}, {set_}, {});
  EXPECT_EQ(why.reason, "Progressing");
  EXPECT_EQ(why.message, "1 of 2 pods ready");
}

TEST_F(ExplainTest, a_quota_that_keeps_pods_from_being_made_comes_first) {
  Value event =
      yaml("{involvedObject: {uid: r1}, reason: FailedCreate, message: 'pods is forbidden: exceeded quota: q'}");
  const Readiness why = explain(
      {pod("{name: web, state: {waiting: {reason: CrashLoopBackOff}}, lastState: {terminated: {exitCode: 1}}}")},
      {set_}, {event});
  EXPECT_EQ(why.reason, "QuotaExceeded");
}

TEST_F(ExplainTest, a_workload_that_is_ready_needs_no_explanation) {
  deployment_["status"]["readyReplicas"] = 2;
  deployment_["status"]["availableReplicas"] = 2;
  const Readiness why = explain({pod("{name: web, state: {waiting: {reason: CrashLoopBackOff}}}")}, {set_}, {});
  EXPECT_EQ(why.health, Health::ready);
}

}  // namespace
}  // namespace threeport::providers::kubernetes
