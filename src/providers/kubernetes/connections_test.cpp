#include "providers/kubernetes/connections.h"

#include <condition_variable>

#include <gtest/gtest.h>

#include "providers/kubernetes/fake_cluster.h"

namespace threeport::providers::kubernetes {
namespace {

class ConnectionsTest : public ::testing::Test {
 protected:
  ConnectionsOptions options() {
    ConnectionsOptions out;
    out.open = [this](const Access& access) -> base::Result<std::shared_ptr<Cluster>> {
      if (access.server.empty()) return base::invalid("no server");
      ++opened_;
      auto cluster = std::make_shared<FakeCluster>();
      clusters_.push_back(cluster);
      return std::shared_ptr<Cluster>(cluster);
    };
    out.idle_after = base::Millis(10'000);
    out.clock = &clock_;
    return out;
  }

  base::ManualClock clock_;
  int opened_ = 0;
  std::vector<std::weak_ptr<FakeCluster>> clusters_;
};

TEST_F(ConnectionsTest, equal_access_shares_one_connection_and_other_credentials_get_another) {
  Connections connections(options());
  const auto first = connections.connect({.server = "https://a", .token = "one"});
  const auto same = connections.connect({.server = "https://a", .token = "one"});
  const auto renewed = connections.connect({.server = "https://a", .token = "two"});
  ASSERT_TRUE(first && same && renewed);
  EXPECT_EQ(*first, *same);
  EXPECT_NE(*first, *renewed);
  EXPECT_EQ(opened_, 2);
}

TEST_F(ConnectionsTest, an_access_that_cannot_be_used_is_an_error_and_leaves_nothing) {
  Connections connections(options());
  EXPECT_FALSE(connections.connect({}));
  EXPECT_EQ(connections.size(), 0U);
}

TEST_F(ConnectionsTest, what_nobody_uses_is_closed_after_a_while) {
  Connections connections(options());
  auto held = connections.connect({.server = "https://held"});
  ASSERT_TRUE(held);
  ASSERT_TRUE(connections.connect({.server = "https://unused"}));
  connections.drop_idle();
  EXPECT_EQ(connections.size(), 2U);
  clock_.advance(base::Millis(11'000));
  connections.drop_idle();
  EXPECT_EQ(connections.size(), 1U);
  EXPECT_FALSE(clusters_[0].expired());
  EXPECT_TRUE(clusters_[1].expired());
}

TEST_F(ConnectionsTest, changes_come_with_their_connection) {
  std::mutex mutex;
  std::condition_variable changed;
  Connection* from = nullptr;
  ConnectionsOptions with_callback = options();
  with_callback.on_change = [&](Connection& connection, const Change&) {
    const std::lock_guard lock(mutex);
    from = &connection;
    changed.notify_all();
  };
  Connections connections(std::move(with_callback));
  const auto connection = connections.connect({.server = "https://a"});
  ASSERT_TRUE(connection);
  ASSERT_TRUE((*connection)->informers().wait_synced({"v1", "Namespace"}, {}));
  std::unique_lock lock(mutex);
  EXPECT_TRUE(changed.wait_for(lock, std::chrono::seconds(20), [&] { return from != nullptr; }));
  EXPECT_EQ(from, connection->get());
}

}  // namespace
}  // namespace threeport::providers::kubernetes
