// A whole control plane in memory, for behaviour tests: the real store (SQLite in memory), the real Objects, the real
// engine, and a clock that the test moves. Only what lies outside (clusters, clouds) is a fake of the test's own.
//
//   World world([&] { return reconcilers(std::make_unique<WorkloadInstanceReconciler>(fake_clusters)); });
//   const auto id = world.create(WorkloadInstance{...});
//   world.run_until_idle();
//   EXPECT_EQ(world.ready(id).status, "True");
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "apiserver/objects.h"
#include "base/clock.h"
#include "base/keyring.h"
#include "kinds/registry.h"
#include "reconcile/engine.h"
#include "tests/support/faulty_store.h"

namespace threeport::testing {

using Reconcilers = std::vector<std::unique_ptr<reconcile::ReconcilerBase>>;

/// A list of reconcilers from unique_ptrs.
template <typename... Ps>
Reconcilers reconcilers(Ps... pointers) {
  Reconcilers out;
  (out.push_back(std::move(pointers)), ...);
  return out;
}

/// Those of production, but for leases that are renewed every 20 minutes instead of every few seconds: a test's day
/// passes in fewer steps.
inline reconcile::EngineOptions calm_engine() {
  reconcile::EngineOptions out;
  out.lease_ttl = std::chrono::hours(1);
  return out;
}

struct WorldOptions {
  std::vector<schema::KindDescriptor> kinds = kinds::all();
  reconcile::EngineOptions engine = calm_engine();  ///< owner and installation_uid are filled in
  std::uint64_t seed = 1;                           ///< of the engine's jitter
};

/// Helpers throw std::runtime_error where a call fails that should not: GoogleTest reports it.
template <typename T>
T must(base::Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message + " " + result.error().detail);
  if constexpr (!std::is_void_v<T>) return std::move(result).value();
}

/// Used by one thread.
class World {
 public:
  using MakeReconcilers = std::function<Reconcilers()>;
  explicit World(MakeReconcilers make = [] { return Reconcilers(); }, WorldOptions options = {});
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  base::ManualClock& clock() { return clock_; }
  /// Between Objects and the database: for faults.
  FaultyStore& store() { return store_; }
  apiserver::Objects& objects() { return objects_; }
  reconcile::Engine& engine() { return *engine_; }

  /// Lets the engine do all that is due now: the number of attempts.
  int run_until_idle() { return engine_->run_until_idle(); }
  /// Lets `time` pass, event by event; the engine does what becomes due. The number of attempts.
  int advance(base::Millis time);
  /// Ends the engine without a goodbye, as a crash does, and starts another one with fresh reconcilers; it has the same
  /// owner, so it goes on at once.
  void crash_and_restart();

  /// As a user: the declared members of `object`. The new id.
  template <typename K>
  schema::ObjectId create(const K& object) {
    return create_body(K::kind.name, declared(K::kind.name, schema::to_json(object)));
  }
  schema::ObjectId create_body(std::string_view kind, json::Value body);
  /// As the control plane, with all members: for kinds that users do not create.
  template <typename K>
  schema::ObjectId create_as_controller(const K& object) {
    return write({.op = apiserver::Write::Op::create,
                  .kind = std::string(K::kind.name),
                  .id = 0,
                  .body = schema::to_json(object),
                  .version = {},
                  .observed = {},
                  .by_controller = true})
        .id;
  }
  template <typename K>
  K get(schema::ObjectId id) {
    return must(reconcile::decode<K>(must(objects_.get(K::kind.name, id))));
  }
  template <typename K>
  std::optional<K> find(schema::ObjectId id) {
    const auto object = must(objects_.find(K::kind.name, id));
    return object ? std::optional(must(reconcile::decode<K>(*object))) : std::nullopt;
  }
  template <typename K>
  std::vector<K> list(std::string_view member = "", const json::Value& value = {}) {
    std::vector<K> out;
    for (const apiserver::Object& object : must(objects_.list(K::kind.name, member, value))) {
      out.push_back(must(reconcile::decode<K>(object)));
    }
    return out;
  }
  /// As a user: PATCH and DELETE.
  template <typename K>
  void patch(schema::ObjectId id, json::Value members) {
    write({.op = apiserver::Write::Op::patch,
           .kind = std::string(K::kind.name),
           .id = id,
           .body = std::move(members),
           .version = {},
           .observed = {}});
  }
  template <typename K>
  void remove(schema::ObjectId id) {
    write({.op = apiserver::Write::Op::remove,
           .kind = std::string(K::kind.name),
           .id = id,
           .body = {},
           .version = {},
           .observed = {}});
  }
  /// Any write, by "test".
  apiserver::Object write(apiserver::Write write);

  /// The object with its versions, of any kind.
  apiserver::Object object(schema::ObjectId id);
  /// A condition of a reconciled object; empty members before its first attempt.
  schema::Condition condition(schema::ObjectId id, std::string_view type);
  schema::Condition ready(schema::ObjectId id) { return condition(id, "Ready"); }
  /// ObservedGeneration equals Generation.
  bool is_reconciled(schema::ObjectId id);
  /// Events about an object, as "Normal Healthy: note (2)"; sorted by id.
  std::vector<std::string> events(schema::ObjectId id);
  /// Head of the change log: what changes nothing leaves it where it is.
  store::Sequence head() { return must(store_.head()); }

 private:
  void start_engine();
  json::Value declared(std::string_view kind, const json::Value& body) const;

  base::ManualClock clock_;
  WorldOptions options_;
  MakeReconcilers make_;
  schema::Registry registry_;
  base::Keyring keyring_;
  std::unique_ptr<store::Store> database_;
  FaultyStore store_;
  apiserver::Objects objects_;
  reconcile::Random random_;
  std::unique_ptr<reconcile::Engine> engine_;
};

}  // namespace threeport::testing
