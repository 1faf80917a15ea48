#include "apiserver/api_server.h"

#include <exception>

#include "apiserver/document_routes.h"
#include "apiserver/envelope.h"
#include "apiserver/history.h"
#include "apiserver/idempotency.h"
#include "apiserver/module_headers.h"
#include "apiserver/v0_routes.h"
#include "base/crypto.h"
#include "base/log.h"
#include "kinds/dependency.h"

namespace threeport::apiserver {
namespace {

constexpr std::string_view kServerGroup = "Server";

http::Response plain_text(std::string text, int status = 200) {
  http::Response response;
  response.status = status;
  response.headers.add("Content-Type", "text/plain; charset=utf-8");
  response.body = std::move(text);
  return response;
}

http::Response who_am_i(const Call& call, const std::string& version) {
  const json::Value answer =
      json::Object{{"Actor", call.context.by}, {"Scope", schema::to_string(call.context.scope)}, {"Version", version}};
  return success("WhoAmI", "[" + json::dump(answer) + "]");
}

/// What a call of the method does to objects, for sentences.
std::string_view verb_of(std::string_view method) {
  if (method == "POST") return "create";
  return method == "DELETE" ? "delete" : "change";
}

/// Data that is kept goes by its name alone.
base::Result<void> may_remove_dependency(const Object& object, const http::Query& query) {
  const std::string identity(object.data.at("Identity").text());
  if (object.data.find("RetainedSince") == nullptr || query.get("name") == identity) return {};
  return base::conflict(identity + " is retained for its data: repeat the call with ?name=" + identity +
                        " to delete the data with it");
}

}  // namespace

ApiServer::ApiServer(Objects& objects, std::string version)
    : objects_(objects),
      version_(std::move(version)),
      hub_(objects),
      token_streams_(std::make_shared<TokenStreams>(objects, hub_)),
      rest_(objects, hub_),
      apply_(objects),
      request_prefix_(base::uuid4().substr(0, 8) + "-") {}

ApiServer::~ApiServer() { stop(); }

void ApiServer::add_own_routes() {
  routes_added_ = true;
  router_.add("GET", "/healthz", "Answers while the process lives", [](Call&) { return plain_text("OK"); })
      .in_group(kServerGroup)
      .answers(200, text_schema(), "text/plain");
  router_
      .add("GET", "/readyz", "Answers 200 once requests are served, else 503 with the reason",
           [this](Call&) { return ready(); })
      .in_group(kServerGroup)
      .answers(200, text_schema(), "text/plain")
      .answers(503, text_schema(), "text/plain");
  router_.add("GET", "/metrics", "Figures in the Prometheus text format", [this](Call&) { return metrics(); })
      .in_group(kServerGroup)
      .answers(200, text_schema(), "text/plain");
  router_
      .add("GET", "/version", "The version of this control plane",
           [this](Call&) { return json_text("{\"Version\":\"" + version_ + "\"}\n"); })
      .in_group(kServerGroup)
      .answers(200, closed_schema({{"Version", text_schema()}}, {"Version"}));
  if (health_only_) return;
  router_
      .add("GET", "/v0/whoami", "Who calls, and what the credential allows",
           [this](Call& call) { return who_am_i(call, version_); })
      .in_group(kServerGroup)
      .named("whoami")
      .answers(200,
               enveloped(closed_schema({{"Actor", text_schema()}, {"Scope", text_schema()}, {"Version", text_schema()}},
                                       {"Actor", "Scope", "Version"})))
      .fails({503});
  rest_.on_change(kinds::DependencyProfile::kind.name, [this](const Object& before, const Write& write, Call& call) {
    return apply_.guard_change(before, write, call);
  });
  rest_.on_remove(kinds::DependencyInstance::kind.name, may_remove_dependency);
  rest_.add_routes(router_);
  apply_.add_routes(router_);
  add_v0_routes(router_, objects_);
  add_history_routes(router_, objects_);
  add_document_routes(router_, objects_.registry(), version_, module_prefix_);
  std::vector<std::string> own;
  for (const Router::Route& route : router_.routes()) own.push_back(route.pattern);
  objects_.add_hook("ModuleApiRoute", no_own_route(std::move(own)));
}

base::Result<void> ApiServer::start(const http::ServerOptions& options) {
  if (!routes_added_) add_own_routes();
  TP_TRY(server_, http::Server::start(options, [this](http::Request request, http::Responder responder) {
           handle(std::move(request), std::move(responder));
         }));
  return {};
}

std::uint16_t ApiServer::port() const { return server_ ? server_->port() : std::uint16_t{0}; }

void ApiServer::stop(base::Millis grace) {
  token_streams_->stop();
  hub_.stop();
  if (modules_) modules_->stop();
  if (server_) server_->stop(grace);
}

http::Response ApiServer::ready() {
  for (const ReadyCheck& check : ready_checks_) {
    if (auto checked = check(); !checked) return plain_text("not ready: " + checked.error().message + "\n", 503);
  }
  return plain_text("OK");
}

http::Response ApiServer::metrics() {
  std::string out;
  out +=
      "# HELP threeport_http_requests_total Requests answered, by class of status.\n# TYPE "
      "threeport_http_requests_total counter\n";
  for (std::size_t i = 1; i <= 5; ++i) {
    out +=
        "threeport_http_requests_total{code=\"" + std::to_string(i) + "xx\"} " + std::to_string(counts_->of(i)) + "\n";
  }
  out += "# HELP threeport_http_connections Open connections.\n# TYPE threeport_http_connections gauge\n";
  out += "threeport_http_connections " + std::to_string(server_ ? server_->connections() : 0) + "\n";
  out += "# HELP threeport_watchers Open watches.\n# TYPE threeport_watchers gauge\n";
  out += "threeport_watchers " + std::to_string(hub_.watchers()) + "\n";
  out += "# HELP threeport_objects Live objects.\n# TYPE threeport_objects gauge\n";
  for (const KindDescriptor& kind : objects_.registry().kinds()) {
    if (auto count = objects_.store().count(kind.name)) {
      out += "threeport_objects{kind=\"" + std::string(kind.name) + "\"} " + std::to_string(*count) + "\n";
    }
  }
  if (modules_) modules_->append_metrics(out);
  for (const MetricsSource& source : metrics_) source(out);
  http::Response response = plain_text(std::move(out));
  response.headers.set("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
  return response;
}

std::optional<http::Response> ApiServer::admit(Call& call, const Router::Match& match, Reply& reply) {
  const std::string_view path = call.request.path, method = call.request.method;
  if (!authenticator_ || is_open(path)) return std::nullopt;
  const KindDescriptor* kind = kind_of(objects_.registry(), path);
  const std::string_view type = kind == nullptr ? std::string_view() : kind->name;
  auto actor = authenticator_->authenticate(call.request);
  if (!actor && actor.error().kind != base::ErrorKind::denied) return failure(type, actor.error());
  if (!actor) {
    http::Response response = failure(type, 401, actor.error().message);
    response.headers.add("WWW-Authenticate", challenge_for(call.request));
    return response;
  }
  call.context.by = actor->name;
  call.context.scope = actor->scope;
  const schema::Scopes callers = callers_of(objects_.registry(), method, match.path_known ? match.pattern : path);
  const std::string what = kind != nullptr ? std::string(verb_of(method)) + " objects of kind " + kind->words()
                                           : std::string(method) + " " + std::string(path);
  auto allowed = check_scope(actor->scope, callers, what);
  if (!allowed) return failure(type, std::move(allowed).error().with_context(actor->name));
  if (actor->token != 0) {
    reply.on_stream([streams = token_streams_, who = *actor](const auto& stream) { streams->add(who, stream); });
  }
  return std::nullopt;
}

void ApiServer::handle(http::Request request, http::Responder responder) {
  const bool head = request.method == "HEAD";
  Call call{.request = std::move(request), .query = {}, .parameters = {}, .context = {}};
  if (!call.request.raw_query.empty()) call.query = call.request.query();
  call.context.request_id = request_prefix_ + std::to_string(next_request_.fetch_add(1, std::memory_order_relaxed));
  const std::string request_id = call.context.request_id;
  Reply reply(std::move(responder), request_id, call.query.contains("pretty"), counts_);

  std::string_view path = call.request.path;
  if (!module_prefix_.empty()) {
    if (call.request.headers.contains(kActorHeader)) call.context.by = call.request.headers.get(kActorHeader);
    if (path.starts_with(module_prefix_ + "/")) path.remove_prefix(module_prefix_.size());
  }
  Router::Match match = router_.find(head ? "GET" : call.request.method, path);
  call.parameters = std::move(match.parameters);
  // Before anything else may answer, whatever it is: who may not call learns nothing.
  if (auto refused = admit(call, match, reply)) return std::move(reply).send(std::move(*refused));
  // Whoever may not call the API has been turned away before: a module believes what it is told of the caller.
  if (!match.path_known && modules_ && modules_->forward(call, reply)) return;
  try {
    if (match.deferred != nullptr || match.handler != nullptr) {
      auto before = answered_before(objects_, call);
      if (!before) return std::move(reply).send(failure("", before.error()));
      if (*before) return std::move(reply).send(std::move(**before));
    }
    if (match.deferred != nullptr) return (*match.deferred)(std::move(call), std::move(reply));
    if (match.handler != nullptr) return std::move(reply).send((*match.handler)(call));
  } catch (const std::exception& e) {  // unwinding, or the end of this function, answers 500
    return base::log::error("handler threw",
                            {{"route", match.pattern}, {"request", request_id}, {"what", std::string_view(e.what())}});
  }
  http::Response response = bare(match.path_known ? 405 : 404);
  if (match.path_known) response.headers.add("Allow", match.allowed);
  std::move(reply).send(std::move(response));
}

}  // namespace threeport::apiserver
