// SQLite alone: its file, and what goes wrong in words.
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include <gtest/gtest.h>
#include <sqlite3.h>

#include "base/file.h"
#include "store/store.h"
#include "store/testing.h"

namespace threeport::store {
namespace {

using base::ErrorKind;
using testing::create;
using testing::set_of;
using testing::why;

/// While it lives, writes of SQLite find the disk full.
class FullDisk {
 public:
  FullDisk() : vfs_(sqlite3_vfs_find(nullptr)) {
    replace("pwrite", reinterpret_cast<sqlite3_syscall_ptr>(&refuse));
    replace("pwrite64", reinterpret_cast<sqlite3_syscall_ptr>(&refuse));
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;
  ~FullDisk() {
    replace("pwrite", nullptr);
    replace("pwrite64", nullptr);
  }

 private:
  static ssize_t refuse(int /*file*/, const void* /*bytes*/, std::size_t /*size*/, off_t /*offset*/) {
    errno = ENOSPC;
    return -1;
  }
  void replace(const char* call, sqlite3_syscall_ptr with) { vfs_->xSetSystemCall(vfs_, call, with); }

  sqlite3_vfs* vfs_;
};

class SqliteFile : public ::testing::Test {
 protected:
  std::unique_ptr<Store> open_store() {
    auto store = open("sqlite://" + path_, base::system_clock());
    EXPECT_TRUE(store) << why(store);
    return store ? std::move(*store) : nullptr;
  }
  static base::Error open_error(const std::string& url) {
    auto store = open(url, base::system_clock());
    EXPECT_FALSE(store);
    return store ? base::Error{} : store.error();
  }

  testing::TemporaryFolder folder_;
  const std::string path_ = folder_.file("store.db");
};

TEST_F(SqliteFile, IsForOneProcess) {
  auto store = open_store();
  const auto error = open_error("sqlite://" + path_);
  EXPECT_EQ(error.kind, ErrorKind::conflict);
  EXPECT_EQ(error.reason, "InUse");
  store.reset();
  EXPECT_NE(open_store(), nullptr);
}

TEST_F(SqliteFile, SaysWhatIsWrongWithTheUrlOrTheFile) {
  EXPECT_EQ(open_error("mysql://somewhere").kind, ErrorKind::invalid);
  EXPECT_EQ(open_error("sqlite://relative").kind, ErrorKind::invalid);
  EXPECT_EQ(open_error("sqlite://" + folder_.file("missing/store.db")).kind, ErrorKind::invalid);
  EXPECT_EQ(open_error("sqlite://" + folder_.file("")).kind, ErrorKind::invalid) << "a folder";
  std::ofstream(path_) << std::string(10'000, 'x');
  const auto error = open_error("sqlite://" + path_);
  EXPECT_EQ(error.kind, ErrorKind::invalid);
  EXPECT_NE(error.message.find(path_), std::string::npos) << error.message;
}

TEST_F(SqliteFile, LeavesADatabaseOfAnotherProgramAsItIs) {
  for (const char* table :
       {"CREATE TABLE songs (title)", "CREATE TABLE meta (label)", "CREATE TABLE meta (key, value)"}) {
    std::filesystem::remove(path_);
    sqlite3* connection = nullptr;
    ASSERT_EQ(sqlite3_open(path_.c_str(), &connection), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(connection, table, nullptr, nullptr, nullptr), SQLITE_OK);
    sqlite3_close(connection);
    const auto content = base::read_file(path_);
    const auto error = open_error("sqlite://" + path_);
    EXPECT_EQ(error.kind, ErrorKind::invalid);
    EXPECT_NE(error.message.find("another program's"), std::string::npos) << error.message;
    EXPECT_EQ(*base::read_file(path_), *content);
  }
}

TEST_F(SqliteFile, IsForItsOwnersEyes) {
  const auto store = open_store();
  ASSERT_TRUE(store->set_meta("a", "b"));
  for (const char* suffix : {"", "-wal", "-shm", ".lock"}) {
    const auto permissions = std::filesystem::status(path_ + suffix).permissions();
    EXPECT_EQ(permissions, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write) << suffix;
  }
}

TEST_F(SqliteFile, RefusesADatabaseFromTheFuture) {
  ASSERT_TRUE(open_store()->set_meta("schema_version", "4711"));
  const auto error = open_error("sqlite://" + path_);
  EXPECT_EQ(error.kind, ErrorKind::invalid);
  EXPECT_NE(error.message.find("4711"), std::string::npos) << error.message;
  EXPECT_NE(error.message.find("version 3)"), std::string::npos) << error.message;
}

TEST_F(SqliteFile, BringsADatabaseOfTheFirstVersionUpToDate) {
  {
    const auto store = open_store();
    ASSERT_TRUE(store->commit(set_of(create(1, "Thing", "a"))));
    Put removal{.verb = Verb::deleted, .row = *store->get("Thing", 1), .expected_version = 1};
    ASSERT_TRUE(store->commit(set_of(std::move(removal))));
  }
  sqlite3* raw = nullptr;
  ASSERT_EQ(sqlite3_open(path_.c_str(), &raw), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(raw,
                         "UPDATE objects SET name = 'a' WHERE id = 1; DROP INDEX objects_by_name;"
                         "DROP INDEX objects_by_deletion; DROP INDEX changes_by_object;"
                         "CREATE UNIQUE INDEX objects_by_name ON objects (kind, name)"
                         " WHERE deleted_at IS NULL AND name IS NOT NULL;"
                         "UPDATE meta SET value = '1' WHERE key = 'schema_version'",
                         nullptr, nullptr, nullptr),
            SQLITE_OK);
  sqlite3_close(raw);

  const auto store = open_store();
  EXPECT_TRUE(store->list({.kind = "Thing", .name = "a"})->rows.empty());
  EXPECT_TRUE(store->commit(set_of(create(2, "Thing", "a"))));
  EXPECT_EQ(store->list({.kind = "Thing", .name = "a"})->rows.size(), 1U);
  EXPECT_EQ(*store->meta("schema_version"), "3");
}

TEST_F(SqliteFile, LosesNothingOnAFullDisk) {
  const auto store = open_store();
  ASSERT_TRUE(store->commit(set_of(create(1, "Thing", "a"))));
  {
    const FullDisk full;
    const auto committed = store->commit(set_of(create(2, "Thing", "b")));
    ASSERT_FALSE(committed);
    EXPECT_EQ(committed.error().kind, ErrorKind::unavailable);
    EXPECT_EQ(committed.error().reason, "DiskFull");
    EXPECT_TRUE(store->get("Thing", 1));
    const auto pinged = store->ping();
    ASSERT_FALSE(pinged);
    EXPECT_EQ(pinged.error().reason, "DiskFull");
  }
  EXPECT_TRUE(store->ping());
  EXPECT_FALSE(store->get("Thing", 2));
  auto again = store->commit(set_of(create(2, "Thing", "b")));
  ASSERT_TRUE(again) << why(again);
  EXPECT_EQ(again->sequence, 2);
  EXPECT_EQ(*store->count("Thing"), 2);
}

TEST_F(SqliteFile, DoesNotLetItsLogGrow) {
  const auto store = open_store();
  const std::string doc(1'000'000, 'x');
  for (ObjectId id = 1; id <= 70; ++id) ASSERT_TRUE(store->commit(set_of(create(id, "Thing", "", doc))));
  EXPECT_GT(std::filesystem::file_size(path_), std::size_t{100} << 20);
  EXPECT_LT(std::filesystem::file_size(path_ + "-wal"), std::size_t{90} << 20);
}

TEST_F(SqliteFile, AReplicaWhoseTimeIsUpLosesItsShards) {
  base::ManualClock clock;
  auto store = open("sqlite::memory:", clock);
  ASSERT_TRUE(store) << why(store);
  ASSERT_EQ((*store)->hold_leases("a", base::Millis(10'000))->size(), 256U);
  clock.advance(base::Millis(9'999));
  EXPECT_EQ((*store)->hold_leases("b", base::Millis(10'000))->size(), 0U);
  clock.advance(base::Millis(1));
  const auto taken = (*store)->hold_leases("b", base::Millis(10'000));
  ASSERT_EQ(taken->size(), 256U);
  EXPECT_EQ(taken->at(0).epoch, 2);
}

}  // namespace
}  // namespace threeport::store
