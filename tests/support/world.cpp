#include "tests/support/world.h"

#include <algorithm>

namespace threeport::testing {

using apiserver::Object;
using apiserver::Write;
using base::Millis;
using schema::ObjectId;

World::World(MakeReconcilers make, WorldOptions options)
    : options_(std::move(options)),
      make_(std::move(make)),
      registry_(options_.kinds),
      keyring_(base::Keyring::generate()),
      database_(must(store::open("sqlite::memory:", clock_))),
      store_(*database_),
      objects_(store_, registry_, keyring_, clock_),
      random_(options_.seed) {
  if (options_.engine.owner.empty()) options_.engine.owner = "world";
  if (options_.engine.installation_uid.empty()) options_.engine.installation_uid = "test-installation";
  start_engine();
}

void World::start_engine() {
  engine_ = std::make_unique<reconcile::Engine>(objects_, clock_, random_, options_.engine, make_());
}

int World::advance(Millis time) {
  const auto end = clock_.steady_now() + time;
  int attempts = run_until_idle();
  while (clock_.steady_now() < end) {
    const auto due = std::min(engine_->next_due(), end);
    const auto step = std::chrono::ceil<Millis>(due - clock_.steady_now());
    clock_.advance(std::max(step, Millis(1)));
    attempts += run_until_idle();
  }
  return attempts;
}

void World::crash_and_restart() {
  engine_.reset();
  start_engine();
}

ObjectId World::create_body(std::string_view kind, json::Value body) {
  return write({.op = Write::Op::create,
                .kind = std::string(kind),
                .id = 0,
                .body = std::move(body),
                .version = {},
                .observed = {}})
      .id;
}

Object World::write(Write write) {
  apiserver::WriteContext context;
  context.by = "test";
  return must(objects_.write(std::move(write), context));
}

Object World::object(ObjectId id) {
  const auto rows = must(store_.get_many({id}));
  if (rows.empty()) throw std::runtime_error("there is no object " + std::to_string(id));
  return objects_.to_object(rows.front());
}

schema::Condition World::condition(ObjectId id, std::string_view type) {
  for (const schema::Condition& condition : reconcile::conditions_of(object(id))) {
    if (condition.type == type) return condition;
  }
  return {};
}

bool World::is_reconciled(ObjectId id) {
  const Object found = object(id);
  return found.observed == found.generation;
}

std::vector<std::string> World::events(ObjectId id) {
  std::vector<std::string> out;
  for (const Object& reference : must(objects_.list("AttachedObjectReference", "ObjectID", id))) {
    const Object event = must(objects_.get("Event", reference.data.at("AttachedObjectID").as_int().value_or(0)));
    out.push_back(std::string(event.data.at("Type").text()) + " " + std::string(event.data.at("Reason").text()) + ": " +
                  std::string(event.data.at("Note").text()) + " (" +
                  std::to_string(event.data.at("Count").as_int().value_or(0)) + ")");
  }
  return out;
}

/// What users may write: the declared members.
json::Value World::declared(std::string_view kind, const json::Value& body) const {
  json::Object out;
  for (const json::Member& member : body.as_object()) {
    const schema::FieldDescriptor* field = registry_.find(kind)->find(member.key);
    if (field != nullptr && field->is_spec()) out.append(member.key, member.value);
  }
  return out;
}

}  // namespace threeport::testing
