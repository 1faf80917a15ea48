#include "http/client.h"

#include <chrono>
#include <cstdlib>
#include <future>
#include <thread>

#include <gtest/gtest.h>

#include "http/raw_peer.h"
#include "http/server.h"
#include "http/tls_testing.h"

namespace threeport::http {
namespace {

using namespace std::chrono_literals;

/// Reads a request, as far as it comes at once. False at the end of the connection.
bool read_request(int peer) {
  std::array<char, 4096> buffer;
  return ::recv(peer, buffer.data(), buffer.size(), 0) > 0;
}

/// Sends one text to the first client, whatever it asks for, and hangs up.
class OneAnswerServer {
 public:
  explicit OneAnswerServer(std::string answer)
      : thread_([this, text = std::move(answer)] {
          const int peer = listener_.accept();
          EXPECT_TRUE(read_request(peer));
          EXPECT_EQ(::send(peer, text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
          ::close(peer);
        }) {}
  [[nodiscard]] std::string url() const { return listener_.url(); }

 private:
  RawListener listener_;
  std::jthread thread_;
};

/// Answers the first request of the first connection, breaks it off at the second, answers each further connection.
class BreakingServer {
 public:
  BreakingServer() : thread_([this] { serve(); }) {}
  ~BreakingServer() { listener_.stop(); }
  BreakingServer(const BreakingServer&) = delete;
  BreakingServer& operator=(const BreakingServer&) = delete;
  [[nodiscard]] std::string url() const { return listener_.url(); }
  [[nodiscard]] int requests() const { return requests_; }

 private:
  void serve() {
    constexpr std::string_view kAnswer = "HTTP/1.1 204 No Content\r\n\r\n";
    for (int connection = 0;; ++connection) {
      const int peer = listener_.accept();
      if (peer < 0) return;
      if (count_request(peer)) ::send(peer, kAnswer.data(), kAnswer.size(), MSG_NOSIGNAL);
      if (connection == 0) count_request(peer);
      ::close(peer);
    }
  }

  bool count_request(int peer) {
    if (!read_request(peer)) return false;
    ++requests_;
    return true;
  }

  RawListener listener_;
  std::atomic<int> requests_ = 0;
  std::jthread thread_;
};

std::unique_ptr<Client> connect(ClientOptions options) {
  auto client = Client::make(std::move(options));
  EXPECT_TRUE(client.has_value()) << client.error().message;
  return std::move(client).value();
}

class ClientTest : public testing::Test {
 protected:
  void start(Handler handler) {
    auto server = Server::start({.threads = 8}, std::move(handler));
    ASSERT_TRUE(server.has_value());
    server_ = std::move(server).value();
    url_ = "http://127.0.0.1:" + std::to_string(server_->port());
  }

  /// Answers with the request as text.
  void start_echo() {
    start([](const Request& request, Responder responder) {
      std::string text = request.method + " " + request.path + "?" + request.raw_query + "\n";
      for (const auto& [name, value] : request.headers) text.append(name).append(": ").append(value).append("\n");
      std::move(responder).send({.headers = {{"X-Kind", "echo"}}, .body = text + "\n" + request.body});
    });
  }

  std::unique_ptr<Server> server_;
  std::string url_;
};

TEST_F(ClientTest, sends_method_target_headers_and_body_as_given) {
  start_echo();
  const auto client = connect({.base_url = url_ + "/prefix/", .bearer_token = "secret", .user_agent = "test/1"});
  const auto answer = client->call({.method = "PATCH",
                                    .target = "/a/../b?c=%20d&e",
                                    .headers = {{"Content-Type", "application/merge-patch+json"}, {"X-Empty", ""}},
                                    .body = "{\"a\":1}"});
  ASSERT_TRUE(answer.has_value()) << answer.error().message;
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->headers.get("x-kind"), "echo");
  EXPECT_TRUE(answer->body.starts_with("PATCH /prefix/a/../b?c=%20d&e\n")) << answer->body;
  EXPECT_TRUE(answer->body.ends_with("\n\n{\"a\":1}"));
  for (const std::string_view line : {"\nAuthorization: Bearer secret\n", "\nUser-Agent: test/1\n",
                                      "\nContent-Type: application/merge-patch+json\n", "\nX-Empty: \n"})
    EXPECT_NE(answer->body.find(line), std::string::npos) << line << answer->body;
  EXPECT_EQ(answer->body.find("Expect"), std::string::npos);
}

TEST_F(ClientTest, each_method_sends_itself_and_no_invented_content_type) {
  start_echo();
  const auto client = connect({.base_url = url_});
  for (const std::string method : {"GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"}) {
    const auto answer = client->call({.method = method, .target = "/"});
    ASSERT_TRUE(answer.has_value()) << answer.error().message;
    EXPECT_TRUE(answer->body.starts_with(method + " /")) << answer->body;
    EXPECT_EQ(answer->body.find("Content-Type"), std::string::npos);
  }
  const auto deleted = client->call({.method = "DELETE", .target = "/", .body = "options"});
  ASSERT_TRUE(deleted.has_value());
  EXPECT_TRUE(deleted->body.ends_with("\n\noptions"));
  const auto head = client->call({.method = "HEAD", .target = "/"});
  ASSERT_TRUE(head.has_value()) << head.error().message;
  EXPECT_EQ(head->status, 200);
  EXPECT_EQ(head->body, "");
}

TEST_F(ClientTest, sends_basic_credentials) {
  start_echo();
  const auto client = connect({.base_url = url_, .username = "user", .password = "p:w"});
  const auto answer = client->call({.target = "/"});
  ASSERT_TRUE(answer.has_value());
  EXPECT_NE(answer->body.find("Authorization: Basic dXNlcjpwOnc=\n"), std::string::npos) << answer->body;
}

TEST_F(ClientTest, any_status_is_a_value_and_redirects_are_not_followed) {
  start([](const Request& request, Responder responder) {
    std::move(responder).send({.status = std::stoi(request.path.substr(1)), .headers = {{"Location", "/200"}}});
  });
  const auto client = connect({.base_url = url_});
  for (const int status : {204, 301, 304, 404, 409, 500, 503}) {
    const auto answer = client->call({.target = "/" + std::to_string(status)});
    ASSERT_TRUE(answer.has_value()) << answer.error().message;
    EXPECT_EQ(answer->status, status);
  }
}

TEST_F(ClientTest, calls_share_a_connection) {
  start_echo();
  const auto client = connect({.base_url = url_});
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(client->call({.method = "POST", .target = "/", .body = "x"}).has_value());
  EXPECT_EQ(server_->connections(), 1U);
}

TEST_F(ClientTest, a_kept_connection_that_the_server_has_closed_is_replaced) {
  start_echo();
  const auto port = server_->port();
  const auto client = connect({.base_url = url_});
  ASSERT_TRUE(client->call({.target = "/"}).has_value());
  server_->stop();
  auto next = Server::start({.port = port, .threads = 2},
                            [](const Request&, Responder responder) { std::move(responder).send({.status = 204}); });
  ASSERT_TRUE(next.has_value()) << next.error().message;
  const auto answer = client->call({.target = "/"});
  ASSERT_TRUE(answer.has_value()) << answer.error().message;
  EXPECT_EQ(answer->status, 204);
}

TEST_F(ClientTest, only_a_request_that_may_be_repeated_is_sent_again_when_a_kept_connection_breaks) {
  for (const std::string method : {"GET", "PUT", "DELETE"}) {
    const BreakingServer server;
    const auto client = connect({.base_url = server.url()});
    ASSERT_TRUE(client->call({.target = "/"}).has_value());
    EXPECT_TRUE(client->call({.method = method, .target = "/"}).has_value()) << method;
    EXPECT_EQ(server.requests(), 3) << method;
  }
  for (const std::string method : {"POST", "PATCH"}) {
    for (const std::string body : {"", "body"}) {
      const BreakingServer server;
      const auto client = connect({.base_url = server.url()});
      ASSERT_TRUE(client->call({.target = "/"}).has_value());
      const auto answer = client->call({.method = method, .target = "/", .body = body});
      ASSERT_FALSE(answer.has_value()) << method;
      EXPECT_EQ(answer.error().kind, base::ErrorKind::unavailable);
      EXPECT_TRUE(answer.error().message.ends_with("it may have carried out the request")) << answer.error().message;
      EXPECT_EQ(server.requests(), 2) << method;
    }
  }
}

TEST_F(ClientTest, ignores_the_proxies_of_the_environment) {
  start_echo();
  ::setenv("http_proxy", "http://127.0.0.1:1", 1);
  ::setenv("all_proxy", "http://127.0.0.1:1", 1);
  const auto answer = connect({.base_url = url_})->call({.target = "/"});
  ::unsetenv("http_proxy");
  ::unsetenv("all_proxy");
  EXPECT_TRUE(answer.has_value());
}

TEST_F(ClientTest, uses_the_proxy_it_is_given) {
  start_echo();
  const auto client = connect({.base_url = "http://192.0.2.1:80", .proxy_url = url_});
  const auto answer = client->call({.target = "/via"});
  ASSERT_TRUE(answer.has_value()) << answer.error().message;
  EXPECT_TRUE(answer->body.starts_with("GET /via?\n")) << answer->body;
  EXPECT_NE(answer->body.find("Host: 192.0.2.1\n"), std::string::npos);
}

TEST_F(ClientTest, a_refused_connection_says_where) {
  std::string url;
  {
    const RawListener gone;
    url = gone.url();
  }
  const auto answer = connect({.base_url = url})->call({.target = "/"});
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().kind, base::ErrorKind::unavailable);
  EXPECT_EQ(answer.error().reason, "ConnectionRefused");
  EXPECT_EQ(answer.error().message, "cannot connect to " + url.substr(7) + ": connection refused");
}

TEST_F(ClientTest, an_unknown_host_is_unreachable) {
  const auto answer = connect({.base_url = "http://nowhere.invalid:99"})->call({.target = "/"});
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().kind, base::ErrorKind::unavailable);
  EXPECT_EQ(answer.error().reason, "Unreachable");
  EXPECT_EQ(answer.error().message, "cannot connect to nowhere.invalid:99: no such host name");
}

TEST_F(ClientTest, a_call_ends_at_its_deadline) {
  const RawListener silent;
  const auto answer = connect({.base_url = silent.url()})->call({.target = "/", .timeout = 50ms});
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().kind, base::ErrorKind::unavailable);
  EXPECT_EQ(answer.error().reason, "Timeout");
  EXPECT_EQ(answer.error().message, "no answer from " + silent.url().substr(7) + " within 50ms");
}

TEST_F(ClientTest, a_stop_request_ends_a_call_at_once) {
  const RawListener silent;
  const auto client = connect({.base_url = silent.url()});
  std::stop_source stop;
  auto pending = std::async(std::launch::async,
                            [&] { return client->call({.target = "/", .timeout = 60s, .stop = stop.get_token()}); });
  EXPECT_EQ(pending.wait_for(50ms), std::future_status::timeout);
  const auto asked = std::chrono::steady_clock::now();
  stop.request_stop();
  const auto answer = pending.get();
  EXPECT_LT(std::chrono::steady_clock::now() - asked, 2s);
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().kind, base::ErrorKind::canceled);
  const auto again = client->call({.target = "/", .stop = stop.get_token()});
  ASSERT_FALSE(again.has_value());
  EXPECT_EQ(again.error().kind, base::ErrorKind::canceled);
}

TEST_F(ClientTest, a_connection_that_breaks_is_an_error_in_words) {
  {
    const OneAnswerServer cut("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
    const auto answer = connect({.base_url = cut.url()})->call({.target = "/"});
    ASSERT_FALSE(answer.has_value());
    EXPECT_EQ(answer.error().kind, base::ErrorKind::unavailable);
    EXPECT_EQ(answer.error().message, cut.url().substr(7) + " closed the connection within its answer");
  }
  const OneAnswerServer nonsense("SSH-2.0-OpenSSH\r\n");
  const auto answer = connect({.base_url = nonsense.url()})->call({.target = "/"});
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().kind, base::ErrorKind::unavailable);
}

TEST_F(ClientTest, an_answer_above_the_limit_is_an_error) {
  start([](const Request&, Responder responder) { std::move(responder).send({.body = std::string(1001, 'x')}); });
  const auto answer = connect({.base_url = url_, .max_body_bytes = 1000})->call({.target = "/"});
  ASSERT_FALSE(answer.has_value());
  EXPECT_EQ(answer.error().reason, "AnswerTooLarge");
  EXPECT_TRUE(connect({.base_url = url_, .max_body_bytes = 1001})->call({.target = "/"}).has_value());
}

TEST_F(ClientTest, bad_urls_targets_and_headers_are_refused) {
  for (const std::string url : {"", "not a url", "ftp://host", "http://host/?query", "http://user@host"}) {
    const auto client = Client::make({.base_url = url});
    ASSERT_FALSE(client.has_value()) << url;
    EXPECT_EQ(client.error().kind, base::ErrorKind::invalid);
    EXPECT_NE(client.error().message.find("\"" + url + "\""), std::string::npos) << client.error().message;
  }
  start_echo();
  const auto client = connect({.base_url = url_});
  for (const Call& call : {Call{.target = "no-slash"}, Call{.target = "/a b"}, Call{.target = "/a\r\nX: y"},
                           Call{.target = "/", .headers = {{"A", "b\r\nX: y"}}}}) {
    const auto answer = client->call(call);
    ASSERT_FALSE(answer.has_value());
    EXPECT_EQ(answer.error().kind, base::ErrorKind::invalid);
  }
}

TEST_F(ClientTest, unusable_pem_texts_are_named) {
  const TestAuthority authority;
  const KeyPair pair = authority.issue("client"), other = authority.issue("other");
  const auto message_of = [](ClientOptions options) {
    options.base_url = "https://127.0.0.1:1";
    const auto client = Client::make(std::move(options));
    EXPECT_FALSE(client.has_value());
    return client.has_value() ? std::string() : client.error().message;
  };
  EXPECT_TRUE(message_of({.ca_pem = "nonsense"}).starts_with("the CA certificate is not valid PEM"));
  const std::string half = authority.pem().substr(0, 200);
  EXPECT_TRUE(message_of({.ca_pem = authority.pem() + half}).starts_with("the CA certificate is not valid PEM"));
  EXPECT_TRUE(
      message_of({.certificate_pem = pair.certificate_pem, .key_pem = "x"}).starts_with("the client key is not"));
  EXPECT_EQ(message_of({.certificate_pem = pair.certificate_pem, .key_pem = other.key_pem}),
            "the client key does not belong to the client certificate");
  EXPECT_EQ(message_of({.key_pem = pair.key_pem}), "a client key is given without its client certificate");
}

TEST_F(ClientTest, streams_arrive_piece_by_piece) {
  std::promise<std::shared_ptr<Stream>> opened;
  start([&](const Request&, Responder responder) {
    opened.set_value(std::move(responder).stream({.status = 202, .headers = {{"X-Kind", "watch"}}}));
  });
  const auto client = connect({.base_url = url_});
  std::promise<void> first;
  std::string body;
  int status = 0;
  auto done = std::async(std::launch::async, [&] {
    return client->stream(
        {.target = "/"},
        [&](const Response& head) {
          status = head.status;
          return head.headers.get("x-kind") == "watch";
        },
        [&](std::string_view chunk) {
          if (body.empty()) first.set_value();
          body += chunk;
          return true;
        });
  });
  const auto stream = opened.get_future().get();
  stream->write("one ");
  EXPECT_EQ(first.get_future().wait_for(5s), std::future_status::ready);
  stream->write("two");
  stream->close();
  EXPECT_TRUE(done.get().has_value());
  EXPECT_EQ(status, 202);
  EXPECT_EQ(body, "one two");
}

TEST_F(ClientTest, a_stream_ends_when_a_callback_says_so) {
  start_echo();
  const auto client = connect({.base_url = url_});
  const auto yes = [](const auto&) { return true; };
  const auto no = [](const auto&) { return false; };
  for (const auto& result : {client->stream({.target = "/"}, no, yes), client->stream({.target = "/"}, yes, no)}) {
    ASSERT_FALSE(result.has_value());
    EXPECT_EQ(result.error().kind, base::ErrorKind::canceled);
  }
  EXPECT_TRUE(client->call({.target = "/"}).has_value());
}

TEST_F(ClientTest, a_stream_outlives_the_timeout_of_its_head_but_not_silence) {
  std::promise<std::shared_ptr<Stream>> opened;
  start([&](const Request&, Responder responder) { opened.set_value(std::move(responder).stream({})); });
  const auto client = connect({.base_url = url_});
  std::string body;
  const auto began = std::chrono::steady_clock::now();
  auto done = std::async(std::launch::async, [&] {
    return client->stream(
        {.target = "/", .timeout = 60ms, .idle_timeout = 150ms}, [](const Response&) { return true; },
        [&](std::string_view chunk) {
          body += chunk;
          return true;
        });
  });
  const auto stream = opened.get_future().get();
  std::this_thread::sleep_for(100ms);
  stream->write("x");
  const auto result = done.get();
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().reason, "Timeout");
  EXPECT_TRUE(result.error().message.ends_with(" within 150ms")) << result.error().message;
  EXPECT_EQ(body, "x");
  EXPECT_GE(std::chrono::steady_clock::now() - began, 240ms);
}

TEST_F(ClientTest, many_streams_and_calls_run_side_by_side) {
  std::mutex mutex;
  std::vector<std::shared_ptr<Stream>> open;
  start([&](const Request& request, Responder responder) {
    if (request.path == "/call") return std::move(responder).send({.body = "called"});
    auto stream = std::move(responder).stream({});
    const std::lock_guard lock(mutex);
    stream->write("up");
    open.push_back(std::move(stream));
  });
  const auto client = connect({.base_url = url_});
  std::stop_source stop;
  std::atomic<int> up = 0;
  std::vector<std::future<base::Result<void>>> streams;
  streams.reserve(20);
  for (int i = 0; i < 20; ++i)
    streams.push_back(std::async(std::launch::async, [&] {
      return client->stream(
          {.target = "/", .stop = stop.get_token()}, [](const Response&) { return true; },
          [&](std::string_view) {
            ++up;
            up.notify_all();
            return true;
          });
    }));
  for (int seen = up; seen < 20; seen = up) up.wait(seen);
  const auto answer = client->call({.target = "/call"});
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->body, "called");
  stop.request_stop();
  for (auto& stream : streams) EXPECT_EQ(stream.get().error().kind, base::ErrorKind::canceled);
}

TEST(RetryAfterTest, reads_seconds_and_all_three_forms_of_dates) {
  const base::TimePoint now = std::chrono::sys_days(std::chrono::year(1994) / 11 / 6) + 8h + 49min + 30s;
  const auto of = [&](const char* value) { return retry_after({{"Retry-After", value}}, now); };
  EXPECT_EQ(of("120"), 120'000ms);
  EXPECT_EQ(of(" 0 "), 0ms);
  EXPECT_EQ(of("Sun, 06 Nov 1994 08:49:37 GMT"), 7'000ms);
  EXPECT_EQ(of("Sunday, 06-Nov-94 08:49:37 GMT"), 7'000ms);
  EXPECT_EQ(of("Sun Nov  6 08:49:37 1994"), 7'000ms);
  EXPECT_EQ(of("Sun, 06 Nov 1994 08:00:00 GMT"), 0ms);
}

TEST(RetryAfterTest, anything_else_counts_as_absent) {
  const base::TimePoint now{};
  for (const char* value : {"", "-1", "1.5", "soon", "99999999999999999999", "Sun, 06 Nov 1994 08:49:37 CET",
                            "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Xyz 1994 08:49:37 GMT", "Sun, 06 Nov 1994 GMT",
                            ", GMT", "Sun Nov  6 24:49:37 1994"})
    EXPECT_EQ(retry_after({{"Retry-After", value}}, now), std::nullopt) << value;
  EXPECT_EQ(retry_after({}, now), std::nullopt);
}

}  // namespace
}  // namespace threeport::http
