#include "bench/server_process.h"

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <thread>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/fail.h"

namespace threeport::bench {

ServerProcess::ServerProcess(const std::string& database, const std::filesystem::path& folder,
                             const std::string& roles) {
  const char* bin = std::getenv("TP_BIN_DIR");
  const std::string program = std::string(bin == nullptr ? "build/bin" : bin) + "/threeportd";
  const std::string port_file = (folder / "port").string();
  std::filesystem::remove(port_file);
  const auto start = std::chrono::steady_clock::now();
  pid_ = fork();
  if (pid_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);  // it does not outlive us, however we end
    const int log = open((folder / "threeportd.log").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    dup2(log, STDERR_FILENO);
    setenv("HOME", folder.c_str(), 1);
    const char* arguments[] = {program.c_str(),  "--listen",        "127.0.0.1:0", "--database",
                               database.c_str(), "--roles",         roles.c_str(), "--auth-enabled=false",
                               "--port-file",    port_file.c_str(), nullptr};
    execv(program.c_str(), const_cast<char**>(arguments));
    _exit(127);
  }
  for (int i = 0; i < 20'000 && port_ == 0; ++i) {
    std::this_thread::sleep_for(std::chrono::microseconds(500));
    std::ifstream(port_file) >> port_;
    if (waitpid(pid_, nullptr, WNOHANG) == pid_) break;
  }
  start_up_ms_ = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
  if (port_ == 0) {
    std::ifstream log(folder / "threeportd.log");
    fail(program + " does not start: " + std::string(std::istreambuf_iterator<char>(log), {}));
  }
}

ServerProcess::~ServerProcess() {
  kill(pid_, SIGTERM);
  waitpid(pid_, nullptr, 0);
}

double ServerProcess::resident_mib() const {
  std::ifstream file("/proc/" + std::to_string(pid_) + "/statm");
  long total = 0, resident = 0;
  file >> total >> resident;
  return static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE)) / (1024 * 1024);
}

double ServerProcess::cpu_seconds() const {
  std::ifstream file("/proc/" + std::to_string(pid_) + "/stat");
  std::string word;
  for (int i = 0; i < 13; ++i) file >> word;
  double user = 0, system = 0;
  file >> user >> system;
  return (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

}  // namespace threeport::bench
