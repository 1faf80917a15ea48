// What is known about a kind at run time. Derived once from its fields() table (field.h); routes, validation, storage,
// OpenAPI, columns and help are ordinary code over these plain structs.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "schema/scope.h"

namespace threeport::schema {

enum class FieldType {
  boolean,
  integer,
  unsigned_integer,
  string,
  timestamp,   ///< RFC 3339, UTC
  json,        ///< any JSON value
  json_array,  ///< a JSON array of anything
  string_map,  ///< a JSON object of strings
  relation,    ///< objects of another kind: accepted on POST, stored as rows of their own
};

/// How the objects of a relation are tied to the object that names them.
enum class Tie {
  has_many,      ///< a list; `relation_member` of each element gets this object's id
  belongs_to,    ///< one object; `relation_member` of this object gets its id
  many_to_many,  ///< a list; for each element an object of the kind `through`, whose `relation_member` gets this id
};

/// Properties of a field. Combine with |.
enum Flag : unsigned {
  none = 0,
  required = 1u << 0,          ///< POST and PUT answer 400 when absent or null
  immutable = 1u << 1,         ///< a change of the stored value is refused
  filter = 1u << 2,            ///< equality filter of lists; its name is `query`, by default the lower-case wire name
  indexed = 1u << 3,           ///< has rows in member_index, so its filter does not scan
  secret = 1u << 4,            ///< encrypted at rest and in answers; never in the change log
  status = 1u << 5,            ///< written by controllers: a change does not raise Generation
  filled = 1u << 6,            ///< spec that the control plane fills in: stays when a document omits it
  association = 1u << 7,       ///< accepted by POST, refused by PATCH and PUT
  server_managed = 1u << 8,    ///< refused in every body (ID, CreatedAt, ...)
  ignored = 1u << 9,           ///< accepted and dropped in every body (Generation, Conditions, ...)
  quiet = 1u << 10,            ///< status whose change wakes no reader (timestamps, recorded live objects)
  write_only = 1u << 11,       ///< never answered but by the POST that sets it
  column = 1u << 12,           ///< shown by `tptctl get`
  enforced = 1u << 13,         ///< reference that must be live when it is written
  derived = 1u << 14,          ///< computed from columns of the store, never stored in the document
  owner = 1u << 15,            ///< reference to the object that this one is part of: it is removed with it
  sensitive = 1u << 16,        ///< may hold secrets in clear: the change log keeps its hash only
  restricts = 1u << 17,        ///< reference: its target is not deleted while this object is live (`guard` says so)
  empty_is_absent = 1u << 18,  ///< string: "" in a body is the same as null
  uuid = 1u << 19,             ///< a new UUID on creation, whatever the body says
  preloaded = 1u << 20,        ///< relation: GET fills it in
  kept_empty = 1u << 21,       ///< preloaded relation: an empty list is sent, too
  issued = 1u << 22,           ///< string: a new secret on creation, whatever the body says; its SHA-256 is stored
  resident = 1u << 23,         ///< reference: this object lives in its target, which takes nobody in while it is being
                               ///< deleted; a deletion with cascade takes this object along
};
constexpr Flag operator|(Flag a, Flag b) {
  return static_cast<Flag>(static_cast<unsigned>(a) | static_cast<unsigned>(b));
}

struct FieldDescriptor {
  std::string_view name;     ///< JSON member
  std::string_view go_name;  ///< other spelling accepted in bodies and used in messages; "" where equal
  std::string_view query;    ///< name of the list filter; "" where there is none
  std::string_view doc;
  FieldType type = FieldType::string;
  unsigned flags = none;
  std::string_view references;       ///< kind that the id belongs to; for a relation the kind of its elements
  std::string_view guard;            ///< 409 text when the referenced object is deleted while this one is live
  std::string_view relation_member;  ///< relation: the member that ties the two together, see Tie
  Tie tie = Tie::has_many;           ///< of a relation
  std::string_view through;          ///< many_to_many: the kind that ties the two together
  std::string_view required_unless;  ///< required, unless that member is present
  std::optional<std::string_view> default_json;  ///< JSON text applied by POST and PUT when absent
  std::span<const std::string_view> one_of;      ///< allowed values; empty: any
  std::optional<std::int64_t> minimum, maximum;  ///< of a number, or of a string's length in bytes

  [[nodiscard]] bool has(Flag flag) const { return (flags & flag) != 0; }
  [[nodiscard]] bool is_spec() const {
    return !has(status) && !has(server_managed) && !has(ignored) && !has(derived) && type != FieldType::relation;
  }
  /// A list of nested objects that users declare with the object, such as the ports of a gateway.
  [[nodiscard]] bool is_declared_list() const {
    return type == FieldType::relation && tie == Tie::has_many && !has(association) && !has(status);
  }
  [[nodiscard]] bool is_stored() const { return !has(derived) && type != FieldType::relation; }
};

/// How a kind behaves, from its KindInfo.
struct KindInfo {
  std::string_view name;   ///< "WorkloadInstance"
  std::string_view path;   ///< "workload-instances"
  std::string_view alias;  ///< short name for the command line, "" for none
  std::string_view doc;
  bool reconciled = false;       ///< has Generation/ObservedGeneration/Conditions and two-phase deletion
  bool unique_name = false;      ///< Name is unique among live objects of the kind
  bool controller_made = false;  ///< POST, PATCH and PUT answer 405
  bool added = false;            ///< not part of the v0 catalogue: strict names, all references enforced
  bool logged = true;            ///< false: its changes wake and are watched, but leave no history (Events)
  bool routed = true;            ///< false: no routes, no words on the command line; made and read as a relation only
  std::span<const std::string_view> identity = {};  ///< members that are unique together among live objects
  Scopes writers = kOperators;                      ///< who may create, change and delete its objects
};

struct KindDescriptor : KindInfo {
  std::vector<FieldDescriptor> fields;

  [[nodiscard]] const FieldDescriptor* find(std::string_view member) const;
  /// As bodies are read: the go_name without case, or the wire name exactly (v0-behaviour 1.2).
  [[nodiscard]] const FieldDescriptor* find_in_body(std::string_view key) const;
  /// As list queries are read: without case. A filter whose `query` is another word answers to its member's name, too.
  [[nodiscard]] const FieldDescriptor* find_query(std::string_view key) const;
  /// Its deletion can take along what lives in it; the member Cascade says that it does.
  [[nodiscard]] bool cascades() const { return find("Cascade") != nullptr; }
  /// "workload instance": for sentences.
  [[nodiscard]] std::string words() const;
};

/// "WorkloadInstance" → "workload instance"; runs of capitals stay together ("APIEndpoint" → "api endpoint").
std::string words_of(std::string_view pascal_case);

}  // namespace threeport::schema
