#include "providers/kubernetes/connections.h"

#include <vector>

#include "providers/kubernetes/live_cluster.h"

namespace threeport::providers::kubernetes {

namespace {

constexpr base::Millis kSweepInterval{60'000};

InformerOptions with_callback(InformerOptions options, std::function<void(const Change&)> on_change) {
  options.on_change = std::move(on_change);
  return options;
}

}  // namespace

Connection::Connection(std::shared_ptr<Cluster> cluster, InformerOptions options, OnChange on_change)
    : cluster_(std::move(cluster)),
      on_change_(std::move(on_change)),
      informers_(cluster_, with_callback(std::move(options), [this](const Change& change) {
                   if (on_change_) on_change_(*this, change);
                 })) {}

Connections::Connections(ConnectionsOptions options)
    : options_(std::move(options)), clock_(options_.clock != nullptr ? *options_.clock : base::system_clock()) {
  if (!options_.open) {
    options_.open = [this](const Access& access) { return connect_live(access, {.clock = &clock_}); };
  }
  next_sweep_ = clock_.steady_now() + kSweepInterval;
}

Connections::~Connections() = default;

base::Result<std::shared_ptr<Connection>> Connections::connect(const Access& access) {
  const auto now = clock_.steady_now();
  bool sweep = false;
  std::shared_ptr<Connection> connection;
  {
    const std::lock_guard lock(mutex_);
    sweep = now >= next_sweep_;
    if (sweep) next_sweep_ = now + kSweepInterval;
    auto found = entries_.find(access);
    if (found == entries_.end()) {
      TP_TRY(auto cluster, options_.open(access));
      auto made = std::make_shared<Connection>(std::move(cluster), options_.informers, options_.on_change);
      found = entries_.emplace(access, Entry{std::move(made), now}).first;
    }
    found->second.used = now;
    connection = found->second.connection;
  }
  if (sweep) drop_idle();
  return connection;
}

void Connections::drop_idle() {
  std::vector<std::shared_ptr<Connection>> kept;
  std::vector<std::shared_ptr<Connection>> dropped;
  const auto now = clock_.steady_now();
  {
    const std::lock_guard lock(mutex_);
    for (auto at = entries_.begin(); at != entries_.end();) {
      const bool unused = at->second.connection.use_count() == 1 && now - at->second.used > options_.idle_after;
      (unused ? dropped : kept).push_back(at->second.connection);
      at = unused ? entries_.erase(at) : std::next(at);
    }
  }
  for (const auto& connection : kept) connection->informers().drop_idle();
}

std::size_t Connections::size() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

}  // namespace threeport::providers::kubernetes
