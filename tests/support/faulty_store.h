// A store whose calls fail when a test says so.
#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <string_view>

#include "store/store.h"

namespace threeport::testing {

/// Passes every call on to another store. Thread-safe where the fault functions are.
class FaultyStore final : public store::Store {
 public:
  /// `before`: the call is not made, the error is its result. `after`: the call is made, and the error is its result
  /// all the same, as when a connection breaks before the answer. `call`: "get", "commit", ...
  using Fault = std::function<std::optional<base::Error>(std::string_view call)>;

  explicit FaultyStore(store::Store& next) : next_(next) {}
  void set_before(Fault fault);
  void set_after(Fault fault);
  /// From now on nothing is known of this object, which has been deleted.
  void purge(store::ObjectId id);

  base::Result<store::Row> get(std::string_view kind, store::ObjectId id) override;
  base::Result<std::vector<store::Row>> get_many(const std::vector<store::ObjectId>& ids) override;
  base::Result<std::vector<store::Row>> last_known(const std::vector<store::ObjectId>& ids) override;
  base::Result<store::Page> list(const store::Query& query) override;
  base::Result<std::int64_t> count(std::string_view kind) override;
  void submit(store::WriteSet set, Done done) override;
  base::Result<store::ObjectId> new_id() override;
  base::Result<store::Sequence> head() override;
  base::Result<std::vector<store::Change>> changes(store::Sequence after, std::int64_t limit) override;
  base::Result<std::vector<store::Change>> changes_of(store::ObjectId id, store::Sequence before,
                                                      std::int64_t limit) override;
  base::Result<std::int64_t> count_changes_of(store::ObjectId id) override;
  base::Result<store::Purged> purged() override;
  base::Result<bool> purge(const store::Retention& retention) override;
  base::Result<void> ensure_views(const schema::Registry& registry) override;
  void on_commit(std::function<void()> hint) override { next_.on_commit(std::move(hint)); }
  base::Result<std::vector<store::Lease>> hold_leases(std::string_view owner, base::Millis time_to_live) override;
  base::Result<void> release_leases(std::string_view owner) override;
  base::Result<std::vector<store::WorkItem>> work(const std::vector<int>& shards) override;
  base::Result<std::optional<std::string>> meta(std::string_view key) override;
  base::Result<void> set_meta(std::string_view key, std::string_view value) override;
  base::Result<bool> is_new() override;
  base::Result<void> ping() override;
  [[nodiscard]] std::string_view name() const override { return next_.name(); }

 private:
  template <typename Call>
  auto pass(std::string_view name, Call call) -> decltype(call());
  std::optional<base::Error> fault_of(const Fault& which, std::string_view call);

  store::Store& next_;
  std::mutex mutex_;
  Fault before_, after_;
  std::set<store::ObjectId> purged_;
};

}  // namespace threeport::testing
