#include "providers/kubernetes/object_ref.h"

#include <algorithm>

namespace threeport::providers::kubernetes {

namespace {

void mix(std::size_t& seed, std::string_view text) {
  seed ^= std::hash<std::string_view>{}(text) + 0x9e3779b97f4a7c15ULL + (seed << 6) + (seed >> 2);
}

}  // namespace

std::string_view TypeRef::group() const {
  const std::size_t slash = api_version.find('/');
  return slash == std::string::npos ? std::string_view() : std::string_view(api_version).substr(0, slash);
}

std::string_view TypeRef::version() const {
  const std::size_t slash = api_version.find('/');
  return slash == std::string::npos ? std::string_view(api_version) : std::string_view(api_version).substr(slash + 1);
}

std::string TypeRef::to_text() const { return api_version + "/" + kind; }

std::string ObjectRef::to_text() const { return api_version + "/" + kind + "/" + ns + "/" + name; }

base::Result<ObjectRef> ObjectRef::parse(std::string_view text) {
  // The last three parts hold no slash (names of RBAC objects may, so only the API version is split from the front).
  std::vector<std::string_view> parts;
  for (std::string_view rest = text; parts.size() < 5;) {
    const std::size_t slash = rest.find('/');
    if (slash == std::string_view::npos) {
      parts.push_back(rest);
      break;
    }
    parts.push_back(rest.substr(0, slash));
    rest = rest.substr(slash + 1);
  }
  const bool grouped = !parts.empty() && (parts[0].find('.') != std::string_view::npos || !parts[0].starts_with('v') ||
                                          parts[0].size() < 2 || parts[0][1] < '0' || parts[0][1] > '9');
  const std::size_t lead = grouped ? 2 : 1;
  if (parts.size() < lead + 3) {
    return base::invalid("\"" + std::string(text) +
                         "\" is not an object's name; write apiVersion/kind/namespace/name, e.g. "
                         "apps/v1/Deployment/shop/web");
  }
  ObjectRef ref;
  ref.api_version = std::string(parts[0]);
  if (grouped) ref.api_version += "/" + std::string(parts[1]);
  ref.kind = std::string(parts[lead]);
  ref.ns = std::string(parts[lead + 1]);
  const std::size_t name_at = ref.api_version.size() + ref.kind.size() + ref.ns.size() + 3;
  ref.name = std::string(text.substr(name_at));
  if (ref.kind.empty() || ref.name.empty()) {
    return base::invalid("\"" + std::string(text) + "\" lacks a kind or a name");
  }
  return ref;
}

ObjectRef ref_of(const base::json::Value& object) {
  return {std::string(object.at("apiVersion").text()), std::string(object.at("kind").text()),
          std::string(object.at("metadata", "namespace").text()), std::string(object.at("metadata", "name").text())};
}

std::string_view label_of(const base::json::Value& object, std::string_view key) {
  return object.at("metadata", "labels").at(key).text();
}

bool ResourceType::has_verb(std::string_view verb) const {
  return std::find(verbs.begin(), verbs.end(), verb) != verbs.end();
}

}  // namespace threeport::providers::kubernetes

std::size_t std::hash<threeport::providers::kubernetes::ObjectRef>::operator()(
    const threeport::providers::kubernetes::ObjectRef& ref) const noexcept {
  using threeport::providers::kubernetes::mix;
  std::size_t seed = 0;
  mix(seed, ref.name);
  mix(seed, ref.ns);
  mix(seed, ref.kind);
  mix(seed, ref.api_version);
  return seed;
}

std::size_t std::hash<threeport::providers::kubernetes::TypeRef>::operator()(
    const threeport::providers::kubernetes::TypeRef& type) const noexcept {
  using threeport::providers::kubernetes::mix;
  std::size_t seed = 0;
  mix(seed, type.kind);
  mix(seed, type.api_version);
  return seed;
}
