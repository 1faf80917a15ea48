// What watchers are sent.
#include "apiserver/watch_hub.h"

#include <atomic>
#include <condition_variable>
#include <future>
#include <mutex>

#include <gtest/gtest.h>

#include "http/event_stream.h"
#include "tests/support/widgets.h"

namespace threeport::apiserver {
namespace {

using testing::Group;
using testing::must;

/// Keeps what it is sent.
class Recorder final : public http::Stream {
 public:
  bool write(std::string_view bytes) override {
    const std::lock_guard lock(mutex_);
    for (http::StreamEvent& event : must(parser_.feed(bytes))) events_.push_back(std::move(event));
    changed_.notify_all();
    return true;
  }
  void close() override {}
  [[nodiscard]] std::size_t pending() const override { return 0; }
  bool wait_until_unsent(std::size_t) override { return true; }
  void on_closed(std::function<void()>) override {}

  /// The first `count` events that were sent; fewer after a minute.
  std::vector<http::StreamEvent> first(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::minutes(1), [&] { return events_.size() >= count; });
    return events_;
  }
  std::vector<std::string> first_verbs(std::size_t count) {
    std::vector<std::string> out;
    for (const http::StreamEvent& event : first(count)) out.push_back(event.event);
    return out;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  http::EventParser parser_;
  std::vector<http::StreamEvent> events_;
};

struct Vault {
  static constexpr schema::KindInfo kind{.name = "Vault", .path = "vaults", .alias = "", .doc = "Has a secret."};
  schema::ObjectMeta meta;
  std::string name, token;

  static constexpr auto fields() {
    using Self = Vault;
    using namespace schema;
    return std::tuple_cat(ObjectMeta::fields<&Self::meta>(),
                          std::tuple{field<&Self::name>("Name", "Its name.", required | filter),
                                     field<&Self::token>("Token", "What nobody may read.", secret)});
  }
};

struct WatchHubTest : ::testing::Test {
  ~WatchHubTest() override { hub.stop(); }

  std::shared_ptr<Recorder> watch(std::string_view kind, std::optional<store::Sequence> since = {},
                                  std::string_view name = "", ObjectId id = 0) {
    const KindDescriptor* found = world.objects().registry().find(kind);
    WatchRequest request{.kinds = {found}, .id = id, .filter = {}, .since = since};
    if (!name.empty()) request.filter.filters.emplace_back(found->find("Name"), std::string(name));
    auto stream = std::make_shared<Recorder>();
    hub.watch(std::move(request), stream);
    return stream;
  }
  ObjectId add_group(const std::string& name, int size) {
    const ObjectId id = world.create_body("Group", json::Object{{"Name", name}, {"Size", size}});
    hub.hint();
    return id;
  }
  void remove_group(ObjectId id) {
    world.remove<Group>(id);
    hub.hint();
  }
  /// For faults that strike once.
  bool is_first() { return !has_struck.exchange(true); }
  static json::Value object_of(const http::StreamEvent& event) { return must(json::parse(event.data)).at("object"); }

  testing::World world{[] { return testing::Reconcilers(); },
                       {.kinds =
                            [] {
                              auto kinds = testing::kinds_with_widgets();
                              kinds.push_back(schema::describe<Vault>());
                              return kinds;
                            }(),
                        .engine = testing::calm_engine()}};
  std::atomic<bool> has_struck = false;
  std::promise<std::shared_ptr<Recorder>> second;
  WatchHub hub{world.objects()};
};

TEST_F(WatchHubTest, ADeletedObjectIsShownAsItsDeletionLeftIt) {
  const auto stream = watch("Group", 0);
  const ObjectId id = add_group("one", 3);
  EXPECT_EQ(stream->first_verbs(1), std::vector<std::string>{"created"});
  remove_group(id);
  const auto events = stream->first(2);
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[1].event, "deleted");
  const json::Value object = object_of(events[1]);
  EXPECT_EQ(object.at("ID"), json::Value(id));
  EXPECT_EQ(object.at("Name").text(), "one");
  EXPECT_EQ(object.at("Size"), json::Value(3));
  EXPECT_EQ(object.at("DeletedAt").text(), base::format_time(world.clock().now()));
}

TEST_F(WatchHubTest, ADeletedObjectKeepsItsSecretsAsGetDoes) {
  const ObjectId id = world.create_body("Vault", json::Object{{"Name", "one"}, {"Token", "abracadabra"}});
  std::string shown;
  const KindDescriptor& kind = *world.objects().registry().find("Vault");
  world.objects().append_wire(shown, kind, must(world.store().get("Vault", id)));
  const std::string token(must(json::parse(shown)).at("Token").text());
  world.remove<Vault>(id);
  const auto events = watch("Vault", 0)->first(1);
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].event, "deleted");
  EXPECT_EQ(events[0].data.find("abracadabra"), std::string::npos);
  EXPECT_EQ(object_of(events[0]).at("Token").text(), token);
}

TEST_F(WatchHubTest, OfAPurgedObjectTheIdIsLeft) {
  const ObjectId id = add_group("one", 3);
  world.remove<Group>(id);
  world.store().purge(id);
  const auto events = watch("Group", 0)->first(1);
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].event, "deleted");
  EXPECT_EQ(object_of(events[0]), (json::Value(json::Object{{"ID", id}})));
}

TEST_F(WatchHubTest, AResumedFilterShowsTheDeletionOfWhateverItMayHaveShown) {
  const ObjectId one = add_group("one", 3);
  const ObjectId two = add_group("two", 4);
  const auto head = world.head();
  world.remove<Group>(two);
  world.remove<Group>(one);
  const auto stream = watch("Group", head, "one");
  add_group("one", 5);
  const auto events = stream->first(3);
  ASSERT_EQ(events.size(), 3U);
  EXPECT_EQ(events[0].event, "deleted");  // which may have been called "one" before
  EXPECT_EQ(object_of(events[0]).at("ID"), json::Value(two));
  EXPECT_EQ(events[1].event, "deleted");
  EXPECT_EQ(object_of(events[1]).at("ID"), json::Value(one));
  EXPECT_EQ(events[2].event, "created");
}

TEST_F(WatchHubTest, AnObjectThatIsDeletedWhileItsChangeIsReadIsShownAsDeletedOnce) {
  const auto stream = watch("Group", 0, "one");
  world.store().set_before([this](std::string_view call) -> std::optional<base::Error> {
    if (call == "last_known" && is_first()) {
      world.remove<Group>(must(world.objects().list("Group", "Name", "one")).at(0).id);
    }
    return std::nullopt;
  });
  add_group("one", 3);
  hub.hint();
  EXPECT_EQ(stream->first_verbs(1), std::vector<std::string>{"deleted"});
  add_group("one", 4);
  EXPECT_EQ(stream->first_verbs(2), (std::vector<std::string>{"deleted", "created"}));
}

TEST_F(WatchHubTest, AWatcherThatComesWhileOthersAreServedMissesNothing) {
  const auto first = watch("Group", 0);
  world.store().set_after([this](std::string_view call) -> std::optional<base::Error> {
    if (call == "last_known" && is_first()) second.set_value(watch("Group", 0));
    return std::nullopt;
  });
  add_group("one", 3);
  EXPECT_EQ(first->first_verbs(1), std::vector<std::string>{"created"});
  EXPECT_EQ(second.get_future().get()->first_verbs(1), std::vector<std::string>{"created"});
}

TEST_F(WatchHubTest, WhatCouldNotBeReadIsSentLater) {
  const auto stream = watch("Group", 0);
  world.store().set_before([this](std::string_view call) -> std::optional<base::Error> {
    if (call != "last_known" || !is_first()) return std::nullopt;
    return base::unavailable("the database is away");
  });
  add_group("one", 3);
  EXPECT_EQ(stream->first_verbs(1), std::vector<std::string>{"created"});
}

TEST_F(WatchHubTest, OneObjectThatHasJustGoneIsShownAsDeleted) {
  const ObjectId id = add_group("one", 3);
  world.remove<Group>(id);
  EXPECT_EQ(watch("Group", {}, "", id)->first_verbs(2), (std::vector<std::string>{"deleted", "synced"}));
}

}  // namespace
}  // namespace threeport::apiserver
