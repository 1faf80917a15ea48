#include "controllers/dependency/system.h"

#include <algorithm>

#include "dependencies/system_profiles.h"
#include "kinds/dependency.h"

namespace threeport::controllers::dependency {
namespace {

using apiserver::Object;
using apiserver::Write;
using kinds::DependencyProfile;

Write write_of(Write::Op op, schema::ObjectId id, json::Value body) {
  return {.op = op,
          .kind = std::string(DependencyProfile::kind.name),
          .id = id,
          .body = std::move(body),
          .version = {},
          .observed = {},
          .by_controller = true};
}

const Object* find_named(const std::vector<Object>& objects, std::string_view name) {
  const auto it =
      std::find_if(objects.begin(), objects.end(), [&](const Object& object) { return object.name() == name; });
  return it == objects.end() ? nullptr : &*it;
}

/// What the stored profile lacks or has beyond the wanted one; empty where it is as it should be.
json::Value difference(const Object& stored, const json::Value& wanted) {
  json::Object out;
  for (const schema::FieldDescriptor& field : stored.kind->fields) {
    if (!field.is_stored() || field.has(schema::server_managed)) continue;
    const json::Value& value = wanted.at(field.name);
    const bool is_default = value.is_null() && field.default_json.has_value();
    if (!is_default && stored.data.at(field.name) != value) out.append(std::string(field.name), value);
  }
  return out;
}

}  // namespace

base::Result<void> ensure_system_profiles(apiserver::Objects& objects) {
  TP_TRY(const auto wanted, dependencies::system_profiles());
  TP_TRY(const auto all, objects.list(DependencyProfile::kind.name));
  std::vector<Write> writes;
  for (const json::Value& profile : wanted) {
    const Object* stored = find_named(all, profile.at("Name").text());
    if (stored == nullptr) {
      writes.push_back(write_of(Write::Op::create, 0, profile));
      continue;
    }
    json::Value changes = difference(*stored, profile);
    if (!changes.as_object().empty()) writes.push_back(write_of(Write::Op::merge, stored->id, std::move(changes)));
  }
  for (const Object& stored : all) {
    if (stored.data.at("System") != json::Value(true)) continue;
    const bool known = std::any_of(wanted.begin(), wanted.end(), [&](const json::Value& profile) {
      return profile.at("Name").text() == stored.name();
    });
    if (!known) writes.push_back(write_of(Write::Op::finalize, stored.id, {}));
  }
  if (writes.empty()) return {};
  const apiserver::WriteContext context{.by = "controller:DependencyProfile",
                                        .request_id = {},
                                        .reason = "system profiles",
                                        .preconditions = {},
                                        .work = {}};
  auto written = objects.write(writes, context);
  // Another process was first.
  if (!written && written.error().kind != base::ErrorKind::conflict) return std::move(written).error();
  return {};
}

}  // namespace threeport::controllers::dependency
