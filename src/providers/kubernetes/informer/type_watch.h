// The thread that keeps the objects of one type up to date.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <stop_token>
#include <string>
#include <thread>

#include "providers/kubernetes/informer/object_store.h"

namespace threeport::providers::kubernetes::informer {

/// Lists, watches from the list's version, resumes where a watch ended, lists afresh where that version is expired, and
/// pauses with full jitter after failures. Destruction is stop().
class TypeWatch {
 public:
  TypeWatch(Cluster& cluster, TypeRef type, WatchScope scope, const InformerOptions& options, base::Clock& clock);
  ~TypeWatch();
  TypeWatch(const TypeWatch&) = delete;
  TypeWatch& operator=(const TypeWatch&) = delete;

  /// Stops the watch and returns when its thread has ended. Not from that thread (on_change).
  void stop();

  [[nodiscard]] const TypeRef& type() const { return type_; }
  ObjectStore& objects() { return objects_; }
  [[nodiscard]] const ObjectStore& objects() const { return objects_; }
  [[nodiscard]] bool keeps(const base::json::Value& object) const { return !scope_.keep || scope_.keep(object); }

  [[nodiscard]] bool is_synced() const { return synced_.load(); }
  [[nodiscard]] std::optional<base::Error> failure() const;
  base::Result<void> wait_synced(const CallOptions& call);
  /// Marks the type as used now, and ends a pause after a failure.
  void touch();
  [[nodiscard]] bool is_idle(std::chrono::steady_clock::time_point since) const;

 private:
  void run(const std::stop_token& stop);
  base::Result<void> list(const std::stop_token& stop);
  base::Result<void> watch(const std::stop_token& stop);
  void handle(WatchEvent event);
  /// What the outcome of a list or watch means for the next one.
  void settle(const base::Result<void>& outcome);
  void pause(const std::stop_token& stop);
  void notify(const std::vector<Change>& changes) const;

  Cluster& cluster_;
  const TypeRef type_;
  const WatchScope scope_;
  const InformerOptions& options_;
  base::Clock& clock_;
  ObjectStore objects_;
  std::atomic<bool> synced_{false};
  std::atomic<std::chrono::steady_clock::time_point> used_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<base::Error> failure_;
  std::uint64_t attempts_ = 0;
  bool hurry_ = false;

  // Of the thread alone.
  std::string version_;
  unsigned failures_ = 0;
  bool progressed_ = false;
  std::mt19937_64 random_;

  std::jthread thread_;
};

}  // namespace threeport::providers::kubernetes::informer
