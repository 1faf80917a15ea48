#include "dependencies/wiring.h"

#include <map>

#include "base/crypto.h"
#include "base/text.h"

namespace threeport::dependencies {
namespace {

constexpr std::size_t kHashLength = 10;

using Path = std::vector<std::string>;

bool is_environment_value(const Path& path) {
  const std::size_t n = path.size();
  return n >= 5 && path[n - 1] == "value" && path[n - 3] == "env" &&
         (path[n - 5] == "containers" || path[n - 5] == "initContainers");
}

/// Whether Kubernetes takes nothing but text there.
bool is_text(const Path& path) {
  if (path.empty()) return false;
  if (is_environment_value(path)) return true;
  const std::string& parent = path.size() < 2 ? path[0] : path[path.size() - 2];
  for (const char* map :
       {"labels", "annotations", "matchLabels", "nodeSelector", "data", "stringData", "args", "command"}) {
    if (parent == map) return true;
  }
  return false;
}

/// Values of environment variables that a Secret has to hold, by key; and where they stand.
struct SecretValues {
  std::map<std::string, std::string> values;
  std::vector<std::pair<Path, std::string>> places;  ///< path of the env entry within its manifest, key
};

class Filling {
 public:
  Filling(const json::Value& manifest, const score::Lookup& lookup, SecretValues* secrets)
      : manifest_(manifest), lookup_(lookup), secrets_(secrets) {}

  base::Result<json::Value> run() {
    is_secret_ = manifest_.at("kind").text() == "Secret" && manifest_.at("apiVersion").text() == "v1";
    return fill(manifest_);
  }

 private:
  [[nodiscard]] std::string where() const {
    return std::string(manifest_.at("kind").text()) + " " + std::string(manifest_.at("metadata", "name").text()) +
           ", " + base::join(path_, ".");
  }

  base::Result<json::Value> fill(const json::Value& value) {
    if (const std::string* text = value.if_string()) return fill_text(*text);
    if (const json::Array* list = value.if_array()) {
      json::Array out;
      for (std::size_t i = 0; i < list->size(); ++i) {
        path_.push_back(std::to_string(i));
        TP_TRY(json::Value element, fill((*list)[i]));
        path_.pop_back();
        out.push_back(std::move(element));
      }
      return json::Value(std::move(out));
    }
    if (const json::Object* object = value.if_object()) {
      json::Object out;
      for (const json::Member& member : *object) {
        path_.push_back(member.key);
        TP_TRY(json::Value element, fill(member.value));
        path_.pop_back();
        out.append(member.key, std::move(element));
      }
      return json::Value(std::move(out));
    }
    return value;
  }

  base::Result<json::Value> fill_text(const std::string& text) {
    auto made = score::expand(json::Value(text), lookup_);
    if (!made) return std::move(made).error().with_context(where());
    if (is_text(path_)) made->value = score::text_of(made->value);
    if (!made->secret || (is_secret_ && path_.size() == 2 && (path_[0] == "data" || path_[0] == "stringData")))
      return std::move(made->value);
    if (secrets_ == nullptr || !is_environment_value(path_)) {
      return base::invalid(where() + ": " + text + " is secret, and may stand only in data of a Secret" +
                           (secrets_ == nullptr ? "" : " or in the value of an environment variable"));
    }
    const std::string key = std::to_string(secrets_->values.size());
    secrets_->values[key] = made->value.text();
    secrets_->places.emplace_back(Path(path_.begin(), path_.end() - 1), key);
    return json::Value();
  }

  const json::Value& manifest_;
  const score::Lookup& lookup_;
  SecretValues* secrets_;
  Path path_;
  bool is_secret_ = false;
};

/// The value at a path that fill() made.
json::Value& at_path(json::Value& root, const Path& path) {
  json::Value* here = &root;
  for (const std::string& part : path)
    here = here->is_array() ? &here->as_array()[std::stoul(part)] : here->as_object().find(part);
  return *here;
}

json::Value secret_manifest(const std::string& name, const std::map<std::string, std::string>& values) {
  json::Object data;
  for (const auto& [key, value] : values) data.append(key, value);
  return json::Object{
      {"apiVersion", "v1"},
      {"kind", "Secret"},
      {"metadata",
       json::Object{{"name", name},
                    {"annotations", json::Object{{"control-plane.threeport.io/content-addressed", "true"}}}}},
      {"stringData", std::move(data)}};
}

}  // namespace

base::Result<json::Value> fill_manifest(const json::Value& manifest, const score::Lookup& lookup) {
  return Filling(manifest, lookup, nullptr).run();
}

base::Result<std::vector<json::Value>> wire_manifests(const std::vector<json::Value>& manifests,
                                                      const score::Lookup& lookup, const std::string& base,
                                                      const std::string& salt) {
  std::vector<json::Value> out;
  std::map<std::string, std::string> values;
  struct Place {
    std::size_t manifest;
    Path path;
    std::string key;
  };
  std::vector<Place> places;
  for (const json::Value& manifest : manifests) {
    SecretValues secrets;
    TP_TRY(json::Value filled, Filling(manifest, lookup, &secrets).run());
    for (auto& [path, key] : secrets.places) {
      const std::string name = std::string(filled.at("metadata", "name").text()) + "." +
                               std::string(at_path(filled, path).at("name").text()) + "." +
                               std::to_string(places.size());
      values[name] = secrets.values.at(key);
      places.push_back({out.size(), std::move(path), name});
    }
    out.push_back(std::move(filled));
  }
  if (values.empty()) return out;
  std::string content = salt;
  for (const auto& [key, value] : values) content += "\n" + key + "=" + std::to_string(value.size()) + ":" + value;
  const std::string name = base + "-" + base::base32_encode(base::sha256(content)).substr(0, kHashLength);
  for (const Place& place : places) {
    json::Object& entry = at_path(out[place.manifest], place.path).as_object();
    entry.erase("value");
    entry.set("valueFrom", json::Object{{"secretKeyRef", json::Object{{"name", name}, {"key", place.key}}}});
  }
  out.insert(out.begin(), secret_manifest(name, values));
  return out;
}

}  // namespace threeport::dependencies
