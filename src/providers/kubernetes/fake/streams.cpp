// Watches and logs of the fake.
#include <cstdlib>

#include "providers/kubernetes/fake/impl.h"

namespace threeport::providers::kubernetes {

using base::Result;
using base::json::Object;
using base::json::Value;
using fake::as_version;
using fake::Shared;
using fake::Stored;
using fake::to_error;

namespace {

/// The event of a log entry as a watch with these selectors sees it: what leaves the selection is deleted.
std::optional<WatchEvent> seen_through(const fake::LogEntry& entry, const WatchRequest& request,
                                       const fake::Selector& labels, const fake::Selector& fields) {
  if (!request.ns.empty() && entry.object->at("metadata", "namespace").text() != request.ns) return std::nullopt;
  const auto matches = [&](const Shared& object) {
    return object != nullptr && labels.matches(*object) && fields.matches(*object);
  };
  const bool was = matches(entry.before);
  const bool is = entry.type != WatchEvent::Type::deleted && matches(entry.object);
  if (!was && !is) return std::nullopt;
  const auto type = !is ? WatchEvent::Type::deleted : was ? WatchEvent::Type::modified : WatchEvent::Type::added;
  return WatchEvent{type, as_version(*entry.object, request.type.api_version)};
}

}  // namespace

Result<void> FakeCluster::watch(const WatchRequest& request, const std::function<bool(WatchEvent)>& on_event,
                                const CallOptions& call) {
  const std::string subject = "watch " + request.type.to_text();
  std::optional<base::Error> after;
  TP_CHECK(impl_->enter("watch", {request.type.api_version, request.type.kind, request.ns, ""}, call, after));
  if (after) return *after;
  TP_TRY(const fake::Selector labels, fake::Selector::parse_labels(request.label_selector));
  TP_TRY(const fake::Selector fields, fake::Selector::parse_fields(request.field_selector));
  const std::stop_callback wake(call.stop, [this] {
    const std::lock_guard lock(impl_->mutex);
    impl_->changed.notify_all();
  });
  const auto deadline = impl_->deadline_of(call);
  std::unique_lock lock(impl_->mutex);
  TP_CHECK(impl_->type_of(request.type));
  std::uint64_t version = impl_->state.version();
  if (!request.resource_version.empty()) version = std::strtoull(request.resource_version.c_str(), nullptr, 10);
  std::uint64_t bookmarks = impl_->bookmarks;
  const std::uint64_t closings = impl_->closings;
  while (impl_->closings == closings) {
    if (!impl_->reachable) return fake::unreachable("connection reset");
    const auto entries = impl_->state.log_after(fake::bucket_of(request.type), version);
    if (!entries) return to_error(fake::make_refusal(410, "Expired", "too old resource version"), subject);
    version = std::max(version, impl_->state.version());
    const bool bookmark = std::exchange(bookmarks, impl_->bookmarks) != impl_->bookmarks;
    lock.unlock();
    for (const fake::LogEntry& entry : *entries) {
      auto event = seen_through(entry, request, labels, fields);
      if (event && !on_event(std::move(*event))) return {};
    }
    if (bookmark) {
      Value object = Object{{"metadata", Object{{"resourceVersion", std::to_string(version)}}}};
      if (!on_event({WatchEvent::Type::bookmark, std::move(object)})) return {};
    }
    lock.lock();
    if (impl_->state.version() > version || impl_->bookmarks != bookmarks) continue;
    if (impl_->closings == closings && !impl_->wait(lock, call, deadline)) break;
  }
  if (call.stop.stop_requested()) return base::canceled("the watch was canceled");
  return {};
}

Result<void> FakeCluster::logs(const LogRequest& request, const std::function<bool(std::string_view)>& sink,
                               const CallOptions& call) {
  const ObjectRef ref{"v1", "Pod", request.ns, request.pod};
  std::optional<base::Error> after;
  TP_CHECK(impl_->enter("logs", ref, call, after));
  if (after) return *after;
  const std::stop_callback wake(call.stop, [this] {
    const std::lock_guard lock(impl_->mutex);
    impl_->changed.notify_all();
  });
  const auto deadline = impl_->deadline_of(call);
  std::unique_lock lock(impl_->mutex);
  const Stored* pod = impl_->state.find(fake::key_of(ref));
  if (pod == nullptr) return to_error(fake::missing("pods", request.pod), "logs " + ref.to_text());
  if (pod->object->at("status", "phase").text() == "Pending") {
    base::Error error = base::blocked("logs " + ref.to_text() + ": a container is waiting to start");
    error.reason = "ContainerWaiting";
    return error;
  }
  std::string text = impl_->log_texts[{request.ns, request.pod}];
  std::size_t sent = 0;
  if (request.tail) {
    sent = text.size();
    for (unsigned lines = 0; sent > 0 && lines <= *request.tail;) {
      --sent;
      if (text[sent] == '\n' && sent + 1 != text.size() && ++lines == *request.tail) {
        ++sent;
        break;
      }
    }
    if (*request.tail == 0) sent = text.size();
  }
  for (;;) {
    const std::string piece = text.substr(std::min(sent, text.size()));
    sent = text.size();
    lock.unlock();
    if (!piece.empty() && !sink(piece)) return {};
    lock.lock();
    if (!request.follow) return {};
    while (impl_->log_texts[{request.ns, request.pod}].size() <= sent) {
      if (!impl_->wait(lock, call, deadline)) {
        if (call.stop.stop_requested()) return base::canceled("the log was canceled");
        return {};
      }
    }
    text = impl_->log_texts[{request.ns, request.pod}];
  }
}

}  // namespace threeport::providers::kubernetes
