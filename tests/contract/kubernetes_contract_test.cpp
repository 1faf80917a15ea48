// The Kubernetes contract on the fake and on the real API server of TP_KUBECONFIG, and what only a real one can show.
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include "providers/kubernetes/contract_suite.h"
#include "providers/kubernetes/fake_cluster.h"
#include "providers/kubernetes/kubeconfig.h"
#include "providers/kubernetes/live_cluster.h"

namespace threeport::providers::kubernetes::contract {
namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

bool may_skip() { return environment("TP_KUBECONFIG").empty() && environment("TP_ALLOW_SKIP") == "1"; }

base::Result<Access> real_access() {
  const std::string path = environment("TP_KUBECONFIG");
  if (path.empty()) {
    return base::invalid(
        "TP_KUBECONFIG is not set: name the kubeconfig of a real cluster (./dev cluster up), or set TP_ALLOW_SKIP=1 to "
        "go without");
  }
  std::ifstream file(path);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  return parse_kubeconfig(text, {.base_folder = std::filesystem::path(path).parent_path()});
}

base::Result<std::shared_ptr<Cluster>> connect_real() {
  TP_TRY(const Access access, real_access());
  return connect_live(access);
}

base::Result<std::shared_ptr<Cluster>> make_fake() { return std::shared_ptr<Cluster>(std::make_shared<FakeCluster>()); }

std::vector<Target> targets() {
  std::vector<Target> all{{"Fake", make_fake}};
  if (!may_skip()) all.push_back({"Real", connect_real});
  return all;
}

INSTANTIATE_TEST_SUITE_P(Kubernetes, ClusterContract, ::testing::ValuesIn(targets()),
                         [](const auto& param) { return param.param.name; });

/// What a fake cannot show.
class RealCluster : public ClusterContract {
 protected:
  void SetUp() override {
    auto access = real_access();
    ASSERT_TRUE(access) << access.error().message;
    access_ = std::move(*access);
    ClusterContract::SetUp();
  }
  Access access_;
};

std::vector<Target> real_targets() {
  if (may_skip()) return {};
  return {{"Real", connect_real}};
}

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(RealCluster);
INSTANTIATE_TEST_SUITE_P(Kubernetes, RealCluster, ::testing::ValuesIn(real_targets()),
                         [](const auto& param) { return param.param.name; });

TEST_P(RealCluster, a_full_quota_blocks_with_reason_QuotaExceeded) {
  const std::string ns = make_namespace();
  Value quota = yaml("{apiVersion: v1, kind: ResourceQuota, metadata: {name: q}, spec: {hard: {services: 0}}}");
  quota["metadata"]["namespace"] = ns;
  apply(quota);
  Value service = yaml("{apiVersion: v1, kind: Service, metadata: {name: s}, spec: {ports: [{port: 80}]}}");
  service["metadata"]["namespace"] = ns;
  // Until the quota controller has counted, the server refuses in other words.
  ASSERT_TRUE(eventually([&] {
    const auto live = cluster_->get(ref_of(quota), call_);
    return live && !live->at("status", "hard").is_null();
  }));
  base::Error error;
  EXPECT_TRUE(eventually([&] {
    const auto applied = cluster_->apply(service, {.dry_run = true}, call_);
    if (!applied) error = applied.error();
    return !applied && applied.error().reason == reason::kQuotaExceeded;
  }));
  EXPECT_EQ(error.kind, base::ErrorKind::blocked);
  EXPECT_NE(error.message.find("exceeded quota"), std::string::npos);
}

TEST_P(RealCluster, a_member_that_the_kind_lacks_is_Rejected_with_its_name) {
  const std::string ns = make_namespace();
  Value wrong = deployment(ns, "web");
  wrong["spec"]["replica"] = 3;
  const auto applied = cluster_->apply(wrong, {}, call_);
  ASSERT_FALSE(applied);
  EXPECT_EQ(applied.error().kind, base::ErrorKind::invalid) << applied.error().message;
  EXPECT_EQ(applied.error().reason, reason::kRejected);
  EXPECT_NE(applied.error().message.find("replica"), std::string::npos);
  Value mistyped = deployment(ns, "web");
  mistyped["spec"]["replicas"] = "three";
  const auto typed = cluster_->apply(mistyped, {}, call_);
  ASSERT_FALSE(typed);
  EXPECT_EQ(typed.error().kind, base::ErrorKind::invalid) << typed.error().message;
  EXPECT_EQ(typed.error().reason, reason::kRejected);
}

TEST_P(RealCluster, wrong_credentials_are_denied_with_reason_CredentialsInvalid) {
  Access wrong = access_;
  wrong.certificate_pem.clear();
  wrong.key_pem.clear();
  wrong.username.clear();
  wrong.password.clear();
  wrong.token = "nobody";
  auto cluster = connect_live(wrong);
  ASSERT_TRUE(cluster);
  const auto object = (*cluster)->get({"v1", "Namespace", "", "default"}, call_);
  ASSERT_FALSE(object);
  EXPECT_EQ(object.error().kind, base::ErrorKind::denied) << object.error().message;
  EXPECT_EQ(object.error().reason, reason::kCredentialsInvalid);
}

TEST_P(RealCluster, a_certificate_that_is_not_trusted_is_denied) {
  Access wrong = access_;
  wrong.ca_pem.clear();
  wrong.insecure_skip_verify = false;
  auto cluster = connect_live(wrong);
  ASSERT_TRUE(cluster);
  const auto object = (*cluster)->get({"v1", "Namespace", "", "default"}, call_);
  ASSERT_FALSE(object);
  EXPECT_EQ(object.error().kind, base::ErrorKind::denied) << object.error().message;
  EXPECT_EQ(object.error().reason, reason::kCredentialsInvalid);
}

TEST_P(RealCluster, a_closed_port_is_unavailable_with_reason_RuntimeUnreachable) {
  Access nowhere = access_;
  nowhere.server = "https://127.0.0.1:1";
  auto cluster = connect_live(nowhere);
  ASSERT_TRUE(cluster);
  const auto object = (*cluster)->get({"v1", "Namespace", "", "default"}, call_);
  ASSERT_FALSE(object);
  EXPECT_EQ(object.error().kind, base::ErrorKind::unavailable);
  EXPECT_EQ(object.error().reason, reason::kRuntimeUnreachable);
  EXPECT_NE(object.error().message.find("127.0.0.1:1"), std::string::npos) << object.error().message;
}

TEST_P(RealCluster, a_watch_from_before_its_memory_is_expired) {
  const auto watched = cluster_->watch({.type = {"v1", "ConfigMap"}, .resource_version = "1"},
                                       [](const WatchEvent&) { return true; }, {.timeout = base::Millis(5'000)});
  ASSERT_FALSE(watched);
  EXPECT_EQ(watched.error().kind, base::ErrorKind::expired) << watched.error().message;
}

TEST_P(RealCluster, bookmarks_come_before_a_watch_ends) {
  const std::string ns = make_namespace();
  const Value object = apply(config_map(ns, "one", "a"));
  int bookmarks = 0;
  const auto watched =
      cluster_->watch({.type = {"v1", "ConfigMap"},
                       .ns = ns,
                       .resource_version = std::string(object.at("metadata", "resourceVersion").text())},
                      [&](const WatchEvent& event) {
                        bookmarks += event.type == WatchEvent::Type::bookmark ? 1 : 0;
                        return bookmarks == 0;
                      },
                      {.timeout = base::Millis(10'000)});  // of 4 s the server often uses none for a bookmark
  EXPECT_TRUE(watched) << watched.error().message;
  EXPECT_EQ(bookmarks, 1);
}

}  // namespace
}  // namespace threeport::providers::kubernetes::contract
