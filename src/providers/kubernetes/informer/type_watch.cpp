#include "providers/kubernetes/informer/type_watch.h"

#include <algorithm>
#include <cstdlib>

namespace threeport::providers::kubernetes::informer {

namespace {

using base::json::Value;

constexpr base::Millis kListTimeout{60'000};
/// A watch that ends sooner without having shown anything counts as a failure, so that a server that closes at once is
/// not asked in a loop.
constexpr base::Millis kShort{1'000};

LiveObject share(Value object) {
  if (Value* metadata = object.is_object() ? object.as_object().find("metadata") : nullptr;
      metadata != nullptr && metadata->is_object()) {
    metadata->as_object().erase("managedFields");
  }
  return std::make_shared<const Value>(std::move(object));
}

}  // namespace

TypeWatch::TypeWatch(Cluster& cluster, TypeRef type, WatchScope scope, const InformerOptions& options,
                     base::Clock& clock)
    : cluster_(cluster),
      type_(std::move(type)),
      scope_(std::move(scope)),
      options_(options),
      clock_(clock),
      objects_(options.indexed_labels),
      used_(clock.steady_now()),
      random_(options.seed != 0 ? options.seed : std::random_device{}()),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

TypeWatch::~TypeWatch() { stop(); }

void TypeWatch::stop() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

std::optional<base::Error> TypeWatch::failure() const {
  const std::lock_guard lock(mutex_);
  return failure_;
}

void TypeWatch::touch() {
  used_.store(clock_.steady_now());
  const std::lock_guard lock(mutex_);
  if (!failure_) return;
  hurry_ = true;
  changed_.notify_all();
}

bool TypeWatch::is_idle(std::chrono::steady_clock::time_point since) const {
  return used_.load() < since && objects_.size() == 0;
}

base::Result<void> TypeWatch::wait_synced(const CallOptions& call) {
  const auto deadline = clock_.steady_now() + call.timeout;
  const std::stop_callback wake(call.stop, [this] {
    const std::lock_guard lock(mutex_);
    changed_.notify_all();
  });
  std::unique_lock lock(mutex_);
  const std::uint64_t before = attempts_;
  while (!synced_.load()) {
    if (call.stop.stop_requested()) return base::canceled("waiting for the list of " + type_.to_text() + ": canceled");
    if (failure_ && failure_->reason == reason::kKindUnknown && attempts_ > before) return *failure_;
    if (clock_.steady_now() >= deadline) {
      if (failure_) return *failure_;
      base::Error error = base::unavailable("the list of " + type_.to_text() + " did not come in time");
      error.reason = std::string(reason::kRuntimeUnreachable);
      return error;
    }
    clock_.wait_until(lock, changed_, deadline);
  }
  return {};
}

void TypeWatch::run(const std::stop_token& stop) {
  const std::stop_callback wake(stop, [this] {
    const std::lock_guard lock(mutex_);
    changed_.notify_all();
  });
  while (!stop.stop_requested()) {
    settle(version_.empty() ? list(stop) : watch(stop));
    if (failures_ > 0) pause(stop);
  }
}

base::Result<void> TypeWatch::list(const std::stop_token& stop) {
  ListRequest request{.type = type_, .label_selector = scope_.label_selector, .field_selector = scope_.field_selector};
  std::vector<LiveObject> objects;
  std::string version;
  do {
    TP_TRY(ListPage page, cluster_.list(request, {.timeout = kListTimeout, .stop = stop}));
    for (Value& item : page.items) {
      if (keeps(item)) objects.push_back(share(std::move(item)));
    }
    if (version.empty()) version = page.resource_version;
    request.continue_token = std::move(page.continue_token);
  } while (!request.continue_token.empty());
  const std::uint64_t number = std::strtoull(version.c_str(), nullptr, 10);
  const std::vector<Change> changes = objects_.replace(std::move(objects), number);
  version_ = std::move(version);
  progressed_ = true;
  {
    const std::lock_guard lock(mutex_);
    synced_.store(true);
    failure_.reset();
    changed_.notify_all();
  }
  notify(changes);
  return {};
}

base::Result<void> TypeWatch::watch(const std::stop_token& stop) {
  const auto start = clock_.steady_now();
  progressed_ = false;
  auto watched = cluster_.watch({.type = type_,
                                 .label_selector = scope_.label_selector,
                                 .field_selector = scope_.field_selector,
                                 .resource_version = version_},
                                [&](WatchEvent event) {
                                  handle(std::move(event));
                                  return !stop.stop_requested();
                                },
                                {.timeout = options_.watch_length, .stop = stop});
  if (watched && !progressed_ && clock_.steady_now() - start < kShort) {
    base::Error error = base::unavailable("watch " + type_.to_text() + ": the server ends the watch at once");
    error.reason = std::string(reason::kRuntimeUnreachable);
    return error;
  }
  if (watched) progressed_ = true;
  return watched;
}

void TypeWatch::handle(WatchEvent event) {
  if (const std::string_view version = event.object.at("metadata", "resourceVersion").text(); !version.empty()) {
    version_ = std::string(version);
  }
  progressed_ = true;
  if (failures_ > 0) {
    failures_ = 0;
    const std::lock_guard lock(mutex_);
    failure_.reset();
  }
  if (event.type == WatchEvent::Type::bookmark) return;
  const bool kept = keeps(event.object);
  LiveObject object = share(std::move(event.object));
  // An object that no longer is in scope leaves as if it were deleted.
  const bool leaves = event.type == WatchEvent::Type::deleted || !kept;
  if (auto change = leaves ? objects_.remove(std::move(object)) : objects_.put(std::move(object))) notify({*change});
}

void TypeWatch::settle(const base::Result<void>& outcome) {
  std::vector<Change> changes;
  bool expired = false;
  if (!outcome) {
    expired = outcome.error().kind == base::ErrorKind::expired;
    if (expired) version_.clear();
    if (outcome.error().reason == reason::kKindUnknown) {
      // The definition is gone, and its objects with it.
      version_.clear();
      changes = objects_.clear();
    }
  }
  {
    const std::lock_guard lock(mutex_);
    ++attempts_;
    if (outcome) {
      failures_ = 0;
      failure_.reset();
    } else if (expired && progressed_) {
      // Nothing is wrong: we were away for too long.
      failures_ = 0;
    } else if (outcome.error().kind != base::ErrorKind::canceled) {
      ++failures_;
      failure_ = outcome.error();
      if (failure_->reason == reason::kKindUnknown) synced_.store(false);
    }
    progressed_ = false;
    changed_.notify_all();
  }
  notify(changes);
}

void TypeWatch::pause(const std::stop_token& stop) {
  const unsigned doublings = std::min(failures_ - 1, 16U);
  const base::Millis limit = std::min(options_.backoff_cap, options_.backoff_base * (std::int64_t{1} << doublings));
  std::uniform_int_distribution<std::int64_t> jitter(0, limit.count());
  base::Millis wait(jitter(random_));
  std::unique_lock lock(mutex_);
  if (failure_ && failure_->retry_after) wait = std::max(wait, *failure_->retry_after);
  const auto now = clock_.steady_now();
  const auto until = now + wait;
  // Who asks for the type may shorten the pause, but not to less than the first one, nor below Retry-After.
  const auto soonest = now + std::max(std::min(wait, options_.backoff_base),
                                      failure_ && failure_->retry_after ? *failure_->retry_after : base::Millis(0));
  while (!stop.stop_requested() && clock_.steady_now() < until) {
    if (hurry_ && clock_.steady_now() >= soonest) break;
    clock_.wait_until(lock, changed_, hurry_ ? std::min(soonest, until) : until);
  }
  hurry_ = false;
}

void TypeWatch::notify(const std::vector<Change>& changes) const {
  if (!options_.on_change) return;
  for (const Change& change : changes) options_.on_change(change);
}

}  // namespace threeport::providers::kubernetes::informer
