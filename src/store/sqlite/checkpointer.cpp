#include "store/sqlite/checkpointer.h"

#include <utility>

#include "base/log.h"
#include "base/worker_pool.h"
#include "store/sqlite/sqlite_session.h"

namespace threeport::store::sqlite {
namespace {

// Pages of 4 KiB.
constexpr int kPagesBetweenCopies = 2'000;
constexpr int kLongLog = 16'000;

/// Copies what can be copied without waiting for anybody.
int copy_pages(sqlite3* connection) {
  return sqlite3_wal_checkpoint_v2(connection, nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
}

}  // namespace

Checkpointer::Checkpointer(std::string path, base::Clock& clock)
    : path_(std::move(path)), clock_(clock), thread_([this] { work(); }) {}

Checkpointer::~Checkpointer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  woken_.notify_one();
  thread_.join();
}

void Checkpointer::watch(sqlite3* writer) {
  const auto hook = [](void* self, sqlite3* connection, const char* /*database*/, int pages) {
    static_cast<Checkpointer*>(self)->on_commit(connection, pages);
    return SQLITE_OK;
  };
  sqlite3_wal_hook(writer, hook, this);
}

void Checkpointer::on_commit(sqlite3* writer, int log_pages) {
  if (log_pages < pages_at_last_copy_) pages_at_last_copy_ = 0;  // it was started over
  if (log_pages >= kLongLog) {
    copy_pages(writer);  // busy: the thread is at it, or someone reads; the next commit tries again
  } else if (log_pages >= pages_at_last_copy_ + kPagesBetweenCopies) {
    pages_at_last_copy_ = log_pages;
    {
      const std::lock_guard lock(mutex_);
      wanted_ = true;
    }
    woken_.notify_one();
  }
}

void Checkpointer::work() {
  base::name_this_thread("checkpointer");
  std::unique_ptr<SqliteSession> session;
  std::unique_lock lock(mutex_);
  for (;;) {
    woken_.wait(lock, [this] { return stopping_ || wanted_; });
    if (stopping_) return;
    wanted_ = false;
    lock.unlock();
    if (!session) {
      if (auto connected = SqliteSession::connect(path_, clock_)) session = std::move(*connected);
    }
    const int code = session ? copy_pages(session->handle()) : SQLITE_CANTOPEN;
    if (code != SQLITE_OK && code != SQLITE_BUSY) {
      base::log::warn("the write-ahead log cannot be copied into the database",
                      {{"path", path_}, {"reason", sqlite3_errstr(code)}});
    }
    lock.lock();
  }
}

}  // namespace threeport::store::sqlite
