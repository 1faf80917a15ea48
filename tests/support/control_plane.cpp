#include "tests/support/control_plane.h"

#include "base/crypto.h"
#include "http/event_stream.h"

namespace threeport::testing {

using apiserver::Write;

const json::Value& Reply::first() const {
  const json::Array* data = body.at("Data").if_array();
  return data == nullptr || data->empty() ? json::Value::null() : data->front();
}

std::string Reply::names() const {
  std::string out;
  const json::Array* data = body.at("Data").if_array();
  if (data == nullptr) return "no list";
  for (const json::Value& object : *data) out += (out.empty() ? "" : ",") + std::string(object.at("Name").text());
  return out;
}

ControlPlane::ControlPlane(ControlPlaneOptions options)
    : registry_(std::move(options.kinds)),
      keyring_(must(base::Keyring::parse(encryption_key()))),
      database_(must(store::open("sqlite::memory:", clock_))),
      store_(*database_),
      objects_(store_, registry_, keyring_, clock_),
      server_(objects_, "v0.0.0-test") {
  options.extend(server_);
  store_.on_commit([this] {
    hinting_.with([this](const bool& on) {
      if (on) server_.hub().hint();
    });
  });
  must(server_.start({}));
  client_ = must(http::Client::make({.base_url = url()}));
}

ControlPlane::~ControlPlane() {
  server_.stop();
  hinting_.with([](bool& on) { on = false; });
}

std::string ControlPlane::encryption_key() { return base::base64_encode(std::string(32, 'k')); }

Reply ControlPlane::call(std::string method, std::string target, std::string body, http::Headers headers) {
  http::Call call;
  call.method = std::move(method);
  call.target = std::move(target);
  call.body = std::move(body);
  call.headers = std::move(headers);
  http::Response response = must(client_->call(call));
  Reply reply{.status = response.status, .headers = std::move(response.headers), .text = std::move(response.body)};
  reply.body = json::parse(reply.text).value_or({});
  return reply;
}

std::vector<std::string> ControlPlane::watch(std::string target, const std::vector<std::function<void()>>& steps,
                                             http::Headers headers) {
  http::Call call;
  call.target = std::move(target);
  call.headers = std::move(headers);
  call.idle_timeout = std::chrono::seconds(10);
  http::EventParser parser;
  std::vector<std::string> seen;
  const auto on_chunk = [&](std::string_view chunk) {
    for (const http::StreamEvent& event : must(parser.feed(chunk))) {
      const json::Value data = json::parse(event.data).value_or({});
      const std::string_view name = event.event == "deleted" ? "" : data.at("object", "Name").text();
      seen.push_back(event.event + (name.empty() ? "" : " ") + std::string(name));
      if (seen.size() > steps.size()) return false;
      steps[seen.size() - 1]();
    }
    return true;
  };
  // Ends as canceled: it is we who end it.
  static_cast<void>(client_->stream(call, [](const http::Response& head) { return head.status == 200; }, on_chunk));
  return seen;
}

schema::ObjectId ControlPlane::create(const std::string& path, const std::string& body) {
  const Reply reply = call("POST", "/v0/" + path, body);
  if (reply.status != 201) throw std::runtime_error(reply.text);
  return reply.first().at("ID").as_int().value_or(0);
}

schema::ObjectId ControlPlane::add_workload(const std::string& name) {
  const json::Value runtime =
      json::Object{{"Name", "local"}, {"InfraProvider", "kubeconfig"}, {"Location", "Local"}, {"DefaultRuntime", true}};
  const json::Value workload =
      json::Object{{"Name", name}, {"YAMLDocument", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\n"}};
  const json::Value documents =
      json::Array{json::Object{{"KubernetesRuntime", runtime}}, json::Object{{"Workload", workload}}};
  const Reply reply = call("POST", "/v0/apply", json::dump(json::Object{{"Documents", documents}}));
  if (reply.status != 200) throw std::runtime_error(reply.text);
  return must(objects_.find_by_name("WorkloadInstance", name)).value().id;
}

void ControlPlane::report(std::string_view kind, schema::ObjectId id, const Report& report) {
  const apiserver::Object object = must(objects_.get(kind, id));
  const std::string now = base::format_time(clock_.now());
  const auto condition = [&](const char* type, std::string_view status, std::string_view message) {
    return json::Object{{"Type", type},       {"Status", status},          {"Reason", report.reason},
                        {"Message", message}, {"LastTransitionTime", now}, {"ObservedGeneration", object.generation}};
  };
  const bool is_working = report.ready != "True" && !report.is_stalled;
  write({.op = Write::Op::merge,
         .kind = std::string(kind),
         .id = id,
         .body =
             json::Object{{"Conditions", json::Array{condition("Ready", report.ready, report.message),
                                                     condition("Reconciling", is_working ? "True" : "False", ""),
                                                     condition("Stalled", report.is_stalled ? "True" : "False", "")}}},
         .version = {},
         .observed = object.generation,
         .by_controller = true});
}

void ControlPlane::set(std::string_view kind, schema::ObjectId id, json::Value members) {
  write({.op = Write::Op::merge,
         .kind = std::string(kind),
         .id = id,
         .body = std::move(members),
         .version = {},
         .observed = {},
         .by_controller = true});
}

schema::ObjectId ControlPlane::create_as_controller(std::string_view kind, json::Value members) {
  return write({.op = Write::Op::create,
                .kind = std::string(kind),
                .id = 0,
                .body = std::move(members),
                .version = {},
                .observed = {},
                .by_controller = true})
      .id;
}

void ControlPlane::finalize(std::string_view kind, schema::ObjectId id) {
  write({.op = Write::Op::finalize, .kind = std::string(kind), .id = id, .body = {}, .version = {}, .observed = {}});
}

apiserver::Object ControlPlane::write(Write write) {
  apiserver::WriteContext context;
  context.by = "controller:test";
  return must(objects_.write(std::move(write), context));
}

}  // namespace threeport::testing
