// The demo application: a web page that counts its visitors in Redis.
//
// GET /         hello, visitor N (version V, pod P)
// GET /healthz  200 when Redis answers, else 503
//
// Environment: REDIS_ADDRESS (redis:6379), REDIS_PASSWORD, PORT (8080), VERSION.
// One thread a connection; every socket operation has a time limit.

#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace {

constexpr int kTimeoutSeconds = 5;
constexpr std::size_t kLongestRequest = 16 * 1024;

std::string setting(const char* name, const char* otherwise) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0' ? value : otherwise;
}

class Socket {
 public:
  explicit Socket(int descriptor) : descriptor_(descriptor) {
    const timeval limit{.tv_sec = kTimeoutSeconds, .tv_usec = 0};
    setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(descriptor_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  }
  Socket(Socket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  Socket& operator=(Socket&&) = delete;
  ~Socket() {
    if (descriptor_ >= 0) close(descriptor_);
  }

  // The send limit holds for connecting, too (socket(7)).
  [[nodiscard]] bool connect_to(const addrinfo& address) const {
    return connect(descriptor_, address.ai_addr, address.ai_addrlen) == 0;
  }

  [[nodiscard]] bool send_all(std::string_view text) const {
    while (!text.empty()) {
      const ssize_t sent = send(descriptor_, text.data(), text.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      text.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  // Everything up to and including `end`; nothing if the peer stops, is too slow or sends too much.
  [[nodiscard]] std::optional<std::string> receive_until(std::string_view end) const {
    std::string text;
    char buffer[4096];
    while (text.size() < kLongestRequest) {
      const ssize_t received = recv(descriptor_, buffer, sizeof buffer, 0);
      if (received <= 0) return std::nullopt;
      text.append(buffer, static_cast<std::size_t>(received));
      if (const auto at = text.find(end); at != std::string::npos) return text.substr(0, at + end.size());
    }
    return std::nullopt;
  }

 private:
  int descriptor_;
};

// `address` is HOST:PORT.
std::optional<Socket> connect_to(const std::string& address) {
  const auto colon = address.rfind(':');
  if (colon == std::string::npos) return std::nullopt;
  addrinfo wanted{};
  wanted.ai_family = AF_INET;
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(address.substr(0, colon).c_str(), address.substr(colon + 1).c_str(), &wanted, &found) != 0)
    return std::nullopt;
  std::optional<Socket> connected;
  for (const addrinfo* next = found; next != nullptr && !connected; next = next->ai_next) {
    Socket attempt(socket(next->ai_family, next->ai_socktype, next->ai_protocol));
    if (attempt.connect_to(*next)) connected.emplace(std::move(attempt));
  }
  freeaddrinfo(found);
  return connected;
}

// One command in RESP (https://redis.io/docs/latest/develop/reference/protocol-spec/), one line of answer.
std::optional<std::string> ask_redis(std::string_view command) {
  auto redis = connect_to(setting("REDIS_ADDRESS", "redis:6379"));
  if (!redis) return std::nullopt;
  if (const std::string password = setting("REDIS_PASSWORD", ""); !password.empty()) {
    const std::string length = std::to_string(password.size());
    if (!redis->send_all("*2\r\n$4\r\nAUTH\r\n$" + length + "\r\n" + password + "\r\n")) return std::nullopt;
    if (redis->receive_until("\r\n") != "+OK\r\n") return std::nullopt;
  }
  if (!redis->send_all(command)) return std::nullopt;
  return redis->receive_until("\r\n");
}

struct Answer {
  std::string status;
  std::string body;
};

Answer greet() {
  const auto reply = ask_redis("*2\r\n$4\r\nINCR\r\n$8\r\nvisitors\r\n");
  if (!reply || reply->front() != ':') return {"503 Service Unavailable", "cannot count: redis does not answer\n"};
  char pod[256] = "unknown";
  gethostname(pod, sizeof pod - 1);
  return {"200 OK", "hello, visitor " + reply->substr(1, reply->size() - 3) + " (version " +
                        setting("VERSION", "unknown") + ", pod " + pod + ")\n"};
}

Answer check() {
  const auto reply = ask_redis("*1\r\n$4\r\nPING\r\n");
  if (!reply || *reply != "+PONG\r\n") return {"503 Service Unavailable", "redis does not answer\n"};
  return {"200 OK", "ok\n"};
}

void serve(const Socket& client) {
  const auto request = client.receive_until("\r\n\r\n");
  if (!request) return;
  Answer answer{"404 Not Found", "there are only / and /healthz\n"};
  if (request->starts_with("GET / ")) answer = greet();
  if (request->starts_with("GET /healthz ")) answer = check();
  const bool sent = client.send_all("HTTP/1.1 " + answer.status + "\r\nContent-Type: text/plain\r\nContent-Length: " +
                                    std::to_string(answer.body.size()) + "\r\nConnection: close\r\n\r\n" + answer.body);
  if (!sent) std::cerr << "a client left before its answer\n";
}

}  // namespace

int main() {
  // As process 1 of a container it would otherwise ignore the signal that asks it to end.
  std::signal(SIGTERM, [](int) { _exit(0); });
  const std::string port = setting("PORT", "8080");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_ANY);
  address.sin_port = htons(static_cast<std::uint16_t>(std::strtoul(port.c_str(), nullptr, 10)));
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  const int on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 || listen(listener, 128) != 0) {
    std::cerr << "cannot listen on port " << port << "\n";
    return 1;
  }
  std::cout << "version " << setting("VERSION", "unknown") << " listens on port " << port << std::endl;
  while (true) {
    const int descriptor = accept(listener, nullptr, nullptr);
    if (descriptor < 0) continue;
    std::thread([client = Socket(descriptor)] { serve(client); }).detach();
  }
}
