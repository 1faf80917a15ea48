#include "cli/kubeconfig_file.h"

#include <gtest/gtest.h>

#include "base/crypto.h"
#include "base/yaml.h"
#include "cli/testing.h"
#include "kinds/registry.h"

namespace threeport::cli {
namespace {

const char* const kTwoContexts = R"(
apiVersion: v1
kind: Config
current-context: dev
contexts:
- {name: dev, context: {cluster: c1, user: u1, namespace: shop}}
- {name: prod, context: {cluster: c2, user: u2}}
clusters:
- {name: c1, cluster: {server: "https://10.0.0.1:6443", certificate-authority: pki/ca.crt}}
- {name: c2, cluster: {server: "https://10.0.0.2:6443"}}
users:
- {name: u1, user: {client-certificate: pki/u1.crt, client-key: pki/u1.key}}
- {name: u2, user: {tokenFile: token}}
)";

class KubeconfigFileTest : public ::testing::Test {
 protected:
  KubeconfigFileTest() {
    around_.write("pki/ca.crt", "CA");
    around_.write("pki/u1.crt", "CERTIFICATE");
    around_.write("pki/u1.key", "KEY");
    around_.write("token", "t0ken\n");
  }
  /// The standalone kubeconfig, or null and `error_`.
  json::Value inlined(const std::string& text, std::string_view context = "") {
    const auto out = inline_kubeconfig(around_.write("kubeconfig", text), context);
    if (!out) {
      error_ = out.error();
      return {};
    }
    return base::yaml::parse_document(*out).value();
  }

  schema::Registry registry_{kinds::all()};
  TestSurroundings around_{registry_};
  base::Error error_;
};

TEST_F(KubeconfigFileTest, TheCurrentContextStaysAloneWithItsClusterAndUser) {
  const json::Value out = inlined(kTwoContexts);
  EXPECT_EQ(out.at("current-context"), "dev");
  ASSERT_EQ(out.at("contexts").as_array().size(), 1U);
  EXPECT_EQ(out.at("contexts").as_array()[0].at("context", "namespace"), "shop");
  ASSERT_EQ(out.at("clusters").as_array().size(), 1U);
  EXPECT_EQ(out.at("clusters").as_array()[0].at("cluster", "server"), "https://10.0.0.1:6443");
  ASSERT_EQ(out.at("users").as_array().size(), 1U);
}

TEST_F(KubeconfigFileTest, FilesAreInlinedRelativeToItsFolder) {
  const json::Value out = inlined(kTwoContexts);
  const json::Value& cluster = out.at("clusters").as_array()[0].at("cluster");
  EXPECT_EQ(cluster.at("certificate-authority-data"), base::base64_encode("CA"));
  EXPECT_EQ(cluster.find("certificate-authority"), nullptr);
  const json::Value& user = out.at("users").as_array()[0].at("user");
  EXPECT_EQ(user.at("client-certificate-data"), base::base64_encode("CERTIFICATE"));
  EXPECT_EQ(user.at("client-key-data"), base::base64_encode("KEY"));
  EXPECT_EQ(user.find("client-key"), nullptr);
}

TEST_F(KubeconfigFileTest, AnotherContextCanBeAskedFor) {
  const json::Value out = inlined(kTwoContexts, "prod");
  EXPECT_EQ(out.at("current-context"), "prod");
  EXPECT_EQ(out.at("users").as_array()[0].at("user"), json::parse(R"({"token":"t0ken"})").value());
}

TEST_F(KubeconfigFileTest, DataWinsOverAFile) {
  const json::Value out = inlined(R"(
current-context: a
contexts: [{name: a, context: {cluster: a}}]
clusters: [{name: a, cluster: {server: s, certificate-authority: missing.crt, certificate-authority-data: Q0E=}}]
)");
  EXPECT_EQ(out.at("clusters").as_array()[0].at("cluster", "certificate-authority-data"), "Q0E=") << error_.message;
  EXPECT_TRUE(out.at("users").as_array().empty());
}

TEST_F(KubeconfigFileTest, AnUnknownContextIsNamedWithThoseThatThereAre) {
  inlined(kTwoContexts, "prd");
  EXPECT_EQ(error_.kind, base::ErrorKind::invalid);
  EXPECT_EQ(error_.message,
            "kubeconfig " + (around_.folder() / "kubeconfig").string() +
                ": context \"prd\" is not in its contexts, which has dev, prod; did you mean \"prod\"?");
}

TEST_F(KubeconfigFileTest, WithoutAnyContextTheErrorSaysHowToNameOne) {
  inlined("contexts: []\nclusters: []\n");
  EXPECT_NE(error_.message.find("it has no current-context; name one with Context (or --context)"), std::string::npos)
      << error_.message;
}

TEST_F(KubeconfigFileTest, AContextWhoseClusterIsMissingIsRefused) {
  inlined("current-context: a\ncontexts: [{name: a, context: {cluster: b, user: u}}]\nclusters: []\n");
  EXPECT_NE(error_.message.find("cluster \"b\" is not in its clusters, which are empty"), std::string::npos)
      << error_.message;
}

TEST_F(KubeconfigFileTest, AFileThatItNamesAndThatIsMissingIsNotFound) {
  std::filesystem::remove(around_.folder() / "pki/u1.key");
  inlined(kTwoContexts);
  EXPECT_EQ(error_.kind, base::ErrorKind::not_found);
  EXPECT_NE(error_.message.find("client-key: "), std::string::npos) << error_.message;
  EXPECT_NE(error_.message.find("pki/u1.key"), std::string::npos) << error_.message;
}

TEST_F(KubeconfigFileTest, WhatIsNoKubeconfigSaysSo) {
  inlined("kind: ConfigMap\n");
  EXPECT_NE(error_.message.find("it has no contexts and clusters; is it a kubeconfig?"), std::string::npos)
      << error_.message;
  inlined("a: [\n");
  EXPECT_NE(error_.message.find("kubeconfig: line "), std::string::npos) << error_.message;
  EXPECT_EQ(inline_kubeconfig(around_.folder() / "missing", "").error().kind, base::ErrorKind::not_found);
}

}  // namespace
}  // namespace threeport::cli
