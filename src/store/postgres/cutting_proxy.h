// For tests: a TCP proxy that cuts the connection at a chosen message.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace threeport::store::testing {

/// Forwards connections on a loopback port to another. The first message of a client with the marker in it cuts its
/// connection: before the server gets it, or once the server has answered it, before the client gets that.
class CuttingProxy {
 public:
  enum class Cut { never, before, after };

  explicit CuttingProxy(std::uint16_t server_port)
      : server_port_(server_port), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::listen(listener_, 16), 0);
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { accept_all(); });
  }
  CuttingProxy(const CuttingProxy&) = delete;
  CuttingProxy& operator=(const CuttingProxy&) = delete;
  /// The clients must have closed their connections.
  ~CuttingProxy() {
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    for (auto& connection : connections_) connection.join();
    ::close(listener_);
  }

  [[nodiscard]] std::uint16_t port() const { return port_; }
  void cut_once(Cut cut) { cut_ = cut; }
  /// From the cut on nobody gets through any more.
  void then_refuse() { refuse_after_cut_ = true; }

  static constexpr std::string_view kMarker = "cut-the-connection-here";

 private:
  static sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
  }

  void accept_all() {
    for (;;) {
      const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (client < 0) return;
      if (refusing_) {
        ::close(client);
      } else {
        connections_.emplace_back([this, client] { forward(client); });
      }
    }
  }

  void forward(int client) {
    const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in address = loopback(server_port_);
    EXPECT_EQ(::connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    auto cut = Cut::never;
    while (cut != Cut::before) {
      std::array<pollfd, 2> ends = {{{client, POLLIN, 0}, {server, POLLIN, 0}}};
      ::poll(ends.data(), ends.size(), -1);
      if (ends[0].revents != 0) {
        const std::string bytes = read_some(client);
        if (bytes.empty()) break;
        if (bytes.find(kMarker) != std::string::npos) cut = cut_.exchange(Cut::never);
        if (cut != Cut::never && refuse_after_cut_) refusing_ = true;
        if (cut != Cut::before) write_all(server, bytes);
      }
      if (ends[1].revents != 0) {
        const std::string bytes = read_some(server);
        if (bytes.empty() || cut == Cut::after) break;
        write_all(client, bytes);
      }
    }
    ::close(client);
    ::close(server);
  }

  static std::string read_some(int from) {
    std::string bytes(std::size_t{1} << 20, '\0');
    const auto count = ::recv(from, bytes.data(), bytes.size(), 0);
    bytes.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    return bytes;
  }
  static void write_all(int to, std::string_view bytes) {
    while (!bytes.empty()) {
      const auto count = ::send(to, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count <= 0) return;
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
  }

  const std::uint16_t server_port_;
  const int listener_;
  std::uint16_t port_ = 0;
  std::atomic<Cut> cut_{Cut::never};
  std::atomic<bool> refuse_after_cut_{false};
  std::atomic<bool> refusing_{false};
  std::vector<std::thread> connections_;
  std::thread acceptor_;
};

}  // namespace threeport::store::testing
