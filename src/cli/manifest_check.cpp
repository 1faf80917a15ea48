#include "cli/manifest_check.h"

#include <string>

#include "base/yaml.h"

namespace threeport::cli {

namespace json = base::json;
using base::Result;

Result<void> check_manifest(const json::Value& manifest) {
  const auto is_text = [](const json::Value& value) { return value.is_string() && !value.text().empty(); };
  if (!manifest.is_object() || !is_text(manifest.at("apiVersion")) || !is_text(manifest.at("kind"))) {
    return base::invalid("a Kubernetes manifest needs apiVersion and kind, both texts");
  }
  const std::string kind(manifest.at("kind").text());
  if (const json::Array* items = manifest.at("items").if_array(); items != nullptr && kind.ends_with("List")) {
    for (json::Value item : *items) {
      if (item.is_object() && kind != "List") {
        if (item.find("apiVersion") == nullptr) item["apiVersion"] = manifest.at("apiVersion");
        if (item.find("kind") == nullptr) item["kind"] = kind.substr(0, kind.size() - std::string_view("List").size());
      }
      TP_CHECK(check_manifest(item));
    }
    return {};
  }
  const json::Value& name = manifest.at("metadata", "name");
  if (name.is_bool() || name.is_number()) {
    return base::invalid(kind + ": metadata.name must be a text, not a " + std::string(name.type_name()) +
                         "; write it in quotes");
  }
  if (!is_text(name)) return base::invalid(kind + ": metadata.name must be a text that is not empty");
  return {};
}

Result<void> check_manifest_file(const std::filesystem::path& path, std::string_view text) {
  auto manifests = base::yaml::parse_documents_with_lines(text);
  if (!manifests) return std::move(manifests).error().with_context(path.string());
  if (manifests->empty()) return base::invalid(path.string() + ": there is no Kubernetes manifest in it");
  for (const auto& manifest : *manifests) {
    auto checked = check_manifest(manifest.value);
    if (!checked) {
      return std::move(checked).error().with_context(path.string() + ": line " + std::to_string(manifest.line));
    }
  }
  return {};
}

}  // namespace threeport::cli
