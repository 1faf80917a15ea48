#include "reconcile/lease_keeper.h"

namespace threeport::reconcile {

base::Result<void> LeaseKeeper::step() {
  const SteadyTime now = around_.clock.steady_now();
  if (now < next_due_) return {};
  const EngineOptions& options = around_.options;
  store::Store& store = around_.objects.store();
  TP_TRY(const std::vector<store::Lease> leases, store.hold_leases(options.owner, options.lease_ttl));

  std::vector<int> gained;
  std::map<int, std::int64_t> epochs;
  for (const store::Lease& lease : leases) {
    epochs.emplace(lease.shard, lease.epoch);
    const auto known = epochs_.find(lease.shard);
    if (known == epochs_.end() || known->second != lease.epoch) gained.push_back(lease.shard);
  }
  std::vector<store::WorkItem> timers;
  if (!gained.empty()) {
    TP_TRY(timers, store.work(gained));
  }
  epochs_ = std::move(epochs);
  next_due_ = now + options.lease_ttl / 3;
  board_.set_leases(leases, now + options.lease_ttl, timers);
  return {};
}

base::Result<void> LeaseKeeper::release() {
  board_.set_leases({}, around_.clock.steady_now(), {});
  epochs_.clear();
  return around_.objects.store().release_leases(around_.options.owner);
}

}  // namespace threeport::reconcile
