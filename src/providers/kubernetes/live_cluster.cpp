#include "providers/kubernetes/live_cluster.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <shared_mutex>
#include <utility>

#include "http/client.h"
#include "providers/kubernetes/live/discovery.h"
#include "providers/kubernetes/live/slots.h"
#include "providers/kubernetes/live/watch_stream.h"
#include "providers/kubernetes/manifests.h"
#include "providers/kubernetes/status_error.h"

namespace threeport::providers::kubernetes {

using base::Result;
using base::json::Array;
using base::json::Object;
using base::json::Value;

namespace {

using Deadline = std::chrono::steady_clock::time_point;

constexpr std::string_view kApplyType = "application/apply-patch+yaml";
constexpr std::string_view kMergeType = "application/merge-patch+json";
/// A server sends a bookmark about once a minute: a stream that is silent for longer has lost its connection.
constexpr base::Millis kSilence{150'000};

std::string query_of(const http::Query& query) {
  const std::string text = query.encode();
  return text.empty() ? text : "?" + text;
}

/// The transport's error in the words and reasons of this folder.
base::Error of_transport(base::Error error, std::string_view subject) {
  if (error.kind == base::ErrorKind::unavailable) error.reason = std::string(reason::kRuntimeUnreachable);
  if (error.kind == base::ErrorKind::denied) error.reason = std::string(reason::kCredentialsInvalid);
  return std::move(error).with_context(subject);
}

/// An item of a list has neither apiVersion nor kind.
Value with_type(Value item, const TypeRef& type) {
  if (!item.is_object() || item.find("kind") != nullptr) return item;
  Object out;
  out.reserve(item.as_object().size() + 2);
  out.append("apiVersion", type.api_version);
  out.append("kind", type.kind);
  for (auto& [key, value] : item.as_object()) out.append(key, std::move(value));
  return out;
}

Value without_managed_fields(Value object) {
  if (Object* members = object.if_object()) {
    if (Value* metadata = members->find("metadata"); metadata != nullptr && metadata->is_object()) {
      metadata->as_object().erase("managedFields");
    }
  }
  return object;
}

class LiveCluster final : public Cluster {
 public:
  LiveCluster(std::unique_ptr<http::Client> client, const LiveOptions& options)
      : client_(std::move(client)),
        clock_(options.clock != nullptr ? *options.clock : base::system_clock()),
        slots_(std::max(1U, options.max_in_flight), clock_) {}

  Result<std::vector<ResourceType>> discover(const CallOptions& call) override;
  Result<ResourceType> resource_type(const TypeRef& type, const CallOptions& call) override;
  Result<Value> get(const ObjectRef& ref, const CallOptions& call) override;
  Result<ListPage> list(const ListRequest& request, const CallOptions& call) override;
  Result<Value> apply(const Value& manifest, const ApplyOptions& options, const CallOptions& call) override;
  Result<Value> patch(const ObjectRef& ref, const Value& merge_patch, const CallOptions& call) override;
  Result<Removal> remove(const ObjectRef& ref, const RemoveOptions& options, const CallOptions& call) override;
  Result<void> watch(const WatchRequest& request, const std::function<bool(WatchEvent)>& on_event,
                     const CallOptions& call) override;
  Result<void> logs(const LogRequest& request, const std::function<bool(std::string_view)>& sink,
                    const CallOptions& call) override;
  Result<ClusterVersion> version(const CallOptions& call) override;
  Result<void> health(const CallOptions& call) override;

 private:
  /// A call with its deadline as a point in time.
  struct Bounded {
    Deadline deadline;
    std::stop_token stop;
  };
  [[nodiscard]] Bounded bounded(const CallOptions& call) const {
    return {clock_.steady_now() + call.timeout, call.stop};
  }

  /// One exchange; an answer that is no success is an error. `subject` is put before messages.
  Result<http::Response> exchange(http::Call request, const Bounded& call, std::string_view subject);
  Result<Value> exchange_json(http::Call request, const Bounded& call, std::string_view subject);
  Result<std::vector<ResourceType>> fetch_types(std::string_view path, const Bounded& call);
  Result<ResourceType> type_of(const TypeRef& type, const Bounded& call);
  Result<std::string> path_to(const ObjectRef& ref, const Bounded& call);
  base::Error error_of(const http::Response& response, std::string_view subject) const;
  /// Forgets the type if the error says that the cluster no longer has it.
  base::Error checked(base::Error error, const TypeRef& type);
  void remember(const std::vector<ResourceType>& types);
  Result<void> stream(http::Call request, std::string_view subject, const std::function<bool(std::string_view)>& sink);

  std::unique_ptr<http::Client> client_;
  base::Clock& clock_;
  live::Slots slots_;
  std::shared_mutex types_mutex_;
  std::map<TypeRef, ResourceType> types_;
};

base::Error LiveCluster::error_of(const http::Response& response, std::string_view subject) const {
  auto body = base::json::parse(response.body);
  Value status = body ? std::move(*body) : Value();
  // Proxies and the server's own filters answer plain text.
  if (!status.is_object() && !response.body.empty()) {
    status = Object{{"message", response.body.substr(0, 300)}};
  }
  return error_of_status(response.status, status, subject, http::retry_after(response.headers, clock_.now()));
}

Result<http::Response> LiveCluster::exchange(http::Call request, const Bounded& call, std::string_view subject) {
  const auto slot = slots_.acquire(call.deadline, call.stop);
  if (call.stop.stop_requested()) return base::canceled(std::string(subject) + ": canceled");
  const auto left = std::chrono::duration_cast<base::Millis>(call.deadline - clock_.steady_now());
  if (!slot || left <= base::Millis(0)) {
    base::Error error = base::unavailable(std::string(subject) + ": no answer within the time allowed");
    error.reason = std::string(reason::kRuntimeUnreachable);
    return error;
  }
  request.timeout = left;
  request.stop = call.stop;
  if (!request.headers.contains("Accept")) request.headers.set("Accept", "application/json");
  auto response = client_->call(request);
  if (!response) return of_transport(std::move(response).error(), subject);
  if (response->status < 200 || response->status > 299) return error_of(*response, subject);
  return response;
}

Result<Value> LiveCluster::exchange_json(http::Call request, const Bounded& call, std::string_view subject) {
  TP_TRY(const http::Response response, exchange(std::move(request), call, subject));
  auto body = base::json::parse(response.body);
  if (!body) {
    base::Error error = base::unavailable(std::string(subject) + ": the answer is not JSON (" + body.error().message +
                                          "); is this the address of a Kubernetes API server?");
    error.reason = std::string(reason::kRuntimeUnreachable);
    return error;
  }
  return body;
}

Result<std::vector<ResourceType>> LiveCluster::fetch_types(std::string_view path, const Bounded& call) {
  http::Call request{.target = std::string(path)};
  request.headers.set("Accept", std::string(live::kDiscoveryAccept));
  TP_TRY(const Value document, exchange_json(std::move(request), call, "discover"));
  if (live::is_aggregated(document)) return live::types_of_aggregated(document);
  std::vector<ResourceType> all;
  for (const std::string& version : live::group_versions_of(document)) {
    auto one = exchange_json({.target = live::path_of_version(version)}, call, "discover " + version);
    // An aggregated API that is down must not take the others with it.
    if (!one && one.error().kind == base::ErrorKind::unavailable && clock_.steady_now() < call.deadline) continue;
    TP_TRY(const Value list, std::move(one));
    for (ResourceType& type : live::types_of_list(list)) all.push_back(std::move(type));
  }
  return all;
}

void LiveCluster::remember(const std::vector<ResourceType>& types) {
  const std::unique_lock lock(types_mutex_);
  for (const ResourceType& type : types) types_[type.type] = type;
}

Result<std::vector<ResourceType>> LiveCluster::discover(const CallOptions& call) {
  const Bounded limits = bounded(call);
  TP_TRY(std::vector<ResourceType> types, fetch_types("/api", limits));
  TP_TRY(std::vector<ResourceType> groups, fetch_types("/apis", limits));
  std::move(groups.begin(), groups.end(), std::back_inserter(types));
  std::map<TypeRef, ResourceType> fresh;
  for (const ResourceType& type : types) fresh.emplace(type.type, type);
  const std::unique_lock lock(types_mutex_);
  types_ = std::move(fresh);
  return types;
}

Result<ResourceType> LiveCluster::resource_type(const TypeRef& type, const CallOptions& call) {
  return type_of(type, bounded(call));
}

Result<ResourceType> LiveCluster::type_of(const TypeRef& type, const Bounded& call) {
  {
    const std::shared_lock lock(types_mutex_);
    if (const auto found = types_.find(type); found != types_.end()) return found->second;
  }
  if (type.api_version.empty() || type.kind.empty()) return kind_unknown(type.api_version, type.kind);
  // One group and version is a small document, so a miss is never answered from an old cache.
  auto list = exchange_json({.target = live::path_of_version(type.api_version)}, call, "discover " + type.api_version);
  if (!list) {
    base::Error error = std::move(list).error();
    const bool missing = error.kind == base::ErrorKind::not_found || error.reason == reason::kKindUnknown;
    if (missing && type.api_version == "v1") {
      error = base::unavailable("the server has no Kubernetes API at /api/v1; correct the kubeconfig's server");
      error.reason = std::string(reason::kRuntimeUnreachable);
    } else if (missing) {
      return kind_unknown(type.api_version, type.kind);
    }
    return error;
  }
  remember(live::types_of_list(*list));
  const std::shared_lock lock(types_mutex_);
  const auto found = types_.find(type);
  if (found == types_.end()) return kind_unknown(type.api_version, type.kind);
  return found->second;
}

base::Error LiveCluster::checked(base::Error error, const TypeRef& type) {
  if (error.reason != reason::kKindUnknown) return error;
  const std::unique_lock lock(types_mutex_);
  types_.erase(type);
  return kind_unknown(type.api_version, type.kind);
}

Result<std::string> LiveCluster::path_to(const ObjectRef& ref, const Bounded& call) {
  TP_TRY(const ResourceType type, type_of(ref.type(), call));
  if (ref.name.empty()) return base::invalid(ref.to_text() + ": metadata.name is missing; every object needs a name");
  if (type.namespaced && ref.ns.empty()) {
    return base::invalid(ref.to_text() + ": metadata.namespace is missing; set it, for " + ref.kind + " is namespaced");
  }
  return live::path_of(type, ref.ns, ref.name);
}

Result<Value> LiveCluster::get(const ObjectRef& ref, const CallOptions& call) {
  const Bounded limits = bounded(call);
  TP_TRY(std::string path, path_to(ref, limits));
  auto object = exchange_json({.target = std::move(path)}, limits, "get " + ref.to_text());
  if (!object) return checked(std::move(object).error(), ref.type());
  return without_managed_fields(std::move(*object));
}

Result<ListPage> LiveCluster::list(const ListRequest& request, const CallOptions& call) {
  const Bounded limits = bounded(call);
  TP_TRY(const ResourceType type, type_of(request.type, limits));
  http::Query query;
  if (!request.label_selector.empty()) query.add("labelSelector", request.label_selector);
  if (!request.field_selector.empty()) query.add("fieldSelector", request.field_selector);
  if (request.page_size != 0) query.add("limit", std::to_string(request.page_size));
  if (!request.continue_token.empty()) query.add("continue", request.continue_token);
  auto answer = exchange_json({.target = live::path_of(type, request.ns, "") + query_of(query)}, limits,
                              "list " + request.type.to_text());
  if (!answer) return checked(std::move(answer).error(), request.type);
  ListPage page;
  page.resource_version = std::string(answer->at("metadata", "resourceVersion").text());
  page.continue_token = std::string(answer->at("metadata", "continue").text());
  Value* items = answer->as_object().find("items");
  if (items == nullptr || !items->is_array()) return page;
  page.items.reserve(items->as_array().size());
  for (Value& item : items->as_array()) {
    page.items.push_back(without_managed_fields(with_type(std::move(item), request.type)));
  }
  return page;
}

Result<Value> LiveCluster::apply(const Value& manifest, const ApplyOptions& options, const CallOptions& call) {
  const Bounded limits = bounded(call);
  const ObjectRef ref = ref_of(manifest);
  TP_TRY(std::string path, path_to(ref, limits));
  http::Query query;
  query.add("fieldManager", options.field_manager);
  query.add("force", options.force ? "true" : "false");
  query.add("fieldValidation", "Strict");
  if (options.dry_run) query.add("dryRun", "All");
  http::Call request{.method = "PATCH", .target = path + query_of(query)};
  request.headers.set("Content-Type", std::string(kApplyType));
  request.body = base::json::dump(make_applicable(manifest));
  auto object = exchange_json(std::move(request), limits, "apply " + ref.to_text());
  if (!object) return checked(std::move(object).error(), ref.type());
  return without_managed_fields(std::move(*object));
}

Result<Value> LiveCluster::patch(const ObjectRef& ref, const Value& merge_patch, const CallOptions& call) {
  const Bounded limits = bounded(call);
  TP_TRY(std::string path, path_to(ref, limits));
  http::Call request{.method = "PATCH", .target = path + "?fieldManager=threeport-patch"};
  request.headers.set("Content-Type", std::string(kMergeType));
  request.body = base::json::dump(merge_patch);
  auto object = exchange_json(std::move(request), limits, "patch " + ref.to_text());
  if (!object) return checked(std::move(object).error(), ref.type());
  return without_managed_fields(std::move(*object));
}

Result<Removal> LiveCluster::remove(const ObjectRef& ref, const RemoveOptions& options, const CallOptions& call) {
  const Bounded limits = bounded(call);
  auto path = path_to(ref, limits);
  if (!path) {
    if (path.error().reason == reason::kKindUnknown) return Removal::gone;
    return std::move(path).error();
  }
  static constexpr std::string_view kPolicies[] = {"Background", "Foreground", "Orphan"};
  Value body = Object{{"apiVersion", "v1"},
                      {"kind", "DeleteOptions"},
                      {"propagationPolicy", kPolicies[static_cast<std::size_t>(options.propagation)]}};
  if (!options.uid.empty()) body["preconditions"] = Object{{"uid", options.uid}};
  http::Call request{.method = "DELETE", .target = *path};
  request.headers.set("Content-Type", "application/json");
  request.body = base::json::dump(body);
  const std::string subject = "remove " + ref.to_text();
  auto answer = exchange_json(std::move(request), limits, subject);
  if (!answer) {
    base::Error error = checked(std::move(answer).error(), ref.type());
    if (error.kind == base::ErrorKind::not_found || error.reason == reason::kKindUnknown) return Removal::gone;
    return error;
  }
  // A Status tells that the object is gone, the object itself that something still holds it. A pod in its grace period
  // looks like the former in some versions, so what matters is looked at again.
  if (answer->at("kind").text() != "Status") return Removal::pending;
  auto still_there = exchange_json({.target = *path}, limits, subject);
  if (still_there) return Removal::pending;
  base::Error error = checked(std::move(still_there).error(), ref.type());
  if (error.kind == base::ErrorKind::not_found || error.reason == reason::kKindUnknown) return Removal::gone;
  return error;
}

Result<void> LiveCluster::stream(http::Call request, std::string_view subject,
                                 const std::function<bool(std::string_view)>& sink) {
  http::Response head;
  std::string refusal;
  bool enough = false;
  auto streamed = client_->stream(
      request,
      [&](const http::Response& response) {
        head = response;
        return true;
      },
      [&](std::string_view chunk) {
        if (head.status == 200) {
          enough = !sink(chunk);
          return !enough;
        }
        refusal += chunk.substr(0, 65'536 - std::min<std::size_t>(refusal.size(), 65'536));
        return true;
      });
  if (enough) return {};
  if (!streamed) return of_transport(std::move(streamed).error(), subject);
  if (head.status == 200) return {};
  head.body = std::move(refusal);
  return error_of(head, subject);
}

Result<void> LiveCluster::watch(const WatchRequest& request, const std::function<bool(WatchEvent)>& on_event,
                                const CallOptions& call) {
  const std::string subject = "watch " + request.type.to_text();
  TP_TRY(const ResourceType type, type_of(request.type, bounded({.stop = call.stop})));
  const auto seconds = std::max<std::int64_t>(1, (call.timeout.count() + 999) / 1000);
  http::Query query;
  query.add("watch", "true");
  query.add("allowWatchBookmarks", "true");
  query.add("timeoutSeconds", std::to_string(seconds));
  if (!request.resource_version.empty()) query.add("resourceVersion", request.resource_version);
  if (!request.label_selector.empty()) query.add("labelSelector", request.label_selector);
  if (!request.field_selector.empty()) query.add("fieldSelector", request.field_selector);
  http::Call exchange{.target = live::path_of(type, request.ns, "") + query_of(query)};
  exchange.idle_timeout = std::min<base::Millis>(call.timeout + base::Millis(10'000), kSilence);
  exchange.stop = call.stop;
  live::WatchStream events(subject, [&](WatchEvent event) {
    event.object = without_managed_fields(std::move(event.object));
    return on_event(std::move(event));
  });
  auto streamed = stream(std::move(exchange), subject, [&](std::string_view chunk) { return events.feed(chunk); });
  if (auto error = events.take_error()) return *error;
  if (!streamed) return checked(std::move(streamed).error(), request.type);
  return {};
}

Result<void> LiveCluster::logs(const LogRequest& request, const std::function<bool(std::string_view)>& sink,
                               const CallOptions& call) {
  const ObjectRef ref{"v1", "Pod", request.ns, request.pod};
  TP_TRY(const std::string path, path_to(ref, bounded(call)));
  http::Query query;
  if (!request.container.empty()) query.add("container", request.container);
  if (request.tail) query.add("tailLines", std::to_string(*request.tail));
  if (request.follow) query.add("follow", "true");
  if (request.previous) query.add("previous", "true");
  if (request.timestamps) query.add("timestamps", "true");
  http::Call exchange{.target = path + "/log" + query_of(query)};
  exchange.timeout = request.follow ? base::Millis(30'000) : call.timeout;
  exchange.idle_timeout = request.follow ? call.timeout : base::Millis(30'000);
  exchange.stop = call.stop;
  const Deadline deadline = clock_.steady_now() + call.timeout;
  auto streamed = stream(std::move(exchange), "logs " + ref.to_text(),
                         [&](std::string_view chunk) { return sink(chunk) && clock_.steady_now() < deadline; });
  if (streamed) return {};
  base::Error error = std::move(streamed).error();
  if (request.follow && clock_.steady_now() >= deadline) return {};
  if (error.kind == base::ErrorKind::invalid && error.message.find("waiting to start") != std::string::npos) {
    error.kind = base::ErrorKind::blocked;
    error.reason = "ContainerWaiting";
  }
  return error;
}

Result<ClusterVersion> LiveCluster::version(const CallOptions& call) {
  TP_TRY(const Value answer, exchange_json({.target = "/version"}, bounded(call), "ask for the version"));
  // Some providers write "34+".
  const auto number = [](std::string_view text) {
    unsigned out = 0;
    for (const char c : text) {
      if (c < '0' || c > '9') break;
      out = out * 10 + static_cast<unsigned>(c - '0');
    }
    return out;
  };
  return ClusterVersion{std::string(answer.at("gitVersion").text()), number(answer.at("major").text()),
                        number(answer.at("minor").text())};
}

Result<void> LiveCluster::health(const CallOptions& call) {
  http::Call request{.target = "/readyz"};
  request.headers.set("Accept", "text/plain, */*");
  TP_CHECK(exchange(std::move(request), bounded(call), "ask whether the API server is ready"));
  return {};
}

}  // namespace

Result<std::shared_ptr<Cluster>> connect_live(const Access& access, const LiveOptions& options) {
  http::ClientOptions http_options;
  http_options.base_url = access.server;
  http_options.ca_pem = access.ca_pem;
  http_options.certificate_pem = access.certificate_pem;
  http_options.key_pem = access.key_pem;
  http_options.bearer_token = access.token;
  http_options.username = access.username;
  http_options.password = access.password;
  http_options.server_name = access.server_name;
  http_options.proxy_url = access.proxy_url;
  http_options.insecure_skip_verify = access.insecure_skip_verify;
  http_options.max_idle_connections = std::max(1U, options.max_in_flight);
  TP_TRY(auto client, http::Client::make(std::move(http_options)));
  return std::shared_ptr<Cluster>(std::make_shared<LiveCluster>(std::move(client), options));
}

}  // namespace threeport::providers::kubernetes
