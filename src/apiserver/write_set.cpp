#include "apiserver/write_set.h"

#include <algorithm>

#include "apiserver/access.h"
#include "apiserver/admission.h"
#include "apiserver/token.h"
#include "base/crypto.h"

namespace threeport::apiserver {
namespace {

using schema::FieldDescriptor;

/// The stored members in the order of the table.
json::Value document_of(const KindDescriptor& kind, const json::Object& members) {
  json::Object out;
  out.reserve(members.size());
  for (const FieldDescriptor& field : kind.fields) {
    if (!field.is_stored()) continue;
    const json::Value* value = members.find(field.name);
    if (value != nullptr && !value->is_null()) out.append(std::string(field.name), *value);
  }
  return out;
}

std::string unique_name_of(const KindDescriptor& kind, const json::Value& document) {
  if (kind.unique_name) return std::string(document.at("Name").text());
  if (kind.identity.empty()) return {};
  json::Array parts;
  for (const std::string_view member : kind.identity) parts.push_back(document.at(member));
  return json::canonical(parts);
}

std::vector<store::IndexEntry> index_of(const KindDescriptor& kind, const json::Value& document) {
  std::vector<store::IndexEntry> out;
  for (const FieldDescriptor& field : kind.fields) {
    if (!field.has(schema::indexed)) continue;
    if (const json::Value* value = document.find(field.name))
      out.push_back({std::string(field.name), index_text(*value)});
  }
  return out;
}

bool is_ready(const json::Value& document) {
  const json::Array* conditions = document.at("Conditions").if_array();
  if (conditions == nullptr) return false;
  return std::any_of(conditions->begin(), conditions->end(), [](const json::Value& condition) {
    return condition.at("Type").text() == "Ready" && condition.at("Status").text() == "True";
  });
}

/// True if any stored field that satisfies `wanted` differs.
bool differs(const KindDescriptor& kind, const json::Value& a, const json::Value& b, auto wanted) {
  return std::any_of(kind.fields.begin(), kind.fields.end(), [&](const FieldDescriptor& field) {
    return field.is_stored() && wanted(field) && a.at(field.name) != b.at(field.name);
  });
}

bool wakes(const WriteSetBuilder::Pending& pending) {
  const store::Row& row = pending.put.row;
  if (pending.put.verb != store::Verb::updated || row.generation != pending.old_generation) return true;
  if ((row.observed == row.generation) != (pending.old_observed == pending.old_generation)) return true;
  if (is_ready(pending.document) != is_ready(pending.old_document)) return true;
  return differs(*pending.kind, pending.old_document, pending.document,
                 [](const FieldDescriptor& field) { return !field.has(schema::quiet) && field.name != "Conditions"; });
}

std::string sentence(const KindDescriptor& kind, ObjectId id, std::string_view rest) {
  return kind.words() + " " + std::to_string(id) + " " + std::string(rest);
}

BodyOf body_of(Write::Op op) {
  if (op == Write::Op::patch) return BodyOf::patch;
  return op == Write::Op::merge ? BodyOf::merge : BodyOf::put;
}

/// What a document or a PUT that leaves the member out does not touch.
bool is_kept(const KindDescriptor& kind, const FieldDescriptor& field, Write::Op op) {
  if (op == Write::Op::apply && (field.has(schema::filled) || field.has(schema::status))) return true;
  return field.has(schema::ignored) || field.has(schema::server_managed) || field.has(schema::association) ||
         field.has(schema::uuid) || field.name.starts_with("Deletion") || (kind.added && field.has(schema::status));
}

/// The stored members after an update with an admitted body. Error `invalid`: a required one is missing.
base::Result<json::Object> updated_members(const KindDescriptor& kind, const Write& write, const json::Object& before,
                                           json::Object body) {
  const BodyOf verb = body_of(write.op);
  json::Object members;
  if (verb != BodyOf::put) {
    members = before;
  } else {
    for (const FieldDescriptor& field : kind.fields) {
      const json::Value* value = is_kept(kind, field, write.op) ? before.find(field.name) : nullptr;
      if (value != nullptr) members.append(std::string(field.name), *value);
    }
  }
  // A user's merge patch goes on inside a member (RFC 7386); the control plane writes members whole.
  const bool goes_inside = verb == BodyOf::merge && !write.by_controller;
  for (json::Member& member : body) {
    if (goes_inside) {
      json::apply_merge_patch(members[member.key], member.value);
    } else {
      members.set(member.key, std::move(member.value));
    }
  }
  if (verb == BodyOf::merge) settle_cleared(kind, members);
  if (verb != BodyOf::patch) TP_CHECK(check_required(kind, members));
  if (verb == BodyOf::put) apply_defaults(kind, members);
  return members;
}

}  // namespace

json::Value logged_members(const KindDescriptor& kind, const json::Value& document) {
  json::Object out;
  for (const FieldDescriptor& field : kind.fields) {
    const json::Value* value = field.is_spec() && field.is_stored() ? document.find(field.name) : nullptr;
    if (value == nullptr) continue;
    const bool hidden = field.has(schema::secret) || field.has(schema::sensitive);
    out.append(std::string(field.name),
               hidden ? json::Value("sha256:" + base::sha256_hex(index_text(*value))) : *value);
  }
  return out;
}

WriteSetBuilder::WriteSetBuilder(Objects& objects, const base::Keyring& keyring, schema::Scope scope, HookOf hooks)
    : objects_(objects), keyring_(keyring), scope_(scope), hooks_(std::move(hooks)), now_(objects.clock().now()) {}

base::Result<std::size_t> WriteSetBuilder::add(const Write& write) {
  const KindDescriptor* kind = objects_.registry().find(write.kind);
  if (kind == nullptr) return base::invalid("kind " + write.kind + " is not known to this build");
  TP_CHECK(check_scope(scope_, kind->writers, "write objects of kind " + kind->words()));
  switch (write.op) {
    case Write::Op::create: return create(*kind, write);
    case Write::Op::patch:
    case Write::Op::merge:
    case Write::Op::replace:
    case Write::Op::apply: return update(*kind, write);
    case Write::Op::remove: return remove(*kind, write);
    case Write::Op::finalize: return finalize(*kind, write);
  }
  return base::internal("unknown operation");
}

base::Result<std::size_t> WriteSetBuilder::create(const KindDescriptor& kind, const Write& write) {
  TP_TRY(json::Object members,
         write.by_controller ? admit_own_body(kind, write.body) : admit_body(kind, write.body, BodyOf::post));
  TP_TRY(auto made, create_owners(kind, members));
  TP_CHECK(check_required(kind, members));
  apply_defaults(kind, members);
  for (const FieldDescriptor& field : kind.fields) {
    if (field.has(schema::uuid)) members.set(field.name, base::uuid4());
  }
  base::Secret<std::string> issued = issue_token(kind, members);
  TP_CHECK(encrypt_secrets(kind, members, {}));
  members.set("CreatedAt", base::format_time(now_));
  members.set("UpdatedAt", base::format_time(now_));

  Pending pending;
  pending.kind = &kind;
  pending.issued = std::move(issued);
  pending.document = document_of(kind, members);
  TP_CHECK(check(kind, nullptr, pending.document, write.by_controller));
  ObjectId id = write.id;
  if (id == 0) {
    TP_TRY(id, objects_.new_id());
  }
  const bool exempt =
      kind.reconciled && members.find("Reconciled") != nullptr && *members.find("Reconciled") == json::Value(true);
  pending.put = {.verb = store::Verb::created, .row = {}, .expected_version = 0, .index = {}, .note = {}};
  pending.put.row = {.id = id,
                     .kind = std::string(kind.name),
                     .name = {},
                     .version = 0,
                     .generation = 1,
                     .observed = write.observed.value_or(exempt ? 1 : 0),
                     .deleted_at = {},
                     .doc = {}};
  pending.touched = true;
  created_.insert(id);
  TP_CHECK(check_references(pending));
  pending_.push_back(std::move(pending));
  const std::size_t index = pending_.size() - 1;
  by_id_[id] = index;
  TP_CHECK(check_residence(index));
  for (const FieldDescriptor& field : kind.fields) {
    const json::Value* list = field.type == schema::FieldType::relation ? members.find(field.name) : nullptr;
    if (list == nullptr || field.tie == schema::Tie::belongs_to) continue;
    auto nested = create_nested(field, id, list->as_array());
    if (!nested) return std::move(nested).error().with_context(field.name);
    made.push_back(std::move(*nested));
  }
  pending_[index].nested = std::move(made);
  return index;
}

/// Makes the objects that this one belongs to, and names them in `members`.
base::Result<std::vector<WriteSetBuilder::Nested>> WriteSetBuilder::create_owners(const KindDescriptor& kind,
                                                                                  json::Object& members) {
  std::vector<Nested> out;
  for (const FieldDescriptor& field : kind.fields) {
    const json::Value* element = field.tie == schema::Tie::belongs_to ? members.find(field.name) : nullptr;
    if (element == nullptr) continue;
    auto made = create_element(field, *element, 0);
    if (!made) return std::move(made).error().with_context(field.name);
    members.set(field.relation_member, pending_[*made].put.row.id);
    out.push_back({&field, {*made}});
  }
  return out;
}

base::Result<WriteSetBuilder::Nested> WriteSetBuilder::create_nested(const FieldDescriptor& relation, ObjectId parent,
                                                                     const json::Array& list) {
  Nested out{&relation, {}};
  for (const json::Value& element : list) {
    TP_TRY(const std::size_t made, create_element(relation, element, parent));
    if (relation.tie == schema::Tie::many_to_many) TP_CHECK(tie(relation, parent, made));
    out.elements.push_back(made);
  }
  return out;
}

/// v0 reads nested objects without checking their keys: unknown and server-managed ones are dropped. One that is tied
/// by a third object may be there already: then its ID names it.
base::Result<std::size_t> WriteSetBuilder::create_element(const FieldDescriptor& relation, const json::Value& element,
                                                          ObjectId parent) {
  const KindDescriptor* kind = objects_.registry().find(relation.references);
  if (kind == nullptr) return base::invalid("kind " + std::string(relation.references) + " is not known to this build");
  const auto id = element.at("ID").as_int();
  if (id && relation.tie == schema::Tie::many_to_many) {
    return load(*kind, {.op = Write::Op::patch,
                        .kind = std::string(kind->name),
                        .id = *id,
                        .body = {},
                        .version = {},
                        .observed = {}});
  }
  json::Object body;
  for (const json::Member& member : element.as_object()) {
    const FieldDescriptor* field = kind->find_in_body(member.key);
    if (field != nullptr && !field->has(schema::server_managed)) body.set(member.key, member.value);
  }
  if (relation.tie == schema::Tie::has_many) body.set(relation.relation_member, parent);
  return add({.op = Write::Op::create,
              .kind = std::string(kind->name),
              .id = 0,
              .body = std::move(body),
              .version = {},
              .observed = {}});
}

/// Makes the object that ties `parent` to the element.
base::Result<void> WriteSetBuilder::tie(const FieldDescriptor& relation, ObjectId parent, std::size_t element) {
  const KindDescriptor* kind = objects_.registry().find(relation.through);
  TP_ASSERT(kind != nullptr);
  json::Object body;
  for (const FieldDescriptor& field : kind->fields) {
    if (field.name == relation.relation_member) body.set(field.name, parent);
    if (field.references == relation.references) body.set(field.name, pending_[element].put.row.id);
  }
  TP_CHECK(add({.op = Write::Op::create,
                .kind = std::string(kind->name),
                .id = 0,
                .body = std::move(body),
                .version = {},
                .observed = {}}));
  return {};
}

base::Result<std::size_t> WriteSetBuilder::load(const KindDescriptor& kind, const Write& write) {
  if (const auto known = by_id_.find(write.id); known != by_id_.end()) return known->second;
  TP_TRY(store::Row row, objects_.get_row(kind, write.id));
  if (write.version && *write.version != row.version) {
    return base::Error{
        .kind = base::ErrorKind::precondition,
        .message = sentence(kind, write.id,
                            "has changed: it is at version \"" + std::to_string(row.version) + "\", If-Match names \"" +
                                std::to_string(*write.version) + "\"; read it again"),
        .detail = {}};
  }
  Pending pending;
  pending.kind = &kind;
  auto document = json::parse(row.doc);
  if (!document)
    return base::internal("stored document of " + sentence(kind, write.id, "cannot be read: ") +
                          document.error().message);
  pending.document = *document;
  pending.old_document = std::move(*document);
  pending.old_generation = row.generation;
  pending.old_observed = row.observed;
  pending.put = {.verb = store::Verb::updated, .row = {}, .expected_version = row.version, .index = {}, .note = {}};
  pending.put.row = std::move(row);
  pending_.push_back(std::move(pending));
  by_id_[write.id] = pending_.size() - 1;
  return pending_.size() - 1;
}

base::Result<std::size_t> WriteSetBuilder::update(const KindDescriptor& kind, const Write& write) {
  TP_TRY(const std::size_t index, load(kind, write));
  TP_TRY(json::Object body,
         write.by_controller ? admit_own_body(kind, write.body) : admit_body(kind, write.body, body_of(write.op)));
  Pending& pending = pending_[index];
  const json::Value before = pending.document;
  TP_CHECK(encrypt_secrets(kind, body, before));

  const json::Value* asked = body.find("Reconciled");
  const json::Value reconciled = asked == nullptr ? json::Value() : *asked;  // not its default

  TP_TRY(const json::Object members, updated_members(kind, write, before.as_object(), std::move(body)));
  json::Value after = document_of(kind, members);
  TP_CHECK(check(kind, &before, after, write.by_controller));

  store::Row& row = pending.put.row;
  const bool spec_changed = differs(kind, before, after, [](const FieldDescriptor& field) { return field.is_spec(); });
  const bool created_here = pending.put.verb == store::Verb::created;
  if (spec_changed && !created_here) row.generation = pending.old_generation + 1;
  bool forced = false;
  if (write.observed) {
    row.observed = *write.observed;
  } else if (kind.reconciled && !write.by_controller && !reconciled.is_null()) {
    forced = reconciled == json::Value(false);
    if (forced) row.observed = 0;
    if (!forced && !spec_changed) row.observed = row.generation;
  } else if (write.op == Write::Op::replace && kind.reconciled) {
    row.observed = 0;
  }
  pending.document = std::move(after);
  pending.touched = pending.touched || forced || row.generation != pending.old_generation ||
                    row.observed != pending.old_observed || pending.document != pending.old_document;
  if (!spec_changed) return index;
  TP_CHECK(check_references(pending));
  if (!write.by_controller) TP_CHECK(check_residence(index));
  return index;
}

base::Result<std::size_t> WriteSetBuilder::remove(const KindDescriptor& kind, const Write& write) {
  TP_TRY(const std::size_t index, load(kind, write));
  if (write.cascade && !kind.cascades())
    return base::invalid("cascade: nothing lives in a " + kind.words() + "; leave it out");
  if (write.cascade && write.abandon) {
    return base::invalid("cascade does not go with abandon: what lives in it would be left without it; delete or " +
                         std::string("abandon that first"));
  }
  TP_CHECK(guard(kind, write));
  if (!kind.reconciled || write.abandon) return finalize(kind, write);
  Pending& pending = pending_[index];
  const bool scheduled = pending.document.find("DeletionScheduled") != nullptr;
  const bool confirmed = pending.document.find("DeletionConfirmed") != nullptr;
  if (scheduled && confirmed) return finalize(kind, write);
  if (scheduled) return base::conflict("object with ID " + std::to_string(write.id) + " already being deleted");
  json::Object members = pending.document.as_object();
  members.set("DeletionScheduled", base::format_time(now_));
  if (write.cascade) members.set("Cascade", true);
  pending.document = document_of(kind, members);
  pending.put.row.generation += 1;
  pending.touched = true;
  return index;
}

base::Result<std::size_t> WriteSetBuilder::finalize(const KindDescriptor& kind, const Write& write) {
  TP_TRY(const std::size_t index, load(kind, write));
  Pending& pending = pending_[index];
  pending.put.verb = store::Verb::deleted;
  pending.put.row.deleted_at = now_;
  pending.touched = true;
  TP_CHECK(remove_parts(kind, write.id));
  return index;
}

base::Result<void> WriteSetBuilder::check(const KindDescriptor& kind, const json::Value* before,
                                          const json::Value& after, bool by_controller) {
  if (by_controller) return {};
  TP_CHECK(check_name(kind, after));
  if (before != nullptr) {
    for (const FieldDescriptor& field : kind.fields) {
      if (!field.has(schema::immutable) || before->at(field.name) == after.at(field.name)) continue;
      return base::invalid(std::string(field.name) + " is immutable: it cannot be changed from " +
                           json::dump(before->at(field.name)) + " to " + json::dump(after.at(field.name)) +
                           "; make another " + kind.words());
    }
  }
  for (const Hook* hook : hooks_(kind.name)) TP_CHECK((*hook)(before, after));
  return {};
}

base::Result<void> WriteSetBuilder::encrypt_secrets(const KindDescriptor& kind, json::Object& members,
                                                    const json::Value& before) {
  for (const FieldDescriptor& field : kind.fields) {
    json::Value* value = field.has(schema::secret) ? members.find(field.name) : nullptr;
    if (value == nullptr) continue;
    const json::Value& stored = before.at(field.name);
    if (value->is_string()) *value = encrypted(value->text(), stored.text());
    if (!value->is_object()) continue;
    for (json::Member& member : value->as_object())
      member.value = encrypted(member.value.text(), stored.at(member.key).text());
  }
  return {};
}

/// An object that is read and put back carries the ciphertext: that is no change.
std::string WriteSetBuilder::encrypted(std::string_view text, std::string_view stored) const {
  bool unchanged = !stored.empty() && (text == stored || text == base::Keyring::without_key_id(stored));
  if (!stored.empty() && !unchanged) {
    const auto plain = keyring_.decrypt(stored);
    unchanged = plain && plain->reveal() == text;
  }
  return unchanged ? std::string(stored) : keyring_.encrypt(text);
}

void WriteSetBuilder::seal(Pending& pending) {
  store::Put& put = pending.put;
  const KindDescriptor& kind = *pending.kind;
  put.row.name = unique_name_of(kind, pending.document);
  if (put.verb == store::Verb::updated) {
    json::Object members = pending.document.as_object();
    members.set("UpdatedAt", base::format_time(now_));
    pending.document = std::move(members);
  }
  put.row.doc = json::dump(pending.document);
  if (put.verb != store::Verb::deleted) {
    auto index = index_of(kind, pending.document);
    const bool same =
        put.verb == store::Verb::updated && !differs(kind, pending.old_document, pending.document,
                                                     [](const FieldDescriptor& f) { return f.has(schema::indexed); });
    if (!same) put.index = std::move(index);
  }
  put.note.wakes = wakes(pending);
  if (!kind.logged) return;
  if (put.verb == store::Verb::created) put.note.body = json::dump(logged_members(kind, pending.document));
  if (put.verb == store::Verb::deleted) put.note.body = json::dump(logged_members(kind, pending.old_document));
  if (put.verb == store::Verb::updated && put.row.generation != pending.old_generation) {
    put.note.body = json::dump(
        json::make_merge_patch(logged_members(kind, pending.document), logged_members(kind, pending.old_document)));
  }
}

void WriteSetBuilder::seal() {
  for (Pending& pending : pending_) {
    if (pending.touched && !std::exchange(pending.sealed, true)) seal(pending);
  }
}

store::WriteSet WriteSetBuilder::finish(const WriteContext& context) {
  store::WriteSet set{.by = context.by,
                      .request_id = context.request_id,
                      .reason = context.reason,
                      .preconditions = std::move(preconditions_),
                      .puts = {},
                      .work = context.work};
  set.preconditions.insert(set.preconditions.end(), context.preconditions.begin(), context.preconditions.end());
  seal();
  for (const Pending& pending : pending_) {
    if (pending.touched) set.puts.push_back(pending.put);
  }
  return set;
}

}  // namespace threeport::apiserver
