#include <chrono>
#include <filesystem>
#include <fstream>
#include <future>

#include <gtest/gtest.h>

#include "http/client.h"
#include "http/raw_peer.h"
#include "http/server.h"
#include "http/tls_testing.h"

namespace threeport::http {
namespace {

using namespace std::chrono_literals;

class TlsTest : public testing::Test {
 protected:
  TlsTest() : folder_(std::filesystem::path(testing::TempDir()) / ("tls_test_" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(folder_);
  }
  ~TlsTest() override { std::filesystem::remove_all(folder_); }

  std::string file(const std::string& name, const std::string& text) const {
    const auto path = folder_ / name;
    std::ofstream(path) << text;
    return path;
  }

  ServerOptions options_with(const KeyPair& pair) const {
    return {.threads = 2,
            .certificate_file = file("cert.pem", pair.certificate_pem),
            .key_file = file("key.pem", pair.key_pem),
            .client_ca_file = file("ca.pem", client_authority_.pem())};
  }

  void start(const KeyPair& pair) { start(options_with(pair)); }
  void start(const ServerOptions& options) {
    auto server = Server::start(options, [](Request request, Responder responder) {
      std::string text = request.client_certificate_cn + "|";
      if (!request.client_certificate_problem.empty()) text += request.client_certificate_problem + "|";
      text += request.body;
      std::move(responder).send({.body = std::move(text)});
    });
    ASSERT_TRUE(server.has_value()) << server.error().message;
    server_ = std::move(server).value();
  }

  base::Result<Response> call(ClientOptions options, std::string body = {}) const {
    options.base_url = "https://127.0.0.1:" + std::to_string(server_->port());
    auto client = Client::make(std::move(options));
    if (!client.has_value()) return std::move(client).error();
    return (*client)->call({.method = "POST", .target = "/", .body = std::move(body), .timeout = 10s});
  }

  TestAuthority authority_;
  TestAuthority client_authority_;
  std::filesystem::path folder_;
  std::unique_ptr<Server> server_;
};

TEST_F(TlsTest, a_client_that_trusts_the_authority_is_served) {
  start(authority_.issue("server", "IP:127.0.0.1"));
  const auto answer = call({.ca_pem = authority_.pem()}, "hello");
  ASSERT_TRUE(answer.has_value()) << answer.error().message;
  EXPECT_EQ(answer->body, "|hello");
}

TEST_F(TlsTest, large_bodies_pass_both_ways) {
  start(authority_.issue("server", "IP:127.0.0.1"));
  const std::string body(3u << 20, 'x');
  const auto answer = call({.ca_pem = authority_.pem()}, body);
  ASSERT_TRUE(answer.has_value()) << answer.error().message;
  EXPECT_EQ(answer->body, "|" + body);
}

TEST_F(TlsTest, the_client_certificates_name_reaches_the_handler) {
  start(authority_.issue("server", "IP:127.0.0.1"));
  const KeyPair pair = client_authority_.issue("system:module:aws");
  const auto answer =
      call({.ca_pem = authority_.pem(), .certificate_pem = pair.certificate_pem, .key_pem = pair.key_pem});
  ASSERT_TRUE(answer.has_value()) << answer.error().message;
  EXPECT_EQ(answer->body, "system:module:aws|");
}

TEST_F(TlsTest, a_client_certificate_that_does_not_count_is_named_to_the_handler) {
  start(authority_.issue("server", "IP:127.0.0.1"));
  const auto seen_with = [&](const KeyPair& pair) {
    const auto answer =
        call({.ca_pem = authority_.pem(), .certificate_pem = pair.certificate_pem, .key_pem = pair.key_pem});
    return answer.has_value() ? answer->body : answer.error().message;
  };
  EXPECT_EQ(seen_with(authority_.issue("intruder")), "|it was issued by another CA|");
  EXPECT_EQ(seen_with(client_authority_.issue("alice", {}, TestAuthority::Validity::expired)),
            "|certificate has expired|");
  EXPECT_EQ(seen_with(client_authority_.issue("")), "|its subject has no common name|");
}

TEST_F(TlsTest, an_untrusted_expired_or_foreign_certificate_is_denied) {
  start(authority_.issue("server", "IP:127.0.0.1"));
  const auto untrusted = call({.ca_pem = client_authority_.pem()});
  ASSERT_FALSE(untrusted.has_value());
  EXPECT_EQ(untrusted.error().kind, base::ErrorKind::denied);
  EXPECT_EQ(untrusted.error().reason, "CertificateInvalid");
  EXPECT_TRUE(untrusted.error().message.starts_with("the certificate of 127.0.0.1:" + std::to_string(server_->port()) +
                                                    " is not trusted: "))
      << untrusted.error().message;

  start(authority_.issue("server", "IP:127.0.0.1", TestAuthority::Validity::expired));
  const auto expired = call({.ca_pem = authority_.pem()});
  ASSERT_FALSE(expired.has_value());
  EXPECT_EQ(expired.error().reason, "CertificateInvalid");
  EXPECT_NE(expired.error().message.find("expired"), std::string::npos) << expired.error().message;

  start(authority_.issue("server", "DNS:elsewhere.test"));
  const auto foreign = call({.ca_pem = authority_.pem()});
  ASSERT_FALSE(foreign.has_value());
  EXPECT_EQ(foreign.error().reason, "CertificateInvalid");
}

TEST_F(TlsTest, the_certificate_may_be_checked_against_another_name) {
  start(authority_.issue("server", "DNS:api.internal"));
  EXPECT_TRUE(call({.ca_pem = authority_.pem(), .server_name = "api.internal"}).has_value());
  EXPECT_FALSE(call({.ca_pem = authority_.pem(), .server_name = "other.internal"}).has_value());
}

TEST_F(TlsTest, verification_is_skipped_only_when_asked_to) {
  start(authority_.issue("server"));
  EXPECT_TRUE(call({.insecure_skip_verify = true}).has_value());
  EXPECT_FALSE(call({}).has_value());
}

TEST_F(TlsTest, plain_http_to_a_tls_port_and_tls_to_a_plain_port_fail_cleanly) {
  start(authority_.issue("server", "IP:127.0.0.1"));
  RawPeer peer(server_->port());
  peer.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  peer.receive_all();
  EXPECT_TRUE(peer.has_ended());
  start({.threads = 2});
  const auto answer = call({.ca_pem = authority_.pem()});
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().reason, "TlsFailed") << answer.error().message;
}

TEST_F(TlsTest, a_handshake_that_does_not_go_on_is_cut) {
  auto options = options_with(authority_.issue("server"));
  options.header_timeout = 40ms;
  start(options);
  RawPeer peer(server_->port());
  peer.send("\x16\x03\x01");
  EXPECT_EQ(peer.receive_all(), "");
  EXPECT_TRUE(peer.has_ended());
}

TEST_F(TlsTest, streams_work_and_notice_that_the_client_has_gone) {
  std::promise<void> closed;
  auto server =
      Server::start(options_with(authority_.issue("server", "IP:127.0.0.1")), [&](const Request&, Responder responder) {
        const auto stream = std::move(responder).stream({});
        for (int i = 0; i < 100; ++i) stream->write(std::string(1000, 'a'));
        stream->on_closed([&closed, stream] { closed.set_value(); });
      });
  ASSERT_TRUE(server.has_value());
  auto client =
      Client::make({.base_url = "https://127.0.0.1:" + std::to_string((*server)->port()), .ca_pem = authority_.pem()});
  ASSERT_TRUE(client.has_value());
  std::size_t received = 0;
  const auto ended = (*client)->stream(
      {.target = "/"}, [](const Response&) { return true; },
      [&](std::string_view chunk) { return (received += chunk.size()) < 100'000; });
  ASSERT_FALSE(ended.has_value());
  EXPECT_EQ(ended.error().kind, base::ErrorKind::canceled);
  EXPECT_EQ(received, 100'000U);
  EXPECT_EQ(closed.get_future().wait_for(5s), std::future_status::ready);
}

TEST_F(TlsTest, unusable_files_are_named) {
  const KeyPair pair = authority_.issue("server"), other = authority_.issue("other");
  const auto error_of = [&](ServerOptions options) {
    const auto server = Server::start(options, [](const Request&, const Responder&) {});
    EXPECT_FALSE(server.has_value());
    return server.has_value() ? base::Error{} : server.error();
  };
  auto options = options_with(pair);
  options.certificate_file = folder_ / "absent.pem";
  EXPECT_NE(error_of(options).message.find("absent.pem: No such file"), std::string::npos) << error_of(options).message;
  options = options_with(pair);
  options.key_file = file("other.pem", other.key_pem);
  EXPECT_EQ(error_of(options).kind, base::ErrorKind::invalid);
  EXPECT_NE(error_of(options).message.find("other.pem"), std::string::npos) << error_of(options).message;
  options = options_with(pair);
  options.client_ca_file = file("bad.pem", "nonsense");
  EXPECT_NE(error_of(options).message.find("bad.pem"), std::string::npos) << error_of(options).message;
  options = options_with(pair);
  options.key_file.clear();
  EXPECT_EQ(error_of(options).kind, base::ErrorKind::invalid);
}

}  // namespace
}  // namespace threeport::http
