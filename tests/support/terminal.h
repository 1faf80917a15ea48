// tptctl in a test: its files, environment variables and clock, against a control plane in process.
#pragma once

#include <fstream>
#include <string>
#include <vector>

#include "cli/run.h"
#include "cli/testing.h"
#include "tests/support/control_plane.h"

namespace threeport::testing {

/// What one command printed.
struct Ran {
  int code = 0;
  std::string out, err;
};

class Terminal : public cli::TestSurroundings {
 public:
  explicit Terminal(ControlPlane& plane) : TestSurroundings(plane.registry()), plane_(plane) {
    configure("CurrentControlPlane: test\n");
  }

  /// Runs tptctl with these arguments; `input` is its standard input.
  Ran run(const std::vector<std::string>& arguments, const std::string& input = {}) {
    in = std::istringstream(input);
    out.str("");
    err.str("");
    const int code = cli::run(arguments, environment());
    return {code, out.str(), err.str()};
  }
  /// Its output, where the command succeeds; else the code, the error and the output.
  std::string print(const std::vector<std::string>& arguments, const std::string& input = {}) {
    const Ran ran = run(arguments, input);
    return ran.code == 0 ? ran.out : "exit " + std::to_string(ran.code) + ": " + ran.err + ran.out;
  }

  [[nodiscard]] std::filesystem::path config_file() const { return folder() / ".threeport" / "config.yaml"; }
  /// The configuration file: the control plane `test` after these lines.
  void configure(const std::string& head) const {
    write(".threeport/config.yaml",
          head + "ControlPlanes:\n- Name: test\n  AuthEnabled: false\n  APIServer: " + plane_.address() + "\n");
  }
  /// A line of the entry of the control plane.
  void add_to_config(const std::string& line) const { std::ofstream(config_file(), std::ios::app) << line << "\n"; }

 private:
  ControlPlane& plane_;
};

}  // namespace threeport::testing
