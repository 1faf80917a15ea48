#include "cli/process.h"

#include <cerrno>
#include <charconv>
#include <condition_variable>
#include <mutex>
#include <system_error>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"

extern char** environ;

namespace threeport::cli {

namespace {

/// What posix_spawn takes, freed on every way out.
struct SpawnSettings {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  SpawnSettings() {
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;
  ~SpawnSettings() {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  }
};

}  // namespace

base::Result<pid_t> start_detached(const std::vector<std::string>& argv, const std::filesystem::path& log) {
  SpawnSettings settings;
  posix_spawn_file_actions_addopen(&settings.actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&settings.actions, STDOUT_FILENO, log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  posix_spawn_file_actions_adddup2(&settings.actions, STDOUT_FILENO, STDERR_FILENO);
  // Its own session: neither Ctrl-C nor the end of the terminal reaches it.
  posix_spawnattr_setflags(&settings.attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  sigset_t all, none;
  sigfillset(&all);
  sigemptyset(&none);
  posix_spawnattr_setsigdefault(&settings.attributes, &all);
  posix_spawnattr_setsigmask(&settings.attributes, &none);

  std::vector<char*> pointers;
  for (const std::string& argument : argv) pointers.push_back(const_cast<char*>(argument.c_str()));
  pointers.push_back(nullptr);
  pid_t pid = 0;
  const int code =
      posix_spawn(&pid, argv.front().c_str(), &settings.actions, &settings.attributes, pointers.data(), environ);
  if (code != 0) return base::system_error(code, "start " + argv.front());
  return pid;
}

bool is_running(pid_t pid, const std::filesystem::path& program) {
  if (pid <= 0 || (kill(pid, 0) != 0 && errno == ESRCH)) return false;
  // A zombie has no executable any more, so it does not count as running.
  std::error_code failed;
  std::string name = std::filesystem::read_symlink("/proc/" + std::to_string(pid) + "/exe", failed).filename().string();
  if (failed) return false;
  constexpr std::string_view kReplaced = " (deleted)";
  if (name.ends_with(kReplaced)) name.resize(name.size() - kReplaced.size());
  return name == program.filename().string();
}

bool has_exited(pid_t child) {
  int status = 0;
  return waitpid(child, &status, WNOHANG) == child;
}

bool terminate(pid_t pid, const std::filesystem::path& program, base::Clock& clock, base::Millis limit) {
  kill(pid, SIGTERM);
  const auto deadline = clock.steady_now() + limit;
  while (is_running(pid, program)) {
    if (clock.steady_now() >= deadline) return false;
    pause(clock, base::Millis(20));
    has_exited(pid);
  }
  return true;
}

std::optional<pid_t> read_pid_file(const std::filesystem::path& path) {
  const auto text = base::read_file(path, 64);
  if (!text) return std::nullopt;
  pid_t pid = 0;
  const auto [end, code] = std::from_chars(text->data(), text->data() + text->size(), pid);
  if (code != std::errc{} || pid <= 0) return std::nullopt;
  return pid;
}

bool is_port_free(std::uint16_t port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket < 0) return false;
  // As servers do it: connections in TIME_WAIT do not count.
  const int on = 1;
  setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool is_free = bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  close(socket);
  return is_free;
}

void pause(base::Clock& clock, base::Millis duration) {
  std::mutex mutex;
  std::condition_variable never;
  std::unique_lock lock(mutex);
  const auto until = clock.steady_now() + duration;
  while (clock.steady_now() < until) clock.wait_until(lock, never, until);
}

}  // namespace threeport::cli
