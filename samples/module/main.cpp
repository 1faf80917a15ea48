// A module of Threeport: an API server and a controller of its own for one kind, found below the paths of the control
// plane once it has registered itself there.
//
//   greetings --control-plane http://127.0.0.1:1323 [--port 0] [--database sqlite:///var/tmp/greetings.db]
#include <charconv>
#include <csignal>
#include <iostream>
#include <string>

#include "apiserver/api_server.h"
#include "base/clock.h"
#include "base/guarded.h"
#include "base/keyring.h"
#include "client/http_api.h"
#include "greeting.h"
#include "kinds/module.h"
#include "reconcile/engine.h"

namespace greetings {
namespace {

namespace apiserver = threeport::apiserver;
namespace base = threeport::base;
namespace client = threeport::client;
namespace json = threeport::json;
namespace reconcile = threeport::reconcile;
namespace schema = threeport::schema;

constexpr std::string_view kName = "greetings";
/// The module's name in lower case, dots as dashes: what the paths of a module begin with.
constexpr std::string_view kPrefix = "/greetings-example-com";

/// Finds the words. A real one would make something outside, by idempotent verbs.
class GreetingReconciler final : public reconcile::Reconciler<Greeting> {
 public:
  using Reconciler::reconcile;
  using Reconciler::remove;
  base::Result<reconcile::Outcome> reconcile(Greeting& greeting, reconcile::Context&) override {
    greeting.text = (greeting.tone == "formal" ? "Good day, " : "Hello, ") + greeting.recipient;
    return reconcile::Outcome::settled();
  }
  base::Result<reconcile::Outcome> remove(Greeting&, reconcile::Context&) override {
    return reconcile::Outcome::settled();
  }
};

struct Options {
  std::string control_plane, database = "sqlite::memory:";
  std::uint16_t port = 0;
};

base::Result<Options> parse(int count, char** arguments) {
  Options out;
  for (int i = 1; i < count; i += 2) {
    const std::string_view name = arguments[i];
    if (i + 1 == count) return base::invalid(std::string(name) + " has no value");
    const std::string_view value = arguments[i + 1];
    if (name == "--control-plane") {
      out.control_plane = value;
    } else if (name == "--database") {
      out.database = value;
    } else if (name == "--port") {
      std::from_chars(value.data(), value.data() + value.size(), out.port);
    } else {
      return base::invalid("there is no option " + std::string(name));
    }
  }
  if (out.control_plane.empty()) return base::invalid("--control-plane URL is needed");
  return out;
}

/// Makes the module known: the objects that are missing are made, an endpoint that has changed is changed.
base::Result<void> register_at(client::Api& api, const schema::Registry& kinds, const std::string& endpoint) {
  const schema::KindDescriptor& module_kind = *kinds.find("ModuleApi");
  const schema::KindDescriptor& route_kind = *kinds.find("ModuleApiRoute");
  TP_TRY(auto modules, api.list(module_kind, {{"name", std::string(kName)}}));
  if (modules.empty()) {
    TP_TRY(auto made, api.create(module_kind, json::Object{{"Name", kName}, {"Endpoint", endpoint}}));
    modules.push_back(std::move(made));
  }
  const schema::ObjectId id = modules[0].id();
  if (modules[0].data.at("Endpoint") != json::Value(endpoint))
    TP_CHECK(api.patch(module_kind, id, json::Object{{"Endpoint", endpoint}}));
  for (const std::string& path : {std::string(kPrefix) + "/v0/" + std::string(Greeting::kind.path),
                                  std::string(kPrefix) + "/" + std::string(Greeting::kind.path)}) {
    TP_TRY(const auto routes, api.list(route_kind, {{"path", path}, {"moduleapiid", std::to_string(id)}}));
    if (routes.empty()) TP_CHECK(api.create(route_kind, json::Object{{"Path", path}, {"ModuleApiID", id}}));
  }
  return {};
}

/// Serves until SIGINT or SIGTERM.
base::Result<void> run(const Options& options, const sigset_t& signals) {
  TP_TRY(const auto store, threeport::store::open(options.database, base::system_clock()));
  const schema::Registry registry(schema::describe_all<Greeting>());
  const base::Keyring keyring = base::Keyring::generate();
  apiserver::Objects objects(*store, registry, keyring, base::system_clock());
  reconcile::Random random(1);
  std::vector<std::unique_ptr<reconcile::ReconcilerBase>> reconcilers;
  reconcilers.push_back(std::make_unique<GreetingReconciler>());
  reconcile::EngineOptions engine_options;
  engine_options.owner = kName;
  reconcile::Engine engine(objects, base::system_clock(), random, std::move(engine_options), std::move(reconcilers));
  apiserver::ApiServer server(objects, "v1.0.0");
  server.serve_as_module(std::string(kPrefix));
  base::Guarded<bool> hinting(true);
  store->on_commit([&] {
    hinting.with([&](const bool& on) {
      if (!on) return;
      server.hub().hint();
      engine.hint();
    });
  });
  threeport::http::ServerOptions http;
  http.port = options.port;
  TP_CHECK(server.start(http));
  TP_CHECK(engine.start());

  TP_TRY(auto http_client, threeport::http::Client::make({.base_url = options.control_plane}));
  const auto api = client::make_http_api(std::move(http_client));
  const schema::Registry known(schema::describe_all<threeport::kinds::ModuleApi, threeport::kinds::ModuleApiRoute>());
  TP_CHECK(register_at(*api, known, "127.0.0.1:" + std::to_string(server.port())));
  std::cout << "serving port " << server.port() << std::endl;

  int received = 0;
  sigwait(&signals, &received);
  server.stop();
  engine.stop();
  hinting.with([](bool& on) { on = false; });  // the store may still tell of its last batch
  return {};
}

}  // namespace
}  // namespace greetings

int main(int count, char** arguments) {
  // Before any thread: all of them then leave these signals to sigwait.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  const auto options = greetings::parse(count, arguments);
  const auto done = options ? greetings::run(*options, signals) : threeport::base::Result<void>(options.error());
  if (done) return 0;
  std::cerr << "greetings: " << done.error().message << "\n";
  return 1;
}
