#include "providers/kubernetes/informer.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include <gtest/gtest.h>

#include "providers/kubernetes/fake_cluster.h"

namespace threeport::providers::kubernetes {
namespace {

using base::json::Object;
using base::json::Value;

const TypeRef kConfigMap{"v1", "ConfigMap"};

Value config_map(const std::string& name, const std::string& value, const std::string& owner = "17") {
  return Object{
      {"apiVersion", "v1"},
      {"kind", "ConfigMap"},
      {"metadata",
       Object{{"namespace", "default"}, {"name", name}, {"labels", Object{{"owner", owner}, {"managed", "yes"}}}}},
      {"data", Object{{"key", value}}}};
}

ObjectRef ref(const std::string& name) { return {"v1", "ConfigMap", "default", name}; }

/// A clock that moves when told to. Its waits look again each real millisecond, so that no notification is lost to one
/// that comes as the wait runs out.
class TestClock final : public base::Clock {
 public:
  [[nodiscard]] base::TimePoint now() const override { return time_.now(); }
  [[nodiscard]] std::chrono::steady_clock::time_point steady_now() const override { return time_.steady_now(); }
  void wait_until(std::unique_lock<std::mutex>& lock, std::condition_variable& condition,
                  std::chrono::steady_clock::time_point until) override {
    if (steady_now() < until) condition.wait_for(lock, base::Millis(1));
  }
  void advance(base::Millis by) { time_.advance(by); }

 private:
  base::ManualClock time_;
};

/// Informers on a fake cluster, and the changes that they have told, as "added one".
class InformersTest : public ::testing::Test {
 protected:
  void start(InformerOptions options = {}) {
    options.scope.label_selector = "managed=yes";
    options.indexed_labels = {"owner"};
    options.clock = &clock_;
    options.seed = 7;
    options.on_change = [this](const Change& change) {
      static constexpr std::string_view kNames[] = {"added", "modified", "removed"};
      const std::lock_guard lock(mutex_);
      told_.push_back(std::string(kNames[static_cast<std::size_t>(change.type)]) + " " + change.ref.name);
      changed_.notify_all();
    };
    informers_ = std::make_unique<Informers>(cluster_, std::move(options));
  }

  void sync() { ASSERT_TRUE(informers_->wait_synced(kConfigMap, {})); }

  void apply(const Value& object) { ASSERT_TRUE(cluster_->apply(object, {}, {})); }
  void remove(const std::string& name) { ASSERT_TRUE(cluster_->remove(ref(name), {}, {})); }

  /// Blocks until this has been told; the limit only ends a test that fails.
  bool told(const std::string& what) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(20),
                             [&] { return std::find(told_.begin(), told_.end(), what) != told_.end(); });
  }
  std::vector<std::string> all_told() {
    const std::lock_guard lock(mutex_);
    return told_;
  }
  std::string stored(const std::string& name) {
    const LiveObject object = informers_->find(ref(name));
    return object == nullptr ? "absent" : std::string(object->at("data", "key").text());
  }

  /// Runs `hook` for each call of the verb; without an answer the call passes.
  void on_call(const std::string& verb, std::function<std::optional<Fault>(int)> hook) {
    auto count = std::make_shared<std::atomic<int>>(0);
    cluster_->set_fault_hook([=](const FakeCall& call) -> std::optional<Fault> {
      if (call.verb != verb) return std::nullopt;
      return hook(++*count);
    });
  }

  TestClock clock_;
  std::shared_ptr<FakeCluster> cluster_ = std::make_shared<FakeCluster>(FakeOptions{.clock = &clock_});
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> told_;
  std::unique_ptr<Informers> informers_;
};

TEST_F(InformersTest, holds_what_was_there_and_follows_what_happens) {
  apply(config_map("one", "a"));
  start();
  sync();
  EXPECT_TRUE(informers_->is_synced(kConfigMap));
  EXPECT_EQ(stored("one"), "a");
  apply(config_map("two", "b"));
  ASSERT_TRUE(told("added two"));
  apply(config_map("one", "c"));
  ASSERT_TRUE(told("modified one"));
  EXPECT_EQ(stored("one"), "c");
  remove("two");
  ASSERT_TRUE(told("removed two"));
  EXPECT_EQ(stored("two"), "absent");
  EXPECT_EQ(informers_->size(), 1U);
}

TEST_F(InformersTest, keeps_only_what_its_selector_and_its_scope_take) {
  start({.scopes = {
             {{"v1", "Event"}, {.keep = [](const Value& event) { return event.at("type").text() == "Warning"; }}}}});
  sync();
  Value foreign = config_map("foreign", "a");
  foreign["metadata"]["labels"] = Object{{"managed", "no"}};
  apply(foreign);
  apply(config_map("ours", "a"));
  ASSERT_TRUE(told("added ours"));
  EXPECT_EQ(stored("foreign"), "absent");
  const TypeRef events{"v1", "Event"};
  ASSERT_TRUE(informers_->wait_synced(events, {}));
  for (const char* type : {"Normal", "Warning"}) {
    apply(
        Object{{"apiVersion", "v1"},
               {"kind", "Event"},
               {"metadata", Object{{"namespace", "default"}, {"name", std::string("e-") + (*type == 'N' ? "n" : "w")}}},
               {"type", type}});
  }
  ASSERT_TRUE(told("added e-w"));
  EXPECT_EQ(informers_->all(events).size(), 1U);
}

TEST_F(InformersTest, finds_objects_by_label_over_all_types) {
  start();
  sync();
  ASSERT_TRUE(informers_->wait_synced({"v1", "Secret"}, {}));
  apply(config_map("one", "a", "17"));
  apply(config_map("two", "a", "18"));
  Value secret = config_map("three", "a", "17");
  secret["kind"] = "Secret";
  secret["data"] = Object{{"key", "YQ=="}};
  apply(secret);
  ASSERT_TRUE(told("added two"));
  ASSERT_TRUE(told("added three"));
  EXPECT_EQ(informers_->by_label(kConfigMap, "owner", "17").size(), 1U);
  EXPECT_EQ(informers_->by_label("owner", "17").size(), 2U);
  EXPECT_EQ(informers_->by_label("owner", "19").size(), 0U);
  // The index follows a label that changes.
  apply(config_map("two", "a", "17"));
  ASSERT_TRUE(told("modified two"));
  EXPECT_EQ(informers_->by_label("owner", "17").size(), 3U);
  EXPECT_EQ(informers_->by_label("owner", "18").size(), 0U);
}

TEST_F(InformersTest, our_own_writes_are_seen_at_once_and_told_to_nobody) {
  start();
  sync();
  const auto live = cluster_->apply(config_map("one", "a"), {}, {});
  ASSERT_TRUE(live);
  informers_->write_through(*live);
  EXPECT_EQ(stored("one"), "a");
  apply(config_map("marker", "a"));
  ASSERT_TRUE(told("added marker"));
  const auto told_now = all_told();
  // Either the watch was first and told it, or the write was, and the watch had nothing to add.
  EXPECT_LE(std::count(told_now.begin(), told_now.end(), "added one"), 1);
  EXPECT_EQ(std::count(told_now.begin(), told_now.end(), "modified one"), 0);
}

TEST_F(InformersTest, an_older_state_from_the_watch_does_not_undo_a_newer_write) {
  start();
  sync();
  apply(config_map("one", "old"));
  ASSERT_TRUE(told("added one"));
  const LiveObject old = informers_->find(ref("one"));
  const auto fresh = cluster_->apply(config_map("one", "new"), {}, {});
  ASSERT_TRUE(fresh);
  informers_->write_through(*fresh);
  informers_->write_through(*old);
  EXPECT_EQ(stored("one"), "new");
}

TEST_F(InformersTest, what_we_removed_does_not_come_back_before_its_end_is_told) {
  start();
  sync();
  apply(config_map("one", "a"));
  ASSERT_TRUE(told("added one"));
  Value held = config_map("one", "a");
  held["metadata"]["finalizers"] = base::json::Array{"x.io/y"};
  apply(held);
  informers_->write_through_removed(ref("one"));
  EXPECT_EQ(stored("one"), "absent");
  remove("one");
  apply(config_map("marker", "a"));
  ASSERT_TRUE(told("added marker"));
  EXPECT_EQ(stored("one"), "absent");
  ASSERT_TRUE(cluster_->patch(ref("one"), Object{{"metadata", Object{{"finalizers", nullptr}}}}, {}));
  ASSERT_TRUE(told("removed one"));
  // A new incarnation is another object.
  apply(config_map("one", "again"));
  ASSERT_TRUE(told("added one"));
  apply(config_map("last", "a"));
  ASSERT_TRUE(told("added last"));
  EXPECT_EQ(stored("one"), "again");
}

TEST_F(InformersTest, a_watch_that_the_server_closes_is_resumed_without_a_new_list) {
  std::atomic<int> lists{0};
  cluster_->set_fault_hook([&](const FakeCall& call) -> std::optional<Fault> {
    lists += call.verb == "list" ? 1 : 0;
    return std::nullopt;
  });
  start();
  sync();
  apply(config_map("one", "a"));
  ASSERT_TRUE(told("added one"));
  cluster_->close_watches();
  apply(config_map("two", "a"));
  ASSERT_TRUE(told("added two"));
  EXPECT_EQ(lists.load(), 1);
}

TEST_F(InformersTest, a_bookmark_moves_the_point_of_resuming_past_history_that_is_forgotten) {
  std::atomic<int> lists{0};
  std::mutex mutex;
  std::condition_variable watching;
  int watches = 0;
  cluster_->set_fault_hook([&](const FakeCall& call) -> std::optional<Fault> {
    lists += call.verb == "list" ? 1 : 0;
    if (call.verb == "watch") {
      const std::lock_guard lock(mutex);
      ++watches;
      watching.notify_all();
    }
    return std::nullopt;
  });
  start();
  sync();
  apply(config_map("one", "a"));
  ASSERT_TRUE(told("added one"));
  // What our selector does not take raises the version without an event for us.
  Value foreign = config_map("foreign", "a");
  foreign["metadata"]["labels"] = Object{};
  apply(foreign);
  cluster_->send_bookmarks();
  apply(config_map("two", "a"));
  ASSERT_TRUE(told("added two"));
  cluster_->expire_history();
  cluster_->close_watches();
  {
    std::unique_lock lock(mutex);
    ASSERT_TRUE(watching.wait_for(lock, std::chrono::seconds(20), [&] { return watches >= 2; }));
  }
  apply(config_map("three", "a"));
  ASSERT_TRUE(told("added three"));
  EXPECT_EQ(lists.load(), 1);
}

TEST_F(InformersTest, lists_afresh_where_its_version_is_expired_and_tells_what_was_missed) {
  apply(config_map("stays", "a"));
  apply(config_map("goes", "a"));
  start();
  sync();
  ASSERT_TRUE(told("added goes"));
  cluster_->set_reachable(false);
  // A failure pauses by the clock, so nothing is asked before the world has changed.
  cluster_->set_fault_hook([](const FakeCall& call) -> std::optional<Fault> {
    if (call.verb != "watch") return std::nullopt;
    return Fault{.error = {.kind = base::ErrorKind::expired, .message = "too old", .detail = {}}};
  });
  cluster_->set_reachable(true);
  remove("goes");
  apply(config_map("comes", "a"));
  apply(config_map("stays", "b"));
  for (int i = 0; i < 2000 && stored("comes") == "absent"; ++i) {
    clock_.advance(base::Millis(1'000));
    (void)informers_->wait_synced(kConfigMap, {});
    std::this_thread::yield();
  }
  ASSERT_TRUE(told("added comes"));
  ASSERT_TRUE(told("removed goes"));
  ASSERT_TRUE(told("modified stays"));
  EXPECT_EQ(stored("stays"), "b");
  EXPECT_EQ(stored("goes"), "absent");
}

TEST_F(InformersTest, tells_why_it_cannot_list_and_recovers) {
  cluster_->set_reachable(false);
  start();
  ASSERT_TRUE(informers_->ensure(kConfigMap));
  const auto waited = [&](base::Millis timeout) {
    base::Result<void> result;
    std::atomic<bool> done{false};
    std::thread waiter([&] {
      result = informers_->wait_synced(kConfigMap, {.timeout = timeout});
      done = true;
    });
    while (!done) {
      clock_.advance(base::Millis(100));
      std::this_thread::yield();
    }
    waiter.join();
    return result;
  };
  // The first list fails on the watch's thread: only then does the clock move.
  const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!informers_->failure(kConfigMap) && std::chrono::steady_clock::now() < patience) std::this_thread::yield();
  const auto failed = waited(std::chrono::seconds(5));
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().reason, reason::kRuntimeUnreachable);
  ASSERT_TRUE(informers_->failure(kConfigMap).has_value());
  EXPECT_FALSE(informers_->is_synced(kConfigMap));
  cluster_->set_reachable(true);
  // The clock runs as fast as this loop; the retry comes after a pause by the clock, on a thread of its own.
  ASSERT_TRUE(waited(std::chrono::hours(24)));
  EXPECT_FALSE(informers_->failure(kConfigMap).has_value());
}

TEST_F(InformersTest, a_kind_that_the_cluster_lacks_is_told) {
  start();
  // The watch may have found out before anybody waits: then its next attempt tells, after a pause by the clock.
  std::atomic<bool> done{false};
  std::thread time([&] {
    while (!done) {
      clock_.advance(base::Millis(1));
      std::this_thread::yield();
    }
  });
  const auto waited = informers_->wait_synced({"x.example.com/v1", "Nonesuch"}, {.timeout = std::chrono::hours(24)});
  done = true;
  time.join();
  ASSERT_FALSE(waited);
  EXPECT_EQ(waited.error().reason, reason::kKindUnknown);
}

TEST_F(InformersTest, stops_promptly_while_a_call_hangs) {
  on_call("list", [](int) { return Fault{.how = Fault::How::hang}; });
  start();
  ASSERT_TRUE(informers_->ensure(kConfigMap));
  informers_.reset();  // would not return if the stop did not reach the call: the clock stands still
  EXPECT_EQ(informers_, nullptr);
}

TEST_F(InformersTest, watches_no_more_types_than_allowed_and_drops_idle_ones) {
  start({.idle_after = base::Millis(60'000), .max_types = 2});
  sync();
  ASSERT_TRUE(informers_->wait_synced({"v1", "Secret"}, {}));
  apply(config_map("one", "a"));
  ASSERT_TRUE(told("added one"));
  const auto third = informers_->ensure({"v1", "Service"});
  ASSERT_FALSE(third);
  EXPECT_EQ(third.error().kind, base::ErrorKind::unavailable);
  informers_->drop_idle();
  EXPECT_EQ(informers_->types().size(), 2U);
  clock_.advance(base::Millis(61'000));
  informers_->drop_idle();
  EXPECT_EQ(informers_->types(), (std::vector<TypeRef>{kConfigMap}));
  EXPECT_TRUE(informers_->ensure({"v1", "Service"}));
}

}  // namespace
}  // namespace threeport::providers::kubernetes
