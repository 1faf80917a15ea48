#include "dependencies/system_profiles.h"

#include "base/yaml.h"
#include "dependencies/system_files.h"

namespace threeport::dependencies {
namespace {

base::Error unreadable(const SystemFile& file, const std::string& why) {
  return base::internal("system profile of type " + std::string(file.type) + ": " + why);
}

base::Result<json::Value> read(const SystemFile& file) {
  auto document = yaml::parse_document(file.text);
  if (!document) return unreadable(file, document.error().message);
  const json::Value& members = document->at("DependencyProfile");
  if (members.at("Type").text() != file.type) return unreadable(file, "Type differs from the name of its document");
  json::Object profile{{"Name", "system-" + std::string(file.type)}, {"System", true}};
  for (const json::Member& member : members.as_object()) profile.set(member.key, member.value);
  return json::Value(std::move(profile));
}

}  // namespace

base::Result<std::vector<json::Value>> system_profiles() {
  std::vector<json::Value> profiles;
  for (const SystemFile& file : kSystemFiles) {
    TP_TRY(json::Value profile, read(file));
    profiles.push_back(std::move(profile));
  }
  return profiles;
}

}  // namespace threeport::dependencies
