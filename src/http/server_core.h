// What the server and its connections share. Internal: Asio types stay within this folder.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "http/channel.h"
#include "http/server.h"
#include "http/workers.h"

namespace threeport::http {

class Connection;

/// The open connections. Thread-safe.
class ConnectionRegistry {
 public:
  void add(Connection& connection);
  void remove(Connection& connection);
  [[nodiscard]] unsigned size() const { return size_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::vector<std::shared_ptr<Connection>> all() const;
  /// Those whose deadline is not after `now`.
  [[nodiscard]] std::vector<std::shared_ptr<Connection>> due(std::chrono::steady_clock::time_point now) const;
  /// Waits until it is empty, at most for `timeout`. False after a time-out.
  bool wait_until_empty(base::Millis timeout) const;

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable emptied_;
  std::vector<Connection*> connections_;
  std::atomic<unsigned> size_{0};
};

struct ServerCore {
  /// Has the event loop go on with a connection that was answered from elsewhere. Answers that come close together
  /// share one wake-up of the loop: waking a thread costs more than sending an answer.
  void resume_later(std::shared_ptr<Connection> connection);

  ServerOptions options;
  Handler handler;
  std::unique_ptr<TlsContext> tls;
  ConnectionRegistry connections;
  std::atomic<bool> stopping{false};
  boost::asio::io_context io;
  Workers workers;

 private:
  void resume_answered();

  std::mutex answered_mutex_;
  std::vector<std::shared_ptr<Connection>> answered_;  ///< not empty: the loop is on its way to resume them
};

}  // namespace threeport::http
