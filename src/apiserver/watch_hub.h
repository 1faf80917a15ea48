// Watches and waits: one reader of the change log feeds every watcher of this process. An event carries the object as
// it is when the event is sent, so several changes may be folded into one. `deleted` carries the object as its deletion
// left it, with DeletedAt; only the ID where its row has been purged since.
#pragma once

#include <condition_variable>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <thread>
#include <unordered_map>
#include <unordered_set>

#include "apiserver/objects.h"
#include "http/server.h"

namespace threeport::apiserver {

/// What a watcher wants to see.
struct WatchRequest {
  std::vector<const KindDescriptor*> kinds;
  ObjectId id = 0;   ///< only this object; 0 = all
  ListQuery filter;  ///< only objects that match; with exactly one kind
  /// Unset: what exists first, as created, then the event `synced`. With a filter, `removed` or `deleted` may then name
  /// an object that the watcher was never shown; none that it was shown leaves unnoticed.
  std::optional<store::Sequence> since;
  bool with_kind = false;  ///< data carries the kind, too
};

/// Thread-safe. Idle (no watcher, no wait) it reads nothing.
class WatchHub {
 public:
  explicit WatchHub(Objects& objects);
  ~WatchHub();
  WatchHub(const WatchHub&) = delete;
  WatchHub& operator=(const WatchHub&) = delete;

  /// The head may have moved.
  void hint();
  /// Ends all streams and waits; then nothing is accepted any more. Blocks for the reader.
  void stop();
  /// Error `expired`: `since` is no longer in the log.
  base::Result<void> check(const WatchRequest& request);
  /// Feeds the stream until it closes.
  void watch(WatchRequest request, std::shared_ptr<http::Stream> stream);
  /// Calls `done` once: when `is_enough(object)` holds, the object is gone, or the time is up. On another thread, or at
  /// once.
  void wait(const KindDescriptor& kind, ObjectId id, base::Millis limit, std::function<bool(const Object&)> is_enough,
            std::function<void()> done);
  [[nodiscard]] std::size_t watchers() const;

 private:
  struct Watcher;
  struct Waiter;
  struct Event;

  void run();
  void read_changes();
  void read_from(store::Sequence position);
  [[nodiscard]] base::Result<void> dispatch(const std::vector<store::Change>& changes);
  base::Result<std::vector<Event>> read_events(const std::map<ObjectId, store::Change>& newest, bool with_data);
  void advance_snapshots();
  base::Result<Rows> snapshot_page(const Watcher& watcher, const KindDescriptor& kind);
  void deliver(Watcher& watcher, Event& event);
  void check_waiters(const std::set<ObjectId>* changed);
  void tick();

  Objects& objects_;
  mutable std::mutex mutex_;
  std::condition_variable condition_;
  bool hinted_ = false, stopping_ = false;
  bool positioned_ = false;  ///< position_ is valid: somebody has listened since
  store::Sequence position_ = 0;
  bool moved_back_ = false;  ///< somebody has come since the reader last took position_
  std::set<std::shared_ptr<Watcher>> watchers_;
  std::list<std::unique_ptr<Waiter>> waiters_;
  std::jthread thread_;
};

}  // namespace threeport::apiserver
