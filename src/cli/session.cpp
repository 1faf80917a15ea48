#include "cli/session.h"

#include <charconv>
#include <set>

#include "base/text.h"
#include "cli/suggestion.h"
#include "http/message.h"

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

std::vector<std::string> names_of(const std::vector<Object>& objects) {
  std::vector<std::string> out;
  out.reserve(objects.size());
  for (const Object& object : objects) out.emplace_back(object.name());
  return out;
}

/// The object by name, else by id; `not_found` names what is near.
Result<Object> find_one(client::Api& api, const KindDescriptor& kind, std::string_view name) {
  const std::optional<ObjectId> id = as_id(name);
  if (kind.find("Name") == nullptr) {
    if (const schema::FieldDescriptor* identity = kind.find("Identity"); identity != nullptr && !id) {
      TP_TRY(const auto found, api.list(kind, {{std::string(identity->query), std::string(name)}}));
      if (found.size() == 1) return found.front();
      if (found.empty()) return base::not_found("no " + kind.words() + " with identity " + std::string(name));
      return base::conflict("several objects of kind " + std::string(kind.name) + " have the identity " +
                            std::string(name) + ": give the id of one");
    }
    if (!id) return base::invalid("objects of kind " + std::string(kind.name) + " have no name: give the id, a number");
    return api.get(kind, *id);
  }
  auto found = api.find_by_name(kind, name);
  if (found || found.error().kind != base::ErrorKind::not_found) return found;
  if (id) {
    if (auto by_id = api.get(kind, *id)) return by_id;
  }
  TP_TRY(const auto rows, api.list(kind));
  const std::vector<std::string> names = names_of(rows);
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
    return base::conflict(subject.definition->words() + " " + std::string(name) + " has the instances " +
                          base::join(names_of(instances), ", ") + "; name the one that is meant");
  }
  return missing;
}

/// By its own name or id; of a combined subject also the only instance of the definition of that name.
Result<Object> find_object(client::Api& api, const Subject& subject, std::string_view name) {
  auto found = find_one(api, *subject.kind, name);
  const bool is_missing = !found && found.error().kind == base::ErrorKind::not_found;
  if (!is_missing || !subject.is_combined()) return found;
  return find_instance_of(api, subject, name, std::move(found).error());
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

std::string Session::token() const {
  return options_.token.empty() ? environment_.variable("THREEPORT_TOKEN").value_or("") : options_.token;
}

Result<client::Api*> Session::api() {
  if (api_ != nullptr) return api_.get();
  TP_TRY(const Config file, config());
  TP_TRY(auto chosen, file.select(options_.control_plane_name));
  // Over plain http it would be readable on its way.
  if (const std::string given = token(); !given.empty() && chosen.auth_enabled) chosen.token = base::Secret(given);
  TP_TRY(api_, environment_.connect(chosen));
  control_plane_ = std::move(chosen);
  return api_.get();
}

Result<std::string> Session::environment(const std::string& asked) {
  if (!asked.empty()) return asked;
  TP_TRY(const Config file, config());
  return file.current_environment();
}

Result<Object> Session::find(const Subject& subject, const Target& target) {
  TP_TRY(client::Api* const opened, api());
  if (subject.name != kWorkload) {
    if (target.environment.empty()) return find_object(*opened, subject, target.name);
    return base::invalid("--environment goes with the kind workload; a " + subject.word +
                         " is found by its own name alone");
  }
  TP_TRY(const std::string wanted, environment(target.environment));
  if (wanted.empty()) return find_object(*opened, subject, target.name);
  auto found = find_one(*opened, *subject.kind, target.name + "-" + wanted);
  if (!found && found.error().kind == base::ErrorKind::not_found) {
    found.error().message += " (workload " + target.name + " in environment " + wanted + ", which " +
                             (target.environment.empty() ? "CurrentEnvironment of " + config_path().string()
                                                         : std::string("--environment")) +
                             " names)";
  }
  return found;
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
  // Revisions have no name; people count them.
  if (object && object->data.at("Number").as_int()) it->second = json::dump(object->data.at("Number"));
  // A reference of v0 may dangle.
  if (!object && object.error().kind != base::ErrorKind::not_found) return std::move(object).error();
  return it->second;
}

bool is_no_route(const base::Error& error) {
  return error.kind == base::ErrorKind::not_found && error.message == http::reason_phrase(404);
}

std::string cause_text(const json::Value& cause) {
  std::string out(cause.at("Type").text());
  if (const auto build = cause.at("ImageBuildID").as_int()) out += " " + std::to_string(*build);
  if (const std::string_view note = cause.at("Note").text(); !note.empty()) out += " " + std::string(note);
  if (const std::string_view by = cause.at("By").text(); !by.empty()) out += " by " + std::string(by);
  return out;
}

Result<std::string> cell(const schema::FieldDescriptor& field, const json::Value& value, ReferenceNames& names) {
  if (value.is_null()) return std::string();
  if (value.is_string()) return std::string(value.text());
  if (field.name == "Cause" && value.is_object()) return cause_text(value);
  if (!field.references.empty() && field.type != schema::FieldType::relation && value.as_int()) {
    return names.name(field.references, *value.as_int());
  }
  return json::dump(value);
}

}  // namespace threeport::cli
