#include "http/certificates.h"

#include <gtest/gtest.h>

#include "http/pem.h"

namespace threeport::http {
namespace {

using namespace std::chrono_literals;

const base::TimePoint kNow = base::ManualClock().now();
const Validity kYear{.from = kNow - 1h, .until = kNow + 365 * 24h};

CertificateAuthority make_authority(std::string_view name = "Threeport CA test") {
  auto made = CertificateAuthority::make(name, kYear);
  EXPECT_TRUE(made) << made.error().message;
  return std::move(made).value();
}

TEST(CertificateAuthority, issues_pairs_that_fit_under_its_signature) {
  const CertificateAuthority authority = make_authority(), other = make_authority();
  const auto server = authority.issue_for_server("threeport-api-server", {"localhost", "127.0.0.1", "::1"}, kYear);
  const auto client = authority.issue_for_client("test-admin", kYear);
  ASSERT_TRUE(server && client);
  for (const auto& pair : {*server, *client, authority.own()}) {
    EXPECT_TRUE(check_key_pair(pair.certificate_pem, pair.key_pem.reveal()));
    EXPECT_TRUE(pair.key_pem.reveal().starts_with("-----BEGIN PRIVATE KEY-----")) << "PKCS #8, as Go reads it";
    EXPECT_TRUE(is_issued_by(pair.certificate_pem, authority.own().certificate_pem));
    EXPECT_FALSE(is_issued_by(pair.certificate_pem, other.own().certificate_pem));
  }
  EXPECT_FALSE(is_issued_by("nonsense", authority.own().certificate_pem));
}

TEST(CertificateAuthority, tells_names_hosts_and_end_of_what_it_issued) {
  const auto pair =
      make_authority().issue_for_server("threeport-api-server", {"localhost", "127.0.0.1", "::1", "a.b.svc"}, kYear);
  ASSERT_TRUE(pair) << pair.error().message;
  const auto facts = read_certificate_facts(pair->certificate_pem);
  ASSERT_TRUE(facts);
  EXPECT_EQ(facts->common_name, "threeport-api-server");
  EXPECT_EQ(facts->hosts, (std::vector<std::string>{"localhost", "127.0.0.1", "::1", "a.b.svc"}));
  EXPECT_EQ(facts->until, kYear.until);
  EXPECT_EQ(read_certificate_facts("nonsense").error().kind, base::ErrorKind::invalid);
}

TEST(CertificateAuthority, goes_on_with_its_stored_pair) {
  const CertificateAuthority first = make_authority();
  const auto second = CertificateAuthority::load(first.own().certificate_pem, first.own().key_pem);
  ASSERT_TRUE(second) << second.error().message;
  const auto client = second->issue_for_client("alice", kYear);
  ASSERT_TRUE(client);
  EXPECT_TRUE(is_issued_by(client->certificate_pem, first.own().certificate_pem));
  const auto mixed = CertificateAuthority::load(first.own().certificate_pem, make_authority().own().key_pem);
  EXPECT_EQ(mixed.error().kind, base::ErrorKind::invalid);
  EXPECT_EQ(CertificateAuthority::load("", base::Secret<std::string>()).error().kind, base::ErrorKind::invalid);
}

TEST(CertificateAuthority, refuses_what_is_no_host) {
  for (const char* host : {"", "a b", "DNS:x,IP:1.2.3.4", "http://x"}) {
    const auto pair = make_authority().issue_for_server("server", {host}, kYear);
    ASSERT_FALSE(pair) << host;
    EXPECT_EQ(pair.error().kind, base::ErrorKind::invalid);
  }
}

}  // namespace
}  // namespace threeport::http
