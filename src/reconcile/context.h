// What a reconciler may use during one attempt: reads that are remembered (a change of anything read wakes the object
// again) and writes that carry the lease of its shard.
#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "apiserver/objects.h"
#include "base/clock.h"
#include "base/result.h"
#include "schema/field.h"

namespace threeport::reconcile {

template <typename K>
base::Result<K> decode(const apiserver::Object& object) {
  TP_TRY(K typed, schema::from_json<K>(object.data));
  typed.meta.version = object.version;
  return typed;
}

/// Several writes of a reconciler as one set, all or nothing.
class Batch {
 public:
  template <typename K>
  void create(const K& object) {
    add({.op = apiserver::Write::Op::create,
         .kind = std::string(K::kind.name),
         .id = object.meta.id,
         .body = schema::to_json(object),
         .version = {},
         .observed = {}});
  }
  /// Merge patch: only these members.
  template <typename K>
  void merge(schema::ObjectId id, json::Value members) {
    add({.op = apiserver::Write::Op::merge,
         .kind = std::string(K::kind.name),
         .id = id,
         .body = std::move(members),
         .version = {},
         .observed = {}});
  }
  /// The row goes at once (kinds without a controller of their own).
  template <typename K>
  void remove(schema::ObjectId id) {
    add({.op = apiserver::Write::Op::finalize,
         .kind = std::string(K::kind.name),
         .id = id,
         .body = {},
         .version = {},
         .observed = {}});
  }
  /// Deletion as a user would ask for it (two-phase for reconciled kinds).
  template <typename K>
  void schedule_removal(schema::ObjectId id) {
    add({.op = apiserver::Write::Op::remove,
         .kind = std::string(K::kind.name),
         .id = id,
         .body = {},
         .version = {},
         .observed = {}});
  }
  void add(apiserver::Write write) {
    write.by_controller = true;
    writes_.push_back(std::move(write));
  }
  /// The batch fails as `conflict` unless the object is still at this version.
  void expect(schema::ObjectId id, std::int64_t version) {
    preconditions_.emplace_back(store::VersionIs{.id = id, .version = version});
  }
  [[nodiscard]] const std::vector<apiserver::Write>& writes() const { return writes_; }
  [[nodiscard]] const std::vector<store::Precondition>& preconditions() const { return preconditions_; }
  [[nodiscard]] bool empty() const { return writes_.empty(); }

 private:
  std::vector<apiserver::Write> writes_;
  std::vector<store::Precondition> preconditions_;
};

/// Used by one thread, for one attempt.
class Context {
 public:
  /// Reads are recorded. Error `not_found`.
  template <typename K>
  base::Result<K> get(schema::Ref<K> ref) {
    TP_TRY(const apiserver::Object object, get_object(K::kind.name, ref.id));
    return decode<K>(object);
  }
  template <typename K>
  base::Result<std::vector<K>> list(std::string_view member = "", const json::Value& value = {}) {
    TP_TRY(const std::vector<apiserver::Object> objects, list_objects(K::kind.name, member, value));
    std::vector<K> out;
    for (const apiserver::Object& object : objects) {
      TP_TRY(K typed, decode<K>(object));
      out.push_back(std::move(typed));
    }
    return out;
  }
  /// The live object of that name. Recorded, also where there is none.
  template <typename K>
  base::Result<std::optional<K>> find_named(std::string_view name) {
    TP_TRY(std::vector<K> found, list<K>("Name", name));
    return found.empty() ? std::optional<K>() : std::optional<K>(std::move(found.front()));
  }
  virtual base::Result<apiserver::Object> get_object(std::string_view kind, schema::ObjectId id) = 0;
  virtual base::Result<std::vector<apiserver::Object>> list_objects(std::string_view kind, std::string_view member,
                                                                    const json::Value& value) = 0;
  /// Also wake this object when Engine::notify(topic) is called.
  /// (To be called before the outside state is read, so that no event between the two is missed.)
  virtual void depend_on(std::string topic) = 0;

  /// Executes a batch under this worker's lease. Its changes do not wake this object: the attempt knows them. Error
  /// `canceled`: the lease is lost, or the attempt was told to stop.
  virtual base::Result<std::vector<apiserver::Object>> write(const Batch& batch) = 0;
  virtual base::Result<schema::ObjectId> new_id() = 0;
  /// Plain text of a stored secret member.
  virtual base::Result<std::string> reveal(std::string_view stored) = 0;
  /// A text in the stored form of secret members: for secrets inside other members.
  virtual std::string seal(std::string_view plain) = 0;

  [[nodiscard]] virtual base::Clock& clock() = 0;
  /// No call of this attempt may last longer than until here.
  [[nodiscard]] virtual std::chrono::steady_clock::time_point deadline() const = 0;
  [[nodiscard]] virtual base::Millis time_left() const = 0;
  [[nodiscard]] virtual std::stop_token stop() const = 0;
  /// Unique id of this installation.
  [[nodiscard]] virtual const std::string& installation_uid() const = 0;

 protected:
  ~Context() = default;
};

}  // namespace threeport::reconcile
