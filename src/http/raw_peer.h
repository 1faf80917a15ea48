// Tests only: a peer that sends and receives bytes as they are, well-formed or not.
#pragma once

#include <array>
#include <cerrno>
#include <cstdint>
#include <string>
#include <string_view>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace threeport::http {

/// Connected to a loopback port; blocking, but no receive waits longer than five seconds.
class RawPeer {
 public:
  explicit RawPeer(std::uint16_t port, int receive_buffer = 0) : descriptor_(::socket(AF_INET, SOCK_STREAM, 0)) {
    if (receive_buffer > 0) ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    const timeval timeout{.tv_sec = 5, .tv_usec = 0};
    ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  }
  ~RawPeer() { close(); }
  RawPeer(const RawPeer&) = delete;
  RawPeer& operator=(const RawPeer&) = delete;

  /// False once the connection is broken.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  /// Everything received so far, once it contains `text` `times` times or the connection has ended.
  const std::string& receive_until(std::string_view text, unsigned times = 1) {
    while (count(text) < times && receive()) continue;
    return received_;
  }

  /// Everything up to the end of the connection.
  const std::string& receive_all() {
    while (receive()) continue;
    return received_;
  }

  /// Forgets what was received.
  void clear() { received_.clear(); }
  /// The connection has ended (by FIN or reset), not just paused; only after a receive has said so.
  [[nodiscard]] bool has_ended() const { return has_ended_; }
  void end_output() { ::shutdown(descriptor_, SHUT_WR); }

  void close() {
    if (descriptor_ >= 0) ::close(descriptor_);
    descriptor_ = -1;
  }

  [[nodiscard]] unsigned count(std::string_view text) const {
    unsigned found = 0;
    for (std::size_t at = received_.find(text); at != std::string::npos; at = received_.find(text, at + text.size()))
      ++found;
    return found;
  }

 private:
  bool receive() {
    std::array<char, 16384> buffer;
    const ssize_t got = ::recv(descriptor_, buffer.data(), buffer.size(), 0);
    has_ended_ = got == 0 || (got < 0 && errno == ECONNRESET);
    if (got <= 0) return false;
    received_.append(buffer.data(), static_cast<std::size_t>(got));
    return true;
  }

  int descriptor_;
  std::string received_;
  bool has_ended_ = false;
};

/// A listening loopback socket on a free port.
class RawListener {
 public:
  RawListener() : descriptor_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(descriptor_, reinterpret_cast<const sockaddr*>(&address), size), 0);
    EXPECT_EQ(::listen(descriptor_, 16), 0);
    ::getsockname(descriptor_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
  }
  ~RawListener() { ::close(descriptor_); }
  RawListener(const RawListener&) = delete;
  RawListener& operator=(const RawListener&) = delete;

  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  /// The next connection, or -1 after stop(). The caller closes it.
  [[nodiscard]] int accept() const { return ::accept(descriptor_, nullptr, nullptr); }
  void stop() const { ::shutdown(descriptor_, SHUT_RDWR); }

 private:
  int descriptor_;
  std::uint16_t port_ = 0;
};

}  // namespace threeport::http
