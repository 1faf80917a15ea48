#include "score/rules.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace threeport::score {
namespace {

/// A file with these containers, and these lines at the top.
std::string with(std::initializer_list<std::string_view> containers,
                 std::initializer_list<std::string_view> lines = {}) {
  std::string out = "apiVersion: score.dev/v1b1\n";
  for (const std::string_view line : lines) out += std::string(line) + "\n";
  if (out.find("metadata:") == std::string::npos) out += "metadata: {name: shop, other: {key: x}}\n";
  out += "containers:\n";
  for (const std::string_view line : containers) out += "  " + std::string(line) + "\n";
  return out;
}

std::string error_of(std::string_view text) {
  const auto workload = parse(text);
  return workload ? "accepted" : workload.error().message;
}

std::string order_of(std::initializer_list<std::string_view> containers) {
  const auto workload = parse(with(containers));
  if (!workload) return workload.error().message;
  std::vector<std::string> names;
  const auto order = start_order(*workload);
  if (!order) return order.error().message;
  for (const Container* container : *order) names.push_back(container->name);
  return base::join(names, " ");
}

TEST(ScoreRules, PlaceholdersAreWellFormedAndStandForSomething) {
  const auto variable = [](std::string_view value) {
    return error_of(
        with({"web: {image: a, variables: {V: \"" + std::string(value) + "\"}}"}, {"resources: {db: {type: redis}}"}));
  };
  const std::string path = "containers.web.variables.V: ";
  for (const std::string_view value : {"$${x}", "$x", "${x", "${metadata.name}", "${metadata.other.key}",
                                       "${resources.db}", "${resources.db.host}", "${resources.db.a.b}"}) {
    EXPECT_EQ(variable(value), "accepted") << value;
  }
  for (const std::string_view value : {"${}", "${metadata.}", "${.a}", "${resources..host}"}) {
    EXPECT_EQ(variable(value),
              path + std::string(value) +
                  " is malformed; a placeholder is ${metadata.KEY} or ${resources.NAME.OUTPUT}, and $$ "
                  "stands for a $");
  }
  EXPECT_EQ(variable("${environment.X}"), path +
                                              "${environment.X}: a placeholder is ${metadata.KEY} or "
                                              "${resources.NAME.OUTPUT}; $${environment.X} stands for the text itself");
  EXPECT_EQ(variable("${metadata}"), path +
                                         "${metadata}: a placeholder is ${metadata.KEY} or ${resources.NAME.OUTPUT}; "
                                         "$${metadata} stands for the text itself");
  EXPECT_EQ(variable("${metadata.nope}"), path + "${metadata.nope}: there is no \"nope\"; there is name, other");
  EXPECT_EQ(variable("${resources.cache.host}"),
            path + "${resources.cache.host}: there is no resource \"cache\"; there is db");
  EXPECT_EQ(error_of(with({"web: {image: a, variables: {V: \"${resources.db}\"}}"})),
            path + "${resources.db}: there is no resource \"db\"; resources is empty");
}

TEST(ScoreRules, PlaceholdersStandInFilesVolumesAndParams) {
  EXPECT_EQ(error_of(with({"web: {image: a, files: {/f: {content: \"${nope.x}\"}}}"})),
            "containers.web.files[\"/f\"].content: ${nope.x}: a placeholder is ${metadata.KEY} or "
            "${resources.NAME.OUTPUT}; $${nope.x} stands for the text itself");
  EXPECT_EQ(error_of(with({"web: {image: a, files: {/f: {content: \"${nope.x}\", noExpand: true}}}"})), "accepted");
  EXPECT_EQ(error_of(with({"web: {image: \"${nope}\", command: [\"${nope}\"]}"})), "accepted");
  EXPECT_TRUE(error_of(with({"web: {image: a, volumes: {/v: {source: \"${resources.data}\"}}}"}))
                  .starts_with("containers.web.volumes[\"/v\"].source: ${resources.data}: there is no resource"));
  EXPECT_TRUE(
      error_of(with({"web: {image: a}"}, {"resources: {db: {type: x-y, params: {a: [{b: \"${resources.c.d}\"}]}}}"}))
          .starts_with("resources.db.params.a[0].b: ${resources.c.d}: there is no resource \"c\"; there is db"));
}

TEST(ScoreRules, RequestsStayWithinLimits) {
  const auto amounts = [](std::string_view name, std::string_view request, std::string_view limit) {
    return error_of(with({"web: {image: a, resources: {requests: {" + std::string(name) + ": '" + std::string(request) +
                          "'}, limits: {" + std::string(name) + ": '" + std::string(limit) + "'}}}"}));
  };
  EXPECT_EQ(amounts("cpu", "100m", "0.1"), "accepted");
  EXPECT_EQ(amounts("memory", "1.1K", "1100"), "accepted");
  EXPECT_EQ(amounts("memory", "1G", "1Gi"), "accepted");
  EXPECT_EQ(amounts("cpu", "1000m", "0.24"),
            "containers.web.resources.requests.cpu: 1000m is above the limit, which is 0.24; lower it or raise "
            "containers.web.resources.limits.cpu");
  EXPECT_EQ(amounts("memory", "1Gi", "1G"),
            "containers.web.resources.requests.memory: 1Gi is above the limit, which is 1G; lower it or raise "
            "containers.web.resources.limits.memory");
}

TEST(ScoreRules, HeadersOfProbesAreThoseOfKubernetes) {
  const auto header = [](std::string_view name) {
    return error_of(with({"web: {image: a, readinessProbe: {httpGet: {port: 80, path: /, httpHeaders: [{name: " +
                          std::string(name) + ", value: b}]}}}"}));
  };
  EXPECT_EQ(header("X-Some-1"), "accepted");
  EXPECT_EQ(header("SOME_HEADER"),
            "containers.web.readinessProbe.httpGet.httpHeaders[0].name: \"SOME_HEADER\" has a _, and Kubernetes takes "
            "letters, digits and - only");
}

TEST(ScoreRules, BeforeNamesContainersThatStartAfterThisOne) {
  EXPECT_EQ(order_of({"web: {image: a}", "db: {image: a, before: {web: {ready: started}}}"}), "db web");
  EXPECT_EQ(order_of({"c3: {image: a}", "c1: {image: a, before: {c2: {ready: started}}}",
                      "c2: {image: a, before: {c3: {ready: started}}}", "c4: {image: a}"}),
            "c1 c2 c3 c4");
  EXPECT_EQ(order_of({"web: {image: a, before: {web: {ready: started}}}"}),
            "containers.web.before.web: a container cannot come before itself");
  EXPECT_EQ(order_of({"web: {image: a, before: {db: {ready: started}}}"}),
            "containers.web.before.db: there is no such container; there is web");
  EXPECT_EQ(order_of({"web: {image: a, before: {db: {ready: soon}}}", "db: {image: a}"}),
            "containers.web.before.db.ready: must be one of started, healthy, complete, but is \"soon\"");
  EXPECT_EQ(order_of({"c0: {image: a}", "c1: {image: a, before: {c2: {ready: started}, c0: {ready: started}}}",
                      "c2: {image: a, before: {c1: {ready: started}}}"}),
            "containers.c1.before: each comes before the next: c1, c2, c1; take one out of this circle");
}

TEST(ScoreRules, WhatComesBeforeOthersCanBecomeSo) {
  EXPECT_EQ(
      order_of({"db: {image: a, before: {web: {ready: healthy}}}", "web: {image: a}"}),
      "containers.db.before.web.ready: healthy needs containers.db.readinessProbe or livenessProbe; add one, or say "
      "started");
  EXPECT_EQ(
      order_of({"db: {image: a, before: {web: {ready: complete}, c2: {ready: started}}}", "web: {image: a}",
                "c2: {image: a}"}),
      "containers.db.before: either all say complete or none: a container that has ended is not there for the others");
  EXPECT_EQ(order_of({"db: {image: a, readinessProbe: {exec: {command: [a]}}, before: {web: {ready: complete}}}",
                      "web: {image: a}"}),
            "containers.db.readinessProbe: a container that completes before others start has no probes; leave it out");
}

TEST(ScoreRules, PortsOfTheServiceDiffer) {
  EXPECT_EQ(error_of(with({"web: {image: a}"}, {"service: {ports: {aa: {port: 80}, bb: {port: 80, protocol: UDP}}}"})),
            "accepted");
  EXPECT_EQ(error_of(with({"web: {image: a}"}, {"service: {ports: {aa: {port: 80}, bb: {port: 80}}}"})),
            "service.ports.bb.port: 80/TCP is that of another port; choose another one");
}

TEST(ScoreRules, AnnotationsOfTheDeliveryAreKnown) {
  const auto annotated = [](std::string_view annotations, std::string_view name = "shop") {
    return error_of(with({"web: {image: a}"}, {"metadata: {name: " + std::string(name) + ", annotations: {" +
                                               std::string(annotations) + "}}"}));
  };
  EXPECT_EQ(annotated("k8s.score.dev/kind: StatefulSet, control-plane.threeport.io/replicas: '0'"), "accepted");
  EXPECT_EQ(annotated("k8s.score.dev/kind: Job"),
            "metadata.annotations[\"k8s.score.dev/kind\"]: must be one of Deployment, StatefulSet, but is \"Job\"");
  EXPECT_EQ(annotated("control-plane.threeport.io/replicas: '-1'"),
            "metadata.annotations[\"control-plane.threeport.io/replicas\"]: must be a number of pods, such as \"2\"");
  EXPECT_EQ(annotated("control-plane.threeport.io/pods: '1'"),
            "metadata.annotations[\"control-plane.threeport.io/pods\"]: there is no such annotation; there is "
            "control-plane.threeport.io/replicas");
  EXPECT_EQ(annotated("k8s.score.dev/kind: StatefulSet", std::string(51, 'a')),
            "metadata.name: must have at most 50 characters where the workload is a StatefulSet");
}

TEST(ScoreRules, ServicesBeginWithALetter) {
  const std::string ports = "service: {ports: {web: {port: 80}}}";
  const auto message = [&](std::string_view metadata, std::string_view service) {
    return error_of(with({"web: {image: a}"}, {"metadata: {" + std::string(metadata) + "}", service}));
  };
  EXPECT_EQ(message("name: 2shop", ""), "accepted");
  EXPECT_EQ(message("name: 2shop, annotations: {k8s.score.dev/service-name: shop}", ports), "accepted");
  EXPECT_TRUE(message("name: 2shop", ports).starts_with("metadata.name: the Service of Kubernetes gets this name"));
  EXPECT_TRUE(message("name: shop, annotations: {k8s.score.dev/service-name: 2shop}", ports)
                  .starts_with("metadata.annotations[\"k8s.score.dev/service-name\"]: the Service of Kubernetes"));
}

}  // namespace
}  // namespace threeport::score
