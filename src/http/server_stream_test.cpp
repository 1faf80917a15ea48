#include <atomic>
#include <chrono>
#include <future>
#include <thread>

#include <gtest/gtest.h>

#include "http/raw_peer.h"
#include "http/server.h"

namespace threeport::http {
namespace {

using namespace std::chrono_literals;

/// A server whose handler hands each stream over to the test.
class ServerStreamTest : public testing::Test {
 protected:
  void start(ServerOptions options = {}) {
    options.threads = 4;
    auto server = Server::start(options, [this](const Request&, Responder responder) {
      streams_.set_value(std::move(responder).stream({.headers = {{"Content-Type", "text/plain"}}}));
    });
    ASSERT_TRUE(server.has_value());
    server_ = std::move(server).value();
  }

  std::shared_ptr<Stream> open(RawPeer& peer, std::string_view request = "GET / HTTP/1.1\r\nHost: x\r\n\r\n") {
    peer.send(request);
    auto stream = streams_.get_future().get();
    streams_ = {};
    return stream;
  }

  static std::future<void> closing_of(Stream& stream) {
    auto closed = std::make_shared<std::promise<void>>();
    stream.on_closed([closed] { closed->set_value(); });
    return closed->get_future();
  }

  std::promise<std::shared_ptr<Stream>> streams_;
  std::unique_ptr<Server> server_;
};

TEST_F(ServerStreamTest, the_head_and_each_piece_arrive_while_the_stream_is_open) {
  start();
  RawPeer peer(server_->port());
  const auto stream = open(peer);
  const std::string& received = peer.receive_until("\r\n\r\n");
  EXPECT_NE(received.find("Transfer-Encoding: chunked\r\n"), std::string::npos);
  peer.clear();
  EXPECT_TRUE(stream->write("hello"));
  EXPECT_EQ(peer.receive_until("hello\r\n"), "5\r\nhello\r\n");
  EXPECT_TRUE(stream->write(""));
  EXPECT_TRUE(stream->write(std::string(17, 'x')));
  EXPECT_TRUE(peer.receive_until("xx\r\n").ends_with("\r\n11\r\n" + std::string(17, 'x') + "\r\n"));
  auto closed = closing_of(*stream);
  stream->close();
  EXPECT_TRUE(peer.receive_all().ends_with("\r\n0\r\n\r\n"));
  EXPECT_TRUE(peer.has_ended());
  EXPECT_EQ(closed.wait_for(5s), std::future_status::ready);
  EXPECT_FALSE(stream->write("late"));
  EXPECT_EQ(stream->pending(), 0U);
}

TEST_F(ServerStreamTest, writes_of_many_threads_stay_whole) {
  start();
  RawPeer peer(server_->port());
  const auto stream = open(peer);
  std::vector<std::thread> writers;
  for (const char name : {'a', 'b', 'c', 'd'})
    writers.emplace_back([&, name] {
      for (int i = 0; i < 200; ++i) stream->write(std::string(10, name));
    });
  for (auto& writer : writers) writer.join();
  stream->close();
  peer.receive_all();
  for (const char name : {'a', 'b', 'c', 'd'})
    EXPECT_EQ(peer.count("\r\na\r\n" + std::string(10, name)), 200U) << "writer " << name;
}

TEST_F(ServerStreamTest, a_peer_that_goes_is_noticed_although_nothing_is_written) {
  start();
  RawPeer peer(server_->port());
  const auto stream = open(peer);
  auto closed = closing_of(*stream);
  peer.receive_until("\r\n\r\n");
  EXPECT_EQ(closed.wait_for(0s), std::future_status::timeout);
  peer.close();
  EXPECT_EQ(closed.wait_for(5s), std::future_status::ready);
  EXPECT_FALSE(stream->write("x"));
  EXPECT_EQ(closing_of(*stream).wait_for(0s), std::future_status::ready);
}

TEST_F(ServerStreamTest, what_the_peer_sends_meanwhile_is_ignored) {
  start();
  RawPeer peer(server_->port());
  const auto stream = open(peer, "GET / HTTP/1.1\r\nHost: x\r\n\r\nGET /pipelined HTTP/1.1\r\nHost: x\r\n\r\n");
  peer.send(std::string(100'000, 'x'));
  EXPECT_TRUE(stream->write("still here"));
  peer.receive_until("still here");
  stream->close();
  EXPECT_TRUE(peer.receive_all().ends_with("0\r\n\r\n"));
  EXPECT_EQ(peer.count("HTTP/1.1"), 1U);
}

TEST_F(ServerStreamTest, a_writer_that_waits_sends_more_than_the_buffer_holds) {
  constexpr std::size_t kLimit = 64u << 10;
  start({.stream_buffer_bytes = kLimit});
  RawPeer peer(server_->port(), 4096);
  const auto stream = open(peer);
  std::thread writer([&] {
    for (int i = 0; i < 64; ++i) {
      if (!stream->wait_until_unsent(kLimit / 4) || !stream->write(std::string(kLimit / 4, 'x'))) return;
    }
    stream->close();
  });
  EXPECT_TRUE(peer.receive_all().ends_with("0\r\n\r\n"));
  writer.join();
  EXPECT_FALSE(stream->wait_until_unsent(kLimit));
}

TEST_F(ServerStreamTest, a_waiting_writer_is_woken_when_the_peer_goes) {
  start();
  RawPeer peer(server_->port(), 4096);
  const auto stream = open(peer);
  ASSERT_TRUE(stream->write(std::string(16u << 20, 'x')));
  auto waited = std::async(std::launch::async, [&] { return stream->wait_until_unsent(0); });
  peer.close();
  EXPECT_FALSE(waited.get());
}

TEST_F(ServerStreamTest, a_peer_that_does_not_read_is_dropped_at_the_buffers_limit) {
  constexpr std::size_t kLimit = 256u << 10;
  start({.stream_buffer_bytes = kLimit});
  RawPeer peer(server_->port(), 4096);
  const auto stream = open(peer);
  auto closed = closing_of(*stream);
  const std::string piece(64u << 10, 'x');
  std::size_t most = 0;
  bool is_open = true;
  // The kernel's buffers take some megabytes before ours fills.
  for (int i = 0; i < 10'000 && is_open; ++i) {
    is_open = stream->write(piece);
    most = std::max(most, stream->pending());
  }
  EXPECT_FALSE(is_open);
  EXPECT_LE(most, kLimit + 1024);
  EXPECT_EQ(closed.wait_for(5s), std::future_status::ready);
  EXPECT_EQ(stream->pending(), 0U);
  peer.receive_all();
  EXPECT_TRUE(peer.has_ended());
}

TEST_F(ServerStreamTest, one_large_write_passes_an_empty_buffer_and_close_sends_it_all) {
  start({.stream_buffer_bytes = 1000});
  RawPeer peer(server_->port());
  const auto stream = open(peer);
  peer.receive_until("\r\n\r\n");
  while (stream->pending() > 0) std::this_thread::yield();
  const std::string large(1u << 20, 'y');
  EXPECT_TRUE(stream->write(large));
  stream->close();
  const std::string& received = peer.receive_all();
  EXPECT_TRUE(received.ends_with(large + "\r\n0\r\n\r\n"));
}

TEST_F(ServerStreamTest, a_stream_dropped_without_close_is_incomplete_for_the_peer) {
  start();
  RawPeer peer(server_->port());
  auto stream = open(peer);
  stream->write("half");
  peer.receive_until("half\r\n");
  stream.reset();
  EXPECT_TRUE(peer.receive_all().ends_with("half\r\n"));
  EXPECT_TRUE(peer.has_ended());
}

TEST_F(ServerStreamTest, an_http_10_client_gets_the_bytes_as_they_are) {
  start();
  RawPeer peer(server_->port());
  const auto stream = open(peer, "GET / HTTP/1.0\r\n\r\n");
  stream->write("plain ");
  stream->write("text");
  stream->close();
  const std::string& received = peer.receive_all();
  EXPECT_TRUE(received.ends_with("\r\n\r\nplain text")) << received;
  EXPECT_EQ(received.find("chunked"), std::string::npos);
}

TEST_F(ServerStreamTest, a_stream_in_answer_to_head_has_a_head_only) {
  start();
  RawPeer peer(server_->port());
  const auto stream = open(peer, "HEAD / HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_FALSE(stream->write("nothing"));
  EXPECT_TRUE(peer.receive_all().ends_with("\r\n\r\n"));
}

TEST_F(ServerStreamTest, stop_ends_streams_and_tells_their_owners) {
  start();
  RawPeer peer(server_->port());
  const auto stream = open(peer);
  auto closed = closing_of(*stream);
  stream->write("last words");
  server_->stop(5s);
  EXPECT_EQ(closed.wait_for(0s), std::future_status::ready);
  EXPECT_TRUE(peer.receive_all().ends_with("last words\r\n0\r\n\r\n"));
  server_.reset();
  EXPECT_FALSE(stream->write("outlives the server"));
  stream->close();
}

TEST_F(ServerStreamTest, stop_cuts_a_stream_that_cannot_be_sent) {
  start({.stream_buffer_bytes = 64u << 20});
  RawPeer peer(server_->port(), 4096);
  const auto stream = open(peer);
  auto closed = closing_of(*stream);
  stream->write(std::string(32u << 20, 'x'));
  server_->stop(20ms);
  EXPECT_EQ(closed.wait_for(0s), std::future_status::ready);
}

TEST_F(ServerStreamTest, a_stream_may_be_opened_after_the_handler_has_returned) {
  std::promise<Responder> kept;
  auto server =
      Server::start({.threads = 2}, [&](const Request&, Responder responder) { kept.set_value(std::move(responder)); });
  ASSERT_TRUE(server.has_value());
  RawPeer peer((*server)->port());
  peer.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  auto responder = kept.get_future().get();
  const auto opened = std::move(responder).stream({});
  auto closed = closing_of(*opened);
  EXPECT_TRUE(opened->write("later"));
  peer.receive_until("later");
  peer.close();
  EXPECT_EQ(closed.wait_for(5s), std::future_status::ready);
}

}  // namespace
}  // namespace threeport::http
