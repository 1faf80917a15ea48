// The local server process: started so that it outlives tptctl, found again by its pid file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "base/clock.h"
#include "base/result.h"

namespace threeport::cli {

/// Starts a program in a session of its own, with no input and with its output appended to `log`; the arguments are
/// passed as they are, never through a shell. Returns its pid at once. Errors: `not_found` (no such program), those of
/// base::system_error. The child is reaped by `has_exited`, or by init once tptctl ends.
base::Result<pid_t> start_detached(const std::vector<std::string>& argv, const std::filesystem::path& log);

/// Whether a process of that pid runs that program: pids are reused, so the number alone says nothing. A program file
/// that was replaced since counts as the same. `program` is a path; its base name is compared.
bool is_running(pid_t pid, const std::filesystem::path& program);

/// Reaps a child of ours that has ended.
bool has_exited(pid_t child);

/// Asks the process to end and waits until it has, at most `limit`. False: it still runs.
bool terminate(pid_t pid, const std::filesystem::path& program, base::Clock& clock, base::Millis limit);

/// The pid in the file; nullopt where there is none or it holds something else.
std::optional<pid_t> read_pid_file(const std::filesystem::path& path);

/// Whether a server may listen on that port of the loopback interface.
bool is_port_free(std::uint16_t port);

/// Blocks for that long by the clock.
void pause(base::Clock& clock, base::Millis duration);

}  // namespace threeport::cli
