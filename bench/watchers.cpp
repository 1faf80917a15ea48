#include "bench/watchers.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <string>
#include <vector>

#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/fail.h"
#include "bench/load.h"
#include "bench/server_process.h"

namespace threeport::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kChanges = 50;
constexpr std::string_view kUpdated = "event: updated";

void allow_connections(std::size_t count) {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  if (limit.rlim_cur < count + 100)
    fail("not allowed to open " + std::to_string(count) + " connections: raise the limit of open files (ulimit -n)");
}

/// One request on a connection of its own: the whole answer.
std::string call(std::uint16_t port, const std::string& method, const std::string& target, const std::string& body) {
  const int fd = connect_to(port);
  const std::string request = method + " " + target +
                              " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n"
                              "Content-Length: " +
                              std::to_string(body.size()) + "\r\n\r\n" + body;
  if (send(fd, request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size())) fail("send");
  std::string answer;
  std::array<char, 65536> buffer;
  for (ssize_t got = 0; (got = recv(fd, buffer.data(), buffer.size(), 0)) > 0;)
    answer.append(buffer.data(), static_cast<std::size_t>(got));
  close(fd);
  if (answer.size() < 10 || answer[9] != '2') fail(method + " " + target + ": " + answer);
  return answer;
}

/// Many watches of one kind, read by one thread.
class Crowd {
 public:
  Crowd(std::uint16_t port, std::size_t count) : epoll_(epoll_create1(EPOLL_CLOEXEC)) {
    const std::string request = "GET /v0/tiers?watch=true HTTP/1.1\r\nHost: localhost\r\n\r\n";
    for (std::size_t i = 0; i < count; ++i) {
      const int fd = connect_to(port);
      if (send(fd, request.data(), request.size(), MSG_NOSIGNAL) <= 0) fail("send");
      epoll_event event{};
      event.events = EPOLLIN;
      event.data.fd = fd;
      if (epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) != 0) fail("epoll_ctl");
      fds_.push_back(fd);
      if (i % 64 == 63) wait_for("event: synced", 64);  // the queue of new connections is short
    }
    wait_for("event: synced", count % 64);
  }
  ~Crowd() {
    for (const int fd : fds_) close(fd);
    close(epoll_);
  }
  Crowd(const Crowd&) = delete;
  Crowd& operator=(const Crowd&) = delete;

  /// Reads until `count` connections have shown `wanted`: ms since `start` of each of them.
  std::vector<float> wait_for(std::string_view wanted, std::size_t count, Clock::time_point start = Clock::now()) {
    std::vector<float> out;
    std::array<epoll_event, 512> events;
    std::array<char, 65536> buffer;
    while (out.size() < count) {
      const int ready = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), 10'000);
      if (ready <= 0) fail(std::to_string(count - out.size()) + " watchers were not told of a change in 10 s");
      for (int i = 0; i < ready; ++i) {
        const ssize_t got = recv(events[static_cast<std::size_t>(i)].data.fd, buffer.data(), buffer.size(), 0);
        if (got <= 0) fail("the server closed a watch");
        const std::string_view text(buffer.data(), static_cast<std::size_t>(got));
        if (text.find(wanted) == std::string_view::npos) continue;
        out.push_back(std::chrono::duration<float, std::milli>(Clock::now() - start).count());
      }
    }
    return out;
  }

 private:
  const int epoll_;
  std::vector<int> fds_;
};

void measure(const Figures& figures, const ServerProcess& server, const std::string& tier, std::size_t watchers) {
  Crowd crowd(server.port(), watchers);
  std::vector<float> latencies;
  const double cpu = server.cpu_seconds();
  for (int i = 0; i < kChanges; ++i) {
    const auto start = Clock::now();
    call(server.port(), "PATCH", "/v0/tiers/" + tier, R"({"Criticality":)" + std::to_string(i + 2) + "}");
    const auto seen = crowd.wait_for(kUpdated, watchers, start);
    latencies.insert(latencies.end(), seen.begin(), seen.end());
  }
  const std::string suffix = "_" + std::to_string(watchers) + "_watchers";
  figures.add("fan_out_to" + suffix + "_median", percentile(latencies, 0.5), "ms");
  figures.add("fan_out_to" + suffix + "_p99", percentile(latencies, 0.99), "ms");
  figures.add("fan_out_cpu_each" + suffix,
              1e6 * (server.cpu_seconds() - cpu) / (kChanges * static_cast<double>(watchers)), "us");
  figures.add("memory_with" + suffix, server.resident_mib(), "MiB");
}

}  // namespace

void measure_watchers(const Figures& figures, const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder);
  allow_connections(10'000);
  const ServerProcess server("sqlite://" + (folder / "watchers.db").string(), folder, "api");
  const std::string answer = call(server.port(), "POST", "/v0/tiers", R"({"Name":"gold","Criticality":1})");
  const std::size_t at = answer.find("\"ID\":") + 5;
  const std::string tier = answer.substr(at, answer.find_first_not_of("0123456789", at) - at);
  for (const std::size_t watchers : {1'000U, 10'000U}) measure(figures, server, tier, watchers);
}

}  // namespace threeport::bench
