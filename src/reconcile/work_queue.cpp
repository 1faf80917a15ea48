#include "reconcile/work_queue.h"

#include "base/result.h"

namespace threeport::reconcile {
namespace {

/// So many prompt jobs of a lane go before its calm ones in a row.
constexpr int kPromptInARow = 8;

}  // namespace

WorkQueue::WorkQueue(int slots_per_lane, int intake_slots) : slots_per_lane_(slots_per_lane) {
  intake_.slots = intake_slots;
}

void WorkQueue::wake(ObjectId id, Urgency urgency, SteadyTime now) {
  const auto [it, is_new] = entries_.try_emplace(id);
  Entry& entry = it->second;
  if (is_new) {
    entry.woken = now;
    entry.urgency = urgency;
    push(id, entry, intake_);
  } else if (entry.running) {
    if (!entry.woken_again) {
      entry.woken = now;
      entry.urgency = urgency;
    }
    if (urgency == Urgency::prompt) entry.urgency = urgency;
    entry.woken_again = true;
  } else if (urgency == Urgency::prompt && entry.urgency == Urgency::calm) {
    leave(entry);
    entry.urgency = urgency;
    push(id, entry, *entry.lane);
  }
}

std::optional<Job> WorkQueue::take() {
  while (!ring_.empty()) {
    Lane& lane = *ring_.front();
    ring_.pop_front();
    lane.in_ring = false;
    const std::optional<ObjectId> id = pop(lane);
    if (!id) {
      retire(lane);
      continue;
    }
    Entry& entry = entries_.at(*id);
    leave(entry);
    entry.running = true;
    entry.woken_again = false;
    ++running_;
    ++lane.running;
    offer(lane);
    return Job{.id = *id, .woken = entry.woken, .in_lane = &lane != &intake_};
  }
  return std::nullopt;
}

bool WorkQueue::enter(ObjectId id, std::string_view name) {
  Entry& entry = entries_.at(id);
  TP_ASSERT(entry.running && entry.lane == &intake_);
  auto it = lanes_.find(name);
  if (it == lanes_.end()) {
    it = lanes_.try_emplace(std::string(name)).first;
    it->second.name = it->first;
    it->second.slots = slots_per_lane_;
  }
  Lane& lane = it->second;
  const bool may_run = lane.waiting == 0 && lane.running < lane.slots;
  if (may_run) {
    entry.lane = &lane;
    ++lane.running;
  } else {
    entry.running = false;
    entry.woken_again = false;  // it is read afresh when its turn comes
    --running_;
    push(id, entry, lane);
  }
  release_slot(intake_);
  return may_run;
}

void WorkQueue::finish(ObjectId id) {
  const auto it = entries_.find(id);
  TP_ASSERT(it != entries_.end() && it->second.running);
  Entry& entry = it->second;
  Lane& lane = *entry.lane;
  entry.running = false;
  --running_;
  if (entry.woken_again) {
    push(id, entry, intake_);
  } else {
    entries_.erase(it);
  }
  release_slot(lane);
}

void WorkQueue::drop(const std::function<bool(ObjectId)>& is_gone) {
  for (auto it = entries_.begin(); it != entries_.end();) {
    Entry& entry = it->second;
    const bool gone = is_gone(it->first);
    if (gone && entry.running) entry.woken_again = false;
    if (gone && !entry.running) {
      leave(entry);
      it = entries_.erase(it);
    } else {
      ++it;
    }
  }
}

void WorkQueue::push(ObjectId id, Entry& entry, Lane& lane) {
  entry.lane = &lane;
  entry.ticket = ++last_ticket_;
  entry.woken_again = false;
  const bool is_calm = entry.urgency == Urgency::calm;
  (is_calm ? lane.calm : lane.prompt).push_back({id, entry.ticket});
  ++lane.waiting;
  if (is_calm && &lane == &intake_) ++calm_;
  offer(lane);
}

std::optional<ObjectId> WorkQueue::pop(Lane& lane) {
  const bool calm_first = lane.prompt_in_a_row >= kPromptInARow;
  std::optional<ObjectId> id;
  if (!calm_first) id = pop(lane, lane.prompt);
  if (id) {
    ++lane.prompt_in_a_row;
    return id;
  }
  lane.prompt_in_a_row = 0;
  id = pop(lane, lane.calm);
  if (!id && calm_first) id = pop(lane, lane.prompt);
  return id;
}

std::optional<ObjectId> WorkQueue::pop(Lane& lane, std::deque<Place>& places) {
  while (!places.empty()) {
    const Place place = places.front();
    places.pop_front();
    const auto it = entries_.find(place.id);
    const bool valid = it != entries_.end() && it->second.ticket == place.ticket && it->second.lane == &lane;
    if (valid && !it->second.running) return place.id;
  }
  return std::nullopt;
}

/// The entry gives up the place where it waits.
void WorkQueue::leave(const Entry& entry) {
  --entry.lane->waiting;
  if (entry.urgency == Urgency::calm && entry.lane == &intake_) --calm_;
}

void WorkQueue::offer(Lane& lane) {
  if (lane.in_ring || lane.waiting == 0 || lane.running >= lane.slots) return;
  lane.in_ring = true;
  ring_.push_back(&lane);
}

void WorkQueue::release_slot(Lane& lane) {
  --lane.running;
  offer(lane);
  retire(lane);
}

void WorkQueue::retire(Lane& lane) {
  if (&lane == &intake_ || lane.in_ring || lane.running > 0 || lane.waiting > 0) return;
  lanes_.erase(lanes_.find(lane.name));
}

}  // namespace threeport::reconcile
