#include "controllers/workload/routes.h"

#include <algorithm>
#include <atomic>
#include <charconv>

#include "apiserver/envelope.h"
#include "controllers/workload/revisions.h"
#include "dependencies/declaration.h"
#include "providers/kubernetes/manifests.h"
#include "score/document.h"

namespace threeport::controllers::workload {
namespace {

using apiserver::Call;
using reconcile::decode;

constexpr base::Millis kLogTimeout{60'000};
constexpr base::Millis kLongestFollow{3'600'000};

template <typename K>
base::Result<std::vector<K>> decode_all(const std::vector<apiserver::Object>& objects) {
  std::vector<K> out;
  for (const auto& object : objects) {
    TP_TRY(K typed, decode<K>(object));
    out.push_back(std::move(typed));
  }
  return out;
}

std::vector<Routes::Source> sources_of(const std::vector<json::Value>& pods, std::string_view container) {
  std::vector<Routes::Source> out;
  for (const json::Value& pod : pods) {
    for (const std::string_view list : {"initContainers", "containers"}) {
      const json::Array* containers = pod.at("spec", list).if_array();
      if (containers == nullptr || (list == "initContainers" && container.empty())) continue;
      for (const json::Value& element : *containers) {
        const std::string name(element.at("name").text());
        if (container.empty() || container == name)
          out.push_back({std::string(pod.at("metadata", "name").text()), name});
      }
    }
  }
  return out;
}

/// Puts `<pod>/<container> ` before each line of a log that arrives in pieces.
class LinePrefixer {
 public:
  explicit LinePrefixer(const Routes::Source& source) : prefix_(source.pod + "/" + source.container + " ") {}
  std::string feed(std::string_view piece) {
    rest_ += piece;
    std::string out;
    std::size_t start = 0;
    for (std::size_t end = rest_.find('\n'); end != std::string::npos; end = rest_.find('\n', start)) {
      out += prefix_ + rest_.substr(start, end + 1 - start);
      start = end + 1;
    }
    rest_.erase(0, start);
    return out;
  }
  std::string finish() { return rest_.empty() ? std::string() : prefix_ + std::exchange(rest_, {}) + "\n"; }

 private:
  std::string prefix_, rest_;
};

}  // namespace

Routes::Routes(apiserver::Objects& objects, applyset::Clusters& clusters)
    : objects_(objects), clusters_(clusters), pool_({.name = "logs", .threads = 32, .queue_limit = 256}) {}

void Routes::add_to(apiserver::ApiServer& server) {
  server.router()
      .add("POST", "/v0/workload-instances/{}/rollback", "Make a revision with the content of an earlier one",
           [this](Call& call) { return rollback(call); })
      .in_group(kinds::WorkloadInstance::kind.name)
      .named("rollbackWorkloadInstance")
      .may_take(json::Object{{"type", "object"},
                             {"properties", json::Object{{"To", json::Object{{"type", "integer"},
                                                                             {"description",
                                                                              "Number of the revision; without it the "
                                                                              "previous good one."}}}}}})
      .answers(201, apiserver::enveloped(apiserver::schema_reference(kinds::Revision::kind.name)))
      .sends("ETag", "The revision's version.", apiserver::text_schema())
      .fails({400, 404, 409, 413, 503});
  server.router()
      .add_deferred("GET", "/v0/workload-instances/{}/logs",
                    "What its containers print, as lines `<pod>/<container> <text>`",
                    [this](const Call& call, apiserver::Reply reply) { logs(call, std::move(reply)); })
      .in_group(kinds::WorkloadInstance::kind.name)
      .named("logsOfWorkloadInstance")
      .query("container", "Only this container.", apiserver::text_schema())
      .query("follow", "true: go on as they print.", apiserver::boolean_schema())
      .query("previous", "true: of the containers before their last restart.", apiserver::boolean_schema())
      .query("tail", "Only so many lines from the end.", apiserver::integer_schema(0, INT32_MAX))
      .answers(200, apiserver::text_schema(), "text/plain")
      .fails({400, 401, 403, 404, 409, 503});
  server.apply().add_check(kinds::WorkloadDefinition::kind.name, [](const json::Value& members) -> base::Result<void> {
    if (const std::string_view document = members.at("ScoreDocument").text(); !document.empty()) {
      auto workload = score::parse(document);
      return workload ? base::Result<void>() : std::move(workload).error().with_context("ScoreDocument");
    }
    TP_CHECK(k8s::parse_manifests(members.at("YAMLDocument").text()));
    TP_CHECK(dependencies::parse_declarations(members.at("Dependencies"), "Dependencies"));
    return {};
  });
  server.rest().on_abandon(kinds::WorkloadInstance::kind.name,
                           [this](const apiserver::Object& instance) -> base::Result<std::vector<std::string>> {
                             TP_TRY(const auto rows, objects_.list(kinds::WorkloadResourceInstance::kind.name,
                                                                   "WorkloadInstanceID", instance.id));
                             std::vector<std::string> out;
                             out.reserve(rows.size());
                             for (const auto& row : rows)
                               out.push_back(k8s::ref_of(row.data.at("JSONDefinition")).to_text());
                             return out;
                           });
}

http::Response Routes::rollback(Call& call) {
  constexpr std::string_view kType = kinds::Revision::kind.name;
  auto id = apiserver::parse_id(call.parameters[0]);
  if (!id) return apiserver::failure(kType, id.error());
  json::Value body = json::Object{};
  if (!call.request.body.empty()) {
    auto parsed = json::parse(call.request.body);
    if (!parsed || !parsed->is_object())
      return apiserver::failure(kType, base::invalid("the body must be a JSON object such as {\"To\": 2}"));
    body = std::move(*parsed);
  }
  auto made = make_rollback_revision(*id, body, call.context);
  if (!made) return apiserver::failure(kType, made.error());
  return apiserver::one_object(objects_, *made, 201);
}

base::Result<apiserver::Object> Routes::make_rollback_revision(schema::ObjectId id, const json::Value& body,
                                                               const apiserver::WriteContext& context) {
  TP_TRY(const auto object, objects_.get(kinds::WorkloadInstance::kind.name, id));
  TP_TRY(const auto instance, decode<kinds::WorkloadInstance>(object));
  if (object.is_deleting()) return base::conflict("workload instance " + instance.instance.name + " is being deleted");
  TP_TRY(const auto definition_object, objects_.get(kinds::WorkloadDefinition::kind.name, instance.definition.id));
  TP_TRY(const auto definition, decode<kinds::WorkloadDefinition>(definition_object));
  TP_TRY(const auto rows, objects_.list(kinds::Revision::kind.name, "WorkloadInstanceID", id));
  TP_TRY(const auto revisions, decode_all<kinds::Revision>(rows));
  const kinds::Revision* current = newest(revisions);
  const kinds::Revision* source = nullptr;
  if (const json::Value* to = body.find("To"); to != nullptr && !to->is_null()) {
    const auto number = to->as_int();
    const auto it = std::find_if(revisions.begin(), revisions.end(),
                                 [&](const auto& revision) { return number && revision.number == *number; });
    if (it == revisions.end()) {
      return base::invalid("To: workload instance " + instance.instance.name + " has no revision " + json::dump(*to) +
                           "; `tptctl history workload " + instance.instance.name + "` lists those that are kept");
    }
    source = &*it;
  } else {
    source = previous_good(instance, revisions);
  }
  if (source == nullptr)
    return base::conflict("workload instance " + instance.instance.name + " has no earlier revision to go back to");
  Declared declared{.definition = definition};
  std::optional<kinds::Environment> environment;
  if (instance.environment) {
    TP_TRY(const auto lives_in, objects_.get(kinds::Environment::kind.name, instance.environment.id));
    TP_TRY(environment, decode<kinds::Environment>(lives_in));
    declared.environment = &*environment;
  }
  kinds::Revision content = *source;
  if (content.secrets) {
    for (auto& [key, value] : *content.secrets) {
      TP_TRY(value, objects_.reveal(value));
    }
  }
  const kinds::Revision next = make_rollback(content, *current, declared, context.by);
  return objects_.write({.op = apiserver::Write::Op::create,
                         .kind = std::string(kinds::Revision::kind.name),
                         .id = 0,
                         .body = schema::to_json(next),
                         .version = {},
                         .observed = {},
                         .by_controller = true},
                        context);
}

base::Result<k8s::LogRequest> Routes::parse_log_request(const http::Query& query) {
  const auto flag = [&](std::string_view name) {
    const auto value = query.get(name);
    return value && (*value == "true" || *value == "1" || value->empty());
  };
  k8s::LogRequest request{.ns = {},
                          .pod = {},
                          .container = std::string(query.get("container").value_or("")),
                          .follow = flag("follow"),
                          .previous = flag("previous")};
  if (const auto tail = query.get("tail")) {
    unsigned lines = 0;
    const auto [end, failure] = std::from_chars(tail->data(), tail->data() + tail->size(), lines);
    if (failure != std::errc{} || end != tail->data() + tail->size())
      return base::invalid("tail must be a number of lines");
    request.tail = lines;
  }
  return request;
}

base::Result<Routes::LogTarget> Routes::find_log_target(schema::ObjectId id, k8s::LogRequest request) {
  TP_TRY(const auto object, objects_.get(kinds::WorkloadInstance::kind.name, id));
  TP_TRY(const auto instance, decode<kinds::WorkloadInstance>(object));
  TP_TRY(const auto runtime_object, objects_.get(kinds::KubernetesRuntimeInstance::kind.name, instance.runtime.id));
  TP_TRY(const auto runtime, decode<kinds::KubernetesRuntimeInstance>(runtime_object));
  TP_TRY(auto connection,
         clusters_.connect(runtime, [this](std::string_view stored) { return objects_.reveal(stored); }));
  const std::string subject = "workload instance " + instance.instance.name;
  if (instance.workload_namespace.empty()) return base::blocked(subject + " has not been delivered yet");
  request.ns = instance.workload_namespace;
  TP_TRY(const auto pods,
         k8s::list_all(connection->cluster(),
                       {.type = {"v1", "Pod"},
                        .ns = request.ns,
                        .label_selector = std::string(applyset::kInstanceLabel) + "=" + std::to_string(id)},
                       {}));
  LogTarget target{.connection = std::move(connection), .request = std::move(request), .sources = {}};
  target.sources = sources_of(pods.items, target.request.container);
  if (!target.sources.empty()) return target;
  if (target.request.container.empty()) return base::not_found(subject + " has no pods");
  return base::not_found("no pod of " + subject + " has a container " + target.request.container);
}

void Routes::logs(const Call& call, apiserver::Reply reply) {
  auto id = apiserver::parse_id(call.parameters[0]);
  auto request = id ? parse_log_request(call.query) : base::Result<k8s::LogRequest>(id.error());
  auto target = request ? find_log_target(*id, std::move(*request)) : base::Result<LogTarget>(request.error());
  if (!target) {
    return std::move(reply).send(apiserver::failure(kinds::WorkloadInstance::kind.name, target.error()));
  }
  http::Response head;
  head.headers.add("Content-Type", "text/plain; charset=utf-8");
  std::shared_ptr<http::Stream> stream = std::move(reply).stream(std::move(head));
  auto stop = std::make_shared<std::stop_source>();
  stream->on_closed([stop] { stop->request_stop(); });
  // The stream ends when the last task lets go of it, also one that never ran.
  const std::shared_ptr<http::Stream> open(stream.get(), [stream](http::Stream* s) { s->close(); });
  const auto show = [connection = target->connection, request = target->request, open, stop](
                        const Source& source, const std::stop_token& pool_stop) {
    const std::stop_callback forward(pool_stop, [stop] { stop->request_stop(); });
    k8s::LogRequest one = request;
    one.pod = source.pod;
    one.container = source.container;
    LinePrefixer prefixer(source);
    const k8s::CallOptions options{.timeout = one.follow ? kLongestFollow : kLogTimeout, .stop = stop->get_token()};
    auto read = connection->cluster().logs(
        one, [&](std::string_view piece) { return open->write(prefixer.feed(piece)); }, options);
    open->write(prefixer.finish());
    if (!read && read.error().kind != base::ErrorKind::canceled)
      open->write(source.pod + "/" + source.container + " (" + read.error().message + ")\n");
  };
  if (target->request.follow) {
    for (const Source& source : target->sources) {
      auto queued = pool_.try_submit([show, source](const std::stop_token& pool_stop) { show(source, pool_stop); });
      if (!queued)
        stream->write(source.pod + "/" + source.container + " (too many logs are being followed; try again later)\n");
    }
    return;
  }
  auto queued = pool_.try_submit([show, sources = target->sources](const std::stop_token& pool_stop) {
    for (const Source& source : sources) show(source, pool_stop);
  });
  if (!queued) stream->write("(too many logs are being read; try again later)\n");
}

}  // namespace threeport::controllers::workload
