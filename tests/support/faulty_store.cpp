#include "tests/support/faulty_store.h"

namespace threeport::testing {

using base::Millis;
using base::Result;

void FaultyStore::set_before(Fault fault) {
  const std::lock_guard lock(mutex_);
  before_ = std::move(fault);
}

void FaultyStore::set_after(Fault fault) {
  const std::lock_guard lock(mutex_);
  after_ = std::move(fault);
}

void FaultyStore::purge(store::ObjectId id) {
  const std::lock_guard lock(mutex_);
  purged_.insert(id);
}

std::optional<base::Error> FaultyStore::fault_of(const Fault& which, std::string_view call) {
  Fault fault;
  {
    const std::lock_guard lock(mutex_);
    fault = which;
  }
  return fault ? fault(call) : std::nullopt;
}

template <typename Call>
auto FaultyStore::pass(std::string_view name, Call call) -> decltype(call()) {
  if (auto error = fault_of(before_, name)) return std::move(*error);
  auto result = call();
  if (auto error = fault_of(after_, name)) return std::move(*error);
  return result;
}

Result<store::Row> FaultyStore::get(std::string_view kind, store::ObjectId id) {
  return pass("get", [&] { return next_.get(kind, id); });
}
Result<std::vector<store::Row>> FaultyStore::get_many(const std::vector<store::ObjectId>& ids) {
  return pass("get_many", [&] { return next_.get_many(ids); });
}
Result<std::vector<store::Row>> FaultyStore::last_known(const std::vector<store::ObjectId>& ids) {
  return pass("last_known", [&] {
    auto rows = next_.last_known(ids);
    const std::lock_guard lock(mutex_);
    if (rows) std::erase_if(*rows, [this](const store::Row& row) { return purged_.contains(row.id); });
    return rows;
  });
}
Result<store::Page> FaultyStore::list(const store::Query& query) {
  return pass("list", [&] { return next_.list(query); });
}
Result<std::int64_t> FaultyStore::count(std::string_view kind) {
  return pass("count", [&] { return next_.count(kind); });
}
void FaultyStore::submit(store::WriteSet set, Done done) {
  if (auto error = fault_of(before_, "commit")) return done(std::move(*error));
  next_.submit(std::move(set), [this, done = std::move(done)](Result<store::Committed> outcome) {
    auto error = fault_of(after_, "commit");
    done(error ? Result<store::Committed>(std::move(*error)) : std::move(outcome));
  });
}
Result<store::ObjectId> FaultyStore::new_id() {
  return pass("new_id", [&] { return next_.new_id(); });
}
Result<store::Sequence> FaultyStore::head() {
  return pass("head", [&] { return next_.head(); });
}
Result<std::vector<store::Change>> FaultyStore::changes(store::Sequence after, std::int64_t limit) {
  return pass("changes", [&] { return next_.changes(after, limit); });
}
Result<std::vector<store::Change>> FaultyStore::changes_of(store::ObjectId id, store::Sequence before,
                                                           std::int64_t limit) {
  return pass("changes_of", [&] { return next_.changes_of(id, before, limit); });
}
Result<std::int64_t> FaultyStore::count_changes_of(store::ObjectId id) {
  return pass("count_changes_of", [&] { return next_.count_changes_of(id); });
}
Result<store::Purged> FaultyStore::purged() {
  return pass("purged", [&] { return next_.purged(); });
}
Result<bool> FaultyStore::purge(const store::Retention& retention) {
  return pass("purge", [&] { return next_.purge(retention); });
}
Result<void> FaultyStore::ensure_views(const schema::Registry& registry) {
  return pass("ensure_views", [&] { return next_.ensure_views(registry); });
}
Result<std::vector<store::Lease>> FaultyStore::hold_leases(std::string_view owner, Millis time_to_live) {
  return pass("hold_leases", [&] { return next_.hold_leases(owner, time_to_live); });
}
Result<void> FaultyStore::release_leases(std::string_view owner) {
  return pass("release_leases", [&] { return next_.release_leases(owner); });
}
Result<std::vector<store::WorkItem>> FaultyStore::work(const std::vector<int>& shards) {
  return pass("work", [&] { return next_.work(shards); });
}
Result<std::optional<std::string>> FaultyStore::meta(std::string_view key) {
  return pass("meta", [&] { return next_.meta(key); });
}
Result<void> FaultyStore::set_meta(std::string_view key, std::string_view value) {
  return pass("set_meta", [&] { return next_.set_meta(key, value); });
}
Result<bool> FaultyStore::is_new() {
  return pass("is_new", [&] { return next_.is_new(); });
}
Result<void> FaultyStore::ping() {
  return pass("ping", [&] { return next_.ping(); });
}

}  // namespace threeport::testing
