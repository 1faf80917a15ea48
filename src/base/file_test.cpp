#include "base/file.h"

#include <cerrno>
#include <csignal>
#include <iterator>

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/temp_folder.h"

namespace threeport::base {
namespace {

namespace fs = std::filesystem;

unsigned mode_of(const fs::path& path) {
  struct stat status = {};
  return ::stat(path.c_str(), &status) == 0 ? status.st_mode & 07777U : 0U;
}

std::ptrdiff_t entries_of(const fs::path& folder) {
  return std::distance(fs::directory_iterator(folder), fs::directory_iterator());
}

/// Makes every write of this process beyond some bytes fail, as a full disk does.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    handler_ = std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  void (*handler_)(int) = nullptr;
};

TEST(File, IsReadAsItWasWritten) {
  const TempFolder folder;
  const fs::path path = folder.path() / "x";
  const std::string content = std::string(200'000, 'x') + std::string(1, '\0') + "\xff";
  ASSERT_TRUE(write_file_atomically(path, content));
  EXPECT_EQ(*read_file(path), content);
  ASSERT_TRUE(write_file_atomically(path, ""));
  EXPECT_EQ(*read_file(path), "");
  EXPECT_EQ(entries_of(folder.path()), 1);
}

TEST(File, GetsExactlyThePermissionsAskedFor) {
  const TempFolder folder;
  const mode_t before = ::umask(077);
  ASSERT_TRUE(write_file_atomically(folder.path() / "a", "x", 0664));
  ASSERT_TRUE(create_file(folder.path() / "b", "x", 0600));
  ASSERT_TRUE(ensure_directory(folder.path() / "c/d", 0750));
  ::umask(before);
  EXPECT_EQ(mode_of(folder.path() / "a"), 0664U);
  EXPECT_EQ(mode_of(folder.path() / "b"), 0600U);
  EXPECT_EQ(mode_of(folder.path() / "c/d"), 0750U);
}

TEST(File, AWriteThatFailsLeavesTheOldContentAndNothingElse) {
  const TempFolder folder;
  const fs::path path = folder.path() / "x";
  ASSERT_TRUE(write_file_atomically(path, "old"));
  {
    const FileSizeLimit limit(4096);
    EXPECT_FALSE(write_file_atomically(path, std::string(10'000, 'n')));
    EXPECT_FALSE(create_file(folder.path() / "y", std::string(10'000, 'n')));
  }
  EXPECT_EQ(*read_file(path), "old");
  EXPECT_EQ(entries_of(folder.path()), 1);
}

TEST(File, WritingThroughASymbolicLinkKeepsTheLink) {
  const TempFolder folder;
  ASSERT_TRUE(write_file_atomically(folder.path() / "real", "old"));
  fs::create_symlink("real", folder.path() / "link");
  ASSERT_TRUE(write_file_atomically(folder.path() / "link", "new"));
  EXPECT_TRUE(fs::is_symlink(folder.path() / "link"));
  EXPECT_EQ(*read_file(folder.path() / "real"), "new");
}

TEST(File, CreateRefusesWhatExists) {
  const TempFolder folder;
  const fs::path path = folder.path() / "x";
  ASSERT_TRUE(create_file(path, "first"));
  const auto second = create_file(path, "second");
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::conflict);
  EXPECT_EQ(second.error().message, "cannot make the file " + path.string() + ": File exists");
  EXPECT_EQ(*read_file(path), "first");
}

TEST(File, ErrorsNameThePathAndTheKind) {
  const TempFolder folder;
  const auto missing = read_file(folder.path() / "none");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, ErrorKind::not_found);
  EXPECT_EQ(missing.error().message,
            "cannot read " + (folder.path() / "none").string() + ": No such file or directory");
  EXPECT_EQ(read_file(folder.path()).error().kind, ErrorKind::invalid);
  EXPECT_EQ(write_file_atomically(folder.path() / "no/file", "x").error().kind, ErrorKind::not_found);
  EXPECT_EQ(write_file_atomically(folder.path() / std::string(300, 'x'), "x").error().kind, ErrorKind::invalid);
}

TEST(File, ThatIsTooLargeIsNotRead) {
  const TempFolder folder;
  ASSERT_TRUE(write_file_atomically(folder.path() / "x", "12345"));
  EXPECT_EQ(*read_file(folder.path() / "x", 5), "12345");
  const auto read = read_file(folder.path() / "x", 4);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().message, "cannot read " + (folder.path() / "x").string() + ": it is larger than 4 bytes");
}

TEST(File, EnsureDirectoryIsIdempotentAndRefusesAFileInTheWay) {
  const TempFolder folder;
  ASSERT_TRUE(ensure_directory(folder.path() / "a/b/c"));
  ASSERT_TRUE(ensure_directory(folder.path() / "a/b/c/"));
  EXPECT_TRUE(fs::is_directory(folder.path() / "a/b/c"));
  ASSERT_TRUE(write_file_atomically(folder.path() / "f", "x"));
  EXPECT_FALSE(ensure_directory(folder.path() / "f"));
  EXPECT_FALSE(ensure_directory(folder.path() / "f/g"));
}

TEST(SystemError, NamesAFullDiskAndTheFix) {
  const Error error = system_error(ENOSPC, "cannot write x");
  EXPECT_EQ(error.kind, ErrorKind::unavailable);
  EXPECT_EQ(error.message, "cannot write x: the disk is full; make room and try again");
  EXPECT_EQ(system_error(EDQUOT, "x").kind, ErrorKind::unavailable);
  EXPECT_EQ(system_error(EACCES, "x").kind, ErrorKind::denied);
  EXPECT_EQ(system_error(EINVAL, "x").kind, ErrorKind::internal);
}

}  // namespace
}  // namespace threeport::base
