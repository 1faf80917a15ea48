// The way back of a call: every answer of a handler leaves through here.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "http/server.h"

namespace threeport::apiserver {

/// Answers by class of status, for metrics. Thread-safe.
class StatusCounts {
 public:
  void count(int status);
  /// Answers with 100 * `status_class` to 100 * `status_class` + 99.
  [[nodiscard]] std::uint64_t of(std::size_t status_class) const { return counts_.at(status_class).load(); }

 private:
  std::array<std::atomic<std::uint64_t>, 6> counts_{};
};

/// Answers one call, exactly once, from any thread: with its request id, indented where it asked for that, and counted.
/// May outlive the API server. Dropped without an answer it answers 500.
class Reply {
 public:
  Reply(http::Responder responder, std::string request_id, bool pretty, std::shared_ptr<StatusCounts> counts);
  Reply(Reply&&) noexcept = default;
  Reply& operator=(Reply&&) = delete;
  ~Reply();

  using OnStream = std::function<void(const std::shared_ptr<http::Stream>&)>;
  /// Is called with the stream, where the answer becomes one.
  void on_stream(OnStream callback) { on_stream_ = std::move(callback); }
  void send(http::Response response) &&;
  /// As http::Responder::stream.
  std::shared_ptr<http::Stream> stream(http::Response head) &&;

 private:
  http::Responder responder_;
  std::string request_id_;
  bool pretty_;
  OnStream on_stream_;
  std::shared_ptr<StatusCounts> counts_;  ///< null once it is answered
};

}  // namespace threeport::apiserver
