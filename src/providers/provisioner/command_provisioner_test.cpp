#include "providers/provisioner/command_provisioner.h"

#include <filesystem>

#include <gtest/gtest.h>

#include "base/file.h"
#include "base/temp_folder.h"

namespace threeport::providers::provisioner {
namespace {

namespace fs = std::filesystem;

class CommandProvisionerTest : public ::testing::Test {
 protected:
  CommandProvisionerTest() {
    fs::create_directories(allowed());
    fs::create_directories(folder_.path() / "elsewhere");
  }
  [[nodiscard]] fs::path allowed() const { return folder_.path() / "allowed"; }
  static void write(const fs::path& path, const std::string& body) {
    EXPECT_TRUE(base::write_file_atomically(path, "#!/bin/sh\n" + body + "\n", 0755));
  }
  base::Result<Response> provision(const std::string& body, Request request = {}, CallOptions call = {}) {
    write(allowed() / "prog", body);
    return CommandProvisioner({allowed().string()}, {"prog", "<mode>", "--keep"}, {"prog", "<mode>"})
        .provision(request, call);
  }
  std::string refusal(const std::string& program) {
    const auto found = find_allowed(program, {allowed().string()});
    if (found) return "";
    EXPECT_EQ(found.error().kind, base::ErrorKind::invalid);
    return found.error().message;
  }

  base::TempFolder folder_;
};

TEST_F(CommandProvisionerTest, OnlyProgramsOfAllowedFoldersRun) {
  write(allowed() / "good", "true");
  write(folder_.path() / "elsewhere" / "bad", "true");
  fs::create_directories(allowed() / "below");
  write(allowed() / "below" / "deep", "true");
  fs::create_symlink(folder_.path() / "elsewhere" / "bad", allowed() / "link");
  fs::create_symlink(allowed() / "good", folder_.path() / "elsewhere" / "entry");
  EXPECT_EQ(refusal("good"), "");
  EXPECT_EQ(refusal((allowed() / "good").string()), "");
  EXPECT_EQ(refusal((allowed() / "below" / "deep").string()), "");
  EXPECT_EQ(refusal((folder_.path() / "elsewhere" / "entry").string()), "") << "it is the allowed program";
  for (const std::string& program :
       {(folder_.path() / "elsewhere" / "bad").string(), std::string("link"), (allowed() / "link").string(),
        (allowed() / ".." / "elsewhere" / "bad").string(), std::string("/bin/sh"), std::string("sh"),
        std::string("missing"), std::string("..")}) {
    EXPECT_NE(refusal(program).find("is not in a folder whose programs may be run"), std::string::npos)
        << program << ": " << refusal(program);
  }
  EXPECT_NE(refusal("./good").find("relative paths"), std::string::npos);
}

TEST_F(CommandProvisionerTest, AFolderWhoseNameBeginsAsAnAllowedOneIsAnotherOne) {
  fs::create_directories(folder_.path() / "allowed-not");
  write(folder_.path() / "allowed-not" / "prog", "true");
  EXPECT_NE(refusal((folder_.path() / "allowed-not" / "prog").string()), "");
}

TEST_F(CommandProvisionerTest, WithoutAFolderNothingRunsAndTheOptionIsNamed) {
  const auto found = find_allowed("/bin/true", {});
  ASSERT_FALSE(found);
  EXPECT_NE(found.error().message.find("--command-directory"), std::string::npos);
}

TEST_F(CommandProvisionerTest, WhatIsNoExecutableFileIsSaidToBeNone) {
  ASSERT_TRUE(base::write_file_atomically(allowed() / "plain", "text"));
  EXPECT_NE(refusal("plain").find("chmod +x"), std::string::npos);
}

TEST_F(CommandProvisionerTest, TheProgramGetsItsArgumentsNoVariablesAndTheRequest) {
  Request request;
  request.guid = "g";
  request.params = json::Object{{"name", "--rm"}};
  const auto made = provision(
      "printf '{\"resource_outputs\": {\"args\": \"%s\", \"variables\": %s, \"request\": %s}}' \"$*\" "
      "\"$(env | grep -cvE '^(PATH|LANG|PWD|SHLVL|_)=')\" \"$(cat)\"",
      request);
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(made->outputs.at("args"), "provision --keep");
  EXPECT_EQ(made->outputs.at("variables"), 0);
  EXPECT_EQ(made->outputs.at("request", "resource_guid"), "g");
  EXPECT_EQ(made->outputs.at("request", "resource_params", "name"), "--rm");
  EXPECT_EQ(made->outputs.at("request", "resource_state"), json::Value(json::Object()));
}

TEST_F(CommandProvisionerTest, AFailureShowsTheLastWordsWithoutSecrets) {
  Request request;
  request.secrets = {"hunter22", "x"};
  const auto made = provision("echo out-hunter22; echo 'no route to db: hunter22 (extra)' >&2; exit 3", request);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().kind, base::ErrorKind::unavailable);
  EXPECT_EQ(made.error().reason, kProvisionerFailed);
  EXPECT_NE(made.error().message.find("(exit code 3): no route to db: *** (extra)"), std::string::npos)
      << made.error().message;
  EXPECT_EQ(made.error().detail, "") << "its output may hold secrets";
}

TEST_F(CommandProvisionerTest, AnAnswerThatIsNoneIsAFailure) {
  for (const char* answer :
       {"", "[]", "{\"outputs\": {}}", "{\"resource_state\": []}", "{\"manifests\": [1]}", "{} {}"}) {
    const auto made = provision("cat <<'END'\n" + std::string(answer) + "\nEND");
    ASSERT_FALSE(made) << answer;
    EXPECT_EQ(made.error().reason, kProvisionerFailed) << answer;
    EXPECT_TRUE(made.error().message.starts_with("prog: its answer ")) << made.error().message;
  }
  EXPECT_TRUE(provision("echo '{}'"));
  EXPECT_TRUE(provision("echo '{\"resource_state\": null, \"manifests\": [{}]}'"));
}

TEST_F(CommandProvisionerTest, TooMuchOutputAndTooMuchTimeAreFailures) {
  const auto flood = provision("head -c 5000000 /dev/zero | tr '\\0' x");
  ASSERT_FALSE(flood);
  EXPECT_EQ(flood.error().reason, kProvisionerFailed);
  EXPECT_NE(flood.error().message.find("more than 4194304 bytes"), std::string::npos) << flood.error().message;
  const auto late = provision("exec sleep 600", {}, {.timeout = base::Millis(50)});
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().kind, base::ErrorKind::unavailable);
  EXPECT_EQ(late.error().reason, kProvisionerFailed);
}

TEST_F(CommandProvisionerTest, WithoutARemovalThereIsNothingToDo) {
  EXPECT_TRUE(CommandProvisioner({}, {"prog"}, {}).remove({}, {}));
  write(allowed() / "prog", "test \"$1\" = remove || exit 9");
  EXPECT_TRUE(CommandProvisioner({allowed().string()}, {"prog"}, {"prog", "<mode>"}).remove({}, {}));
}

TEST(OpenLive, NamesWhatIsWrongWithParams) {
  const Open open = open_live({});
  const auto refusal = [&](std::string_view provider, const json::Value& params) {
    const auto made = open(provider, params);
    return made ? std::string() : made.error().message;
  };
  EXPECT_TRUE(refusal("command", json::Object()).starts_with("Params.Provision is missing"));
  for (const json::Value& argv : {json::Value("prog"), json::Value(json::Array{}), json::Value(json::Array{"a", 1})})
    EXPECT_TRUE(refusal("command", json::Object{{"Provision", argv}}).starts_with("Params.Provision must be a list"));
  for (const char* url : {"", "ftp://x", "http://", "http:///path", "x"})
    EXPECT_TRUE(refusal("http", json::Object{{"URL", url}}).starts_with("Params.URL: ")) << url;
  EXPECT_EQ(refusal("http", json::Object{{"URL", "https://x/y?z=1"}}), "");
  EXPECT_TRUE(refusal("helm", json::Object()).starts_with("Provider helm is no provisioner"));
}

}  // namespace
}  // namespace threeport::providers::provisioner
