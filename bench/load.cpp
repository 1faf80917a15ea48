#include "bench/load.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstring>
#include <string_view>

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/fail.h"

namespace threeport::bench {
namespace {

using Clock = std::chrono::steady_clock;

[[noreturn]] void fail_call(const char* what) { fail(std::string(what) + ": " + std::strerror(errno)); }

class HttpPeer final : public Peer {
 public:
  HttpPeer(std::uint16_t port, std::function<std::string()> make, std::string expected)
      : fd_(connect_to(port)), make_(std::move(make)), expected_(std::move(expected)) {}
  ~HttpPeer() override { close(fd_); }
  HttpPeer(const HttpPeer&) = delete;
  HttpPeer& operator=(const HttpPeer&) = delete;

  [[nodiscard]] int fd() const override { return fd_; }

  void send() override {
    request_ = make_();
    for (std::string_view left = request_; !left.empty();) {
      const ssize_t sent = ::send(fd_, left.data(), left.size(), MSG_NOSIGNAL);
      if (sent <= 0) fail_call("send");
      left.remove_prefix(static_cast<std::size_t>(sent));
    }
    answer_.clear();
    length_ = 0;
  }

  bool receive() override {
    std::array<char, 65536> buffer;
    const ssize_t got = recv(fd_, buffer.data(), buffer.size(), 0);
    if (got <= 0) fail("the server closed a connection");
    answer_.append(buffer.data(), static_cast<std::size_t>(got));
    if (length_ == 0) length_ = length_of_answer();
    if (length_ == 0 || answer_.size() < length_) return false;
    if (answer_[9] != '2' || answer_.find(expected_) == std::string::npos)
      fail("an answer that does not belong to the request " + request_.substr(0, 300) + "\n" + answer_.substr(0, 600));
    return true;
  }

 private:
  /// Head and body; 0 while the head is not complete.
  [[nodiscard]] std::size_t length_of_answer() const {
    constexpr std::string_view kLength = "Content-Length: ";
    const std::size_t head = answer_.find("\r\n\r\n");
    if (head == std::string::npos) return 0;
    const std::size_t at = answer_.find(kLength);
    std::size_t body = 0;
    if (at > head ||
        std::from_chars(answer_.data() + at + kLength.size(), answer_.data() + head, body).ec != std::errc())
      fail("an answer without Content-Length: " + answer_.substr(0, 300));
    return head + 4 + body;
  }

  const int fd_;
  const std::function<std::string()> make_;
  const std::string expected_;
  std::string request_, answer_;
  std::size_t length_ = 0;
};

class Epoll {
 public:
  explicit Epoll(const Peers& peers) : fd_(epoll_create1(EPOLL_CLOEXEC)) {
    for (std::size_t i = 0; i < peers.size(); ++i) {
      epoll_event event{};
      event.events = EPOLLIN;
      event.data.u64 = i;
      if (epoll_ctl(fd_, EPOLL_CTL_ADD, peers[i]->fd(), &event) != 0) fail_call("epoll_ctl");
    }
  }
  ~Epoll() { close(fd_); }
  Epoll(const Epoll&) = delete;
  Epoll& operator=(const Epoll&) = delete;

  /// Calls `ready` with the number of each peer that can be read; waits for one.
  template <typename Ready>
  void wait(Ready ready) {
    const int count = epoll_wait(fd_, events_.data(), static_cast<int>(events_.size()), 10'000);
    if (count <= 0) fail("no answer in 10 s");
    for (int i = 0; i < count; ++i) ready(static_cast<std::size_t>(events_[static_cast<std::size_t>(i)].data.u64));
  }

 private:
  const int fd_;
  std::array<epoll_event, 64> events_{};
};

/// `may_send(sent so far, now)` says whether a connection that has its answer goes on.
template <typename MaySend>
Turn run(const Peers& peers, MaySend may_send) {
  Epoll epoll(peers);
  std::vector<Clock::time_point> sent_at(peers.size());
  std::vector<float> latencies;
  std::uint64_t sent = 0;
  std::size_t under_way = 0;
  const auto start = Clock::now();
  const auto send = [&](std::size_t i) {
    sent_at[i] = Clock::now();
    peers[i]->send();
    ++sent;
    ++under_way;
  };
  for (std::size_t i = 0; i < peers.size(); ++i) {
    if (may_send(sent, start)) send(i);
  }
  auto now = start;
  while (under_way > 0) {
    epoll.wait([&](std::size_t i) {
      if (!peers[i]->receive()) return;
      --under_way;
      now = Clock::now();
      latencies.push_back(std::chrono::duration<float, std::milli>(now - sent_at[i]).count());
      if (may_send(sent, now)) send(i);
    });
  }
  const double seconds = std::chrono::duration<double>(now - start).count();
  return {.per_second = static_cast<double>(sent) / seconds, .p99_ms = percentile(latencies, 0.99)};
}

}  // namespace

int connect_to(std::uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (fd < 0 || connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) fail_call("connect");
  const int one = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  return fd;
}

double percentile(std::vector<float>& values, double share) {
  if (values.empty()) return 0;
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

Peers http_peers(std::uint16_t port, const std::function<std::string()>& make, const std::string& expected) {
  Peers peers;
  for (int i = 0; i < kConnections; ++i) peers.push_back(std::make_unique<HttpPeer>(port, make, expected));
  return peers;
}

Turn run_for(double seconds, const Peers& peers) {
  const auto end = Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
  return run(peers, [end](std::uint64_t, Clock::time_point now) { return now < end; });
}

Turn run_requests(std::uint64_t requests, const Peers& peers) {
  return run(peers, [requests](std::uint64_t sent, Clock::time_point) { return sent < requests; });
}

}  // namespace threeport::bench
