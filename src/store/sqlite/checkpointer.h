// Brings the write-ahead log back into the database file without holding up the writer.
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include <sqlite3.h>

#include "base/clock.h"

namespace threeport::store::sqlite {

/// A thread copies pages beside the writer (https://www.sqlite.org/wal.html, 3.2.1). Where writing never pauses the
/// copy never catches up, so when the log is long the writer copies the little that is left, and starts it over.
class Checkpointer {
 public:
  Checkpointer(std::string path, base::Clock& clock);
  /// The sessions that are watched are closed before.
  ~Checkpointer();
  Checkpointer(const Checkpointer&) = delete;
  Checkpointer& operator=(const Checkpointer&) = delete;

  /// Looks after the log of the connection that writes; there is one at a time.
  void watch(sqlite3* writer);

 private:
  void on_commit(sqlite3* writer, int log_pages);
  void work();

  const std::string path_;
  base::Clock& clock_;
  int pages_at_last_copy_ = 0;  // of the writer's thread

  std::mutex mutex_;
  std::condition_variable woken_;
  bool wanted_ = false;
  bool stopping_ = false;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace threeport::store::sqlite
