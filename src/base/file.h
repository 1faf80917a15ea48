// Files as Results: whole contents in and out, written so that a crash leaves the old or the new file.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include <sys/types.h>

#include "base/result.h"

namespace threeport::base {

/// What a failed system call means for the caller: ENOENT `not_found`; EACCES, EPERM, EROFS `denied`; EEXIST
/// `conflict`; a full disk, EMFILE, EAGAIN, EIO `unavailable`; EISDIR, ENOTDIR, ENAMETOOLONG, ELOOP, ENOEXEC `invalid`;
/// else `internal`. Message: "<what>: <why>"; a full disk says so and what to do.
Error system_error(int code, std::string_view what);

/// The whole file (or pipe). Errors: of system_error; `invalid` where it is larger than `limit` bytes. Blocks.
Result<std::string> read_file(const std::filesystem::path& path, std::size_t limit = std::size_t{256} << 20);

/// Replaces the file or makes it, with exactly these permissions. Readers, also those after a crash, see the old or the
/// new content, never a mixture; on an error the old one stays. A symbolic link is followed. On return the content is
/// on disk. Blocks. Errors: of system_error.
Result<void> write_file_atomically(const std::filesystem::path& path, std::string_view content, mode_t mode = 0644);

/// Makes a file that must not exist yet, with exactly these permissions from its first moment. On return it and its
/// name are on disk; on an error there is no file. Blocks. Errors: of system_error (`conflict`: it exists).
Result<void> create_file(const std::filesystem::path& path, std::string_view content, mode_t mode = 0644);

/// Makes the folder and those above it; made folders get `mode`. Idempotent. Errors: of system_error.
Result<void> ensure_directory(const std::filesystem::path& path, mode_t mode = 0755);

}  // namespace threeport::base
