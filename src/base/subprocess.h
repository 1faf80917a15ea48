// Other programs, run with an argument list (never through a shell) and never left behind.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace threeport::base {

enum class Environment {
  inherited,  ///< this process's variables, and `variables` over them
  clean,      ///< `variables` alone; the program is still looked for on this process's PATH
};

struct Command {
  std::vector<std::string> argv;  ///< the program (looked for on PATH unless it has a slash), then its arguments
  std::map<std::string, std::string> variables = {};
  Environment environment = Environment::inherited;
  std::filesystem::path directory = {};              ///< empty: this process's
  std::string input = {};                            ///< standard input; then it is closed
  std::size_t output_limit = std::size_t{16} << 20;  ///< bytes kept of each stream
  std::optional<Millis> timeout = std::nullopt;
  Millis grace = Millis(5000);  ///< between SIGTERM and SIGKILL, after a timeout or a stop
};

struct Finished {
  int exit_code = 0;  ///< 128 + signal where a signal ended it
  int signal = 0;
  std::string out;
  std::string err;
  bool is_truncated = false;  ///< a stream had more than output_limit; its first bytes are kept

  [[nodiscard]] bool is_success() const { return exit_code == 0; }
};

/// Runs the program and waits for it. It gets a process group of its own, which is killed when it ends, so nothing that
/// it started in that group goes on; it is killed when this thread or process dies. A non-zero exit is no error here.
/// Blocks. Errors: `not_found` (no such program or directory), `denied` (not executable), `invalid` (no argv, NUL
/// bytes), `unavailable` (timeout; no process to be had), `canceled` (stop).
Result<Finished> run(const Command& command, std::stop_token stop = {});

/// Standard output of a program that must succeed. Errors: of run(); `unavailable` with the last lines of its standard
/// error where it fails, or where the output was truncated.
Result<std::string> output_of(const Command& command, std::stop_token stop = {});

/// Path of the program on this process's PATH. Error `not_found`.
Result<std::filesystem::path> find_program(const std::string& name);

}  // namespace threeport::base
