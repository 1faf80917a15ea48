// The API server in process, on a free port over a store in memory: for tests of what speaks HTTP with it. Its clock
// moves only when a test says so; no engine runs, so a test plays the controllers by `report`.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "apiserver/api_server.h"
#include "base/clock.h"
#include "base/guarded.h"
#include "base/keyring.h"
#include "http/client.h"
#include "kinds/registry.h"
#include "tests/support/world.h"

namespace threeport::testing {

/// An answer with its body as JSON.
struct Reply {
  int status = 0;
  http::Headers headers = {};
  std::string text = {};
  json::Value body = {};

  /// Data[0].
  [[nodiscard]] const json::Value& first() const;
  /// The Names in Data, joined by commas.
  [[nodiscard]] std::string names() const;
  /// Status.error.
  [[nodiscard]] std::string error() const { return std::string(body.at("Status", "error").text()); }
};

struct ControlPlaneOptions {
  std::vector<schema::KindDescriptor> kinds = kinds::all();
  /// Adds routes and checks before the server starts.
  std::function<void(apiserver::ApiServer&)> extend = [](apiserver::ApiServer&) {};
};

/// How a controller sees an object.
struct Report {
  std::string ready = "True";  ///< status of the condition Ready
  std::string reason = "Healthy";
  std::string message = {};
  bool is_stalled = false;
};

/// Used by one thread; the server has its own.
class ControlPlane {
 public:
  explicit ControlPlane(ControlPlaneOptions options = {});
  ~ControlPlane();
  ControlPlane(const ControlPlane&) = delete;
  ControlPlane& operator=(const ControlPlane&) = delete;

  base::ManualClock& clock() { return clock_; }
  const schema::Registry& registry() { return registry_; }
  FaultyStore& store() { return store_; }
  apiserver::Objects& objects() { return objects_; }
  apiserver::ApiServer& server() { return server_; }
  /// "127.0.0.1:40123"
  [[nodiscard]] std::string address() const { return "127.0.0.1:" + std::to_string(server_.port()); }
  [[nodiscard]] std::string url() const { return "http://" + address(); }
  /// The key of its secret members, as a key file has it.
  [[nodiscard]] static std::string encryption_key();
  /// Ends all connections; calls then fail.
  void stop() { server_.stop(); }

  Reply call(std::string method, std::string target, std::string body = {}, http::Headers headers = {});
  /// Opens a watch and takes one event more than there are steps: after each event but the last, the next step runs.
  /// The events as "created web", "synced" or "deleted" (which need not carry the name); fewer than that many where the
  /// stream ends or pauses for long.
  std::vector<std::string> watch(std::string target, const std::vector<std::function<void()>>& steps,
                                 http::Headers headers = {});
  /// POST that succeeds; the new object's id.
  schema::ObjectId create(const std::string& path, const std::string& body);
  /// The workload `name` on the default runtime `local`: the instance's id.
  schema::ObjectId add_workload(const std::string& name);

  /// Sets ObservedGeneration and the conditions, as a controller does.
  void report(std::string_view kind, schema::ObjectId id, const Report& report);
  /// Any members, as a controller.
  void set(std::string_view kind, schema::ObjectId id, json::Value members);
  schema::ObjectId create_as_controller(std::string_view kind, json::Value members);
  /// The object goes, as a controller lets it go.
  void finalize(std::string_view kind, schema::ObjectId id);

 private:
  apiserver::Object write(apiserver::Write write);

  base::ManualClock clock_;
  schema::Registry registry_;
  base::Keyring keyring_;
  std::unique_ptr<store::Store> database_;
  FaultyStore store_;
  apiserver::Objects objects_;
  base::Guarded<bool> hinting_{true};  ///< the store may still tell of its last batch when the server has gone
  apiserver::ApiServer server_;
  std::unique_ptr<http::Client> client_;
};

}  // namespace threeport::testing
