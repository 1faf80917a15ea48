// Clusters in use: one connection per distinct Access, shared, and closed when nobody needs it.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <utility>

#include "base/clock.h"
#include "base/result.h"
#include "providers/kubernetes/cluster.h"
#include "providers/kubernetes/informer.h"
#include "providers/kubernetes/kubeconfig.h"

namespace threeport::providers::kubernetes {

/// A cluster and its informers. Thread-safe.
class Connection {
 public:
  using OnChange = std::function<void(Connection&, const Change&)>;
  /// `on_change` is called as InformerOptions::on_change and takes its place.
  Connection(std::shared_ptr<Cluster> cluster, InformerOptions options, OnChange on_change);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  [[nodiscard]] Cluster& cluster() { return *cluster_; }
  [[nodiscard]] Informers& informers() { return informers_; }

 private:
  std::shared_ptr<Cluster> cluster_;
  OnChange on_change_;
  Informers informers_;
};

struct ConnectionsOptions {
  /// Makes the cluster of an Access; empty: connect_live(). Tests pass a fake.
  std::function<base::Result<std::shared_ptr<Cluster>>(const Access&)> open = {};
  InformerOptions informers = {};  ///< of each connection; its on_change is not used
  Connection::OnChange on_change = {};
  base::Millis idle_after{3'600'000};  ///< one that nobody holds and connect() did not return for so long is closed
  base::Clock* clock = nullptr;        ///< null: the machine's
};

/// Thread-safe.
class Connections {
 public:
  explicit Connections(ConnectionsOptions options);
  ~Connections();
  Connections(const Connections&) = delete;
  Connections& operator=(const Connections&) = delete;

  /// The connection to the cluster of `access`: the same one for the same content. Does not speak to the cluster, so
  /// bad credentials show only at its calls. Error `invalid`: the Access cannot be used (URL, PEM).
  base::Result<std::shared_ptr<Connection>> connect(const Access& access);
  /// Closes what is idle, connections and types of informers; connect() does it too, now and then. Blocks until the
  /// threads of what it closes have ended.
  void drop_idle();
  [[nodiscard]] std::size_t size() const;

 private:
  struct Entry {
    std::shared_ptr<Connection> connection;
    std::chrono::steady_clock::time_point used;
  };
  ConnectionsOptions options_;
  base::Clock& clock_;
  mutable std::mutex mutex_;
  std::map<Access, Entry> entries_;
  std::chrono::steady_clock::time_point next_sweep_{};
};

}  // namespace threeport::providers::kubernetes
