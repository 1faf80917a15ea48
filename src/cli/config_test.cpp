#include "cli/config.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/crypto.h"
#include "base/file.h"
#include "cli/testing.h"
#include "kinds/registry.h"

namespace threeport::cli {
namespace {

ControlPlane without_authentication(std::string name, std::string api_server) {
  ControlPlane out;
  out.name = std::move(name);
  out.auth_enabled = false;
  out.api_server = std::move(api_server);
  return out;
}

class ConfigTest : public ::testing::Test {
 protected:
  [[nodiscard]] std::filesystem::path path() const { return around_.folder() / "config.yaml"; }
  Config load(const std::string& text) {
    around_.write("config.yaml", text);
    return Config::load(path()).value();
  }
  std::string load_error(const std::string& text) {
    around_.write("config.yaml", text);
    const auto loaded = Config::load(path());
    return loaded ? "none" : loaded.error().message;
  }
  /// What select() says, without the path of the file.
  [[nodiscard]] std::string select_error(const Config& config, std::string_view name = "") const {
    const auto selected = config.select(name);
    if (selected) return "none";
    std::string message = selected.error().message;
    if (const std::size_t at = message.find(path().string()); at != std::string::npos)
      message.replace(at, path().string().size(), "FILE");
    return message;
  }

  schema::Registry registry_{kinds::all()};
  TestSurroundings around_{registry_};
};

TEST_F(ConfigTest, AnAbsentOrEmptyFileIsAnEmptyConfiguration) {
  const Config absent = Config::load(path()).value();
  EXPECT_TRUE(absent.names().empty());
  EXPECT_EQ(select_error(absent), "no control plane is chosen: start one with `tptctl up`");
  EXPECT_TRUE(load("").names().empty());
  EXPECT_TRUE(load("# nothing\n").names().empty());
}

TEST_F(ConfigTest, KeysAreReadWithoutCase) {
  const Config config =
      load("currentcontrolplane: dev\nCONTROLPLANES:\n- {name: dev, authenabled: false, apiserver: 'a:80'}\n");
  EXPECT_EQ(config.current_control_plane(), "dev");
  EXPECT_EQ(config.select("").value().url(), "http://a:80");
}

TEST_F(ConfigTest, CertificatesAreDecodedAndUsedWithAuthentication) {
  const auto encoded = [](std::string_view text) { return base::base64_encode(text); };
  const Config config = load(
      "CurrentControlPlane: dev\nControlPlanes:\n- Name: dev\n  APIServer: localhost:443\n  CACert: " + encoded("CA") +
      "\n  Credentials:\n  - {Name: other, Token: no}\n  - Name: dev\n    ClientCert: " + encoded("CERT") +
      "\n    ClientKey: " + encoded("KEY") + "\n    Token: t0ken\n");
  const ControlPlane selected = config.select("dev").value();
  EXPECT_TRUE(selected.auth_enabled) << "the default";
  EXPECT_EQ(selected.url(), "https://localhost:443");
  EXPECT_EQ(selected.ca_pem, "CA");
  EXPECT_EQ(selected.certificate_pem, "CERT");
  EXPECT_EQ(selected.key_pem.reveal(), "KEY");
  EXPECT_EQ(selected.token.reveal(), "t0ken");
}

TEST_F(ConfigTest, ACertificateThatIsNoBase64IsNamed) {
  const std::string error =
      select_error(load("CurrentControlPlane: dev\nControlPlanes: [{Name: dev, APIServer: 'a:1', CACert: '-----'}]\n"));
  EXPECT_TRUE(error.starts_with("FILE: control plane dev: CACert must be the base64 form of a PEM text: ")) << error;
}

TEST_F(ConfigTest, AnEntryWithoutAUsableAddressIsRefused) {
  const std::string expected =
      "FILE: control plane dev: APIServer must be host:port without a scheme, such as 127.0.0.1:1323";
  EXPECT_EQ(select_error(load("ControlPlanes: [{Name: dev}]\n"), "dev"), expected);
  EXPECT_EQ(select_error(load("ControlPlanes: [{Name: dev, APIServer: 'http://a:1'}]\n"), "dev"), expected);
}

TEST_F(ConfigTest, AnUnknownNameIsRefusedWithWhatToDo) {
  const Config config = load("ControlPlanes: [{Name: staging, APIServer: 'a:1'}]\n");
  EXPECT_EQ(
      select_error(config, "stagign"),
      "FILE has no control plane \"stagign\"; did you mean \"staging\"? (`tptctl config get-control-planes` lists "
      "them, `tptctl up --name stagign` starts a local one)");
  EXPECT_EQ(config.select("stagign").error().kind, base::ErrorKind::not_found);
  EXPECT_EQ(select_error(config),
            "no control plane is chosen: name one with -i, or choose it with `tptctl config current-control-plane -n "
            "NAME`; FILE has staging");
}

TEST_F(ConfigTest, AFileThatIsBrokenIsNamedWithLineAndColumn) {
  const std::string error = load_error("CurrentControlPlane: dev\n\tControlPlanes: []\n");
  EXPECT_TRUE(error.starts_with(path().string() + ": line 2, column ")) << error;
  EXPECT_EQ(load_error("- a\n"), path().string() +
                                     ": the configuration must be a mapping with CurrentControlPlane and "
                                     "ControlPlanes, not a array");
  EXPECT_EQ(load_error("ControlPlanes: {Name: dev}\n"), path().string() + ": ControlPlanes must be a list");
  EXPECT_EQ(load_error("a: 1\n---\nb: 2\n"), path().string() + ": the configuration must be one YAML document");
}

TEST_F(ConfigTest, AMistypedMemberOfTheFileIsRefused) {
  EXPECT_EQ(load_error("CurrentControlPlane: 5\n"), path().string() + ": CurrentControlPlane must be a text");
  EXPECT_EQ(load_error("CurrentEnvironment: [dev]\n"), path().string() + ": CurrentEnvironment must be a text");
  EXPECT_EQ(load_error("ControlPlanes: [dev]\n"),
            path().string() + ": each element of ControlPlanes must be a mapping with Name and APIServer");
  const Config config = load("ControlPlanes: [{Name: dev, APIServer: 'a:1', AuthEnabled: 'no'}]\n");
  EXPECT_EQ(select_error(config, "dev"), "FILE: control plane dev: AuthEnabled must be true or false");
}

TEST_F(ConfigTest, SavingKeepsWhatItDoesNotKnowAndIsForItsOwnerAlone) {
  Config config =
      load("CurrentControlPlane: a\nColour: red\nControlPlanes:\n- {Name: a, APIServer: 'a:1', Provider: kind}\n");
  config.put(without_authentication("b", "127.0.0.1:1323"));
  ASSERT_TRUE(config.set_current("b"));
  ASSERT_TRUE(config.save());
  const std::string text = base::read_file(path()).value();
  EXPECT_NE(text.find("Colour: red"), std::string::npos) << text;
  EXPECT_NE(text.find("Provider: kind"), std::string::npos) << text;
  const Config again = Config::load(path()).value();
  EXPECT_EQ(again.select("").value().url(), "http://127.0.0.1:1323");
  EXPECT_EQ(again.names(), (std::vector<std::string>{"a", "b"}));
  struct stat status{};
  ASSERT_EQ(::stat(path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST_F(ConfigTest, SavingMakesTheFolder) {
  Config config = Config::load(around_.folder() / "new" / "config.yaml").value();
  config.put(without_authentication("a", "127.0.0.1:1"));
  ASSERT_TRUE(config.save());
  EXPECT_EQ(Config::load(config.path()).value().names(), (std::vector<std::string>{"a"}));
}

TEST_F(ConfigTest, ALocalEntryIsChangedInPlace) {
  Config config = load("ControlPlanes:\n- {Name: a, APIServer: 'old:1', AuthEnabled: true, Provider: kind}\n");
  config.put(without_authentication("a", "127.0.0.1:7"));
  EXPECT_EQ(config.names().size(), 1U);
  EXPECT_EQ(config.select("a").value().url(), "http://127.0.0.1:7");
}

TEST_F(ConfigTest, CredentialsAreWrittenAsV0ReadsThemAndTheTokenStays) {
  Config config = load(
      "ControlPlanes:\n- Name: a\n  APIServer: old:1\n  Credentials: [{Name: other}, {name: a, token: tpt_kept}]\n");
  ControlPlane entry = without_authentication("a", "127.0.0.1:7");
  entry.auth_enabled = true;
  entry.ca_pem = "the CA";
  entry.certificate_pem = "the certificate";
  entry.key_pem = base::Secret<std::string>("the key");
  config.put(entry);
  entry.name = "b";
  config.put(entry);
  ASSERT_TRUE(config.save());
  const Config again = Config::load(path()).value();
  for (const char* name : {"a", "b"}) {
    const ControlPlane read = again.select(name).value();
    EXPECT_EQ(read.url(), "https://127.0.0.1:7");
    EXPECT_EQ(read.ca_pem, "the CA");
    EXPECT_EQ(read.certificate_pem, "the certificate");
    EXPECT_EQ(read.key_pem.reveal(), "the key");
    EXPECT_EQ(read.token.reveal(), name == std::string("a") ? "tpt_kept" : "");
  }
  EXPECT_NE(base::read_file(path())->find("CACert: dGhlIENB\n"), std::string::npos);
}

TEST_F(ConfigTest, AnEncryptionKeyIsWrittenAndStaysWhereNoneIsGiven) {
  Config config = load("");
  ControlPlane entry = without_authentication("a", "127.0.0.1:7");
  entry.encryption_key = base::Secret<std::string>("key");
  config.put(entry);
  config.put(without_authentication("a", "127.0.0.1:8"));
  entry = config.select("a").value();
  EXPECT_EQ(entry.encryption_key.reveal(), "key");
  EXPECT_EQ(entry.url(), "http://127.0.0.1:8");
}

TEST_F(ConfigTest, ARemovedEntryIsNoLongerTheCurrentOne) {
  Config config =
      load("CurrentControlPlane: a\nControlPlanes: [{Name: a, APIServer: 'a:1'}, {Name: b, APIServer: 'b:1'}]\n");
  EXPECT_TRUE(config.remove("a"));
  EXPECT_FALSE(config.remove("a"));
  EXPECT_EQ(config.current_control_plane(), "");
  EXPECT_EQ(config.names(), (std::vector<std::string>{"b"}));
}

TEST_F(ConfigTest, TheCurrentEnvironmentIsKept) {
  Config config = load("CurrentControlPlane: a\n");
  EXPECT_EQ(config.current_environment(), "");
  config.set_current_environment("dev");
  ASSERT_TRUE(config.save());
  EXPECT_EQ(Config::load(path())->current_environment(), "dev");
  config.set_current_environment("");
  EXPECT_EQ(config.current_environment(), "");
}

TEST_F(ConfigTest, OnlyAnEntryOfTheFileBecomesTheCurrentOne) {
  Config config = load("ControlPlanes: [{Name: staging, APIServer: 'a:1'}]\n");
  EXPECT_EQ(config.set_current("stagin").error().message,
            path().string() +
                " has no control plane \"stagin\"; did you mean \"staging\"? (`tptctl config get-control-planes` lists "
                "them)");
}

}  // namespace
}  // namespace threeport::cli
