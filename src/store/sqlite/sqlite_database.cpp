#include "store/sqlite/sqlite_database.h"

#include <cerrno>
#include <mutex>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "store/sqlite/checkpointer.h"
#include "store/sqlite/sqlite_session.h"

namespace threeport::store::sqlite {
namespace {

using base::Result;

/// SQLite keeps statistics of its memory under one global mutex, which readers would queue for.
void configure_library() {
  static std::once_flag once;
  std::call_once(once, [] { sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); });
}

/// Held as long as it lives.
class FileLock {
 public:
  static Result<FileLock> take(const std::string& database) {
    // Not the database itself: closing any descriptor of that would release SQLite's own locks (POSIX).
    const std::string path = database + ".lock";
    const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor < 0) {
      const int code = errno;
      if (code == ENOENT) return base::invalid("the folder of the database " + database + " does not exist: make it");
      base::Error error = base::system_error(code, "cannot write into the folder of the database " + database);
      if (error.kind == base::ErrorKind::denied) error.message += "; make it writable, or name another one";
      return error;
    }
    FileLock lock(descriptor);
    if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
      auto error = base::conflict("the database " + database +
                                  " is open in another process: stop that one first, or give this one another file");
      error.reason = "InUse";
      return error;
    }
    return lock;
  }
  FileLock(FileLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  FileLock& operator=(FileLock&&) = delete;
  ~FileLock() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }

 private:
  explicit FileLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

constexpr std::string_view kMember = "json_extract(doc, '$.MEMBER')";
constexpr Dialect kDialect{.integer_key = "INTEGER",
                           .text = "TEXT",
                           .clustered = " WITHOUT ROWID",
                           .without_time_limit = "",
                           .member_text = kMember,
                           .member_integer = kMember,
                           .member_boolean = kMember,
                           .member_time = kMember,
                           .member_json = kMember};

/// Another program's database stays as it is, down to the journal mode. Errors: `invalid` for one, and for what is no
/// database; as those of Session::run.
Result<void> check_ownership(const std::string& path, base::Clock& clock) {
  TP_TRY(auto session, SqliteSession::connect(path, clock));
  std::int64_t tables = 0, own = 0;
  TP_CHECK(session->run(
      {{"PRAGMA query_only = ON"},
       {"SELECT count(*), coalesce(sum(name = 'log_head'), 0) FROM sqlite_master", {}, [&](const RowView& row) {
          tables = row.integer(0);
          own = row.integer(1);
        }}}));
  if (tables == 0 || own > 0) return {};
  return base::invalid("the database " + path + " is another program's: name another file, or move this one away");
}

class FileDatabase final : public Database {
 public:
  FileDatabase(std::string path, FileLock lock, base::Clock& clock)
      : path_(std::move(path)), lock_(std::move(lock)), clock_(clock), checkpointer_(path_, clock) {}

  Result<std::unique_ptr<Session>> connect(Access access) override {
    TP_TRY(auto session, SqliteSession::connect(path_, clock_));
    if (access == Access::write) {
      TP_CHECK(
          session->run({{"PRAGMA journal_mode = WAL"}, {"PRAGMA synchronous = FULL"}, {"PRAGMA cache_size = -16384"}}));
      checkpointer_.watch(session->handle());
    } else {
      TP_CHECK(session->run({{"PRAGMA query_only = ON"}, {"PRAGMA cache_size = -2048"}}));
    }
    return std::unique_ptr<Session>(std::move(session));
  }
  [[nodiscard]] std::size_t readers() const override { return 8; }
  [[nodiscard]] Dialect dialect() const override { return kDialect; }
  [[nodiscard]] std::string_view name() const override { return "sqlite"; }

 private:
  const std::string path_;
  const FileLock lock_;
  base::Clock& clock_;
  Checkpointer checkpointer_;
};

class MemoryDatabase final : public Database {
 public:
  explicit MemoryDatabase(base::Clock& clock) : clock_(clock) {}
  Result<std::unique_ptr<Session>> connect(Access /*access*/) override {
    TP_TRY(auto session, SqliteSession::connect(":memory:", clock_));
    return std::unique_ptr<Session>(std::move(session));
  }
  [[nodiscard]] std::size_t readers() const override { return 0; }
  [[nodiscard]] Dialect dialect() const override { return kDialect; }
  [[nodiscard]] std::string_view name() const override { return "sqlite"; }

 private:
  base::Clock& clock_;
};

}  // namespace

Result<std::unique_ptr<Database>> open_file_database(const std::string& path, base::Clock& clock) {
  configure_library();
  TP_TRY(auto lock, FileLock::take(path));
  // For nobody else's eyes; SQLite gives the files beside it the same permissions.
  const int created = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (created < 0) return base::system_error(errno, "opening the database " + path);
  ::close(created);
  TP_CHECK(check_ownership(path, clock));
  return std::unique_ptr<Database>(std::make_unique<FileDatabase>(path, std::move(lock), clock));
}

std::unique_ptr<Database> make_memory_database(base::Clock& clock) {
  configure_library();
  return std::make_unique<MemoryDatabase>(clock);
}

}  // namespace threeport::store::sqlite
