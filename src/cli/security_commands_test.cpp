// `token`, `whoami` and `certificates`, against a control plane in process.
#include <gtest/gtest.h>

#include "base/file.h"
#include "http/certificates.h"
#include "tests/support/terminal.h"

namespace threeport::testing {
namespace {

class SecurityCommandsTest : public ::testing::Test {
 protected:
  ControlPlane plane_;
  Terminal terminal_{plane_};
};

TEST_F(SecurityCommandsTest, ATokenIsPrintedAloneSoThatAScriptCanTakeIt) {
  const std::string printed = terminal_.print({"token", "create", "ci", "--scope", "ci", "--expires", "90d"});
  EXPECT_TRUE(printed.starts_with("tpt_")) << printed;
  EXPECT_EQ(printed.find('\n'), printed.size() - 1) << printed;
  EXPECT_EQ(terminal_.print({"token", "list"}),
            "NAME  SCOPE  EXPIRES AT  AGE\n"
            "ci    ci     in 90d      0s\n");
  EXPECT_EQ(terminal_.print({"token", "revoke", "ci"}), "Complete: token ci is revoked\n");
  EXPECT_EQ(terminal_.run({"token", "revoke", "ci"}).code, 3);
}

TEST_F(SecurityCommandsTest, OnATerminalItSaysThatTheTokenIsShownOnce) {
  terminal_.is_terminal = true;
  const std::string printed = terminal_.print({"token", "create", "ops", "--scope", "operator"});
  EXPECT_NE(printed.find("token ops has the scope operator and does not expire; keep it now, it is not shown again"),
            std::string::npos)
      << printed;
}

TEST_F(SecurityCommandsTest, WhatATokenLacksIsSaid) {
  EXPECT_EQ(terminal_.print({"token", "create", "--scope", "ci"}),
            "exit 2: Error: NAME is missing: tptctl token create NAME --scope SCOPE\n");
  EXPECT_EQ(terminal_.print({"token", "create", "x", "--scope", "admn"}),
            "exit 2: Error: --scope admn is no scope: it is one of admin, operator, developer, ci, read-only; did you "
            "mean \"admin\"?\n");
  EXPECT_EQ(terminal_.print({"token", "create", "x", "--scope", "ci", "--expires", "soon"}),
            "exit 2: Error: --expires soon must be a duration such as 90d or 12h\n");
  EXPECT_EQ(terminal_.print({"token"}),
            "exit 2: Error: token needs a command: tptctl token create NAME --scope SCOPE, list, or revoke NAME\n");
}

TEST_F(SecurityCommandsTest, WhoamiShowsActorScopeAndControlPlane) {
  EXPECT_EQ(terminal_.print({"whoami"}),
            "ACTOR      SCOPE  CONTROL PLANE  API SERVER\n"
            "anonymous  admin  test           " +
                plane_.url() + "\n");
}

TEST_F(SecurityCommandsTest, CertificatesAreMadeOnceAndFurtherClientsOnDemand) {
  const std::string made = terminal_.print({"certificates", "--folder", "pki", "--host", "api.example.org"});
  EXPECT_NE(made.find("--tls-certificate-file=" + (terminal_.folder() / "pki" / "server.crt").string()),
            std::string::npos)
      << made;
  const auto text = [&](const char* file) { return base::read_file(terminal_.folder() / "pki" / file).value(); };
  const std::string server = text("server.crt");
  EXPECT_EQ(terminal_.run({"certificates", "--folder", "pki", "--client", "alice"}).code, 0);
  EXPECT_EQ(text("server.crt"), server);
  EXPECT_EQ(http::read_certificate_facts(text("alice.crt"))->common_name, "alice");
  EXPECT_EQ(terminal_.run({"certificates"}).code, 2);
  EXPECT_EQ(terminal_.run({"certificates", "--folder", "pki", "--client", "ca"}).code, 2);
  EXPECT_EQ(terminal_.run({"certificates", "--folder", "pki", "--client", "../x"}).code, 2);
}

TEST_F(SecurityCommandsTest, ATokenIsNotSentToAControlPlaneWithoutTls) {
  terminal_.variables["THREEPORT_TOKEN"] = "tpt_secret";
  EXPECT_EQ(terminal_.run({"whoami"}).code, 0);
  ControlPlane strict({.extend = [](apiserver::ApiServer& server) { server.require_authentication(); }});
  Terminal other(strict);
  other.variables["THREEPORT_TOKEN"] = "tpt_secret";
  const Ran refused = other.run({"whoami"});
  EXPECT_EQ(refused.code, 5);
  EXPECT_NE(refused.err.find("this control plane wants to know who calls"), std::string::npos)
      << "the server has seen no token: " << refused.err;
}

}  // namespace
}  // namespace threeport::testing
