// One attempt to turn writes into a write set of the store: reads what is there, applies the rules, collects puts and
// preconditions. What it read is checked again by the store when the set is committed.
#pragma once

#include <map>
#include <set>

#include "apiserver/objects.h"
#include "base/secret.h"

namespace threeport::apiserver {

/// The members whose old value a history shows, secrets as hashes: what the change log keeps of a document.
json::Value logged_members(const KindDescriptor& kind, const json::Value& document);

class WriteSetBuilder {
 public:
  using HookOf = std::function<std::vector<const Hook*>(std::string_view kind)>;
  WriteSetBuilder(Objects& objects, const base::Keyring& keyring, schema::Scope scope, HookOf hooks);

  /// Errors as Objects::write. `result` gets the index of the object that the write is about.
  base::Result<std::size_t> add(const Write& write);

  /// The objects that a creation made, or found, for one of its relations.
  struct Nested {
    const schema::FieldDescriptor* relation;
    std::vector<std::size_t> elements;
  };
  struct Pending {
    const KindDescriptor* kind = nullptr;
    store::Put put;
    json::Value document;      ///< stored members after the write
    json::Value old_document;  ///< before it; null on creation
    std::int64_t old_generation = 0, old_observed = 0;
    bool renamed = false;
    std::vector<Nested> nested;        ///< of a creation
    base::Secret<std::string> issued;  ///< what a creation made for its member `issued`
    bool touched = false;              ///< something changes; else nothing is written
    bool sealed = false;
  };
  [[nodiscard]] std::vector<Pending>& pending() { return pending_; }
  /// Settles what has been added so far: documents and rows are as they will be stored, but for their versions.
  void seal();
  /// Seals the rest, and moves the collected puts out; untouched ones are left out.
  store::WriteSet finish(const WriteContext& context);

 private:
  base::Result<std::size_t> create(const KindDescriptor& kind, const Write& write);
  base::Result<std::size_t> update(const KindDescriptor& kind, const Write& write);
  base::Result<std::size_t> remove(const KindDescriptor& kind, const Write& write);
  base::Result<std::size_t> finalize(const KindDescriptor& kind, const Write& write);

  base::Result<std::size_t> load(const KindDescriptor& kind, const Write& write);
  base::Result<std::vector<Nested>> create_owners(const KindDescriptor& kind, json::Object& members);
  base::Result<Nested> create_nested(const schema::FieldDescriptor& relation, ObjectId parent, const json::Array& list);
  base::Result<std::size_t> create_element(const schema::FieldDescriptor& relation, const json::Value& element,
                                           ObjectId parent);
  base::Result<void> tie(const schema::FieldDescriptor& relation, ObjectId parent, std::size_t element);
  base::Result<void> check(const KindDescriptor& kind, const json::Value* before, const json::Value& after,
                           bool by_controller);
  base::Result<void> check_references(const Pending& pending);
  base::Result<void> check_residence(std::size_t resident);
  base::Result<void> encrypt_secrets(const KindDescriptor& kind, json::Object& members, const json::Value& before);
  [[nodiscard]] std::string encrypted(std::string_view text, std::string_view stored) const;
  base::Result<void> guard(const KindDescriptor& kind, const Write& removal);
  base::Result<void> remove_parts(const KindDescriptor& kind, ObjectId id);
  void seal(Pending& pending);

  Objects& objects_;
  const base::Keyring& keyring_;
  schema::Scope scope_;
  HookOf hooks_;
  base::TimePoint now_;
  std::vector<Pending> pending_;
  std::map<ObjectId, std::size_t> by_id_;
  std::set<ObjectId> created_;
  std::vector<store::Precondition> preconditions_;
};

}  // namespace threeport::apiserver
