#include "cli/local_certificates.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/temp_folder.h"

namespace threeport::cli {
namespace {

using std::chrono::hours;

class LocalCertificatesTest : public ::testing::Test {
 protected:
  Certificates ensure(const CertificatesWanted& wanted = {.name = "dev", .hosts = {}}) {
    auto made = ensure_certificates(files_, wanted, clock_);
    EXPECT_TRUE(made) << made.error().message;
    return made ? std::move(*made) : Certificates{};
  }
  static std::string read(const std::filesystem::path& path) { return base::read_file(path).value(); }
  static http::CertificateFacts facts(const std::filesystem::path& path) {
    return http::read_certificate_facts(read(path)).value();
  }
  static unsigned mode(const std::filesystem::path& path) {
    struct stat status{};
    EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
    return status.st_mode & 0777U;
  }

  base::TempFolder folder_;
  base::ManualClock clock_;
  CertificateFiles files_{folder_.path() / "certificates"};
};

TEST_F(LocalCertificatesTest, AllIsMadeForTheOwnerAloneUnderDistinctNames) {
  const Certificates made = ensure();
  EXPECT_TRUE(made.is_server_new && made.is_client_new);
  EXPECT_EQ(facts(files_.authority.certificate).common_name, "Threeport CA dev");
  EXPECT_EQ(facts(files_.server.certificate).common_name, "threeport-api-server");
  EXPECT_EQ(http::read_certificate_facts(made.client.certificate_pem)->common_name, "dev-admin");
  EXPECT_TRUE(http::is_issued_by(read(files_.server.certificate), made.authority_pem));
  EXPECT_TRUE(http::is_issued_by(made.client.certificate_pem, made.authority_pem));
  EXPECT_EQ(mode(files_.folder), 0700U);
  for (const auto& entry : std::filesystem::directory_iterator(files_.folder))
    EXPECT_EQ(mode(entry.path()), 0600U) << entry.path();
}

TEST_F(LocalCertificatesTest, WhatIsGoodIsKept) {
  const Certificates first = ensure();
  const std::string server = read(files_.server.certificate);
  clock_.advance(hours(24 * 300));
  const Certificates again = ensure();
  EXPECT_FALSE(again.is_server_new || again.is_client_new);
  EXPECT_EQ(again.client.certificate_pem, first.client.certificate_pem);
  EXPECT_EQ(read(files_.server.certificate), server);
}

TEST_F(LocalCertificatesTest, WhatEndsWithinAMonthIsRenewedUnderTheSameAuthority) {
  const Certificates first = ensure();
  clock_.advance(hours(24 * 340));
  const Certificates again = ensure();
  EXPECT_TRUE(again.is_server_new && again.is_client_new);
  EXPECT_EQ(again.authority_pem, first.authority_pem);
  EXPECT_GT(facts(files_.server.certificate).until, clock_.now() + hours(24 * 360));
}

TEST_F(LocalCertificatesTest, ANewHostIsAddedToThoseThatWereCovered) {
  ensure({.name = "dev", .hosts = {"api.example.org"}});
  EXPECT_FALSE(ensure().is_server_new);
  EXPECT_TRUE(ensure({.name = "dev", .hosts = {"10.0.0.7"}}).is_server_new);
  const auto hosts = facts(files_.server.certificate).hosts;
  for (const char* host : {"api.example.org", "10.0.0.7", "localhost", "127.0.0.1", "::1"})
    EXPECT_NE(std::find(hosts.begin(), hosts.end(), host), hosts.end()) << host;
}

TEST_F(LocalCertificatesTest, PairsThatDoNotFitOrAreOfAnotherAuthorityAreMadeAnew) {
  ensure();
  std::filesystem::remove(files_.server.key);
  EXPECT_TRUE(ensure().is_server_new);
  std::filesystem::remove(files_.authority.certificate);
  const Certificates again = ensure();
  EXPECT_TRUE(again.is_server_new && again.is_client_new);
}

TEST_F(LocalCertificatesTest, WithoutTheKeyOfTheAuthorityNothingIsIssued) {
  ensure();
  std::filesystem::remove(files_.authority.key);
  EXPECT_FALSE(ensure().is_server_new) << "what is good needs no signature";
  const auto more = ensure_certificates(files_, {.name = "dev", .hosts = {"x.test"}}, clock_);
  ASSERT_FALSE(more);
  EXPECT_EQ(more.error().kind, base::ErrorKind::invalid);
  EXPECT_NE(more.error().message.find("restore it"), std::string::npos) << more.error().message;
}

}  // namespace
}  // namespace threeport::cli
