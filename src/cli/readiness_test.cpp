#include "cli/readiness.h"

#include <gtest/gtest.h>

namespace threeport::cli {
namespace {

/// "ready 1/2 reason"
std::string readiness(std::string_view live) {
  const Readiness out = readiness_of(json::parse(live).value());
  return std::string(out.is_ready ? "ready" : "not ready") + (out.count.empty() ? "" : " " + out.count) +
         (out.reason.empty() ? "" : " " + out.reason);
}

TEST(ReadinessTest, WhatWasNeverSeenIsNotThere) { EXPECT_EQ(readiness("null"), "not ready not on the cluster yet"); }

TEST(ReadinessTest, WorkloadsCountTheirPods) {
  EXPECT_EQ(readiness(R"({"kind":"Deployment","spec":{"replicas":2},"status":{"readyReplicas":2}})"), "ready 2/2");
  EXPECT_EQ(readiness(R"({"kind":"StatefulSet","spec":{"replicas":2},"status":{"readyReplicas":1}})"),
            "not ready 1/2 1 of 2 pods ready");
  EXPECT_EQ(readiness(R"({"kind":"ReplicaSet","spec":{},"status":{}})"), "not ready 0/1 0 of 1 pods ready");
  EXPECT_EQ(readiness(R"({"kind":"DaemonSet","status":{"numberReady":3,"desiredNumberScheduled":3}})"), "ready 3/3");
}

TEST(ReadinessTest, ACountNamesTheConditionThatHoldsItBack) {
  EXPECT_EQ(readiness(R"({"kind":"Deployment","spec":{"replicas":1},"status":{"conditions":[
                {"type":"ReplicaFailure","status":"True","reason":"FailedCreate","message":"quota"}]}})"),
            "not ready 0/1 0 of 1 pods ready (FailedCreate: quota)");
}

TEST(ReadinessTest, AChangeThatKubernetesHasNotSeenIsNotReady) {
  EXPECT_EQ(readiness(R"({"kind":"Deployment","metadata":{"generation":3},"spec":{"replicas":1},
                          "status":{"readyReplicas":1,"observedGeneration":2}})"),
            "not ready 1/1 its change is not seen by Kubernetes yet");
}

TEST(ReadinessTest, APodSaysWhatItsContainerWaitsFor) {
  EXPECT_EQ(readiness(R"({"kind":"Pod","status":{"phase":"Running"}})"), "ready");
  EXPECT_EQ(readiness(R"({"kind":"Pod","status":{"phase":"Pending","containerStatuses":[{"name":"web",
                "state":{"waiting":{"reason":"ImagePullBackOff","message":"no such image"}}}]}})"),
            "not ready web: ImagePullBackOff: no such image");
  EXPECT_EQ(readiness(R"({"kind":"Pod","status":{"phase":"Failed"}})"), "not ready Failed");
}

TEST(ReadinessTest, AJobThatRunsIsAsHealthyAsOneThatHasEnded) {
  EXPECT_EQ(readiness(R"({"kind":"Job","spec":{"completions":2},"status":{"succeeded":1}})"), "ready 1/2");
  EXPECT_EQ(readiness(R"({"kind":"Job","status":{"conditions":[
                {"type":"Failed","status":"True","reason":"BackoffLimitExceeded"}]}})"),
            "not ready 0/1 BackoffLimitExceeded");
}

TEST(ReadinessTest, AClaimMayWaitButNotBeLost) {
  EXPECT_EQ(readiness(R"({"kind":"PersistentVolumeClaim","status":{"phase":"Bound"}})"), "ready");
  EXPECT_EQ(readiness(R"({"kind":"PersistentVolumeClaim","status":{"phase":"Pending"}})"),
            "ready waits for its first pod or a volume");
  EXPECT_EQ(readiness(R"({"kind":"PersistentVolumeClaim","status":{"phase":"Lost"}})"), "not ready its volume is lost");
}

TEST(ReadinessTest, OtherKindsAreJudgedByTheirConditions) {
  EXPECT_EQ(readiness(R"({"kind":"ConfigMap"})"), "ready");
  EXPECT_EQ(readiness(R"({"kind":"Certificate","status":{"conditions":[
                {"type":"Ready","status":"False","reason":"Pending"}]}})"),
            "not ready Pending");
  EXPECT_EQ(readiness(R"({"kind":"Certificate","status":{"conditions":[{"type":"Ready","status":"False"}]}})"),
            "not ready Ready is False");
}

TEST(ReadinessTest, AnObjectIsItsKindAndName) {
  EXPECT_EQ(object_text(json::parse(R"({"kind":"Service","metadata":{"name":"web"}})").value()), "Service/web");
}

}  // namespace
}  // namespace threeport::cli
