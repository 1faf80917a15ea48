// The contract of watch.
#pragma once

#include <thread>

#include "providers/kubernetes/contract/fixture.h"

namespace threeport::providers::kubernetes::contract {

/// Names of the events that a watch of ConfigMaps in `ns` shows until `last` has come, as "added c1".
inline std::vector<std::string> watch_until(Cluster& cluster, const WatchRequest& request, const std::string& last) {
  std::vector<std::string> seen;
  const auto watched = cluster.watch(
      request,
      [&](const WatchEvent& event) {
        if (event.type == WatchEvent::Type::bookmark) return true;
        static constexpr std::string_view kNames[] = {"added", "modified", "deleted"};
        seen.push_back(std::string(kNames[static_cast<std::size_t>(event.type)]) + " " + ref_of(event.object).name);
        return seen.back() != last;
      },
      {.timeout = base::Millis(30'000)});
  EXPECT_TRUE(watched) << watched.error().message;
  return seen;
}

TEST_P(ClusterContract, a_watch_shows_what_happened_after_its_version_in_order) {
  const std::string ns = make_namespace();
  apply(config_map(ns, "before", "a"));
  const auto page = cluster_->list({.type = {"v1", "ConfigMap"}, .ns = ns}, call_);
  ASSERT_TRUE(page);
  apply(config_map(ns, "one", "a"));
  apply(config_map(ns, "one", "b"));
  apply(config_map(ns, "other", "a", "another-app"));
  ASSERT_TRUE(cluster_->remove({"v1", "ConfigMap", ns, "before"}, {}, call_));
  ASSERT_TRUE(cluster_->remove({"v1", "ConfigMap", ns, "one"}, {}, call_));
  const auto seen = watch_until(*cluster_,
                                {.type = {"v1", "ConfigMap"},
                                 .ns = ns,
                                 .label_selector = "app=contract",
                                 .resource_version = page->resource_version},
                                "deleted one");
  EXPECT_EQ(seen, (std::vector<std::string>{"added one", "modified one", "deleted before", "deleted one"}));
}

TEST_P(ClusterContract, what_leaves_the_selector_is_shown_as_deleted_and_what_enters_as_added) {
  const std::string ns = make_namespace();
  const Value first = apply(config_map(ns, "one", "a", "in"));
  apply(config_map(ns, "one", "a", "out"));
  apply(config_map(ns, "one", "a", "in"));
  apply(config_map(ns, "last", "a", "in"));
  const auto seen = watch_until(*cluster_,
                                {.type = {"v1", "ConfigMap"},
                                 .ns = ns,
                                 .label_selector = "app=in",
                                 .resource_version = std::string(first.at("metadata", "resourceVersion").text())},
                                "added last");
  EXPECT_EQ(seen, (std::vector<std::string>{"deleted one", "added one", "added last"}));
}

TEST_P(ClusterContract, a_watch_resumes_at_the_version_of_any_event) {
  const std::string ns = make_namespace();
  const Value first = apply(config_map(ns, "c1", "a"));
  const Value second = apply(config_map(ns, "c2", "a"));
  apply(config_map(ns, "c3", "a"));
  const auto from = [&](const Value& object) {
    return watch_until(*cluster_,
                       {.type = {"v1", "ConfigMap"},
                        .ns = ns,
                        .label_selector = "app=contract",
                        .resource_version = std::string(object.at("metadata", "resourceVersion").text())},
                       "added c3");
  };
  EXPECT_EQ(from(first), (std::vector<std::string>{"added c2", "added c3"}));
  EXPECT_EQ(from(second), (std::vector<std::string>{"added c3"}));
}

TEST_P(ClusterContract, a_watch_that_runs_shows_changes_and_stops_promptly) {
  const std::string ns = make_namespace();
  const auto page = cluster_->list({.type = {"v1", "ConfigMap"}, .ns = ns}, call_);
  ASSERT_TRUE(page);
  std::stop_source stop;
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::string> seen;
  base::Result<void> ended;
  std::thread watcher([&] {
    ended = cluster_->watch({.type = {"v1", "ConfigMap"},
                             .ns = ns,
                             .label_selector = "app=contract",
                             .resource_version = page->resource_version},
                            [&](const WatchEvent& event) {
                              const std::lock_guard lock(mutex);
                              seen.push_back(ref_of(event.object).name);
                              changed.notify_all();
                              return true;
                            },
                            {.timeout = base::Millis(600'000), .stop = stop.get_token()});
  });
  apply(config_map(ns, "one", "a"));
  {
    std::unique_lock lock(mutex);
    EXPECT_TRUE(changed.wait_for(lock, std::chrono::seconds(30), [&] { return !seen.empty(); }));
  }
  stop.request_stop();
  watcher.join();
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().kind, base::ErrorKind::canceled);
  EXPECT_EQ(seen, (std::vector<std::string>{"one"}));
}

TEST_P(ClusterContract, a_watch_ends_at_its_time) {
  const std::string ns = make_namespace();
  const Value object = apply(config_map(ns, "one", "a"));
  const auto watched =
      cluster_->watch({.type = {"v1", "ConfigMap"},
                       .ns = ns,
                       .resource_version = std::string(object.at("metadata", "resourceVersion").text())},
                      [](const WatchEvent&) { return true; }, {.timeout = base::Millis(1'000)});
  EXPECT_TRUE(watched) << watched.error().message;
}

}  // namespace threeport::providers::kubernetes::contract
