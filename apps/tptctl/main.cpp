// tptctl: the command line client. Only wiring: what comes from the process goes into a cli::Environment.
#include <cstdlib>
#include <iostream>

#include <pwd.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/config.h"
#include "cli/run.h"
#include "kinds/registry.h"

namespace {

std::optional<std::string> variable(std::string_view name) {
  const char* value = std::getenv(std::string(name).c_str());
  if (value == nullptr) return std::nullopt;
  return std::string(value);
}

/// $HOME, else the home of the account.
std::filesystem::path home() {
  if (const auto value = variable("HOME"); value && !value->empty()) return *value;
  const passwd* account = getpwuid(getuid());
  return account != nullptr ? account->pw_dir : "/";
}

unsigned terminal_width() {
  winsize size{};
  return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80U;
}

}  // namespace

int main(int argc, char** argv) {
  // A reader that goes away (`tptctl get ... | head`) ends the output, not the program.
  signal(SIGPIPE, SIG_IGN);
  const threeport::schema::Registry registry(threeport::kinds::all());
  std::error_code ignored;
  const threeport::cli::Environment environment{.in = std::cin,
                                                .out = std::cout,
                                                .err = std::cerr,
                                                .registry = registry,
                                                .clock = threeport::base::system_clock(),
                                                .version = TP_VERSION,
                                                .home = home(),
                                                .working_directory = std::filesystem::current_path(ignored),
                                                .executable = std::filesystem::read_symlink("/proc/self/exe", ignored),
                                                .variable = variable,
                                                .is_terminal = isatty(STDOUT_FILENO) == 1,
                                                .width = terminal_width(),
                                                .connect = threeport::cli::connect_over_http};
  return threeport::cli::run({argv + 1, argv + argc}, environment);
}
