#include "providers/kubernetes/fake_cluster.h"

#include "providers/kubernetes/fake/impl.h"

namespace threeport::providers::kubernetes {

using base::Result;
using base::json::Object;
using base::json::Value;
using fake::as_version;
using fake::Key;
using fake::Shared;
using fake::Stored;
using fake::to_error;

FakeCluster::FakeCluster(FakeOptions options) : impl_(std::make_unique<Impl>(options)) {}
FakeCluster::~FakeCluster() = default;

Result<std::vector<ResourceType>> FakeCluster::discover(const CallOptions& call) {
  return impl_->run("discover", {}, call, [&]() -> Result<std::vector<ResourceType>> { return impl_->state.types(); });
}

Result<ResourceType> FakeCluster::resource_type(const TypeRef& type, const CallOptions& call) {
  // Answered from the cache as a rule, so it counts as no call; without a network there is no cache to fill.
  if (call.stop.stop_requested()) return base::canceled("the call was canceled");
  const std::lock_guard lock(impl_->mutex);
  if (!impl_->reachable) return fake::unreachable("connection refused");
  return impl_->type_of(type);
}

Result<Value> FakeCluster::get(const ObjectRef& ref, const CallOptions& call) {
  return impl_->run("get", ref, call, [&]() -> Result<Value> {
    TP_TRY(const Key key, impl_->key_of(ref));
    const Stored* stored = impl_->state.find(key);
    if (stored == nullptr) {
      const ResourceType* type = impl_->state.find_type(ref.type());
      return to_error(fake::missing(type->plural, ref.name), "get " + ref.to_text());
    }
    return as_version(*stored->object, ref.api_version);
  });
}

Result<ListPage> FakeCluster::list(const ListRequest& request, const CallOptions& call) {
  const ObjectRef seen{request.type.api_version, request.type.kind, request.ns, ""};
  return impl_->run("list", seen, call, [&]() -> Result<ListPage> {
    TP_TRY(const ResourceType type, impl_->type_of(request.type));
    TP_TRY(const fake::Selector labels, fake::Selector::parse_labels(request.label_selector));
    TP_TRY(const fake::Selector fields, fake::Selector::parse_fields(request.field_selector));
    ListPage page;
    page.resource_version = std::to_string(impl_->state.version());
    std::size_t skip = 0;
    if (!request.continue_token.empty()) {
      const auto token = base::json::parse(request.continue_token);
      const auto version = token ? token->at("v").as_int() : std::nullopt;
      if (!version) return base::invalid("continue token \"" + request.continue_token + "\" is not one of ours");
      if (static_cast<std::uint64_t>(*version) < impl_->state.forgotten()) {
        return to_error(fake::make_refusal(410, "Expired", "The provided continue parameter is too old"),
                        "list " + request.type.to_text());
      }
      skip = static_cast<std::size_t>(token->at("n").as_int().value_or(0));
    }
    std::size_t matched = 0;
    for (const Shared& object : impl_->state.list(fake::bucket_of(request.type), request.ns)) {
      if (!labels.matches(*object) || !fields.matches(*object) || matched++ < skip) continue;
      if (request.page_size != 0 && page.items.size() == request.page_size) {
        const std::uint64_t version = impl_->state.version();
        page.continue_token = base::json::dump(Object{{"v", version}, {"n", skip + page.items.size()}});
        break;
      }
      page.items.push_back(as_version(*object, request.type.api_version));
    }
    return page;
  });
}

Result<Value> FakeCluster::apply(const Value& manifest, const ApplyOptions& options, const CallOptions& call) {
  const ObjectRef ref = ref_of(manifest);
  return impl_->run("apply", ref, call,
                    [&]() -> Result<Value> { return impl_->apply(manifest, options, "apply " + ref.to_text()); });
}

Result<Value> FakeCluster::patch(const ObjectRef& ref, const Value& merge_patch, const CallOptions& call) {
  return impl_->run("patch", ref, call,
                    [&]() -> Result<Value> { return impl_->patch(ref, merge_patch, "patch " + ref.to_text()); });
}

Result<Removal> FakeCluster::remove(const ObjectRef& ref, const RemoveOptions& options, const CallOptions& call) {
  return impl_->run("remove", ref, call,
                    [&]() -> Result<Removal> { return impl_->remove(ref, options, "remove " + ref.to_text()); });
}

Result<ClusterVersion> FakeCluster::version(const CallOptions& call) {
  return impl_->run("version", {}, call, []() -> Result<ClusterVersion> { return ClusterVersion{"v1.34.0", 1, 34}; });
}

Result<void> FakeCluster::health(const CallOptions& call) {
  return impl_->run("health", {}, call, []() -> Result<void> { return {}; });
}

void FakeCluster::set_fault_hook(std::function<std::optional<Fault>(const FakeCall&)> hook) {
  const std::lock_guard lock(impl_->mutex);
  impl_->hook = std::move(hook);
}

void FakeCluster::set_reachable(bool reachable) {
  const std::lock_guard lock(impl_->mutex);
  impl_->reachable = reachable;
  impl_->changed.notify_all();
}

std::size_t FakeCluster::calls() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->calls;
}

void FakeCluster::set_pods(PodFate fate) {
  const std::lock_guard lock(impl_->mutex);
  if (!impl_->with_controllers) return;
  impl_->controllers.set_fate(fate);
  impl_->settle();
}

void FakeCluster::set_pods_of_image(std::string_view image, PodFate fate) {
  const std::lock_guard lock(impl_->mutex);
  if (!impl_->with_controllers) return;
  impl_->controllers.set_fate_of_image(image, fate);
  impl_->settle();
}

void FakeCluster::set_log(std::string_view ns, std::string_view pod, std::string text) {
  const std::lock_guard lock(impl_->mutex);
  impl_->log_texts[{std::string(ns), std::string(pod)}] = std::move(text);
  impl_->changed.notify_all();
}

void FakeCluster::set_status(const ObjectRef& ref, Value status) {
  const std::lock_guard lock(impl_->mutex);
  const Key key = fake::key_of(ref);
  const Stored* stored = impl_->state.find(key);
  if (stored == nullptr) return;
  Value object = *stored->object;
  object["status"] = std::move(status);
  impl_->state.put(key, std::move(object), fake::Owners(stored->owners));
  impl_->settle();
}

std::optional<Value> FakeCluster::find(const ObjectRef& ref) const {
  const std::lock_guard lock(impl_->mutex);
  const Stored* stored = impl_->state.find(fake::key_of(ref));
  if (stored == nullptr) return std::nullopt;
  return as_version(*stored->object, ref.api_version);
}

std::vector<ObjectRef> FakeCluster::objects() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->state.refs();
}

std::size_t FakeCluster::size() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->state.size();
}

void FakeCluster::finish_namespaces() {
  const std::lock_guard lock(impl_->mutex);
  impl_->state.finish_namespaces();
  impl_->settle();
}

void FakeCluster::send_bookmarks() {
  const std::lock_guard lock(impl_->mutex);
  ++impl_->bookmarks;
  impl_->changed.notify_all();
}

void FakeCluster::expire_history() {
  const std::lock_guard lock(impl_->mutex);
  impl_->state.forget_history();
}

void FakeCluster::close_watches() {
  const std::lock_guard lock(impl_->mutex);
  ++impl_->closings;
  impl_->changed.notify_all();
}

}  // namespace threeport::providers::kubernetes
