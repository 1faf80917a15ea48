#include "providers/kubernetes/kubeconfig.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "base/crypto.h"

namespace threeport::providers::kubernetes {
namespace {

std::string config(const std::string& cluster, const std::string& user) {
  return "apiVersion: v1\nkind: Config\ncurrent-context: main\n"
         "contexts:\n- {name: main, context: {cluster: c, user: u, namespace: shop}}\n"
         "- {name: other, context: {cluster: d, user: u}}\n"
         "clusters:\n- {name: c, cluster: " +
         cluster + "}\n- {name: d, cluster: {server: 'https://other:6443'}}\nusers:\n- {name: u, user: " + user + "}\n";
}

class KubeconfigTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("kubeconfig-" + base::uuid4());
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  void write(const std::string& name, const std::string& text) { std::ofstream(folder_ / name) << text; }

  std::filesystem::path folder_;
};

std::string error_of(const std::string& text, const KubeconfigOptions& options = {}) {
  const auto access = parse_kubeconfig(text, options);
  EXPECT_FALSE(access);
  if (access) return "";
  EXPECT_EQ(access.error().kind, base::ErrorKind::invalid);
  return access.error().message;
}

TEST_F(KubeconfigTest, certificates_inline_are_decoded) {
  const auto access = parse_kubeconfig(
      config("{server: 'https://10.0.0.1:6443/', certificate-authority-data: Q0E=, tls-server-name: kubernetes, "
             "proxy-url: 'http://proxy:3128'}",
             "{client-certificate-data: Q0VSVA==, client-key-data: S0VZ}"));
  ASSERT_TRUE(access) << access.error().message;
  EXPECT_EQ(*access, (Access{.server = "https://10.0.0.1:6443",
                             .ca_pem = "CA",
                             .certificate_pem = "CERT",
                             .key_pem = "KEY",
                             .server_name = "kubernetes",
                             .proxy_url = "http://proxy:3128",
                             .default_namespace = "shop"}));
}

TEST_F(KubeconfigTest, files_are_read_relative_to_the_folder_and_only_where_there_is_one) {
  write("ca.pem", "CA");
  write("token", "t0ken\n");
  const std::string text = config("{server: 'https://h', certificate-authority: ca.pem}", "{tokenFile: token}");
  const auto access = parse_kubeconfig(text, {.base_folder = folder_});
  ASSERT_TRUE(access) << access.error().message;
  EXPECT_EQ(access->ca_pem, "CA");
  EXPECT_EQ(access->token, "t0ken");
  EXPECT_NE(error_of(text).find("certificate-authority-data"), std::string::npos);
  const std::string absent = config("{server: 'https://h', certificate-authority: absent.pem}", "{token: t}");
  EXPECT_NE(error_of(absent, {.base_folder = folder_}).find("absent.pem"), std::string::npos);
}

TEST_F(KubeconfigTest, tokens_passwords_and_insecure_servers_are_taken) {
  const auto token = parse_kubeconfig(config("{server: 'https://h', insecure-skip-tls-verify: true}", "{token: t}"));
  ASSERT_TRUE(token);
  EXPECT_EQ(token->token, "t");
  EXPECT_TRUE(token->insecure_skip_verify);
  const auto basic = parse_kubeconfig(config("{server: 'https://h'}", "{username: a, password: b}"));
  ASSERT_TRUE(basic);
  EXPECT_EQ(basic->username + ":" + basic->password, "a:b");
}

TEST_F(KubeconfigTest, another_context_can_be_chosen_and_a_single_one_needs_no_choice) {
  const auto other = parse_kubeconfig(config("{server: 'https://h'}", "{token: t}"), {.context = "other"});
  ASSERT_TRUE(other);
  EXPECT_EQ(other->server, "https://other:6443");
  EXPECT_TRUE(
      parse_kubeconfig("{contexts: [{name: x, context: {cluster: c}}], clusters: [{name: c, cluster: {server: h}}]}"));
}

TEST_F(KubeconfigTest, what_is_wrong_is_named_with_its_fix) {
  const auto says = [](const std::string& message, std::initializer_list<std::string_view> parts) {
    for (const std::string_view part : parts) EXPECT_NE(message.find(part), std::string::npos) << message;
  };
  says(error_of("a: b: c"), {"kubeconfig", "line 1"});
  says(error_of("[]"), {"array"});
  says(error_of("{kind: Pod}"), {"Pod", "Config"});
  says(error_of("{}"), {"current-context"});
  says(error_of(config("{server: h}", "{token: t}"), {.context = "nope"}), {"nope", "main, other"});
  says(error_of(config("{}", "{token: t}")), {"\"c\"", "server"});
  says(error_of(config("{server: 'ftp://h'}", "{token: t}")), {"ftp://h"});
  says(error_of(config("{server: h, certificate-authority-data: '***'}", "{token: t}")),
       {"certificate-authority-data", "base64"});
  says(error_of(config("{server: h, certificate-authority-data: Q0E=, insecure-skip-tls-verify: true}", "{token: t}")),
       {"insecure-skip-tls-verify"});
  says(error_of(config("{server: h}", "{client-certificate-data: Q0E=}")), {"client-key-data"});
  says(error_of(config("{server: h}", "{client-key-data: Q0E=}")), {"client-certificate-data"});
  says(error_of(config("{server: h}", "{exec: {command: aws}}")), {"plugin", "exec", "token"});
  says(error_of(config("{server: h}", "{auth-provider: {name: gcp}}")), {"auth-provider"});
  says(error_of(config("{server: h}", "{token: t, username: a}")), {"both"});
}

TEST_F(KubeconfigTest, inlining_leaves_one_context_and_no_files) {
  write("ca.pem", "CA");
  write("cert.pem", "CERT");
  write("key.pem", "KEY");
  const auto text = inline_kubeconfig(config("{server: 'https://h', certificate-authority: ca.pem}",
                                             "{client-certificate: cert.pem, client-key: key.pem}"),
                                      {.base_folder = folder_});
  ASSERT_TRUE(text) << text.error().message;
  EXPECT_EQ(text->find(".pem"), std::string::npos);
  EXPECT_EQ(text->find("other"), std::string::npos);
  const auto access = parse_kubeconfig(*text);
  ASSERT_TRUE(access) << access.error().message;
  EXPECT_EQ(*access, (Access{.server = "https://h",
                             .ca_pem = "CA",
                             .certificate_pem = "CERT",
                             .key_pem = "KEY",
                             .default_namespace = "shop"}));
}

}  // namespace
}  // namespace threeport::providers::kubernetes
