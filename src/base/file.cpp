#include "base/file.h"

#include <algorithm>
#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/crypto.h"
#include "base/descriptor.h"

namespace threeport::base {
namespace {

Descriptor open_file(const std::filesystem::path& path, int flags, mode_t mode = 0) {
  int fd = -1;
  do {
    fd = ::open(path.c_str(), flags | O_CLOEXEC, mode);
  } while (fd < 0 && errno == EINTR);
  return Descriptor(fd);
}

bool write_all(int fd, std::string_view content) {
  while (!content.empty()) {
    const ssize_t written = ::write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

std::filesystem::path folder_of(const std::filesystem::path& path) {
  const std::filesystem::path parent = path.parent_path();
  return parent.empty() ? std::filesystem::path(".") : parent;
}

Result<void> sync_folder(const std::filesystem::path& folder) {
  const Descriptor descriptor = open_file(folder, O_RDONLY | O_DIRECTORY);
  if (!descriptor.is_open()) return system_error(errno, "cannot open the folder " + folder.string());
  // Some file systems cannot sync folders and say EINVAL; they need no sync.
  if (::fsync(descriptor.get()) != 0 && errno != EINVAL) {
    return system_error(errno, "cannot sync the folder " + folder.string());
  }
  return {};
}

/// Makes a new file with this content, on disk but for its name. Leaves none behind on an error.
Result<void> make_file(const std::filesystem::path& path, std::string_view content, mode_t mode) {
  Descriptor file = open_file(path, O_WRONLY | O_CREAT | O_EXCL, mode);
  if (!file.is_open()) return system_error(errno, "cannot make the file " + path.string());
  // fchmod: the umask took bits away.
  const bool written =
      ::fchmod(file.get(), mode) == 0 && write_all(file.get(), content) && ::fsync(file.get()) == 0 && file.close();
  if (written) return {};
  Error error = system_error(errno, "cannot write the file " + path.string());
  ::unlink(path.c_str());
  return error;
}

}  // namespace

Error system_error(int code, std::string_view what) {
  const auto make = [&](ErrorKind kind, const std::string& why) {
    return Error{.kind = kind, .message = std::string(what) + ": " + why, .detail = "errno " + std::to_string(code)};
  };
  const std::string why = std::generic_category().message(code);
  switch (code) {
    case ENOSPC:
    case EDQUOT: return make(ErrorKind::unavailable, "the disk is full; make room and try again");
    case ENOENT: return make(ErrorKind::not_found, why);
    case EACCES:
    case EPERM:
    case EROFS: return make(ErrorKind::denied, why);
    case EEXIST: return make(ErrorKind::conflict, why);
    case EISDIR:
    case ENOTDIR:
    case ENAMETOOLONG:
    case ELOOP:
    case ENOEXEC: return make(ErrorKind::invalid, why);
    case EMFILE:
    case ENFILE:
    case EAGAIN:
    case ENOMEM:
    case EBUSY:
    case EIO: return make(ErrorKind::unavailable, why);
    default: return make(ErrorKind::internal, why);
  }
}

Result<std::string> read_file(const std::filesystem::path& path, std::size_t limit) {
  const std::string what = "cannot read " + path.string();
  const Descriptor file = open_file(path, O_RDONLY);
  if (!file.is_open()) return system_error(errno, what);
  struct stat status = {};
  if (::fstat(file.get(), &status) != 0) return system_error(errno, what);
  std::string out;
  if (S_ISREG(status.st_mode)) out.reserve(std::min(limit, static_cast<std::size_t>(status.st_size)) + 1);
  constexpr std::size_t kChunk = 64 * 1024;
  std::string buffer(kChunk, '\0');
  while (true) {
    const ssize_t got = ::read(file.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_error(errno, what);
    if (got == 0) return out;
    out.append(buffer, 0, static_cast<std::size_t>(got));
    if (out.size() > limit) return invalid(what + ": it is larger than " + std::to_string(limit) + " bytes");
  }
}

Result<void> write_file_atomically(const std::filesystem::path& path, std::string_view content, mode_t mode) {
  std::error_code failure;
  std::filesystem::path target =
      std::filesystem::is_symlink(path, failure) ? std::filesystem::weakly_canonical(path, failure) : path;
  if (failure && failure.value() != ENOENT)
    return system_error(failure.value(), "cannot write the file " + path.string());
  const std::filesystem::path temporary =
      folder_of(target) / ("." + target.filename().string() + "." + hex(random_bytes(6)) + ".tmp");
  if (auto made = make_file(temporary, content, mode); !made.has_value()) {
    return std::move(made).error().with_context("cannot write the file " + path.string());
  }
  if (::rename(temporary.c_str(), target.c_str()) != 0) {
    Error error = system_error(errno, "cannot write the file " + path.string());
    ::unlink(temporary.c_str());
    return error;
  }
  return sync_folder(folder_of(target));
}

Result<void> create_file(const std::filesystem::path& path, std::string_view content, mode_t mode) {
  TP_CHECK(make_file(path, content, mode));
  return sync_folder(folder_of(path));
}

Result<void> ensure_directory(const std::filesystem::path& path, mode_t mode) {
  std::error_code failure;
  if (path.empty() || std::filesystem::is_directory(path, failure)) return {};
  TP_CHECK(ensure_directory(path.has_filename() ? path.parent_path() : path.parent_path().parent_path(), mode));
  if (::mkdir(path.c_str(), mode) == 0) {
    if (::chmod(path.c_str(), mode) != 0) return system_error(errno, "cannot make the folder " + path.string());
    return {};
  }
  const int code = errno;
  // Somebody else may have made it meanwhile.
  if (code == EEXIST && std::filesystem::is_directory(path, failure)) return {};
  return system_error(code, "cannot make the folder " + path.string());
}

}  // namespace threeport::base
