#include "reconcile/agenda.h"

namespace threeport::reconcile {

Standing Agenda::find(ObjectId id) const {
  const auto it = standings_.find(id);
  return it == standings_.end() ? Standing{} : it->second;
}

void Agenda::set(ObjectId id, const Standing& standing) {
  forget(id);
  if (!standing.due && standing.failures == 0 && standing.waits == 0 && !standing.stored) return;
  standings_.emplace(id, standing);
  if (standing.due) timers_.emplace(*standing.due, id);
}

void Agenda::forget(ObjectId id) {
  const auto it = standings_.find(id);
  if (it == standings_.end()) return;
  if (it->second.due) timers_.erase({*it->second.due, id});
  standings_.erase(it);
}

void Agenda::forget_if(const std::function<bool(ObjectId)>& is_gone) {
  std::vector<ObjectId> gone;
  for (const auto& [id, standing] : standings_) {
    if (is_gone(id)) gone.push_back(id);
  }
  for (const ObjectId id : gone) forget(id);
}

std::optional<SteadyTime> Agenda::next_due() const {
  if (timers_.empty()) return std::nullopt;
  return timers_.begin()->first;
}

std::vector<ObjectId> Agenda::take_due(SteadyTime now) {
  std::vector<ObjectId> out;
  while (!timers_.empty() && timers_.begin()->first <= now) {
    const ObjectId id = timers_.begin()->second;
    timers_.erase(timers_.begin());
    standings_.at(id).due.reset();
    out.push_back(id);
  }
  return out;
}

}  // namespace threeport::reconcile
