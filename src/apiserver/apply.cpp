#include "apiserver/apply.h"

#include <algorithm>

#include "apiserver/declared_lists.h"
#include "apiserver/envelope.h"
#include "apiserver/write_set.h"
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

/// Members that a document shows as changed, with `***` for secrets.
json::Array changed_members(const KindDescriptor& kind, const json::Value& before, const json::Value& after) {
  json::Array out;
  for (const FieldDescriptor& field : kind.fields) {
    if (!field.is_spec() || !field.is_stored() || before.at(field.name) == after.at(field.name)) continue;
    const auto shown = [&](const json::Value& value) {
      return field.has(schema::secret) && !value.is_null() ? json::Value("***") : value;
    };
    out.push_back(json::Object{
        {"Member", field.name}, {"From", shown(before.at(field.name))}, {"To", shown(after.at(field.name))}});
  }
  return out;
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

base::Result<void> check_request(const json::Value& body) {
  if (body.find("PlanID") != nullptr)
    return base::invalid("PlanID: this build has no plans; send the Documents instead");
  const json::Array* documents = body.at("Documents").if_array();
  if (documents == nullptr || documents->empty()) {
    return base::invalid(
        "Documents must be a list with at least one document, such as "
        "{\"Documents\":[{\"Workload\":{\"Name\":\"web\",...}}]}");
  }
  for (const json::Member& member : body.as_object()) {
    if (member.key != "Documents" && member.key != "Environment" && member.key != "DiscardData")
      return base::invalid("unknown member " + member.key + "; known are Documents, Environment, DiscardData");
  }
  const json::Value& environment = body.at("Environment");
  if (!environment.is_null() && !environment.is_string())
    return base::invalid("Environment must be the name of an environment, not a " +
                         std::string(environment.type_name()));
  if (!environment.text().empty()) {
    return base::invalid("Environment \"" + std::string(environment.text()) +
                         "\": this build has no environments yet; leave Environment out");
  }
  const json::Value& discard = body.at("DiscardData");
  if (!discard.is_null() && !discard.is_bool())
    return base::invalid("DiscardData must be true or false, not a " + std::string(discard.type_name()));
  return {};
}

}  // namespace

struct Apply::Item {
  const KindDescriptor* kind = nullptr;
  std::string where;     ///< "document 2 (Workload)"
  json::Object members;  ///< spec members; references still by name
  ObjectId id = 0;
  std::optional<Object> before;
  std::vector<ListChange> lists;
  [[nodiscard]] std::string name() const {
    const json::Value* value = members.find("Name");
    return value == nullptr ? std::string() : std::string(value->text());
  }
};

struct Apply::Draft {
  std::vector<Item> items;
  [[nodiscard]] const Item* find(std::string_view kind, std::string_view name) const {
    const auto it = std::find_if(items.begin(), items.end(),
                                 [&](const Item& item) { return item.kind->name == kind && item.name() == name; });
    return it == items.end() ? nullptr : &*it;
  }
};

void Apply::add_routes(Router& router) {
  router.add("POST", "/v0/apply", "Create and change what documents declare, all or nothing", [this](Call& call) {
    auto body = json::parse(call.request.body);
    if (!body) return failure("Plan", base::invalid("the body is not valid JSON: " + body.error().message));
    auto plan = apply(*body, call.context);
    if (!plan) return failure("Plan", plan.error());
    return success("Plan", "[" + json::dump(*plan) + "]");
  });
}

base::Result<json::Value> Apply::apply(const json::Value& body, const WriteContext& context) {
  TP_CHECK(check_request(body));
  const json::Array& documents = body.at("Documents").as_array();
  Draft draft;
  for (std::size_t i = 0; i < documents.size(); ++i) TP_CHECK(read_document(documents[i], i + 1, draft));

  for (Item& item : draft.items) {
    TP_TRY(item.before, objects_.find_by_name(item.kind->name, item.name()));
    if (!item.before) {
      TP_TRY(item.id, objects_.new_id());
      continue;
    }
    item.id = item.before->id;
    if (item.before->is_deleting()) {
      return base::blocked(item.where + ": " + item.kind->words() + " " + item.name() +
                           " is being deleted; apply again when it is gone");
    }
  }
  std::vector<Write> writes;
  for (Item& item : draft.items) {
    if (auto resolved = resolve(item, draft); !resolved) return std::move(resolved).error().with_context(item.where);
    if (const auto check = checks_.find(item.kind->name); check != checks_.end()) {
      if (auto checked = check->second(item.members); !checked)
        return std::move(checked).error().with_context(item.where);
    }
    if (item.before) {
      auto lists = changed_lists(objects_, *item.before, item.members);
      if (!lists) return std::move(lists).error().with_context(item.where);
      item.lists = std::move(*lists);
      // Whoever reconciles it reads the lists: another attempt is due.
      if (!item.lists.empty() && item.kind->reconciled) item.members.set("Reconciled", false);
    }
    writes.push_back({.op = item.before ? Write::Op::apply : Write::Op::create,
                      .kind = std::string(item.kind->name),
                      .id = item.id,
                      .body = item.members,
                      .version = {},
                      .observed = {},
                      .where = item.where});
  }
  for (const Item& item : draft.items) {
    for (const ListChange& list : item.lists) writes.insert(writes.end(), list.writes.begin(), list.writes.end());
  }
  auto written = objects_.write(writes, context);
  if (!written) return std::move(written).error();

  return made_plan(draft, *written);
}

base::Result<json::Value> Apply::made_plan(const Draft& draft, const std::vector<Object>& written) {
  json::Array changes;
  for (std::size_t i = 0; i < draft.items.size(); ++i) {
    const Item& item = draft.items[i];
    const Object& after = written[i];
    const json::Value before = item.before ? item.before->data : json::Value(json::Object{});
    const bool changed = !item.before || item.before->version != after.version || !item.lists.empty();
    json::Array members = item.before ? changed_members(*item.kind, before, after.data) : json::Array{};
    for (const ListChange& list : item.lists)
      members.push_back(json::Object{{"Member", list.member}, {"From", list.from}, {"To", list.to}});
    changes.push_back(json::Object{{"Action", !item.before ? "Create"
                                              : changed    ? "Update"
                                                           : "None"},
                                   {"Kind", item.kind->name},
                                   {"ID", after.id},
                                   {"Name", item.name()},
                                   {"Members", std::move(members)},
                                   {"Reason", "Declared"},
                                   {"Message", item.where}});
  }
  TP_TRY(const store::Sequence head, objects_.store().head());
  return json::Value(json::Object{{"Applied", true},
                                  {"Sequence", head},
                                  {"Changes", std::move(changes)},
                                  {"Edges", json::Array{}},
                                  {"Warnings", json::Array{}}});
}

base::Result<void> Apply::read_document(const json::Value& document, std::size_t number, Draft& draft) {
  const std::string where = "document " + std::to_string(number);
  const json::Object* object = document.if_object();
  if (object == nullptr || object->size() != 1) {
    return base::invalid(where + " must be an object with one key, the kind, such as {\"Workload\":{...}}");
  }
  const json::Member& only = *object->begin();
  return split(only.key, only.value, draft, where + " (" + only.key + ")");
}

base::Result<void> Apply::split(std::string_view key, const json::Value& members, Draft& draft,
                                const std::string& where) {
  const schema::Registry& registry = objects_.registry();
  const KindDescriptor* kind = registry.find(key);
  const KindDescriptor* definition = registry.find(std::string(key) + "Definition");
  const KindDescriptor* instance = registry.find(std::string(key) + "Instance");
  if (kind == nullptr && (definition == nullptr || instance == nullptr))
    return base::invalid(where + ": kind " + std::string(key) + " is not known to this build; nothing was applied");
  if (!members.is_object())
    return base::invalid(where + " must hold an object with the members of " + std::string(key));
  if (kind != nullptr) return add_item(*kind, members.as_object(), draft, where);

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
  TP_CHECK(add_item(*definition, std::move(of_definition), draft, where));
  return add_item(*instance, std::move(of_instance), draft, where);
}

base::Result<void> Apply::add_item(const KindDescriptor& kind, json::Object members, Draft& draft,
                                   const std::string& where) {
  if (!kind.unique_name || kind.controller_made) {
    return base::invalid(where + ": objects of kind " + std::string(kind.name) +
                         " have no unique name and cannot be applied");
  }
  Item item{.kind = &kind, .where = where, .members = {}, .id = 0, .before = {}, .lists = {}};
  for (json::Member& member : members) {
    if (find_document_key(kind, member.key) == nullptr) {
      return base::invalid(where + ": unknown member " + member.key + "; it takes " + document_keys(kind));
    }
    if (!member.value.is_null()) item.members.append(member.key, std::move(member.value));
  }
  if (item.name().empty()) return base::invalid(where + ": Name is missing");
  if (draft.find(kind.name, item.name()) != nullptr) {
    return base::invalid(where + ": " + kind.words() + " " + item.name() + " is given twice");
  }
  draft.items.push_back(std::move(item));
  return {};
}

base::Result<void> Apply::resolve(Item& item, const Draft& draft) {
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
    if (const Item* other = draft.find(field.references, name)) {
      id = other->id;
    } else {
      TP_TRY(const auto existing, objects_.find_by_name(field.references, name));
      if (!existing)
        return base::invalid(std::string(key) + ": there is no " + schema::words_of(field.references) + " named " +
                             name);
      id = existing->id;
    }
    item.members.erase(key);
    item.members.set(field.name, id);
  }
  return default_runtime(item, draft);
}

base::Result<void> Apply::default_runtime(Item& item, const Draft& draft) {
  // Whatever needs a Kubernetes runtime and names none gets the default one (A.8), an existing object keeps its own.
  constexpr std::string_view kMember = "KubernetesRuntimeInstanceID";
  const FieldDescriptor* field = item.kind->find(kMember);
  if (field == nullptr || !field->has(schema::required) || item.members.contains(kMember)) return {};
  if (item.before) {
    item.members.set(kMember, item.before->data.at(kMember));
    return {};
  }
  for (const Item& other : draft.items) {
    const json::Value* flag = other.members.find("DefaultRuntime");
    if (other.kind->name == field->references && flag != nullptr && *flag == json::Value(true)) {
      item.members.set(kMember, other.id);
      return {};
    }
  }
  TP_TRY(const auto runtimes, objects_.list(field->references, "DefaultRuntime", true));
  if (runtimes.empty()) {
    return base::invalid(
        "no Kubernetes runtime is named and none has DefaultRuntime: add KubernetesRuntimeInstance: {Name: ...}, or "
        "make one the default");
  }
  item.members.set(kMember, runtimes[0].id);
  return {};
}

}  // namespace threeport::apiserver
