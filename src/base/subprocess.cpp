#include "base/subprocess.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdlib>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/descriptor.h"
#include "base/file.h"
#include "base/utf8.h"

namespace threeport::base {
namespace {

struct Pipe {
  Descriptor read_end;
  Descriptor write_end;
};

Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return system_error(errno, "cannot make a pipe");
  return Pipe{Descriptor(ends[0]), Descriptor(ends[1])};
}

void make_non_blocking(const Descriptor& descriptor) {
  ::fcntl(descriptor.get(), F_SETFL, ::fcntl(descriptor.get(), F_GETFL) | O_NONBLOCK);
}

bool has_nul(const std::string& text) { return text.find('\0') != std::string::npos; }

Result<void> check(const Command& command) {
  if (command.argv.empty() || command.argv.front().empty()) return invalid("no program to run is given");
  const bool bad_argument = std::any_of(command.argv.begin(), command.argv.end(), has_nul);
  const bool bad_variable = std::any_of(command.variables.begin(), command.variables.end(), [](const auto& variable) {
    return variable.first.empty() || variable.first.find('=') != std::string::npos || has_nul(variable.first) ||
           has_nul(variable.second);
  });
  if (bad_argument) return invalid("an argument of " + command.argv.front() + " has a NUL byte");
  if (bad_variable) return invalid("an environment variable of " + command.argv.front() + " is malformed");
  return {};
}

std::vector<std::string> environment_of(const Command& command) {
  std::vector<std::string> out;
  if (command.environment == Environment::inherited) {
    for (char** variable = environ; *variable != nullptr; ++variable) {
      const std::string_view text(*variable);
      if (!command.variables.contains(std::string(text.substr(0, text.find('='))))) out.emplace_back(text);
    }
  }
  for (const auto& [name, value] : command.variables) out.push_back(name + "=" + value);
  return out;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> out;
  out.reserve(texts.size() + 1);
  for (std::string& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

/// write() that fails with EPIPE where nobody reads, without the signal that would end this process.
ssize_t write_without_signal(int fd, std::string_view bytes) {
  sigset_t broken_pipe;
  sigset_t before;
  sigset_t pending;
  sigemptyset(&broken_pipe);
  sigaddset(&broken_pipe, SIGPIPE);
  ::pthread_sigmask(SIG_BLOCK, &broken_pipe, &before);
  ::sigpending(&pending);
  const ssize_t written = ::write(fd, bytes.data(), bytes.size());
  const int code = errno;
  if (written < 0 && code == EPIPE && sigismember(&pending, SIGPIPE) == 0) {
    const timespec at_once{};
    ::sigtimedwait(&broken_pipe, nullptr, &at_once);
  }
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  errno = code;
  return written;
}

/// What the child tells where it cannot become the program.
struct Refusal {
  int code = 0;
  bool is_directory = false;
};

/// Everything that the child needs, made before the fork: after it, a process with threads may only make system calls.
struct Plan {
  std::string program;
  std::string directory;
  std::vector<std::string> arguments;
  std::vector<std::string> environment;
  std::vector<char*> argv;
  std::vector<char*> envp;
  Pipe input;
  Pipe out;
  Pipe err;
  Pipe refusal;
  pid_t parent = 0;
};

[[noreturn]] void refuse(const Plan& plan, bool is_directory) {
  const Refusal refusal{errno, is_directory};
  [[maybe_unused]] const ssize_t written = ::write(plan.refusal.write_end.get(), &refusal, sizeof refusal);
  ::_exit(127);
}

[[noreturn]] void become_program(const Plan& plan) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  // The parent may have died before the line above.
  if (::getppid() != plan.parent) ::_exit(127);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  struct sigaction standard = {};
  standard.sa_handler = SIG_DFL;
  for (const int signal : {SIGPIPE, SIGINT, SIGTERM, SIGHUP, SIGCHLD}) ::sigaction(signal, &standard, nullptr);
  if (::dup2(plan.input.read_end.get(), STDIN_FILENO) < 0 || ::dup2(plan.out.write_end.get(), STDOUT_FILENO) < 0 ||
      ::dup2(plan.err.write_end.get(), STDERR_FILENO) < 0) {
    refuse(plan, false);
  }
  if (!plan.directory.empty() && ::chdir(plan.directory.c_str()) != 0) refuse(plan, true);
  // Descriptors of others in this process are not the program's business.
  ::syscall(SYS_close_range, 3U, ~0U, 4U /* CLOSE_RANGE_CLOEXEC */);
  ::execve(plan.program.c_str(), plan.argv.data(), plan.envp.data());
  refuse(plan, false);
}

Result<Plan> make_plan(const Command& command) {
  TP_CHECK(check(command));
  Plan plan;
  plan.program = command.argv.front();
  if (plan.program.find('/') == std::string::npos) {
    TP_TRY(const std::filesystem::path found, find_program(plan.program));
    plan.program = found.string();
  }
  plan.directory = command.directory.string();
  plan.arguments = command.argv;
  plan.environment = environment_of(command);
  plan.argv = pointers_to(plan.arguments);
  plan.envp = pointers_to(plan.environment);
  TP_TRY(plan.input, make_pipe());
  TP_TRY(plan.out, make_pipe());
  TP_TRY(plan.err, make_pipe());
  TP_TRY(plan.refusal, make_pipe());
  plan.parent = ::getpid();
  return plan;
}

/// A child that runs, until it was waited for.
class Child {
 public:
  Child(pid_t pid, const Command& command, Plan plan, std::stop_token stop)
      : pid_(pid), command_(command), plan_(std::move(plan)), stop_(std::move(stop)) {}
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() { reap(); }

  Result<Finished> wait() {
    TP_CHECK(prepare());
    const std::stop_callback wake(stop_, [fd = wake_.get()] {
      const std::uint64_t one = 1;
      [[maybe_unused]] const ssize_t written = ::write(fd, &one, sizeof one);
    });
    const auto start = system_clock().steady_now();
    if (command_.timeout) deadline_ = start + *command_.timeout;
    while (!has_ended_) {
      TP_CHECK(poll_once());
      if (!has_ended_) act_on_time();
    }
    // The group dies before its leader is reaped: until then nobody else can have its number.
    ::kill(-pid_, SIGKILL);
    drain();
    reap();
    if (interruption_) return *std::move(interruption_);
    return std::move(finished_);
  }

 private:
  Result<void> prepare() {
    process_ = Descriptor(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
    if (!process_.is_open()) return system_error(errno, "cannot watch " + command_.argv.front());
    wake_ = Descriptor(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!wake_.is_open()) return system_error(errno, "cannot watch " + command_.argv.front());
    make_non_blocking(plan_.input.write_end);
    make_non_blocking(plan_.out.read_end);
    make_non_blocking(plan_.err.read_end);
    if (command_.input.empty()) plan_.input.write_end.reset();
    return {};
  }

  Result<void> poll_once() {
    // poll() ignores negative descriptors: the closed ones.
    std::array<pollfd, 5> polled{pollfd{process_.get(), POLLIN, 0}, pollfd{interruption_ ? -1 : wake_.get(), POLLIN, 0},
                                 pollfd{plan_.out.read_end.get(), POLLIN, 0},
                                 pollfd{plan_.err.read_end.get(), POLLIN, 0},
                                 pollfd{plan_.input.write_end.get(), POLLOUT, 0}};
    if (::poll(polled.data(), polled.size(), milliseconds_left()) < 0 && errno != EINTR) {
      return system_error(errno, "cannot watch " + command_.argv.front());
    }
    if (polled[2].revents != 0) read_from(plan_.out.read_end, finished_.out);
    if (polled[3].revents != 0) read_from(plan_.err.read_end, finished_.err);
    if (polled[4].revents != 0) feed();
    if (polled[0].revents != 0) has_ended_ = true;
    return {};
  }

  [[nodiscard]] int milliseconds_left() const {
    if (!deadline_) return -1;
    const auto left = std::chrono::ceil<Millis>(*deadline_ - system_clock().steady_now()).count();
    return static_cast<int>(std::clamp<std::int64_t>(left, 0, INT_MAX));
  }

  /// First asks to stop, then, after the grace time, makes it.
  void act_on_time() {
    const bool is_late = deadline_ && system_clock().steady_now() >= *deadline_;
    if (interruption_) {
      if (!is_late) return;
      ::kill(-pid_, SIGKILL);
      deadline_.reset();
      return;
    }
    if (stop_.stop_requested()) {
      interruption_ = canceled(command_.argv.front() + " was stopped");
    } else if (is_late) {
      interruption_ = unavailable(command_.argv.front() + " took longer than " + format_duration(*command_.timeout) +
                                  " and was stopped");
      interruption_->detail = replace_invalid_utf8(finished_.err);
    } else {
      return;
    }
    ::kill(-pid_, SIGTERM);
    deadline_ = system_clock().steady_now() + command_.grace;
  }

  void feed() {
    const std::string_view rest = std::string_view(command_.input).substr(fed_);
    const ssize_t written = write_without_signal(plan_.input.write_end.get(), rest);
    if (written > 0) fed_ += static_cast<std::size_t>(written);
    // A program need not read its input.
    const bool refused = written < 0 && errno != EAGAIN && errno != EINTR;
    if (refused || fed_ == command_.input.size()) plan_.input.write_end.reset();
  }

  /// One read; false where there is nothing more now.
  bool read_from(Descriptor& from, std::string& to) {
    std::array<char, 64 * 1024> buffer{};
    const ssize_t got = ::read(from.get(), buffer.data(), buffer.size());
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) return false;
    if (got <= 0) {
      from.reset();
      return false;
    }
    const auto size = static_cast<std::size_t>(got);
    const std::size_t room = command_.output_limit - std::min(command_.output_limit, to.size());
    to.append(buffer.data(), std::min(size, room));
    if (size > room) finished_.is_truncated = true;
    return true;
  }

  /// What the program wrote before it ended is in the pipes already; a process that still holds them is not waited for.
  void drain() {
    while (plan_.out.read_end.is_open() && read_from(plan_.out.read_end, finished_.out)) {
    }
    while (plan_.err.read_end.is_open() && read_from(plan_.err.read_end, finished_.err)) {
    }
  }

  void reap() {
    if (pid_ <= 0) return;
    ::kill(-pid_, SIGKILL);
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    finished_.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    finished_.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + finished_.signal;
  }

  pid_t pid_;
  const Command& command_;
  Plan plan_;
  std::stop_token stop_;
  Descriptor process_;
  Descriptor wake_;
  std::optional<std::chrono::steady_clock::time_point> deadline_;
  std::optional<Error> interruption_;
  std::size_t fed_ = 0;
  bool has_ended_ = false;
  Finished finished_;
};

Error error_of(const Refusal& refusal, const Command& command) {
  if (refusal.is_directory) {
    return system_error(refusal.code,
                        "cannot run " + command.argv.front() + " in the folder " + command.directory.string());
  }
  return system_error(refusal.code, "cannot run " + command.argv.front());
}

/// Waits until the child is the program, or could not become it.
std::optional<Refusal> read_refusal(const Descriptor& from) {
  Refusal refusal;
  ssize_t got = 0;
  do {
    got = ::read(from.get(), &refusal, sizeof refusal);
  } while (got < 0 && errno == EINTR);
  if (got != static_cast<ssize_t>(sizeof refusal)) return std::nullopt;
  return refusal;
}

std::string last_lines(std::string_view text) {
  constexpr std::size_t kMost = 2000;
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
  if (text.size() > kMost) text.remove_prefix(text.size() - kMost);
  return replace_invalid_utf8(text);
}

}  // namespace

Result<std::filesystem::path> find_program(const std::string& name) {
  const char* variable = std::getenv("PATH");
  std::string_view path = variable == nullptr ? "/usr/local/bin:/usr/bin:/bin" : variable;
  while (!path.empty()) {
    const std::size_t end = path.find(':');
    const std::filesystem::path folder(path.substr(0, end));
    path.remove_prefix(end == std::string_view::npos ? path.size() : end + 1);
    std::filesystem::path candidate = folder / name;
    std::error_code failure;
    if (::access(candidate.c_str(), X_OK) == 0 && std::filesystem::is_regular_file(candidate, failure)) {
      return candidate;
    }
  }
  return not_found("the program " + name + " is not installed, or not on PATH");
}

Result<Finished> run(const Command& command, std::stop_token stop) {
  if (stop.stop_requested()) return canceled("stopped before a program was started");
  TP_TRY(Plan plan, make_plan(command));
  const pid_t pid = ::fork();
  if (pid < 0) return system_error(errno, "cannot start " + command.argv.front());
  if (pid == 0) become_program(plan);
  // Both sides do it, so that the group is there whoever comes first.
  ::setpgid(pid, pid);
  plan.input.read_end.reset();
  plan.out.write_end.reset();
  plan.err.write_end.reset();
  plan.refusal.write_end.reset();
  const Descriptor refusals = std::move(plan.refusal.read_end);
  Child child(pid, command, std::move(plan), std::move(stop));
  if (const auto refusal = read_refusal(refusals)) return error_of(*refusal, command);
  return child.wait();
}

Result<std::string> output_of(const Command& command, std::stop_token stop) {
  TP_TRY(Finished finished, run(command, std::move(stop)));
  if (!finished.is_success()) {
    const std::string how = finished.signal != 0 ? "signal " + std::to_string(finished.signal)
                                                 : "exit code " + std::to_string(finished.exit_code);
    Error error = unavailable(command.argv.front() + " failed (" + how + "): " + last_lines(finished.err));
    error.detail = last_lines(finished.out);
    return error;
  }
  if (finished.is_truncated) {
    return unavailable(command.argv.front() + " wrote more than " + std::to_string(command.output_limit) + " bytes");
  }
  return std::move(finished.out);
}

}  // namespace threeport::base
