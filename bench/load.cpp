#include "bench/load.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <vector>

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace threeport::bench {
namespace {

using Clock = std::chrono::steady_clock;

struct Connection {
  int fd = -1;
  std::string in;
  Clock::time_point sent{};
};

[[noreturn]] void fail(const char* what) {
  std::perror(what);
  std::exit(1);
}

int connect_to(std::uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (fd < 0 || connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) fail("connect");
  const int one = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  return fd;
}

/// Length of the first complete answer in `text`, 0 if there is none yet.
std::size_t complete(std::string_view text) {
  const std::size_t head = text.find("\r\n\r\n");
  if (head == std::string_view::npos) return 0;
  const std::size_t length = text.find("Content-Length: ");
  if (length == std::string_view::npos || length > head) fail("answer without Content-Length");
  const std::size_t total = head + 4 + std::strtoul(text.data() + length + 16, nullptr, 10);
  return text.size() >= total ? total : 0;
}

void send_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = send(fd, text.data(), text.size(), MSG_NOSIGNAL);
    if (n <= 0) fail("send");
    text.remove_prefix(static_cast<std::size_t>(n));
  }
}

double percentile(std::vector<float>& values, double share) {
  if (values.empty()) return 0;
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

}  // namespace

LoadResult run_load(const Load& load, const std::function<std::string(std::uint64_t)>& make) {
  const int poll = epoll_create1(0);
  std::vector<Connection> connections(static_cast<std::size_t>(load.connections));
  LoadResult out;
  std::uint64_t next = 0;
  std::vector<float> latencies;
  const auto start = Clock::now();
  const auto end = start + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(load.seconds));
  const auto issue = [&](Connection& connection) {
    send_all(connection.fd, make(next++));
    connection.sent = Clock::now();
  };
  for (std::size_t i = 0; i < connections.size(); ++i) {
    connections[i].fd = connect_to(load.port);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = i;
    epoll_ctl(poll, EPOLL_CTL_ADD, connections[i].fd, &event);
    issue(connections[i]);
  }
  std::size_t open = connections.size();
  char buffer[65536];
  while (open > 0) {
    epoll_event events[64];
    const int n = epoll_wait(poll, events, 64, 5000);
    if (n <= 0) fail("no answer in 5 s");
    for (int i = 0; i < n; ++i) {
      Connection& connection = connections[events[i].data.u64];
      const ssize_t got = recv(connection.fd, buffer, sizeof buffer, 0);
      if (got <= 0) fail("the server closed a connection");
      connection.in.append(buffer, static_cast<std::size_t>(got));
      const std::size_t total = complete(connection.in);
      if (total == 0) continue;
      const auto now = Clock::now();
      latencies.push_back(std::chrono::duration<float, std::milli>(now - connection.sent).count());
      ++out.requests;
      if (connection.in.size() < 10 || connection.in[9] != '2') ++out.failures;
      connection.in.erase(0, total);
      const bool more = load.requests != 0 ? next < load.requests : now < end;
      if (more) {
        issue(connection);
      } else {
        --open;
      }
    }
  }
  const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
  for (const Connection& connection : connections) close(connection.fd);
  close(poll);
  out.per_second = static_cast<double>(out.requests) / seconds;
  out.p50_ms = percentile(latencies, 0.5);
  out.p99_ms = percentile(latencies, 0.99);
  return out;
}

}  // namespace threeport::bench
