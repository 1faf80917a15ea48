#include "http/server.h"

#include <chrono>
#include <future>
#include <latch>
#include <thread>

#include <gtest/gtest.h>

#include "http/raw_peer.h"

namespace threeport::http {
namespace {

using namespace std::chrono_literals;

std::unique_ptr<Server> start(const ServerOptions& options, Handler handler) {
  auto server = Server::start(options, std::move(handler));
  EXPECT_TRUE(server.has_value()) << server.error().message;
  return std::move(server).value();
}

/// Answers with what it got.
void echo(Request request, Responder responder) {
  std::string text = request.method + " " + request.path + "?" + request.raw_query + " [" + request.body + "]";
  std::move(responder).send({.headers = {{"Content-Type", "text/plain"}}, .body = std::move(text)});
}

std::string get(std::string_view path) { return "GET " + std::string(path) + " HTTP/1.1\r\nHost: x\r\n\r\n"; }

std::string post(std::string_view body) {
  return "POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         std::string(body);
}

TEST(ServerTest, answers_with_head_and_body) {
  const auto server = start({.threads = 2}, echo);
  RawPeer peer(server->port());
  peer.send(get("/a?b=c"));
  const std::string& answer = peer.receive_until("]");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\nServer: threeport\r\nDate: ")) << answer;
  EXPECT_TRUE(answer.ends_with("Content-Type: text/plain\r\nContent-Length: 13\r\n\r\nGET /a?b=c []")) << answer;
}

TEST(ServerTest, tells_the_peers_address) {
  const auto server = start({.threads = 2}, [](const Request& request, Responder responder) {
    std::move(responder).send({.body = request.remote_address + ";" + request.client_certificate_cn + ";"});
  });
  RawPeer peer(server->port());
  peer.send(get("/"));
  EXPECT_TRUE(peer.receive_until(";;").ends_with("\r\n\r\n127.0.0.1;;"));
}

TEST(ServerTest, pipelined_requests_are_answered_in_order) {
  const auto server = start({.threads = 4}, echo);
  RawPeer peer(server->port());
  std::string requests;
  for (int i = 0; i < 200; ++i) requests += i % 3 == 0 ? post(std::to_string(i)) : get("/" + std::to_string(i));
  peer.send(requests);
  const std::string& answers = peer.receive_until("HTTP/1.1 200", 200);
  peer.receive_until("/199? []");
  std::size_t at = 0;
  for (int i = 0; i < 200 && at != std::string::npos; ++i)
    at = answers.find(i % 3 == 0 ? "POST /p? [" + std::to_string(i) + "]" : "GET /" + std::to_string(i) + "? []", at);
  EXPECT_NE(at, std::string::npos);
  EXPECT_EQ(server->connections(), 1U);
}

TEST(ServerTest, a_pipelined_request_waits_for_an_answer_of_another_thread) {
  std::promise<Responder> kept;
  const auto server = start({.threads = 2}, [&](Request request, Responder responder) {
    if (request.path == "/later") return kept.set_value(std::move(responder));
    echo(std::move(request), std::move(responder));
  });
  RawPeer peer(server->port());
  peer.send(get("/later") + get("/next"));
  std::thread([later = kept.get_future().get()]() mutable { std::move(later).send({.body = "late"}); }).join();
  const std::string& answers = peer.receive_until("/next");
  EXPECT_LT(answers.find("late"), answers.find("/next"));
}

TEST(ServerTest, a_request_may_arrive_byte_by_byte) {
  const auto server = start({.threads = 2}, echo);
  RawPeer peer(server->port());
  for (const char c : post("hello") + get("/second")) ASSERT_TRUE(peer.send({&c, 1}));
  peer.receive_until("POST /p? [hello]");
  peer.receive_until("GET /second? []");
  EXPECT_EQ(peer.count("HTTP/1.1 200 OK"), 2U);
}

TEST(ServerTest, large_bodies_pass_both_ways) {
  const auto server = start({.threads = 2, .max_body_bytes = 8u << 20}, [](Request request, Responder responder) {
    std::move(responder).send({.body = std::move(request.body)});
  });
  RawPeer peer(server->port(), 4096);
  std::string body(4u << 20, 'x');
  body += "end";
  std::thread sender([&] { peer.send(post(body)); });
  const std::string& answer = peer.receive_until("end");
  sender.join();
  EXPECT_EQ(answer.substr(answer.find("\r\n\r\n") + 4), body);
}

TEST(ServerTest, an_answer_to_head_has_the_length_and_no_body) {
  const auto server = start({.threads = 2}, echo);
  RawPeer peer(server->port());
  peer.send("HEAD /h HTTP/1.1\r\nHost: x\r\n\r\n" + get("/after"));
  const std::string& answers = peer.receive_until("/after");
  EXPECT_NE(answers.find("Content-Length: 11\r\n\r\nHTTP/1.1 200 OK"), std::string::npos) << answers;
}

TEST(ServerTest, an_answer_without_content_keeps_the_connection_in_step) {
  const auto server = start({.threads = 2}, [](const Request&, Responder responder) {
    std::move(responder).send({.status = 204, .body = "dropped"});
  });
  RawPeer peer(server->port());
  peer.send(get("/") + get("/"));
  const std::string& answers = peer.receive_until("\r\n\r\n", 2);
  EXPECT_EQ(peer.count("HTTP/1.1 204 No Content\r\n"), 2U);
  EXPECT_EQ(answers.find("dropped"), std::string::npos);
}

TEST(ServerTest, closes_when_the_client_asks_or_knows_no_better) {
  const auto server = start({.threads = 2}, echo);
  for (const std::string request :
       {"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "GET / HTTP/1.0\r\n\r\n"}) {
    RawPeer peer(server->port());
    peer.send(request);
    EXPECT_NE(peer.receive_all().find("Connection: close\r\n"), std::string::npos);
    EXPECT_TRUE(peer.has_ended());
  }
}

TEST(ServerTest, closes_when_the_handler_asks) {
  const auto server = start({.threads = 2}, [](const Request&, Responder responder) {
    std::move(responder).send({.headers = {{"Connection", "close"}}, .body = "bye"});
  });
  RawPeer peer(server->port());
  peer.send(get("/") + get("/never"));
  EXPECT_TRUE(peer.receive_all().ends_with("bye"));
  EXPECT_EQ(peer.count("HTTP/1.1"), 1U);
}

TEST(ServerTest, a_client_that_ends_its_side_still_gets_its_answer) {
  const auto server = start({.threads = 2}, echo);
  RawPeer peer(server->port());
  peer.send(get("/half"));
  peer.end_output();
  EXPECT_TRUE(peer.receive_all().ends_with("GET /half? []"));
}

TEST(ServerTest, asks_for_the_body_of_an_expectant_client) {
  const auto server = start({.threads = 2, .max_body_bytes = 100}, echo);
  RawPeer peer(server->port());
  peer.send("PUT / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
  EXPECT_EQ(peer.receive_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  peer.send("hello");
  EXPECT_TRUE(peer.receive_until("]").ends_with("[hello]"));
  peer.clear();
  peer.send("PUT / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 500\r\n\r\n");
  EXPECT_TRUE(peer.receive_all().starts_with("HTTP/1.1 413 Content Too Large\r\n"));
}

TEST(ServerTest, a_request_without_an_answer_gets_500) {
  const auto server = start({.threads = 2}, [](const Request& request, Responder responder) {
    if (request.path == "/throw") throw std::runtime_error("secret");
    if (request.path == "/replace") responder = Responder(nullptr);
  });
  RawPeer peer(server->port());
  peer.send(get("/throw") + get("/drop") + get("/replace"));
  const std::string& answers = peer.receive_until("}", 3);
  EXPECT_EQ(peer.count("HTTP/1.1 500 Internal Server Error"), 3U);
  EXPECT_TRUE(answers.ends_with("{\"message\":\"Internal Server Error\"}"));
  EXPECT_EQ(answers.find("secret"), std::string::npos);
}

TEST(ServerTest, refuses_bad_requests_in_words_and_closes) {
  const auto server = start({.threads = 2, .max_body_bytes = 100, .max_header_bytes = 400}, echo);
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"nonsense\r\n\r\n", "400 Bad Request"},
      {"GET / HTTP/1.1\r\nHost: x\r\nA: " + std::string(1000, 'a') + "\r\n\r\n", "431 Request Header Fields Too Large"},
      {post(std::string(5000, 'x')), "413 Content Too Large"},
      {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n", "501 Not Implemented"},
  };
  for (const auto& [request, status] : cases) {
    RawPeer peer(server->port());
    peer.send(request);
    const std::string& answer = peer.receive_all();
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 " + status + "\r\n")) << answer;
    EXPECT_NE(answer.find("Connection: close\r\n"), std::string::npos);
    EXPECT_TRUE(answer.ends_with("{\"message\":\"" + status.substr(4) + "\"}")) << answer;
  }
}

TEST(ServerTest, requests_before_a_bad_one_are_answered) {
  const auto server = start({.threads = 2}, echo);
  RawPeer peer(server->port());
  peer.send(get("/good") + "bad\r\n\r\n" + get("/never"));
  const std::string& answers = peer.receive_all();
  EXPECT_NE(answers.find("GET /good? []"), std::string::npos);
  EXPECT_EQ(peer.count("HTTP/1.1 400"), 1U);
  EXPECT_EQ(answers.find("/never"), std::string::npos);
}

TEST(ServerTest, connections_above_the_limit_get_503) {
  const auto server = start({.threads = 2, .max_connections = 2}, echo);
  RawPeer first(server->port()), second(server->port());
  first.send(get("/1"));
  first.receive_until("]");
  second.send(get("/2"));
  second.receive_until("]");
  RawPeer third(server->port());
  EXPECT_TRUE(third.receive_until("}").starts_with("HTTP/1.1 503 Service Unavailable\r\n"));
  first.send(get("/again"));
  EXPECT_NE(first.receive_until("/again").find("/again"), std::string::npos);
}

TEST(ServerTest, as_many_handlers_as_threads_block_at_once) {
  constexpr unsigned kThreads = 16;
  std::latch all_run(kThreads);
  const auto server = start({.threads = kThreads}, [&](Request request, Responder responder) {
    if (request.path == "/block") all_run.arrive_and_wait();
    echo(std::move(request), std::move(responder));
  });
  // Handlers of this kind were quick so far: the server does not expect them to block.
  RawPeer warm(server->port());
  for (int i = 0; i < 50; ++i) {
    warm.clear();
    warm.send(get("/quick"));
    warm.receive_until("]");
  }
  std::vector<std::unique_ptr<RawPeer>> peers;
  for (unsigned i = 0; i < kThreads; ++i) {
    peers.push_back(std::make_unique<RawPeer>(server->port()));
    peers.back()->send(get("/block"));
  }
  for (const auto& peer : peers) EXPECT_TRUE(peer->receive_until("]").ends_with("GET /block? []"));
}

TEST(ServerTest, a_port_in_use_and_an_unusable_host_are_errors) {
  const auto server = start({.threads = 1}, echo);
  const auto in_use = Server::start({.port = server->port(), .threads = 1}, echo);
  ASSERT_FALSE(in_use.has_value());
  EXPECT_EQ(in_use.error().kind, base::ErrorKind::unavailable);
  EXPECT_EQ(in_use.error().reason, "PortInUse");
  EXPECT_NE(in_use.error().message.find(std::to_string(server->port())), std::string::npos);
  const auto nowhere = Server::start({.host = "192.0.2.1", .threads = 1}, echo);
  ASSERT_FALSE(nowhere.has_value());
  EXPECT_EQ(nowhere.error().kind, base::ErrorKind::invalid);
}

TEST(ServerTest, stop_lets_a_running_request_end) {
  std::promise<void> entered, go_on;
  const auto server = start({.threads = 2}, [&](Request request, Responder responder) {
    entered.set_value();
    go_on.get_future().wait();
    echo(std::move(request), std::move(responder));
  });
  RawPeer busy(server->port()), idle(server->port());
  busy.send(get("/busy"));
  entered.get_future().wait();
  std::thread stopper([&] { server->stop(5s); });
  idle.receive_all();
  EXPECT_TRUE(idle.has_ended());
  go_on.set_value();
  const std::string& answer = busy.receive_all();
  stopper.join();
  EXPECT_NE(answer.find("Connection: close\r\n"), std::string::npos);
  EXPECT_TRUE(answer.ends_with("GET /busy? []"));
  EXPECT_EQ(server->connections(), 0U);
  server->stop(5s);
}

TEST(ServerTest, stop_cuts_what_has_no_answer_after_the_grace) {
  std::promise<Responder> kept;
  auto server =
      start({.threads = 2}, [&](const Request&, Responder responder) { kept.set_value(std::move(responder)); });
  RawPeer peer(server->port());
  peer.send(get("/"));
  auto responder = kept.get_future().get();
  server->stop(10ms);
  EXPECT_EQ(peer.receive_all(), "");
  EXPECT_TRUE(peer.has_ended());
  server.reset();
  std::move(responder).send({.body = "too late"});
}

}  // namespace
}  // namespace threeport::http
