// Tests only: what surrounds one run of tptctl.
#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <sstream>
#include <string>

#include "base/temp_folder.h"
#include "cli/config.h"
#include "cli/environment.h"

namespace threeport::cli {

/// Time passes as soon as somebody waits for it. Used by one thread.
class SteppingClock final : public base::Clock {
 public:
  [[nodiscard]] base::TimePoint now() const override {
    return start_ + std::chrono::duration_cast<std::chrono::microseconds>(passed_);
  }
  [[nodiscard]] std::chrono::steady_clock::time_point steady_now() const override {
    return std::chrono::steady_clock::time_point(passed_);
  }
  void wait_until(std::unique_lock<std::mutex>&, std::condition_variable&,
                  std::chrono::steady_clock::time_point until) override {
    passed_ = std::max(passed_, until.time_since_epoch());
    if (on_wait) on_wait();
  }
  void advance(base::Millis by) { passed_ += by; }

  /// What happens in the world meanwhile.
  std::function<void()> on_wait;

 private:
  base::TimePoint start_ = base::ManualClock().now();
  std::chrono::steady_clock::duration passed_{0};
};

/// A terminal, a home that is the working directory too, and a clock. Used by one thread.
class TestSurroundings {
 public:
  explicit TestSurroundings(const schema::Registry& registry) : registry_(registry) {}

  /// As things stand now; valid while this object lives.
  Environment environment() {
    return {.in = in,
            .out = out,
            .err = err,
            .registry = registry_,
            .clock = clock,
            .version = "v1.2.3",
            .home = folder(),
            .working_directory = folder(),
            .executable = folder() / "bin" / "tptctl",
            .variable =
                [this](std::string_view name) {
                  const auto found = variables.find(name);
                  return found == variables.end() ? std::nullopt : std::optional(found->second);
                },
            .is_terminal = is_terminal,
            .width = width,
            .connect = connect_over_http};
  }

  [[nodiscard]] const std::filesystem::path& folder() const { return folder_.path(); }
  /// A file in the folder; returns its path.
  std::filesystem::path write(const std::string& name, const std::string& text) const {
    const std::filesystem::path path = folder() / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text;
    return path;
  }

  std::istringstream in;
  std::ostringstream out, err;
  SteppingClock clock;
  std::map<std::string, std::string, std::less<>> variables;
  bool is_terminal = false;
  unsigned width = 80;

 private:
  const schema::Registry& registry_;
  base::TempFolder folder_;
};

}  // namespace threeport::cli
