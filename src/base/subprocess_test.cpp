#include "base/subprocess.h"

#include <cerrno>
#include <csignal>
#include <fstream>
#include <thread>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/descriptor.h"
#include "base/file.h"
#include "base/temp_folder.h"

namespace threeport::base {
namespace {

Command shell(const std::string& script) { return {.argv = {"sh", "-c", script}}; }

std::string out_of(const Command& command) {
  auto finished = run(command);
  return finished ? finished->out : "error: " + finished.error().message;
}

/// Whether the process ends within ten seconds.
bool ends(pid_t pid) {
  const Descriptor process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!process.is_open()) return errno == ESRCH;
  pollfd polled{process.get(), POLLIN, 0};
  return ::poll(&polled, 1, 10'000) == 1;
}

/// A named pipe through which a process tells its number.
class Fifo {
 public:
  Fifo() { EXPECT_EQ(::mkfifo(path().c_str(), 0600), 0); }
  [[nodiscard]] std::string path() const { return (folder_.path() / "fifo").string(); }
  /// Blocks until the process has written.
  [[nodiscard]] pid_t read_pid() const {
    std::ifstream in(path());
    pid_t pid = 0;
    in >> pid;
    return pid;
  }

 private:
  TempFolder folder_;
};

TEST(Subprocess, GivesOutputErrorsAndExitCode) {
  const auto finished = run(shell("echo out; echo err >&2; exit 3"));
  ASSERT_TRUE(finished);
  EXPECT_EQ(finished->out, "out\n");
  EXPECT_EQ(finished->err, "err\n");
  EXPECT_EQ(finished->exit_code, 3);
  EXPECT_FALSE(finished->is_success());
  EXPECT_FALSE(finished->is_truncated);
}

TEST(Subprocess, ArgumentsReachTheProgramAsTheyAre) {
  EXPECT_EQ(out_of({.argv = {"printf", "%s|", "a b", "$HOME", "`x`", "", "*", "\"'"}}), "a b|$HOME|`x`||*|\"'|");
}

TEST(Subprocess, InputOfAnySizeReachesTheProgram) {
  const std::string input(3'000'000, 'x');
  EXPECT_EQ(out_of({.argv = {"cat"}, .input = input}), input);
  EXPECT_EQ(out_of({.argv = {"cat"}}), "");
}

TEST(Subprocess, AProgramNeedNotReadItsInput) {
  const auto finished = run({.argv = {"true"}, .input = std::string(3'000'000, 'x')});
  ASSERT_TRUE(finished);
  EXPECT_TRUE(finished->is_success());
}

TEST(Subprocess, VariablesComeOverTheInheritedOnesOrAlone) {
  ::setenv("TP_SUBPROCESS_TEST", "inherited", 1);
  Command command = shell("echo \"$TP_SUBPROCESS_TEST $OTHER\"");
  EXPECT_EQ(out_of(command), "inherited \n");
  command.variables = {{"OTHER", "x"}, {"TP_SUBPROCESS_TEST", "replaced"}};
  EXPECT_EQ(out_of(command), "replaced x\n");
  EXPECT_EQ(out_of({.argv = {"env"}, .variables = {{"A", "b"}}, .environment = Environment::clean}), "A=b\n");
  ::unsetenv("TP_SUBPROCESS_TEST");
}

TEST(Subprocess, RunsInTheGivenFolder) {
  const TempFolder folder;
  EXPECT_EQ(out_of({.argv = {"pwd"}, .directory = folder.path()}),
            std::filesystem::canonical(folder.path()).string() + "\n");
  const auto missing = run({.argv = {"pwd"}, .directory = folder.path() / "none"});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, ErrorKind::not_found);
  EXPECT_NE(missing.error().message.find("in the folder " + (folder.path() / "none").string()), std::string::npos);
}

TEST(Subprocess, KeepsTheFirstBytesWhereThereIsTooMuchOutput) {
  const auto finished = run({.argv = {"seq", "1", "100000"}, .output_limit = 10});
  ASSERT_TRUE(finished);
  EXPECT_EQ(finished->out, "1\n2\n3\n4\n5\n");
  EXPECT_TRUE(finished->is_truncated);
  EXPECT_TRUE(finished->is_success());
}

TEST(Subprocess, TellsTheSignalThatEndedIt) {
  const auto finished = run(shell("kill -9 $$"));
  ASSERT_TRUE(finished);
  EXPECT_EQ(finished->signal, SIGKILL);
  EXPECT_EQ(finished->exit_code, 137);
}

TEST(Subprocess, WhatCannotRunIsAnErrorThatNamesIt) {
  const TempFolder folder;
  const auto missing = run({.argv = {"threeport-no-such-program"}});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, ErrorKind::not_found);
  EXPECT_EQ(missing.error().message, "the program threeport-no-such-program is not installed, or not on PATH");
  ASSERT_TRUE(write_file_atomically(folder.path() / "data", "x", 0644));
  EXPECT_EQ(run({.argv = {(folder.path() / "data").string()}}).error().kind, ErrorKind::denied);
  ASSERT_TRUE(write_file_atomically(folder.path() / "odd", "\x01\x02", 0755));
  EXPECT_EQ(run({.argv = {(folder.path() / "odd").string()}}).error().kind, ErrorKind::invalid);
  EXPECT_EQ(run({.argv = {(folder.path() / "none").string()}}).error().kind, ErrorKind::not_found);
  EXPECT_EQ(run({.argv = {}}).error().kind, ErrorKind::invalid);
  EXPECT_EQ(run({.argv = {"echo", std::string("a\0b", 3)}}).error().kind, ErrorKind::invalid);
  EXPECT_EQ(run({.argv = {"echo"}, .variables = {{"A=B", "c"}}}).error().kind, ErrorKind::invalid);
}

TEST(Subprocess, IsStoppedAtItsTimeoutWithAllThatItStarted) {
  const Fifo fifo;
  pid_t grandchild = 0;
  std::thread reader([&] { grandchild = fifo.read_pid(); });
  Command command = shell("sleep 1000 & echo $! > " + fifo.path() + "; wait");
  command.timeout = Millis(300);
  const auto finished = run(command);
  reader.join();
  ASSERT_FALSE(finished);
  EXPECT_EQ(finished.error().kind, ErrorKind::unavailable);
  EXPECT_EQ(finished.error().message, "sh took longer than 300ms and was stopped");
  ASSERT_GT(grandchild, 0);
  EXPECT_TRUE(ends(grandchild));
}

TEST(Subprocess, ThatIgnoresSigtermIsKilledAfterTheGraceTime) {
  Command command = shell("trap '' TERM; while :; do sleep 0.01; done");
  command.timeout = Millis(50);
  command.grace = Millis(50);
  const auto finished = run(command);
  ASSERT_FALSE(finished);
  EXPECT_EQ(finished.error().kind, ErrorKind::unavailable);
}

TEST(Subprocess, IsStoppedOnRequest) {
  const Fifo fifo;
  std::stop_source stop;
  std::thread stopper([&] {
    EXPECT_GT(fifo.read_pid(), 0);
    stop.request_stop();
  });
  const auto finished = run(shell("echo $$ > " + fifo.path() + "; exec sleep 1000"), stop.get_token());
  stopper.join();
  ASSERT_FALSE(finished);
  EXPECT_EQ(finished.error().kind, ErrorKind::canceled);
  EXPECT_EQ(run({.argv = {"true"}}, stop.get_token()).error().kind, ErrorKind::canceled);
}

TEST(Subprocess, WhatItLeavesInTheBackgroundIsEndedAndNotWaitedFor) {
  const auto finished = run(shell("sleep 1000 & echo $!"));
  ASSERT_TRUE(finished);
  EXPECT_TRUE(finished->is_success());
  const pid_t left = std::stoi(finished->out);
  EXPECT_TRUE(ends(left));
}

TEST(Subprocess, DiesWithItsParent) {
  const Fifo fifo;
  const pid_t parent = ::fork();
  ASSERT_GE(parent, 0);
  if (parent == 0) {
    static_cast<void>(run(shell("echo $$ > " + fifo.path() + "; exec sleep 1000")));
    ::_exit(0);
  }
  const pid_t child = fifo.read_pid();
  ASSERT_GT(child, 0);
  ::kill(parent, SIGKILL);
  ASSERT_EQ(::waitpid(parent, nullptr, 0), parent);
  EXPECT_TRUE(ends(child));
}

TEST(Subprocess, InheritsNoDescriptors) {
  const Descriptor open_one(::open("/dev/null", O_RDONLY));  // NOLINT: without O_CLOEXEC on purpose
  ASSERT_TRUE(open_one.is_open());
  EXPECT_EQ(out_of(shell("[ -e /proc/self/fd/" + std::to_string(open_one.get()) + " ] && echo open || echo closed")),
            "closed\n");
}

TEST(Subprocess, ManyRunAtTheSameTime) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([t] {
      for (int i = 0; i < 10; ++i) {
        const std::string text = std::to_string(t) + "/" + std::to_string(i);
        EXPECT_EQ(out_of({.argv = {"cat"}, .input = text}), text);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(OutputOf, IsTheOutputOrTheReasonOfTheFailure) {
  EXPECT_EQ(*output_of({.argv = {"echo", "x"}}), "x\n");
  const auto failed = output_of(shell("echo progress; echo 'no such chart' >&2; exit 2"));
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().message, "sh failed (exit code 2): no such chart");
  EXPECT_EQ(failed.error().detail, "progress");
  EXPECT_EQ(output_of({.argv = {"seq", "9"}, .output_limit = 3}).error().message, "seq wrote more than 3 bytes");
}

}  // namespace
}  // namespace threeport::base
