// The store over a database: one implementation for all of them.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "store/batch_executor.h"
#include "store/committer.h"
#include "store/database.h"
#include "store/session_pool.h"
#include "store/store.h"

namespace threeport::store {

class ObjectStore final : public Store {
 public:
  /// Connects, and creates the tables where they are absent. Errors: as store::open.
  static base::Result<std::unique_ptr<Store>> open(std::unique_ptr<Database> database, base::Clock& clock);

  base::Result<Row> get(std::string_view kind, ObjectId id) override;
  base::Result<std::vector<Row>> get_many(const std::vector<ObjectId>& ids) override;
  base::Result<std::vector<Row>> last_known(const std::vector<ObjectId>& ids) override;
  base::Result<Page> list(const Query& query) override;
  base::Result<std::int64_t> count(std::string_view kind) override;

  void submit(WriteSet set, Done done) override { committer_.submit(std::move(set), std::move(done)); }
  base::Result<ObjectId> new_id() override;

  base::Result<Sequence> head() override;
  base::Result<std::vector<Change>> changes(Sequence after, std::int64_t limit) override;
  base::Result<std::vector<Change>> changes_of(ObjectId id, Sequence before, std::int64_t limit) override;
  base::Result<std::int64_t> count_changes_of(ObjectId id) override;
  base::Result<Purged> purged() override;
  base::Result<bool> purge(const Retention& retention) override;
  void on_commit(std::function<void()> hint) override { hint_ = std::move(hint); }

  base::Result<std::vector<Lease>> hold_leases(std::string_view owner, base::Millis time_to_live) override;
  base::Result<void> release_leases(std::string_view owner) override;
  base::Result<std::vector<WorkItem>> work(const std::vector<int>& shards) override;

  base::Result<void> ensure_views(const schema::Registry& registry) override;

  base::Result<std::optional<std::string>> meta(std::string_view key) override;
  base::Result<void> set_meta(std::string_view key, std::string_view value) override;
  base::Result<bool> is_new() override;
  base::Result<void> ping() override;
  [[nodiscard]] std::string_view name() const override { return database_->name(); }

 private:
  ObjectStore(std::unique_ptr<Database> database, base::Clock& clock);

  /// Runs the steps on a session for reading; once more on a fresh one where the connection turns out to be lost.
  /// `on_row` of the steps must not mind the second run: rows come from one run or the other.
  base::Result<void> read(std::initializer_list<Step> steps);
  base::Result<void> write(std::initializer_list<Step> steps);
  base::Result<std::int64_t> read_integer(Step step);
  base::Result<std::vector<Row>> list_page(const Query& query, std::int64_t limit);
  base::Result<std::int64_t> total_of(const Query& query);
  base::Result<bool> purge_changes(base::TimePoint now, const Retention& retention);
  base::Result<bool> purge_objects(base::TimePoint deleted_before);

  const std::unique_ptr<Database> database_;
  base::Clock& clock_;
  SessionPool writers_;
  SessionPool own_readers_;
  SessionPool& readers_;
  std::function<void()> hint_;
  std::atomic<bool> disk_was_full_{false};  ///< until ping() has found room

  std::mutex id_mutex_;
  ObjectId next_id_ = 0;
  ObjectId end_of_ids_ = 0;

  BatchExecutor executor_;
  Committer committer_;  // last: its thread uses all of the above
};

}  // namespace threeport::store
