#include "cli/session.h"

#include <charconv>
#include <set>

#include "base/text.h"
#include "cli/suggestion.h"

namespace threeport::cli {

namespace {

using base::Result;
using client::Object;
using client::ObjectId;

/// More references of one kind than this are read as one list.
constexpr std::size_t kFewObjects = 10;

std::optional<ObjectId> as_id(std::string_view text) {
  ObjectId id = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (code != std::errc{} || end != text.data() + text.size() || id <= 0) return std::nullopt;
  return id;
}

/// The object by name, else by id; `not_found` names what is near.
Result<Object> find_one(client::Api& api, const KindDescriptor& kind, std::string_view name) {
  const std::optional<ObjectId> id = as_id(name);
  if (kind.find("Name") == nullptr) {
    if (!id) return base::invalid("objects of kind " + std::string(kind.name) + " have no name: give the id, a number");
    return api.get(kind, *id);
  }
  auto found = api.find_by_name(kind, name);
  if (found || found.error().kind != base::ErrorKind::not_found) return found;
  if (id) {
    if (auto by_id = api.get(kind, *id)) return by_id;
  }
  TP_TRY(const auto rows, api.list(kind));
  std::vector<std::string> names;
  for (const Object& row : rows) names.emplace_back(row.name());
  base::Error error = std::move(found).error();
  error.message += did_you_mean(name, names);
  return error;
}

Result<Object> find_instance_of(client::Api& api, const Subject& subject, std::string_view name, base::Error missing) {
  auto definition = api.find_by_name(*subject.definition, name);
  if (!definition) return missing;
  for (const schema::FieldDescriptor& field : subject.kind->fields) {
    if (field.references != subject.definition->name || field.query.empty()) continue;
    TP_TRY(auto instances, api.list(*subject.kind, {{std::string(field.query), std::to_string(definition->id())}}));
    if (instances.size() == 1) return api.get(*subject.kind, instances.front().id());
    if (instances.empty()) {
      return base::not_found(subject.definition->words() + " " + std::string(name) + " has no instance");
    }
    std::vector<std::string> names;
    for (const Object& instance : instances) names.emplace_back(instance.name());
    return base::conflict(subject.definition->words() + " " + std::string(name) + " has the instances " +
                          base::join(names, ", ") + "; name the one that is meant");
  }
  return missing;
}

}  // namespace

Session::Session(const Environment& environment, const GlobalOptions& options)
    : environment_(environment), options_(options), output_(environment), vocabulary_(environment.registry) {}

std::filesystem::path Session::config_path() const {
  if (!options_.config_path.empty()) return environment_.working_directory / options_.config_path;
  const std::string from_variable = environment_.variable("THREEPORT_CONFIG").value_or("");
  if (!from_variable.empty()) return environment_.working_directory / from_variable;
  return environment_.home / ".threeport" / "config.yaml";
}

std::filesystem::path Session::state_folder() const {
  if (!options_.state_folder.empty()) return environment_.working_directory / options_.state_folder;
  return environment_.home / ".threeport";
}

Result<client::Api*> Session::api() {
  if (api_ != nullptr) return api_.get();
  TP_TRY(const Config file, config());
  TP_TRY(auto chosen, file.select(options_.control_plane_name));
  TP_TRY(api_, environment_.connect(chosen));
  control_plane_ = std::move(chosen);
  return api_.get();
}

Result<Object> find_object(client::Api& api, const Subject& subject, std::string_view name) {
  auto found = find_one(api, *subject.kind, name);
  const bool is_missing = !found && found.error().kind == base::ErrorKind::not_found;
  if (!is_missing || !subject.is_combined()) return found;
  return find_instance_of(api, subject, name, std::move(found).error());
}

Result<void> ReferenceNames::load(const std::vector<const schema::FieldDescriptor*>& fields,
                                  const std::vector<Object>& rows) {
  std::map<std::string_view, std::set<ObjectId>> wanted;
  for (const schema::FieldDescriptor* field : fields) {
    if (!is_named_reference(registry_, *field)) continue;
    for (const Object& row : rows) {
      if (const auto id = row.data.at(field->name).as_int()) wanted[field->references].insert(*id);
    }
  }
  for (const auto& [kind, ids] : wanted) {
    if (ids.size() <= kFewObjects) continue;  // read one by one when they are shown
    TP_TRY(const auto objects, api_.list(*registry_.find(kind)));
    for (const Object& object : objects) names_[{std::string(kind), object.id()}] = object.name();
  }
  return {};
}

Result<std::string> ReferenceNames::name(std::string_view kind, ObjectId id) {
  const auto [it, is_new] = names_.try_emplace({std::string(kind), id}, std::to_string(id));
  const KindDescriptor* descriptor = registry_.find(kind);
  if (!is_new || descriptor == nullptr) return it->second;
  auto object = api_.get(*descriptor, id);
  if (object && !object->name().empty()) it->second = object->name();
  // A reference of v0 may dangle.
  if (!object && object.error().kind != base::ErrorKind::not_found) return std::move(object).error();
  return it->second;
}

Result<std::string> cell(const schema::FieldDescriptor& field, const json::Value& value, ReferenceNames& names) {
  if (value.is_null()) return std::string();
  if (value.is_string()) return std::string(value.text());
  if (!field.references.empty() && field.type != schema::FieldType::relation && value.as_int()) {
    return names.name(field.references, *value.as_int());
  }
  return json::dump(value);
}

}  // namespace threeport::cli
