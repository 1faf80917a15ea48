// The inside of FakeCluster; only its own sources include this.
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "providers/kubernetes/fake/controllers.h"
#include "providers/kubernetes/fake/defaults.h"
#include "providers/kubernetes/fake/selector.h"
#include "providers/kubernetes/fake/state.h"
#include "providers/kubernetes/fake/validation.h"
#include "providers/kubernetes/fake_cluster.h"
#include "providers/kubernetes/manifests.h"
#include "providers/kubernetes/status_error.h"

namespace threeport::providers::kubernetes {

namespace fake {

inline base::Error unreachable(std::string_view why) {
  base::Error error = base::unavailable("the API server cannot be reached: " + std::string(why));
  error.reason = std::string(reason::kRuntimeUnreachable);
  return error;
}

inline base::Error to_error(const Refusal& refusal, std::string_view subject) {
  return error_of_status(refusal.code, refusal.status, subject);
}

/// The object in the version that the caller asked for.
inline base::json::Value as_version(const base::json::Value& object, const std::string& api_version) {
  base::json::Value out = object;
  out["apiVersion"] = api_version;
  return out;
}

}  // namespace fake

class FakeCluster::Impl {
 public:
  using Value = base::json::Value;
  using Deadline = std::chrono::steady_clock::time_point;

  explicit Impl(const FakeOptions& options);

  [[nodiscard]] Deadline deadline_of(const CallOptions& call) const { return clock.steady_now() + call.timeout; }
  /// Waits for a change; false once stopped or past the deadline.
  bool wait(std::unique_lock<std::mutex>& lock, const CallOptions& call, Deadline deadline);

  /// What comes before each call: counting, the network, faults. A fault that comes after is left in `after`.
  base::Result<void> enter(std::string_view verb, const ObjectRef& ref, const CallOptions& call,
                           std::optional<base::Error>& after);

  /// Runs `work` under the lock, then the controllers, and wakes the watches.
  template <typename Work>
  auto run(std::string_view verb, const ObjectRef& ref, const CallOptions& call, const Work& work) -> decltype(work()) {
    std::optional<base::Error> after;
    TP_CHECK(enter(verb, ref, call, after));
    std::unique_lock lock(mutex);
    auto result = work();
    settle();
    lock.unlock();
    if (after) return *after;
    return result;
  }

  /// Lets the controllers work and the watches look. Precondition of this and all below: the lock is held.
  void settle();
  [[nodiscard]] base::Result<ResourceType> type_of(const TypeRef& type) const;
  /// The key of the object, with its namespace checked against the scope of its type.
  [[nodiscard]] base::Result<fake::Key> key_of(const ObjectRef& ref) const;
  base::Result<Value> apply(const Value& manifest, const ApplyOptions& options, const std::string& subject);
  base::Result<Value> patch(const ObjectRef& ref, const Value& merge_patch, const std::string& subject);
  base::Result<Removal> remove(const ObjectRef& ref, const RemoveOptions& options, const std::string& subject);

  base::Clock& clock;
  mutable std::mutex mutex;
  std::condition_variable changed;
  fake::State state;
  fake::Controllers controllers;
  bool with_controllers;
  bool reachable = true;
  std::size_t calls = 0;
  std::uint64_t last_seen = 0;
  std::uint64_t bookmarks = 0;  ///< how often they were asked for
  std::uint64_t closings = 0;   ///< how often all streams were ended
  std::function<std::optional<Fault>(const FakeCall&)> hook;
  std::map<std::pair<std::string, std::string>, std::string> log_texts;

 private:
  base::Result<void> hang(const CallOptions& call);
  void serve_definitions();
  /// Why an object cannot be made in its namespace, if so.
  [[nodiscard]] std::optional<fake::Refusal> namespace_refusal(const fake::Key& key, std::string_view plural) const;
};

}  // namespace threeport::providers::kubernetes
