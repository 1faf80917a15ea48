// v0's rule about manifests that name their own namespace.
#include <gtest/gtest.h>

#include "tests/support/terminal.h"

namespace threeport::testing {
namespace {

class NamespaceRuleTest : public ::testing::Test {
 protected:
  NamespaceRuleTest() {
    plane_.add_workload("other");  // makes the default runtime
    terminal_.write("own.yaml", "{apiVersion: v1, kind: Namespace, metadata: {name: shop}}\n");
    terminal_.write("plain.yaml", "{apiVersion: v1, kind: ConfigMap, metadata: {name: shop}}\n");
    terminal_.write("runtime.yaml", "KubernetesRuntime: {Name: second, InfraProvider: kubeconfig, Location: Local}\n");
  }
  std::string apply(const std::string& text) { return terminal_.print({"apply", "-f", "-"}, text); }
  static std::string definition(const std::string& manifests) {
    return "WorkloadDefinition: {Name: shop, YAMLDocument: " + manifests + "}\n";
  }
  static std::string instance(const std::string& name, const std::string& more = "") {
    return "WorkloadInstance: {Name: " + name + ", WorkloadDefinition: {Name: shop}" + more + "}\n";
  }
  static void expect_refused(const std::string& printed, const std::string& other) {
    EXPECT_TRUE(printed.starts_with("exit 4: Error: ")) << printed;
    EXPECT_NE(
        printed.find("workload definition shop declares its own Namespace, and its instance " + other + " has it"),
        std::string::npos)
        << printed;
  }

  ControlPlane plane_;
  Terminal terminal_{plane_};
};

TEST_F(NamespaceRuleTest, ASecondInstanceOnTheSameRuntimeIsRefused) {
  ASSERT_EQ(apply(definition("own.yaml") + "---\n" + instance("one")),
            "workload-definition/shop created\nworkload-instance/one created\n");
  expect_refused(apply(instance("two")), "one");
  EXPECT_EQ(apply(instance("one")), "workload-instance/one unchanged\n");
  terminal_.write("two.yaml", instance("two"));
  expect_refused(terminal_.print({"create", "workload-instance", "-c", "two.yaml"}), "one");
}

TEST_F(NamespaceRuleTest, TwoOfTheSameCallAreRefusedToo) {
  expect_refused(apply(definition("own.yaml") + "---\n" + instance("one") + "---\n" + instance("two")), "two");
}

TEST_F(NamespaceRuleTest, OnAnotherRuntimeThereMayBeAnother) {
  ASSERT_EQ(terminal_.run({"apply", "-f", "runtime.yaml"}).code, 0);
  ASSERT_EQ(terminal_.run({"apply", "-f", "-"}, definition("own.yaml") + "---\n" + instance("one")).code, 0);
  EXPECT_EQ(apply(instance("two", ", KubernetesRuntimeInstance: {Name: second}")), "workload-instance/two created\n");
}

TEST_F(NamespaceRuleTest, WithoutANamespaceManifestThereMayBeMany) {
  EXPECT_EQ(apply(definition("plain.yaml") + "---\n" + instance("one") + "---\n" + instance("two")),
            "workload-definition/shop created\nworkload-instance/one created\nworkload-instance/two created\n");
}

}  // namespace
}  // namespace threeport::testing
