// threeportd as a process of its own, for benchmarks.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include <sys/types.h>

namespace threeport::bench {

class ServerProcess {
 public:
  /// Starts `$TP_BIN_DIR/threeportd` on a free port and waits until it serves; its log and keys go to `folder`. Ends
  /// the program where it does not.
  ServerProcess(const std::string& database, const std::filesystem::path& folder,
                const std::string& roles = "api,controllers");
  ~ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  /// Time from its start until it serves.
  [[nodiscard]] double start_up_ms() const { return start_up_ms_; }
  [[nodiscard]] double resident_mib() const;
  /// Processor seconds used so far.
  [[nodiscard]] double cpu_seconds() const;

 private:
  pid_t pid_ = 0;
  std::uint16_t port_ = 0;
  double start_up_ms_ = 0;
};

}  // namespace threeport::bench
