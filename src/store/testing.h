// For tests of the store: databases of their own, and short ways to make write sets.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/clock.h"
#include "base/crypto.h"
#include "store/store.h"

namespace threeport::store::testing {

/// A folder that goes with it.
class TemporaryFolder {
 public:
  TemporaryFolder() : path_(std::filesystem::temp_directory_path() / ("store-" + base::uuid4())) {
    std::filesystem::create_directory(path_);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  [[nodiscard]] std::string file(const std::string& name) const { return (path_ / name).string(); }

 private:
  const std::filesystem::path path_;
};

/// An empty database that goes with it.
class TemporaryDatabase {
 public:
  virtual ~TemporaryDatabase() = default;
  [[nodiscard]] virtual std::string url() const = 0;
};

class MemoryDatabase final : public TemporaryDatabase {
 public:
  [[nodiscard]] std::string url() const override { return "sqlite::memory:"; }
};

class FileDatabase final : public TemporaryDatabase {
 public:
  [[nodiscard]] std::string url() const override { return "sqlite://" + folder_.file("store.db"); }

 private:
  TemporaryFolder folder_;
};

struct DatabaseKind {
  std::string name;
  /// Null: the test has failed, or is to skip.
  std::function<std::unique_ptr<TemporaryDatabase>()> make;
};
/// All that the tests run on.
const std::vector<DatabaseKind>& database_kinds();

inline Put create(ObjectId id, std::string kind, std::string name, std::string doc = "{}",
                  std::vector<IndexEntry> index = {}) {
  Put put;
  put.verb = Verb::created;
  put.row = {.id = id, .kind = std::move(kind), .name = std::move(name), .generation = 1, .doc = std::move(doc)};
  put.index = std::move(index);
  put.note.body = put.row.doc;
  return put;
}

/// `row` as it is to be, with the version that it was read with.
inline Put update(Row row, std::string reverse_patch = {}) {
  Put put;
  put.verb = Verb::updated;
  put.expected_version = row.version;
  put.row = std::move(row);
  put.note.body = std::move(reverse_patch);
  return put;
}

inline Put remove(Row row) {
  Put put = update(std::move(row));
  put.verb = Verb::deleted;
  return put;
}

template <typename... Puts>
WriteSet set_of(Puts... puts) {
  WriteSet set;
  set.by = "test";
  (set.puts.push_back(std::move(puts)), ...);
  return set;
}

template <typename T>
std::string why(const base::Result<T>& result) {
  return result ? "ok" : result.error().message + " [" + result.error().detail + "]";
}

}  // namespace threeport::store::testing
