// The one way to read and write objects: admission over the store. The REST routes, /v0/apply and the reconcile engine
// all go through it, so an object obeys the same rules wherever a change comes from.
#pragma once

#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "base/keyring.h"
#include "base/result.h"
#include "http/message.h"
#include "schema/registry.h"
#include "store/store.h"

namespace threeport::apiserver {

using schema::KindDescriptor;
using schema::ObjectId;

/// An object as stored: `data` holds all members of the wire form (ID, Generation, Reconciled, ... included); secret
/// members are in their stored form `<key id>:<base64>`.
struct Object {
  const KindDescriptor* kind = nullptr;
  ObjectId id = 0;
  std::int64_t version = 0, generation = 0, observed = 0;
  json::Value data;
  /// Members in their wire form that only the answer to the creation has: nested objects, write-only members.
  json::Object echo;

  /// The Name, or "".
  [[nodiscard]] std::string_view name() const { return data.at("Name").text(); }
  [[nodiscard]] bool is_deleting() const { return data.find("DeletionScheduled") != nullptr; }
};

/// One write of a set.
struct Write {
  enum class Op {
    create,    ///< POST: defaults, required members, hooks, name and references are checked
    patch,     ///< PATCH: members that are present and not null replace the stored ones
    merge,     ///< JSON merge patch (RFC 7386): as patch, null clears, objects within a member are merged; of the
               ///< control plane: members are replaced whole
    replace,   ///< PUT: declared members that are absent return to their default, status members stay
    apply,     ///< a document: as replace, but `filled` and status members that it omits stay
    remove,    ///< DELETE: of a reconciled kind it schedules the deletion, else the object goes
    finalize,  ///< the object goes, with everything that is part of it
  };
  Op op = Op::patch;
  std::string kind;
  ObjectId id = 0;  ///< create: 0, or an id from Objects::new_id()
  json::Value body;
  std::optional<std::int64_t> version;  ///< If-Match; a mismatch is `precondition`
  /// Controllers only: sets ObservedGeneration beside the body (status members and derived ones are then writable).
  std::optional<std::int64_t> observed;
  /// The write comes from the control plane: members that users may not write (Conditions, ...) are taken, kinds made
  /// by controllers may be created, hooks for users are skipped.
  bool by_controller = false;
  /// remove: the object goes at once, whatever it has made outside.
  bool abandon = false;
  /// remove: of a kind that cascades(); what lives in the object goes first, instead of forbidding the deletion.
  bool cascade = false;
  /// What the write comes from, such as "document 2 (Workload)"; errors about it begin with this.
  std::string where = {};
};

/// Marks a request that its caller may repeat (Idempotency-Key): its answer is kept with what it writes.
struct Receipt {
  std::string name;         ///< of the record: stands for the caller and its key
  std::string fingerprint;  ///< of the request
};

struct WriteContext {
  std::string by = "anonymous";
  std::string request_id;
  std::string reason;
  std::vector<store::Precondition> preconditions;  ///< of the caller, e.g. its lease
  std::vector<store::WorkItem> work;
  schema::Scope scope = schema::Scope::admin;  ///< what the caller may do: each kind that is written is checked
  std::shared_ptr<const Receipt> receipt = {};
  /// What is answered, from the objects after the writes; kept where there is a receipt. Unset: the list of the
  /// objects, with status 201.
  std::function<http::Response(const std::vector<Object>&)> answer = {};
};

/// A list request: equality filters by query name (unknown names must be filtered out before), ANDed.
struct ListQuery {
  std::vector<std::pair<const schema::FieldDescriptor*, json::Value>> filters;
  ObjectId after = 0;
  std::int64_t offset = 0;
  std::optional<std::int64_t> limit;
  bool want_total = false;
};

class WriteSetBuilder;

struct Rows {
  std::vector<store::Row> rows;
  std::int64_t total = 0;
};

/// Checks that are not in the tables, per kind; run when users create or change objects (`before` null on creation).
/// Error `invalid` (400) or `conflict` (409) with a message that names the member, the rule and the fix.
using Hook = std::function<base::Result<void>(const json::Value* before, const json::Value& after)>;

/// Thread-safe. Every call may block on the database.
class Objects {
 public:
  Objects(store::Store& store, const schema::Registry& registry, const base::Keyring& keyring, base::Clock& clock);
  /// Waits until every create() is done.
  ~Objects();

  /// Before use only.
  void add_hook(std::string_view kind, Hook hook);

  /// Errors: `not_found` "record not found".
  base::Result<store::Row> get_row(const KindDescriptor& kind, ObjectId id);
  base::Result<Object> get(std::string_view kind, ObjectId id);
  base::Result<std::optional<Object>> find(std::string_view kind, ObjectId id);
  base::Result<std::optional<Object>> find_by_name(std::string_view kind, std::string_view name);
  /// Filters on members that are not indexed scan the kind page by page.
  base::Result<Rows> list_rows(const KindDescriptor& kind, const ListQuery& query);
  /// All live objects of a kind whose `member` equals `value` (member "" = all).
  base::Result<std::vector<Object>> list(std::string_view kind, std::string_view member = "",
                                         const json::Value& value = {});

  /// Executes the writes as one set, all or nothing, and returns the objects after it, in order. Without an explicit
  /// version a lost race is read again and repeated. Errors: store::Store::commit, plus `invalid` (the body breaks a
  /// rule), `precondition` (version), `conflict` (name taken, deletion already scheduled, guarded by live referrers),
  /// `denied` (the scope of the context does not allow to write one of the kinds).
  base::Result<std::vector<Object>> write(const std::vector<Write>& writes, const WriteContext& context);
  base::Result<Object> write(Write write, const WriteContext& context);
  /// What write() would return now to a caller of that scope. Nothing is written. Errors as write().
  base::Result<std::vector<Object>> preview(const std::vector<Write>& writes, schema::Scope scope);
  /// The wire form of an object that was made, with what its creation alone answers: nested objects, write-only
  /// members.
  using Done = std::function<void(base::Result<std::string> wire)>;
  /// Creates one object as write() does, and returns before it is durable. `done` is called once: at once where the
  /// body is refused, else as store::Store::submit calls it, and so must not block either.
  void create(const KindDescriptor& kind, json::Value body, const WriteContext& context, Done done);
  base::Result<ObjectId> new_id() { return store_.new_id(); }

  /// Row to object; parses the document.
  [[nodiscard]] Object to_object(const store::Row& row) const;
  /// Appends the wire form of a row: the stored text with ID, Generation, ObservedGeneration, Reconciled spliced in and
  /// the key ids of secrets taken off. Does not parse where the kind has no secrets.
  void append_wire(std::string& out, const KindDescriptor& kind, const store::Row& row) const;
  /// The wire form of an object.
  [[nodiscard]] json::Value wire(const Object& object) const;
  /// The wire form of an object inside another one: without the members that v0 does not know, such as Generation.
  [[nodiscard]] json::Value nested_wire(const Object& object) const;
  /// Plain text of a stored secret. Error `internal`: the key is unknown or the text was changed.
  base::Result<std::string> reveal(std::string_view stored) const;
  /// The stored form of a secret: for those that stand inside other members.
  [[nodiscard]] std::string seal(std::string_view plain) const { return keyring_.encrypt(plain); }

  store::Store& store() { return store_; }
  [[nodiscard]] const schema::Registry& registry() const { return registry_; }
  base::Clock& clock() { return clock_; }

 private:
  [[nodiscard]] std::vector<const Hook*> hooks_of(std::string_view kind) const;
  WriteSetBuilder new_set(schema::Scope scope);
  /// Where in `builder` the object of each write stands.
  static base::Result<std::vector<std::size_t>> add_all(WriteSetBuilder& builder, const std::vector<Write>& writes);
  /// The object after the set of `builder` is committed.
  Object written(WriteSetBuilder& builder, std::size_t index) const;
  std::vector<Object> written(WriteSetBuilder& builder, const std::vector<std::size_t>& wanted) const;

  store::Store& store_;
  const schema::Registry& registry_;
  const base::Keyring& keyring_;
  base::Clock& clock_;
  std::vector<std::pair<std::string, Hook>> hooks_;
  std::shared_ptr<void> creation_;  ///< shared by every create() that is not done
  std::future<void> creations_done_;
};

}  // namespace threeport::apiserver
