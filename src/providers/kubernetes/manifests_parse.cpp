// Reading a text of manifests: flattening lists, checking what every manifest needs.
#include <unordered_map>

#include "base/yaml.h"
#include "providers/kubernetes/manifests.h"

namespace threeport::providers::kubernetes {

namespace {

using base::json::Value;

base::Error bad_manifest(std::string message) {
  base::Error error = base::invalid(std::move(message));
  error.reason = "InvalidManifest";
  return error;
}

std::string place_of(const Manifest& manifest) {
  return "document " + std::to_string(manifest.document) + " (line " + std::to_string(manifest.line) + ")";
}

base::Result<void> check_strings(const Value& map, const std::string& path) {
  if (map.is_null()) return {};
  const base::json::Object* members = map.if_object();
  if (members == nullptr) {
    return bad_manifest(path + " is a " + std::string(map.type_name()) + "; it must be a map of texts");
  }
  for (const auto& [key, value] : *members) {
    if (value.is_string() || value.is_null()) continue;
    return bad_manifest(path + "." + key + " is a " + std::string(value.type_name()) + " (" + base::json::dump(value) +
                        "); it must be text: put it in quotes");
  }
  return {};
}

base::Result<void> check_manifest(const Value& object) {
  for (const std::string_view member : {"apiVersion", "kind"}) {
    const Value& value = object.at(member);
    const char* example = member == "kind" ? "kind: ConfigMap" : "apiVersion: v1";
    if (value.is_null()) return bad_manifest(std::string(member) + " is missing; add for example `" + example + "`");
    if (!value.is_string() || value.text().empty()) {
      return bad_manifest(std::string(member) + " must be a text, for example `" + example + "`");
    }
  }
  const Value& metadata = object.at("metadata");
  if (!metadata.is_null() && !metadata.is_object()) return bad_manifest("metadata must be a map with a name");
  const Value& name = metadata.at("name");
  if (name.is_null() && metadata.find("generateName") != nullptr) {
    return bad_manifest(
        "metadata.generateName cannot be applied, for the object would not be found again; write metadata.name");
  }
  if (name.is_null()) return bad_manifest("metadata.name is missing; every manifest needs a name");
  if (!name.is_string() || name.text().empty()) {
    return bad_manifest("metadata.name must be a text that is not empty; put " + base::json::dump(name) + " in quotes");
  }
  const Value& ns = metadata.at("namespace");
  if (!ns.is_null() && !ns.is_string()) return bad_manifest("metadata.namespace must be a text; put it in quotes");
  TP_CHECK(check_strings(metadata.at("labels"), "metadata.labels"));
  return check_strings(metadata.at("annotations"), "metadata.annotations");
}

base::Error at_place(base::Error error, const Manifest& manifest) {
  const std::string kind(manifest.object.at("kind").text());
  const std::string name(manifest.object.at("metadata", "name").text());
  std::string place = place_of(manifest);
  if (!kind.empty()) place += ", " + kind + (name.empty() ? "" : " " + name);
  return std::move(error).with_context(place);
}

/// Adds the manifest, or the items of a List.
base::Result<void> add_object(Manifest manifest, std::vector<Manifest>& out) {
  if (!manifest.object.is_object()) {
    return bad_manifest(place_of(manifest) + " is a " + std::string(manifest.object.type_name()) +
                        "; a manifest is a map with apiVersion, kind and metadata");
  }
  const std::string kind(manifest.object.at("kind").text());
  const Value& items = manifest.object.at("items");
  if (kind.ends_with("List") && (items.is_array() || items.is_null())) {
    const std::string item_kind = kind.substr(0, kind.size() - 4);
    if (items.is_null()) return {};
    for (const Value& item : items.as_array()) {
      Manifest one{{}, item, manifest.document, manifest.line};
      if (item.is_object() && !item_kind.empty()) {
        if (item.find("apiVersion") == nullptr) one.object["apiVersion"] = manifest.object.at("apiVersion");
        if (item.find("kind") == nullptr) one.object["kind"] = item_kind;
      }
      TP_CHECK(add_object(std::move(one), out));
    }
    return {};
  }
  if (auto checked = check_manifest(manifest.object); !checked) return at_place(std::move(checked).error(), manifest);
  manifest.ref = ref_of(manifest.object);
  out.push_back(std::move(manifest));
  return {};
}

base::Result<void> refuse_duplicates(const std::vector<Manifest>& manifests) {
  std::unordered_map<ObjectRef, const Manifest*> seen;
  for (const Manifest& manifest : manifests) {
    const auto [found, fresh] = seen.emplace(manifest.ref, &manifest);
    if (fresh) continue;
    return bad_manifest(place_of(manifest) + ": " + manifest.ref.to_text() + " is already declared in " +
                        place_of(*found->second) + "; remove one of them or rename it");
  }
  return {};
}

}  // namespace

base::Result<std::vector<Manifest>> parse_manifests(std::string_view text) {
  auto documents = base::yaml::parse_documents_with_lines(text);
  if (!documents) {
    base::Error error = std::move(documents).error();
    error.reason = "InvalidManifest";
    return error;
  }
  std::vector<Manifest> manifests;
  unsigned number = 0;
  for (base::yaml::Document& document : *documents) {
    TP_CHECK(add_object({{}, std::move(document.value), ++number, static_cast<unsigned>(document.line)}, manifests));
  }
  TP_CHECK(refuse_duplicates(manifests));
  return manifests;
}

}  // namespace threeport::providers::kubernetes
