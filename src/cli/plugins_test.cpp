// Plugins: found below their folder, run with the rest of the line.
#include "cli/plugins.h"

#include <gtest/gtest.h>

#include "tests/support/terminal.h"

namespace threeport::testing {
namespace {

class PluginsTest : public ::testing::Test {
 protected:
  void add(const std::string& path, const std::string& script, bool is_executable = true) {
    const auto file = terminal_.write(".threeport/plugins/" + path, "#!/bin/sh\n" + script + "\n");
    if (is_executable) std::filesystem::permissions(file, std::filesystem::perms::owner_all);
  }

  ControlPlane plane_;
  Terminal terminal_{plane_};
};

TEST_F(PluginsTest, APluginIsACommandOfItsName) {
  add("deep/er/greet", "echo \"hello $1 and $2\"; echo oops >&2");
  const Ran ran = terminal_.run({"greet", "a b", "--flag"});
  EXPECT_EQ(ran.code, 0);
  EXPECT_EQ(ran.out, "hello a b and --flag\noops\n") << "both streams as one, and no shell splits arguments";
  EXPECT_EQ(ran.err, "");
}

TEST_F(PluginsTest, APluginThatFailsEndsWithOne) {
  add("fail", "echo so far; exit 7");
  EXPECT_EQ(terminal_.print({"fail"}), "exit 1: so far\n");
}

TEST_F(PluginsTest, TheFolderMayBeAnotherOne) {
  terminal_.write("mine/hi", "");
  add("../../mine/hi", "echo hi");
  terminal_.variables["THREEPORT_PLUGIN_DIR"] = "mine";
  EXPECT_EQ(terminal_.print({"hi"}), "hi\n");
}

TEST_F(PluginsTest, ACommandOfTptctlGoesBeforeAPlugin) {
  add("version", "echo mine");
  const Ran ran = terminal_.run({"version"});
  EXPECT_TRUE(ran.out.starts_with("tptctl v1.2.3\n")) << ran.out;
  EXPECT_EQ(ran.err, "Warning: plugin " + (terminal_.folder() / ".threeport/plugins/version").string() +
                         " is ignored, since tptctl has a command version\n");
}

TEST_F(PluginsTest, AFileThatCannotBeExecutedIsNamed) {
  add("data", "echo hi", false);
  const std::string path = (terminal_.folder() / ".threeport/plugins/data").string();
  EXPECT_EQ(terminal_.print({"data"}),
            "exit 5: Error: plugin " + path + " cannot be executed; make it executable with `chmod +x " + path + "`\n");
}

TEST_F(PluginsTest, WithoutAFolderAnUnknownCommandSaysSo) {
  const std::string error = "Error: tptctl has no command \"greet\" (`tptctl --help` shows what there is)\n";
  EXPECT_EQ(terminal_.print({"greet"}), "exit 2: Warning: no plugins installed\n" + error);
  add("other", "");
  EXPECT_EQ(terminal_.print({"greet"}), "exit 2: " + error);
}

}  // namespace
}  // namespace threeport::testing
