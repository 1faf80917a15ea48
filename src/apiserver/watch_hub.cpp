#include "apiserver/watch_hub.h"

#include <algorithm>

#include "apiserver/admission.h"
#include "base/log.h"
#include "http/event_stream.h"

namespace threeport::apiserver {
namespace {

constexpr base::Millis kPoll{100};
constexpr base::Millis kHeartbeat{15'000};
constexpr std::int64_t kChangesPage = 1000;
constexpr std::int64_t kSnapshotPage = 200;
constexpr std::size_t kSnapshotBacklog = 1u << 20;  // unsent bytes of a stream at which its snapshot pauses

std::string_view verb_name(store::Verb verb) {
  switch (verb) {
    case store::Verb::created: return "created";
    case store::Verb::updated: return "updated";
    case store::Verb::deleted: return "deleted";
  }
  return "updated";
}

/// `kind` "" leaves it out.
std::string event_text(store::Sequence sequence, std::string_view verb, std::string_view kind,
                       std::string_view object) {
  std::string data = "{\"seq\":" + std::to_string(sequence) + ",\"verb\":\"" + std::string(verb) + "\",";
  if (!kind.empty()) data += "\"kind\":\"" + std::string(kind) + "\",";
  data += "\"object\":";
  data += object;
  data += '}';
  return http::format_event(std::to_string(sequence), verb, data);
}

bool matches(const ListQuery& query, const json::Value& data) {
  for (const auto& [field, value] : query.filters) {
    const json::Value* member = data.find(field->name);
    if (member == nullptr || *member != value) return false;
  }
  return true;
}

}  // namespace

struct WatchHub::Watcher {
  WatchRequest request;
  std::shared_ptr<http::Stream> stream;
  store::Sequence from = 0;  ///< changes up to here are part of the snapshot or were seen before
  bool in_snapshot = false;
  std::size_t snapshot_kind = 0;
  ObjectId snapshot_after = 0;
  std::map<ObjectId, store::Change> missed;  ///< changes that arrived during the snapshot
  std::unordered_set<ObjectId> shown;        ///< filtered watchers, and during the snapshot
  std::unordered_set<ObjectId> hidden;       ///< filtered, resumed watchers: what this stream knows to be out of sight
  std::chrono::steady_clock::time_point last_write{};

  void send(std::string_view text, std::chrono::steady_clock::time_point now) {
    last_write = now;
    stream->write(text);
  }
  [[nodiscard]] bool filtered() const { return !request.filter.filters.empty(); }
  /// Whether the peer has the object. Of what it was shown before it resumed nobody knows: whatever existed then
  /// counts.
  [[nodiscard]] bool may_have(const store::Change& change) const {
    if (shown.contains(change.id)) return true;
    return request.since && change.verb != store::Verb::created && !hidden.contains(change.id);
  }
  [[nodiscard]] bool wants(const store::Change& change) const {
    if (change.sequence <= from || (request.id != 0 && request.id != change.id)) return false;
    for (const KindDescriptor* kind : request.kinds) {
      if (kind->name == change.kind) return true;
    }
    return false;
  }
};

struct WatchHub::Waiter {
  const KindDescriptor* kind;
  ObjectId id;
  std::chrono::steady_clock::time_point until;
  std::function<bool(const Object&)> is_enough;
  std::function<void()> done;
  bool fresh = true;  ///< not looked at yet: the object may have changed before the waiter was registered
};

/// A changed object, read and written out once for all watchers.
struct WatchHub::Event {
  store::Change change;
  const KindDescriptor* kind = nullptr;
  json::Value data;  ///< for filters; null where nobody filters, or nothing is known any more
  std::string wire;
  std::string text, text_with_kind;  ///< what a stream gets that is told of the change as such; made when needed

  const std::string& text_for(const Watcher& watcher) {
    std::string& out = watcher.request.with_kind ? text_with_kind : text;
    if (out.empty())
      out = event_text(change.sequence, verb_name(change.verb),
                       watcher.request.with_kind ? kind->name : std::string_view{}, wire);
    return out;
  }
};

WatchHub::WatchHub(Objects& objects) : objects_(objects), thread_([this] { run(); }) {}

WatchHub::~WatchHub() { stop(); }

void WatchHub::stop() {
  std::set<std::shared_ptr<Watcher>> watchers;
  std::list<std::unique_ptr<Waiter>> waiters;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    condition_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
  {
    const std::lock_guard lock(mutex_);
    watchers.swap(watchers_);
    waiters.swap(waiters_);
  }
  for (const auto& watcher : watchers) watcher->stream->close();
  for (const auto& waiter : waiters) waiter->done();
}

void WatchHub::hint() {
  const std::lock_guard lock(mutex_);
  hinted_ = true;
  if (!watchers_.empty() || !waiters_.empty()) condition_.notify_all();
}

std::size_t WatchHub::watchers() const {
  const std::lock_guard lock(mutex_);
  return watchers_.size();
}

base::Result<void> WatchHub::check(const WatchRequest& request) {
  if (request.since) TP_CHECK(objects_.store().changes(*request.since, 1));
  return {};
}

void WatchHub::watch(WatchRequest request, std::shared_ptr<http::Stream> stream) {
  auto watcher = std::make_shared<Watcher>();
  watcher->request = std::move(request);
  watcher->stream = std::move(stream);
  auto head = objects_.store().head();
  if (!head) return watcher->stream->close();
  watcher->from = watcher->request.since.value_or(*head);
  watcher->in_snapshot = !watcher->request.since;
  std::weak_ptr<Watcher> weak = watcher;
  std::shared_ptr<http::Stream> open = watcher->stream;
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return open->close();
    watcher->last_write = objects_.clock().steady_now();
    // The reader goes back to the oldest position that anybody needs; watchers skip what they know.
    read_from(watcher->from);
    watchers_.insert(watcher);
    condition_.notify_all();
  }
  open->on_closed([this, weak] {
    const auto gone = weak.lock();
    if (!gone) return;
    const std::lock_guard lock(mutex_);
    watchers_.erase(gone);
  });
}

void WatchHub::wait(const KindDescriptor& kind, ObjectId id, base::Millis limit,
                    std::function<bool(const Object&)> is_enough, std::function<void()> done) {
  auto waiter = std::make_unique<Waiter>(
      Waiter{&kind, id, objects_.clock().steady_now() + limit, std::move(is_enough), std::move(done)});
  auto head = objects_.store().head();
  std::unique_lock lock(mutex_);
  if (stopping_ || !head) {
    lock.unlock();
    return waiter->done();
  }
  read_from(*head);
  waiters_.push_back(std::move(waiter));
  condition_.notify_all();
}

/// mutex_ is held.
void WatchHub::read_from(store::Sequence position) {
  position_ = positioned_ ? std::min(position_, position) : position;
  positioned_ = true;
  moved_back_ = true;
  hinted_ = true;
}

void WatchHub::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (watchers_.empty() && waiters_.empty()) {
      positioned_ = false;
      condition_.wait(lock);
      continue;
    }
    if (!std::exchange(hinted_, false)) {
      objects_.clock().wait_until(lock, condition_, objects_.clock().steady_now() + kPoll);
      if (stopping_) break;
      hinted_ = false;
    }
    lock.unlock();
    read_changes();
    advance_snapshots();
    tick();
    lock.lock();
  }
}

void WatchHub::read_changes() {
  for (bool more = true; more;) {
    store::Sequence position = 0;
    {
      const std::lock_guard lock(mutex_);
      position = position_;
      moved_back_ = false;
    }
    auto changes = objects_.store().changes(position, kChangesPage);
    if (!changes) {
      if (changes.error().kind != base::ErrorKind::expired) {
        base::log::warn("watch: change log cannot be read", {{"error", changes.error()}});
        return;
      }
      // Somebody fell behind the log: everybody lists afresh.
      auto head = objects_.store().head();
      const std::lock_guard lock(mutex_);
      for (const auto& watcher : watchers_) {
        watcher->stream->write(http::format_event("", "expired", "{}"));
        watcher->stream->close();
      }
      if (head) position_ = *head;
      return;
    }
    more = static_cast<std::int64_t>(changes->size()) == kChangesPage;
    if (changes->empty()) return;
    if (auto sent = dispatch(*changes); !sent) {
      base::log::warn("watch: objects cannot be read", {{"error", sent.error()}});
      return;  // the changes are read again
    }
    const std::lock_guard lock(mutex_);
    // Who came meanwhile has not got these changes, and may need them.
    if (!moved_back_) position_ = changes->back().sequence;
  }
}

base::Result<void> WatchHub::dispatch(const std::vector<store::Change>& changes) {
  std::map<ObjectId, store::Change> newest;  // folded: the last change of an object, "created" if it began with that
  for (const store::Change& change : changes) {
    auto [it, fresh] = newest.try_emplace(change.id, change);
    if (fresh) continue;
    const bool created = it->second.verb == store::Verb::created && change.verb == store::Verb::updated;
    it->second = change;
    if (created) it->second.verb = store::Verb::created;
  }
  std::set<ObjectId> changed;
  for (const auto& [id, change] : newest) changed.insert(id);
  check_waiters(&changed);
  std::vector<std::shared_ptr<Watcher>> watchers;
  {
    const std::lock_guard lock(mutex_);
    watchers.assign(watchers_.begin(), watchers_.end());
  }
  std::erase_if(newest, [&](const auto& entry) {
    return std::none_of(watchers.begin(), watchers.end(),
                        [&](const auto& watcher) { return watcher->wants(entry.second); });
  });
  if (newest.empty()) return {};
  const bool with_data =
      std::any_of(watchers.begin(), watchers.end(), [](const auto& watcher) { return watcher->filtered(); });
  TP_TRY(auto events, read_events(newest, with_data));
  for (Event& event : events) {
    for (const auto& watcher : watchers) {
      if (watcher->wants(event.change)) deliver(*watcher, event);
    }
  }
  return {};
}

/// The events, in the order of the log.
base::Result<std::vector<WatchHub::Event>> WatchHub::read_events(const std::map<ObjectId, store::Change>& newest,
                                                                 bool with_data) {
  std::vector<ObjectId> ids;
  ids.reserve(newest.size());
  for (const auto& [id, change] : newest) ids.push_back(id);
  TP_TRY(const std::vector<store::Row> rows, objects_.store().last_known(ids));
  std::map<ObjectId, const store::Row*> by_id;
  for (const store::Row& row : rows) by_id[row.id] = &row;
  std::vector<Event> events;
  for (const auto& [id, change] : newest) {
    Event event{.change = change,
                .kind = objects_.registry().find(change.kind),
                .data = {},
                .wire = {},
                .text = {},
                .text_with_kind = {}};
    if (event.kind == nullptr) continue;  // of a newer program
    const auto found = by_id.find(id);
    const store::Row* row = found == by_id.end() ? nullptr : found->second;
    // Deleted after this change: the log has that, too.
    if (change.verb != store::Verb::deleted && (row == nullptr || row->deleted_at)) continue;
    if (row == nullptr) {
      event.wire = "{\"ID\":" + std::to_string(id) + "}";
    } else {
      if (with_data) event.data = objects_.to_object(*row).data;
      objects_.append_wire(event.wire, *event.kind, *row);
    }
    events.push_back(std::move(event));
  }
  std::sort(events.begin(), events.end(),
            [](const Event& a, const Event& b) { return a.change.sequence < b.change.sequence; });
  return events;
}

void WatchHub::deliver(Watcher& watcher, Event& event) {
  if (watcher.in_snapshot) {
    watcher.missed[event.change.id] = event.change;
    return;
  }
  std::string_view verb = verb_name(event.change.verb);
  if (watcher.filtered()) {
    const ObjectId id = event.change.id;
    const bool was_shown = watcher.may_have(event.change);
    const bool is_deleted = event.change.verb == store::Verb::deleted;
    if (!is_deleted && matches(watcher.request.filter, event.data)) {
      verb = was_shown ? "updated" : "created";
      watcher.shown.insert(id);
    } else {
      if (!is_deleted) verb = "removed";
      watcher.shown.erase(id);
      if (watcher.request.since && !is_deleted) watcher.hidden.insert(id);
      if (!was_shown) return;
    }
  }
  watcher.from = std::max(watcher.from, event.change.sequence);
  const auto now = objects_.clock().steady_now();
  if (verb == verb_name(event.change.verb)) return watcher.send(event.text_for(watcher), now);
  const std::string_view kind = watcher.request.with_kind ? event.kind->name : std::string_view{};
  watcher.send(event_text(event.change.sequence, verb, kind, event.wire), now);
}

void WatchHub::advance_snapshots() {
  std::vector<std::shared_ptr<Watcher>> watchers;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& watcher : watchers_) {
      if (watcher->in_snapshot) watchers.push_back(watcher);
    }
  }
  for (const auto& watcher : watchers) {
    while (watcher->in_snapshot && watcher->stream->pending() < kSnapshotBacklog) {
      if (watcher->snapshot_kind == watcher->request.kinds.size()) {
        watcher->in_snapshot = false;
        watcher->stream->write(http::format_event(std::to_string(watcher->from), "synced",
                                                  "{\"seq\":" + std::to_string(watcher->from) + "}"));
        std::vector<store::Change> missed;
        for (auto& [id, change] : watcher->missed) {
          if (change.verb == store::Verb::created && watcher->shown.contains(id)) change.verb = store::Verb::updated;
          missed.push_back(change);
        }
        watcher->missed.clear();
        if (!watcher->filtered()) watcher->shown.clear();
        if (!missed.empty() && !dispatch(missed)) watcher->stream->close();  // it is resumed from here
        break;
      }
      const KindDescriptor& kind = *watcher->request.kinds[watcher->snapshot_kind];
      const auto page = snapshot_page(*watcher, kind);
      if (!page) {
        base::log::warn("watch: objects cannot be listed", {{"error", page.error()}});
        watcher->stream->close();
        break;
      }
      const bool last = watcher->request.id != 0 || static_cast<std::int64_t>(page->rows.size()) < kSnapshotPage;
      for (const store::Row& row : page->rows) {
        std::string wire;
        objects_.append_wire(wire, kind, row);
        watcher->shown.insert(row.id);
        watcher->snapshot_after = row.id;
        watcher->send(event_text(watcher->from, row.deleted_at ? "deleted" : "created",
                                 watcher->request.with_kind ? kind.name : std::string_view{}, wire),
                      objects_.clock().steady_now());
      }
      if (last) {
        ++watcher->snapshot_kind;
        watcher->snapshot_after = 0;
      }
    }
  }
}

/// What exists of the kind, from where the snapshot stands. One object alone also where it has just been deleted.
base::Result<Rows> WatchHub::snapshot_page(const Watcher& watcher, const KindDescriptor& kind) {
  if (watcher.request.id == 0) {
    ListQuery query = watcher.request.filter;
    query.after = watcher.snapshot_after;
    query.limit = kSnapshotPage;
    return objects_.list_rows(kind, query);
  }
  TP_TRY(std::vector<store::Row> rows, objects_.store().last_known({watcher.request.id}));
  std::erase_if(rows, [&](const store::Row& row) { return row.kind != kind.name; });
  return Rows{.rows = std::move(rows), .total = 0};
}

void WatchHub::check_waiters(const std::set<ObjectId>* changed) {
  const auto now = objects_.clock().steady_now();
  std::vector<std::unique_ptr<Waiter>> candidates, finished;
  {
    const std::lock_guard lock(mutex_);
    for (auto it = waiters_.begin(); it != waiters_.end();) {
      const bool due = (*it)->fresh || (*it)->until <= now || (changed != nullptr && changed->contains((*it)->id));
      if (due) candidates.push_back(std::move(*it));
      it = due ? waiters_.erase(it) : std::next(it);
    }
  }
  for (auto& waiter : candidates) {
    waiter->fresh = false;
    auto object = objects_.get(waiter->kind->name, waiter->id);
    if (waiter->until <= now || !object || waiter->is_enough(*object)) {
      finished.push_back(std::move(waiter));
    } else {
      const std::lock_guard lock(mutex_);
      waiters_.push_back(std::move(waiter));
    }
  }
  for (const auto& waiter : finished) waiter->done();
}

void WatchHub::tick() {
  check_waiters(nullptr);
  const auto now = objects_.clock().steady_now();
  std::vector<std::shared_ptr<Watcher>> silent;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& watcher : watchers_) {
      if (watcher->last_write + kHeartbeat <= now) silent.push_back(watcher);
    }
  }
  for (const auto& watcher : silent) {
    watcher->last_write = now;
    watcher->stream->write(http::format_comment("alive"));
  }
}

}  // namespace threeport::apiserver
