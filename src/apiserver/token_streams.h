// Streams that were opened with a token end with it: a watch may outlive every request of whoever was let in once.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <vector>

#include "apiserver/access.h"
#include "apiserver/watch_hub.h"
#include "base/guarded.h"

namespace threeport::apiserver {

/// Thread-safe. Hub and objects must live until stop(); what a stop finds open, others end.
class TokenStreams {
 public:
  TokenStreams(Objects& objects, WatchHub& hub) : objects_(objects), hub_(hub) {}
  /// Ends the stream as soon as the actor's token is revoked, on whichever replica, or has expired. Streams of others
  /// are none of its business.
  void add(const Actor& actor, const std::shared_ptr<http::Stream>& stream);
  /// Follows no token any more. Before the hub stops.
  void stop() { stopping_ = true; }

 private:
  using Streams = std::vector<std::weak_ptr<http::Stream>>;
  /// Once for all streams of a token.
  void follow(ObjectId token, base::Millis limit);
  void look_at(ObjectId token);
  /// Time for which the token will be good; nullopt: it is not, or nobody knows.
  std::optional<base::Millis> remaining(ObjectId token);

  Objects& objects_;
  WatchHub& hub_;
  std::atomic<bool> stopping_{false};
  base::Guarded<std::map<ObjectId, Streams>> streams_;
};

}  // namespace threeport::apiserver
