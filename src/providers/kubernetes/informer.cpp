#include "providers/kubernetes/informer.h"

#include <algorithm>
#include <shared_mutex>

#include "providers/kubernetes/informer/type_watch.h"

namespace threeport::providers::kubernetes {

using informer::TypeWatch;

class Informers::Impl {
 public:
  Impl(std::shared_ptr<Cluster> cluster, InformerOptions given)
      : cluster_(std::move(cluster)),
        options_(std::move(given)),
        clock_(options_.clock != nullptr ? *options_.clock : base::system_clock()) {}

  /// Joins the threads under no lock, since they may be calling us, and before any of their own references could be
  /// the last one to a watch.
  ~Impl() {
    for (const auto& watch : all()) watch->stop();
  }

  [[nodiscard]] std::shared_ptr<TypeWatch> find(const TypeRef& type) const {
    const std::shared_lock lock(mutex_);
    const auto found = watches_.find(type);
    return found == watches_.end() ? nullptr : found->second;
  }

  base::Result<std::shared_ptr<TypeWatch>> ensure(const TypeRef& type) {
    if (auto found = find(type)) {
      found->touch();
      return found;
    }
    const std::unique_lock lock(mutex_);
    if (const auto found = watches_.find(type); found != watches_.end()) return found->second;
    if (watches_.size() >= options_.max_types) {
      base::Error error = base::unavailable("already " + std::to_string(options_.max_types) +
                                            " types are watched on this cluster; no room for " + type.to_text());
      error.reason = "TooManyTypes";
      return error;
    }
    const auto scope = options_.scopes.find(type);
    auto made = std::make_shared<TypeWatch>(
        *cluster_, type, scope == options_.scopes.end() ? options_.scope : scope->second, options_, clock_);
    watches_.emplace(type, made);
    return made;
  }

  [[nodiscard]] std::vector<std::shared_ptr<TypeWatch>> all() const {
    std::vector<std::shared_ptr<TypeWatch>> out;
    const std::shared_lock lock(mutex_);
    for (const auto& [type, watch] : watches_) out.push_back(watch);
    return out;
  }

  void drop_idle() {
    std::vector<std::shared_ptr<TypeWatch>> dropped;
    const auto since = clock_.steady_now() - options_.idle_after;
    const std::unique_lock lock(mutex_);
    for (auto at = watches_.begin(); at != watches_.end();) {
      // Whoever else holds it got it under this lock, so nobody gets hold of it any more.
      if (at->second.use_count() == 1 && at->second->is_idle(since)) {
        dropped.push_back(std::move(at->second));
        at = watches_.erase(at);
      } else {
        ++at;
      }
    }
    // `lock` dies before `dropped`, whose threads may be calling us.
  }

 private:
  std::shared_ptr<Cluster> cluster_;
  const InformerOptions options_;
  base::Clock& clock_;
  mutable std::shared_mutex mutex_;
  std::map<TypeRef, std::shared_ptr<TypeWatch>> watches_;
};

Informers::Informers(std::shared_ptr<Cluster> cluster, InformerOptions options)
    : impl_(std::make_unique<Impl>(std::move(cluster), std::move(options))) {}
Informers::~Informers() = default;

base::Result<void> Informers::ensure(const TypeRef& type) {
  TP_CHECK(impl_->ensure(type));
  return {};
}

base::Result<void> Informers::wait_synced(const TypeRef& type, const CallOptions& call) {
  TP_TRY(const auto watch, impl_->ensure(type));
  return watch->wait_synced(call);
}

bool Informers::is_synced(const TypeRef& type) const {
  const auto watch = impl_->find(type);
  return watch != nullptr && watch->is_synced();
}

std::optional<base::Error> Informers::failure(const TypeRef& type) const {
  const auto watch = impl_->find(type);
  return watch == nullptr ? std::nullopt : watch->failure();
}

std::vector<TypeRef> Informers::types() const {
  std::vector<TypeRef> out;
  for (const auto& watch : impl_->all()) out.push_back(watch->type());
  return out;
}

LiveObject Informers::find(const ObjectRef& ref) const {
  const auto watch = impl_->find(ref.type());
  return watch == nullptr ? nullptr : watch->objects().find(ref.ns, ref.name);
}

std::vector<LiveObject> Informers::by_label(const TypeRef& type, std::string_view key, std::string_view value) const {
  const auto watch = impl_->find(type);
  return watch == nullptr ? std::vector<LiveObject>{} : watch->objects().by_label(key, value);
}

std::vector<LiveObject> Informers::by_label(std::string_view key, std::string_view value) const {
  std::vector<LiveObject> out;
  for (const auto& watch : impl_->all()) {
    std::vector<LiveObject> some = watch->objects().by_label(key, value);
    std::move(some.begin(), some.end(), std::back_inserter(out));
  }
  return out;
}

std::vector<LiveObject> Informers::all(const TypeRef& type) const {
  const auto watch = impl_->find(type);
  return watch == nullptr ? std::vector<LiveObject>{} : watch->objects().all();
}

std::size_t Informers::size() const {
  std::size_t count = 0;
  for (const auto& watch : impl_->all()) count += watch->objects().size();
  return count;
}

void Informers::write_through(const base::json::Value& object) {
  const auto watch = impl_->find(ref_of(object).type());
  if (watch == nullptr || !watch->keeps(object)) return;
  watch->objects().write_through(std::make_shared<const base::json::Value>(object));
}

void Informers::write_through_removed(const ObjectRef& ref) {
  if (const auto watch = impl_->find(ref.type())) watch->objects().write_through_removed(ref.ns, ref.name);
}

void Informers::drop_idle() { impl_->drop_idle(); }

}  // namespace threeport::providers::kubernetes
