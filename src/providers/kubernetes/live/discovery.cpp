#include "providers/kubernetes/live/discovery.h"

#include "http/message.h"

namespace threeport::providers::kubernetes::live {

namespace {

using base::json::Array;
using base::json::Value;

const Array& array_at(const Value& object, std::string_view member) {
  static const Array kNone;
  const Array* list = object.at(member).if_array();
  return list == nullptr ? kNone : *list;
}

std::vector<std::string> verbs_of(const Value& resource) {
  std::vector<std::string> verbs;
  for (const Value& verb : array_at(resource, "verbs")) verbs.emplace_back(verb.text());
  return verbs;
}

std::string api_version_of(std::string_view group, std::string_view version) {
  return group.empty() ? std::string(version) : std::string(group) + "/" + std::string(version);
}

}  // namespace

bool is_aggregated(const Value& document) { return document.at("kind").text() == "APIGroupDiscoveryList"; }

std::vector<ResourceType> types_of_aggregated(const Value& document) {
  std::vector<ResourceType> types;
  for (const Value& group : array_at(document, "items")) {
    const std::string_view name = group.at("metadata", "name").text();
    for (const Value& version : array_at(group, "versions")) {
      const std::string api_version = api_version_of(name, version.at("version").text());
      for (const Value& resource : array_at(version, "resources")) {
        ResourceType type;
        type.type = {api_version, std::string(resource.at("responseKind", "kind").text())};
        type.plural = std::string(resource.at("resource").text());
        type.namespaced = resource.at("scope").text() == "Namespaced";
        type.verbs = verbs_of(resource);
        if (!type.type.kind.empty()) types.push_back(std::move(type));
      }
    }
  }
  return types;
}

std::vector<ResourceType> types_of_list(const Value& document) {
  std::vector<ResourceType> types;
  const std::string api_version(document.at("groupVersion").text());
  for (const Value& resource : array_at(document, "resources")) {
    const std::string_view plural = resource.at("name").text();
    if (plural.find('/') != std::string_view::npos) continue;
    ResourceType type;
    type.type = {api_version, std::string(resource.at("kind").text())};
    type.plural = std::string(plural);
    type.namespaced = resource.at("namespaced") == Value(true);
    type.verbs = verbs_of(resource);
    types.push_back(std::move(type));
  }
  return types;
}

std::vector<std::string> group_versions_of(const Value& document) {
  std::vector<std::string> versions;
  if (document.at("kind").text() == "APIVersions") {
    for (const Value& version : array_at(document, "versions")) versions.emplace_back(version.text());
  }
  for (const Value& group : array_at(document, "groups")) {
    for (const Value& version : array_at(group, "versions")) versions.emplace_back(version.at("groupVersion").text());
  }
  return versions;
}

std::string path_of_version(std::string_view api_version) {
  const bool core = api_version.find('/') == std::string_view::npos;
  return (core ? "/api/" : "/apis/") + std::string(api_version);
}

std::string path_of(const ResourceType& type, std::string_view ns, std::string_view name) {
  std::string path = path_of_version(type.type.api_version);
  if (type.namespaced && !ns.empty()) path += "/namespaces/" + http::percent_encode(ns);
  path += "/" + type.plural;
  if (!name.empty()) path += "/" + http::percent_encode(name);
  return path;
}

}  // namespace threeport::providers::kubernetes::live
