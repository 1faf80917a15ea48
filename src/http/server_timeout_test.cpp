#include <chrono>
#include <thread>

#include <gtest/gtest.h>

#include "http/raw_peer.h"
#include "http/server.h"

namespace threeport::http {
namespace {

using namespace std::chrono_literals;

class ServerTimeoutTest : public testing::Test {
 protected:
  void start(const ServerOptions& options) {
    auto server = Server::start(options, [](const Request&, Responder responder) {
      std::move(responder).send({.body = std::string(8u << 20, 'x') + "end"});
    });
    ASSERT_TRUE(server.has_value());
    server_ = std::move(server).value();
  }

  std::unique_ptr<Server> server_;
};

TEST_F(ServerTimeoutTest, an_unfinished_head_gets_408) {
  start({.threads = 2, .header_timeout = 40ms});
  RawPeer peer(server_->port());
  peer.send("GET / HTTP/1.1\r\nHo");
  const std::string& answer = peer.receive_all();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 408 Request Timeout\r\n")) << answer;
  EXPECT_TRUE(answer.ends_with("{\"message\":\"Request Timeout\"}"));
}

TEST_F(ServerTimeoutTest, sending_byte_by_byte_gains_no_time) {
  start({.threads = 2, .header_timeout = 60ms});
  RawPeer peer(server_->port());
  const auto began = std::chrono::steady_clock::now();
  const std::string endless = "GET / HTTP/1.1\r\nHost: x\r\nA: " + std::string(10'000, 'a');
  std::jthread sender([&](const std::stop_token& stop) {
    for (std::size_t i = 0; i < endless.size() && !stop.stop_requested(); ++i) {
      if (!peer.send({&endless[i], 1})) return;
      std::this_thread::sleep_for(5ms);
    }
  });
  EXPECT_TRUE(peer.receive_until("}").starts_with("HTTP/1.1 408"));
  EXPECT_LT(std::chrono::steady_clock::now() - began, 4s);
}

TEST_F(ServerTimeoutTest, an_unfinished_body_gets_408) {
  start({.threads = 2, .body_timeout = 40ms});
  RawPeer peer(server_->port());
  peer.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc");
  EXPECT_TRUE(peer.receive_all().starts_with("HTTP/1.1 408"));
}

TEST_F(ServerTimeoutTest, an_idle_connection_ends_without_a_word) {
  start({.threads = 2, .idle_timeout = 40ms});
  RawPeer peer(server_->port());
  EXPECT_EQ(peer.receive_all(), "");
  EXPECT_TRUE(peer.has_ended());
}

TEST_F(ServerTimeoutTest, a_client_that_does_not_read_its_answer_is_cut) {
  start({.threads = 2, .body_timeout = 40ms});
  RawPeer peer(server_->port(), 4096);
  peer.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  const auto until = std::chrono::steady_clock::now() + 5s;
  while (server_->connections() == 0 && std::chrono::steady_clock::now() < until) std::this_thread::yield();
  while (server_->connections() > 0 && std::chrono::steady_clock::now() < until) std::this_thread::sleep_for(5ms);
  EXPECT_EQ(server_->connections(), 0U);
}

}  // namespace
}  // namespace threeport::http
