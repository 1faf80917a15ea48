// Command lines that are wrong, and the exit codes of those that are right.
#include "cli/command_line.h"

#include <gtest/gtest.h>

#include "tests/support/terminal.h"

namespace threeport::testing {
namespace {

class CommandLineTest : public ::testing::Test {
 protected:
  /// The error line without its prefix; the exit code must be 2.
  std::string error(const std::vector<std::string>& arguments) {
    const Ran ran = terminal_.run(arguments);
    EXPECT_EQ(ran.code, 2) << ran.out << ran.err;
    EXPECT_EQ(ran.out, "");
    // Unknown words may be meant as plugins.
    const std::string warning = "Warning: no plugins installed\n";
    const std::string error = ran.err.starts_with(warning) ? ran.err.substr(warning.size()) : ran.err;
    EXPECT_TRUE(error.starts_with("Error: ")) << ran.err;
    EXPECT_EQ(error.find('\n'), error.size() - 1) << "one line: " << ran.err;
    return error.substr(7, error.size() - 8);
  }
  std::string help(const std::vector<std::string>& arguments) {
    const Ran ran = terminal_.run(arguments);
    EXPECT_EQ(ran.code, 0);
    EXPECT_EQ(ran.err, "");
    return ran.out;
  }

  ControlPlane plane_;
  Terminal terminal_{plane_};
};

const std::vector<std::string> kCommands{"up",           "down",      "apply",   "plan",       "create",   "get",
                                         "describe",     "events",    "logs",    "history",    "rollback", "delete",
                                         "watch",        "config",    "version", "completion", "token",    "whoami",
                                         "certificates", "documents", "man",     "upgrade"};

TEST_F(CommandLineTest, WithoutArgumentsTheCommandsAreListed) {
  const std::string text = help({});
  for (const std::string& command : kCommands)
    EXPECT_NE(text.find("\n  " + command + " "), std::string::npos) << command;
  EXPECT_EQ(help({"--help"}), text);
  EXPECT_EQ(help({"help"}), text);
}

TEST_F(CommandLineTest, EveryCommandHasAHelp) {
  for (const std::string& command : kCommands) {
    EXPECT_NE(help({command, "--help"}).find("Usage: tptctl " + command + " ["), std::string::npos) << command;
    EXPECT_EQ(help({command, "--help"}), help({command, "-h"})) << command;
    EXPECT_EQ(help({command, "--help"}), help({"help", command})) << command;
  }
}

TEST_F(CommandLineTest, HelpNamesTheKindsWithTheirAliases) {
  const std::string text = help({"get", "--help"});
  EXPECT_NE(text.find("workload-instance (wi)"), std::string::npos) << text;
  EXPECT_NE(text.find("Examples:"), std::string::npos);
}

TEST_F(CommandLineTest, AnUnknownCommandIsRefusedWithTheNearest) {
  EXPECT_EQ(error({"aplly", "-f", "x"}),
            "tptctl has no command \"aplly\"; did you mean \"apply\"? (`tptctl --help` shows what there is)");
  EXPECT_EQ(error({"frobnicate"}), "tptctl has no command \"frobnicate\" (`tptctl --help` shows what there is)");
  EXPECT_EQ(error({"config", "get-control-plane"}),
            "tptctl config has no command \"get-control-plane\"; did you mean \"get-control-planes\"? (`tptctl config "
            "--help` shows what there is)");
}

TEST_F(CommandLineTest, AnUnknownOptionIsRefusedWithTheNearest) {
  EXPECT_EQ(error({"get", "workloads", "--ouput", "json"}),
            "tptctl get has no option --ouput; did you mean \"--output\"? (`tptctl get --help` shows what there is)");
  EXPECT_EQ(error({"get", "workloads", "--ouput=json"}),
            "tptctl get has no option --ouput; did you mean \"--output\"? (`tptctl get --help` shows what there is)");
  EXPECT_EQ(error({"apply", "-f", "x", "--wiat"}),
            "tptctl apply has no option --wiat; did you mean \"--wait\"? (`tptctl apply --help` shows what there is)");
  EXPECT_EQ(error({"--frobnicate"}), "tptctl has no option --frobnicate (`tptctl --help` shows what there is)");
}

TEST_F(CommandLineTest, TooManyWordsAreRefused) {
  EXPECT_EQ(error({"get", "workloads", "web", "api"}),
            "tptctl get does not take \"api\" (`tptctl get --help` shows what there is)");
  EXPECT_EQ(error({"version", "now"}),
            "tptctl version does not take \"now\" (`tptctl version --help` shows what there is)");
}

TEST_F(CommandLineTest, AFileThatIsNotNamedWithItsOptionIsRefusedWithIt) {
  EXPECT_EQ(error({"apply", "web.yaml"}),
            "tptctl apply does not take \"web.yaml\"; files are named with -f (`tptctl apply --help` shows what there "
            "is)");
}

TEST_F(CommandLineTest, TheVersionIsACommandAndAnOption) {
  EXPECT_EQ(terminal_.print({"--version"}), terminal_.print({"version"}));
  EXPECT_TRUE(terminal_.print({"version"}).starts_with("tptctl v1.2.3\n"));
}

TEST_F(CommandLineTest, WhatIsMissingIsNamedWithAnExample) {
  const std::string no_kind = "KIND is missing: name one, such as workload (tptctl get --help lists the kinds)";
  for (const char* command : {"get", "describe", "logs", "history", "rollback", "watch", "create"}) {
    EXPECT_EQ(error({command}), no_kind) << command;
  }
  EXPECT_EQ(error({"apply"}), "FILE is missing, a file, a folder, or - for standard input: tptctl apply -f FILE");
  EXPECT_EQ(error({"create", "workload"}),
            "FILE is missing, a file, a folder, or - for standard input: tptctl create workload -c FILE");
  EXPECT_EQ(error({"completion"}), "SHELL is missing: tptctl completion bash, zsh or fish");
  EXPECT_EQ(
      error({"config"}),
      "config needs a command: tptctl config get-control-planes, or tptctl config current-control-plane [-n NAME]");
  EXPECT_EQ(error({"describe", "workload"}), "describe needs the name of the workload: tptctl describe workload NAME");
  EXPECT_EQ(error({"logs", "workload"}), "logs needs a name: tptctl logs workload NAME");
  EXPECT_EQ(error({"history", "workload"}), "history needs a name: tptctl history workload NAME");
  EXPECT_EQ(error({"rollback", "workload"}), "rollback needs a name: tptctl rollback workload NAME");
  EXPECT_EQ(error({"delete"}), "delete needs KIND NAME, or -f FILE: tptctl delete workload web");
  EXPECT_EQ(error({"delete", "workload"}), "delete needs KIND NAME, or -f FILE: tptctl delete workload web");
  EXPECT_EQ(error({"events", "workload"}),
            "events of one object need its name: tptctl events workload NAME; without both, all events are shown");
}

TEST_F(CommandLineTest, AnOptionWithoutItsValueIsNamed) {
  EXPECT_EQ(error({"get", "workloads", "-o"}), "tptctl get: --output needs a value (`tptctl get --help` shows how)");
  EXPECT_EQ(error({"apply", "-f"}), "tptctl apply: --file needs a value (`tptctl apply --help` shows how)");
}

TEST_F(CommandLineTest, AValueThatCannotBeReadIsNamed) {
  EXPECT_EQ(error({"rollback", "workload", "web", "--to", "two"}), "--to two must be a whole number, such as 2");
  EXPECT_EQ(error({"logs", "workload", "web", "--tail=-1"}), "--tail -1 must be a whole number, such as 2");
  EXPECT_EQ(error({"apply", "-f", "x", "--wait=long"}),
            "--wait=long must be a duration such as 90s or 10m, true or false");
  EXPECT_EQ(error({"get", "workloads", "-v", "v1"}), "--version v1: the API has the version v0");
}

TEST_F(CommandLineTest, AnUnknownFormatIsRefusedWithThoseThatThereAre) {
  EXPECT_EQ(error({"get", "tiers", "-o", "jsn"}),
            "-o jsn is not one of table, wide, json, yaml, name; did you mean \"json\"?");
  EXPECT_EQ(error({"describe", "tier", "a", "-o", "xml"}), "-o xml is not one of plain, table, wide, json, yaml, name");
  EXPECT_EQ(error({"watch", "tiers", "-o", "yaml"}), "-o yaml is not one of table, json");
}

TEST_F(CommandLineTest, AnUnknownKindIsRefusedWithTheNearest) {
  EXPECT_EQ(error({"get", "wrokloads"}),
            "this build has no kind \"wrokloads\"; did you mean \"workloads\"? (tptctl get --help lists the kinds)");
}

TEST_F(CommandLineTest, ANameGivenTwiceMustBeTheSame) {
  EXPECT_EQ(error({"describe", "workload", "web", "-n", "api"}), "the name is given twice: web and -n api");
}

TEST_F(CommandLineTest, AShellWithoutCompletionIsRefused) {
  EXPECT_EQ(error({"completion", "tcsh"}), "there is no completion for \"tcsh\"; there is for bash, zsh and fish");
}

TEST_F(CommandLineTest, WorkOfV0ThatIsLeftToPeopleIsExplained) {
  const std::string account = error({"config", "aws-account", "--aws-account-id", "5", "--aws-region", "us-east-1"});
  EXPECT_NE(account.find("RoleArn: arn:aws:iam::5:role/threeport-runtime-manager"), std::string::npos) << account;
  EXPECT_TRUE(error({"config", "aws-account"}).starts_with("--aws-account-id is missing"));
  const std::string upgrade = error({"upgrade", "control-plane", "-t", "v9"});
  EXPECT_NE(upgrade.find("put threeportd v9 in place of the one that runs"), std::string::npos) << upgrade;
  EXPECT_TRUE(error({"upgrade", "control-plane"}).starts_with("--version is missing"));
}

TEST_F(CommandLineTest, CompletionAsksTheProgramItself) {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const std::string script = help({"completion", shell});
    EXPECT_NE(script.find("__complete"), std::string::npos) << shell;
    EXPECT_NE(script.find(":files"), std::string::npos) << shell;
  }
}

TEST_F(CommandLineTest, ExitCodesSayWhatToDoNext) {
  EXPECT_EQ(terminal_.run({"get", "tiers"}).code, 0);
  EXPECT_EQ(terminal_.run({"get", "tier", "missing"}).code, 3);
  EXPECT_EQ(terminal_.run({"apply", "-f", "missing.yaml"}).code, 3);
  terminal_.write("tier.yaml", "Tier: {Name: gold, Criticality: 1}\n");
  EXPECT_EQ(terminal_.run({"create", "tier", "-c", "tier.yaml"}).code, 0);
  EXPECT_EQ(terminal_.run({"create", "tier", "-c", "tier.yaml"}).code, 4);
  plane_.stop();
  EXPECT_EQ(terminal_.run({"get", "tiers"}).code, 7);
}

}  // namespace
}  // namespace threeport::testing
