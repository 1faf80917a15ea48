#include "apiserver/draft.h"

#include <algorithm>

#include "apiserver/token.h"
#include "base/text.h"

namespace threeport::apiserver {
namespace {

using schema::FieldDescriptor;

/// "KubernetesRuntimeInstance" for KubernetesRuntimeInstanceID: how a document names a reference; "" for other members.
std::string_view reference_key(const FieldDescriptor& field) {
  if (field.references.empty() || field.type == schema::FieldType::relation || !field.name.ends_with("ID")) return {};
  return field.name.substr(0, field.name.size() - 2);
}

const FieldDescriptor* find_document_key(const KindDescriptor& kind, std::string_view key) {
  for (const FieldDescriptor& field : kind.fields) {
    const bool is_named = field.name == key || reference_key(field) == key;
    if (is_named && (field.is_spec() || field.is_declared_list())) return &field;
  }
  return nullptr;
}

/// The names that a document of the kind may hold, for messages.
std::string document_keys(const KindDescriptor& kind) {
  std::vector<std::string_view> keys;
  for (const FieldDescriptor& field : kind.fields) {
    if (!field.is_spec()) continue;
    const std::string_view reference = reference_key(field);
    keys.push_back(reference.empty() ? field.name : reference);
  }
  return base::join(keys, ", ");
}

}  // namespace

std::string DraftItem::name() const {
  const json::Value* value = members.find("Name");
  return value == nullptr ? std::string() : std::string(value->text());
}

base::Result<Draft> Draft::make(Objects& objects, const DocumentChecks& checks, const json::Array& documents,
                                const std::vector<ObjectId>& new_ids) {
  Draft draft(objects);
  for (std::size_t i = 0; i < documents.size(); ++i) TP_CHECK(draft.read_document(documents[i], i + 1));
  TP_CHECK(draft.find_objects(new_ids));
  for (DraftItem& item : draft.items_) {
    if (auto compared = draft.compare(item, checks); !compared)
      return std::move(compared).error().with_context(item.where);
  }
  return draft;
}

std::vector<Write> Draft::writes() const {
  std::vector<Write> out;
  out.reserve(items_.size());
  for (const DraftItem& item : items_) {
    out.push_back({.op = item.before ? Write::Op::apply : Write::Op::create,
                   .kind = std::string(item.kind->name),
                   .id = item.id,
                   .body = item.members,
                   .version = item.before ? std::optional(item.before->version) : std::nullopt,
                   .observed = {},
                   .where = item.where});
  }
  for (const DraftItem& item : items_) {
    for (const ListChange& list : item.lists) out.insert(out.end(), list.writes.begin(), list.writes.end());
  }
  return out;
}

const DraftItem* Draft::find(std::string_view kind, std::string_view name) const {
  const auto it = std::find_if(items_.begin(), items_.end(),
                               [&](const DraftItem& item) { return item.kind->name == kind && item.name() == name; });
  return it == items_.end() ? nullptr : &*it;
}

base::Result<void> Draft::find_objects(const std::vector<ObjectId>& new_ids) {
  std::size_t next = 0;
  for (DraftItem& item : items_) {
    TP_TRY(item.before, objects_->find_by_name(item.kind->name, item.name()));
    if (!item.before) {
      if (next < new_ids.size()) {
        item.id = new_ids[next++];
      } else {
        TP_TRY(item.id, objects_->new_id());
      }
      continue;
    }
    item.id = item.before->id;
    if (item.before->is_deleting()) {
      return base::blocked(item.where + ": " + item.kind->words() + " " + item.name() +
                           " is being deleted; apply again when it is gone");
    }
  }
  return {};
}

base::Result<void> Draft::compare(DraftItem& item, const DocumentChecks& checks) {
  TP_CHECK(resolve(item));
  if (const auto check = checks.find(item.kind->name); check != checks.end()) TP_CHECK(check->second(item.members));
  if (!item.before) return {};
  TP_TRY(item.lists, changed_lists(*objects_, *item.before, item.members));
  // Whoever reconciles it reads the lists: another attempt is due.
  if (!item.lists.empty() && item.kind->reconciled) item.members.set("Reconciled", false);
  return {};
}

base::Result<void> Draft::read_document(const json::Value& document, std::size_t number) {
  const std::string where = "document " + std::to_string(number);
  const json::Object* object = document.if_object();
  if (object == nullptr || object->size() != 1) {
    return base::invalid(where + " must be an object with one key, the kind, such as {\"Workload\":{...}}");
  }
  const json::Member& only = *object->begin();
  return split(only.key, only.value, where + " (" + only.key + ")");
}

base::Result<void> Draft::split(std::string_view key, const json::Value& members, const std::string& where) {
  const schema::Registry& registry = objects_->registry();
  const KindDescriptor* kind = registry.find(key);
  const KindDescriptor* definition = registry.find(std::string(key) + "Definition");
  const KindDescriptor* instance = registry.find(std::string(key) + "Instance");
  if (kind == nullptr && (definition == nullptr || instance == nullptr))
    return base::invalid(where + ": kind " + std::string(key) + " is not known to this build; nothing was applied");
  if (!members.is_object())
    return base::invalid(where + " must hold an object with the members of " + std::string(key));
  if (kind != nullptr) return add_item(*kind, members.as_object(), where);

  json::Object of_definition, of_instance;
  for (const json::Member& member : members.as_object()) {
    const bool in_definition = find_document_key(*definition, member.key) != nullptr;
    const bool in_instance = find_document_key(*instance, member.key) != nullptr;
    if (!in_definition && !in_instance) {
      return base::invalid(where + ": unknown member " + member.key + "; it takes " + document_keys(*definition) +
                           " and those of its instance: " + document_keys(*instance));
    }
    if (in_definition) of_definition.append(member.key, member.value);
    if (in_instance) of_instance.append(member.key, member.value);
  }
  // The instance's reference to its definition is the shared name.
  const json::Value* name = members.find("Name");
  if (name == nullptr) return base::invalid(where + ": Name is missing");
  of_instance.set(definition->name, json::Object{{"Name", *name}});
  TP_CHECK(add_item(*definition, std::move(of_definition), where));
  return add_item(*instance, std::move(of_instance), where);
}

base::Result<void> Draft::add_item(const KindDescriptor& kind, json::Object members, const std::string& where) {
  if (!kind.unique_name || kind.controller_made) {
    return base::invalid(where + ": objects of kind " + std::string(kind.name) +
                         " have no unique name and cannot be applied");
  }
  if (issues_token(kind)) {
    return base::invalid(where + ": a document makes no " + kind.words() +
                         ", because nobody would be told the token; use `tptctl token create`, or POST it");
  }
  DraftItem item{.kind = &kind, .where = where, .members = {}, .id = 0, .before = {}, .lists = {}};
  for (json::Member& member : members) {
    if (find_document_key(kind, member.key) == nullptr) {
      return base::invalid(where + ": unknown member " + member.key + "; it takes " + document_keys(kind));
    }
    if (!member.value.is_null()) item.members.append(member.key, std::move(member.value));
  }
  if (item.name().empty()) return base::invalid(where + ": Name is missing");
  if (find(kind.name, item.name()) != nullptr) {
    return base::invalid(where + ": " + kind.words() + " " + item.name() + " is given twice");
  }
  items_.push_back(std::move(item));
  return {};
}

base::Result<void> Draft::resolve(DraftItem& item) {
  for (const FieldDescriptor& field : item.kind->fields) {
    const std::string_view key = reference_key(field);
    const json::Value* named = key.empty() ? nullptr : item.members.find(key);
    if (named == nullptr) continue;
    const std::string name(named->at("Name").text());
    if (name.empty() || !named->is_object() || named->as_object().size() != 1) {
      return base::invalid(std::string(key) + " must be {Name: ...}, the name of a " +
                           schema::words_of(field.references));
    }
    ObjectId id = 0;
    if (const DraftItem* other = find(field.references, name)) {
      id = other->id;
    } else {
      TP_TRY(const auto existing, objects_->find_by_name(field.references, name));
      if (!existing)
        return base::invalid(std::string(key) + ": there is no " + schema::words_of(field.references) + " named " +
                             name);
      id = existing->id;
    }
    item.members.erase(key);
    item.members.set(field.name, id);
  }
  return default_runtime(item);
}

base::Result<void> Draft::default_runtime(DraftItem& item) {
  // Whatever needs a Kubernetes runtime and names none gets the default one (A.8), an existing object keeps its own.
  constexpr std::string_view kMember = "KubernetesRuntimeInstanceID";
  const FieldDescriptor* field = item.kind->find(kMember);
  if (field == nullptr || item.members.contains(kMember)) return {};
  const bool is_needed = field->has(schema::required) ||
                         (!field->required_unless.empty() && !item.members.contains(field->required_unless));
  if (!is_needed) return {};
  if (item.before) {
    item.members.set(kMember, item.before->data.at(kMember));
    return {};
  }
  for (const DraftItem& other : items_) {
    const json::Value* flag = other.members.find("DefaultRuntime");
    if (other.kind->name == field->references && flag != nullptr && *flag == json::Value(true)) {
      item.members.set(kMember, other.id);
      return {};
    }
  }
  TP_TRY(const auto runtimes, objects_->list(field->references, "DefaultRuntime", true));
  if (runtimes.empty()) {
    return base::invalid(
        "no Kubernetes runtime is named and none has DefaultRuntime: add KubernetesRuntimeInstance: {Name: ...}, or "
        "make one the default");
  }
  item.members.set(kMember, runtimes[0].id);
  return {};
}

}  // namespace threeport::apiserver
