#include "cli/config.h"

#include <algorithm>

#include "base/crypto.h"
#include "base/file.h"
#include "base/text.h"
#include "base/yaml.h"
#include "cli/suggestion.h"
#include "client/http_api.h"

namespace threeport::cli {

namespace {

/// The member of that key, compared without case as v0 does; null where absent.
const json::Value& member(const json::Value& object, std::string_view key) {
  if (const json::Object* members = object.if_object()) {
    for (const auto& [name, value] : *members) {
      if (base::equal_without_case(name, key)) return value;
    }
  }
  return json::Value::null();
}

/// As `member`, appended under the given spelling where absent.
json::Value& member(json::Value& object, std::string_view key) {
  if (json::Object* members = object.if_object()) {
    for (auto& [name, value] : *members) {
      if (base::equal_without_case(name, key)) return value;
    }
  }
  return object[key];
}

const json::Array& entries_of(const json::Value& root) {
  static const json::Array kNone;
  const json::Array* entries = member(root, "ControlPlanes").if_array();
  return entries == nullptr ? kNone : *entries;
}

base::Result<std::string> decode(const json::Value& entry, std::string_view key, const std::string& where) {
  const std::string_view text = member(entry, key).text();
  auto decoded = base::base64_decode(text);
  if (!decoded) {
    return base::invalid(where + ": " + std::string(key) +
                         " must be the base64 form of a PEM text: " + decoded.error().message);
  }
  return decoded;
}

}  // namespace

base::Result<Config> Config::load(std::filesystem::path path) {
  auto text = base::read_file(path);
  if (!text && text.error().kind == base::ErrorKind::not_found) return Config(std::move(path), json::Object{});
  if (!text) return std::move(text).error();
  auto documents = base::yaml::parse_documents(*text);
  if (!documents) return std::move(documents).error().with_context(path.string());
  if (documents->size() > 1) return base::invalid(path.string() + ": the configuration must be one YAML document");
  json::Value root = documents->empty() ? json::Value(json::Object{}) : std::move(documents->front());
  if (!root.is_object()) {
    return base::invalid(path.string() + ": the configuration must be a mapping with CurrentControlPlane and " +
                         "ControlPlanes, not a " + std::string(root.type_name()));
  }
  for (const std::string_view key : {"CurrentControlPlane", "CurrentEnvironment"}) {
    const json::Value& value = member(root, key);
    if (!value.is_null() && !value.is_string())
      return base::invalid(path.string() + ": " + std::string(key) + " must be a text");
  }
  const json::Value& entries = member(root, "ControlPlanes");
  if (!entries.is_null() && !entries.is_array()) {
    return base::invalid(path.string() + ": ControlPlanes must be a list");
  }
  for (const json::Value& entry : entries_of(root)) {
    if (!entry.is_object()) {
      return base::invalid(path.string() + ": each element of ControlPlanes must be a mapping with Name and APIServer");
    }
  }
  return Config(std::move(path), std::move(root));
}

std::string Config::current_control_plane() const { return std::string(member(root_, "CurrentControlPlane").text()); }
std::string Config::current_environment() const { return std::string(member(root_, "CurrentEnvironment").text()); }

std::vector<std::string> Config::names() const {
  std::vector<std::string> out;
  for (const json::Value& entry : entries_of(root_)) out.emplace_back(member(entry, "Name").text());
  return out;
}

const json::Value* Config::find_entry(std::string_view name) const {
  const json::Array& entries = entries_of(root_);
  const auto found = std::find_if(entries.begin(), entries.end(),
                                  [&](const auto& entry) { return member(entry, "Name").text() == name; });
  return found == entries.end() ? nullptr : &*found;
}

base::Result<ControlPlane> Config::select(std::string_view name) const {
  const std::string wanted = name.empty() ? current_control_plane() : std::string(name);
  if (wanted.empty()) {
    const bool is_empty = names().empty();
    return base::not_found(
        std::string("no control plane is chosen: ") +
        (is_empty ? "start one with `tptctl up`"
                  : "name one with -i, or choose it with `tptctl config current-control-plane -n NAME`; " +
                        path_.string() + " has " + base::join(names(), ", ")));
  }
  const json::Value* entry = find_entry(wanted);
  if (entry == nullptr) {
    return base::not_found(path_.string() + " has no control plane \"" + wanted + "\"" + did_you_mean(wanted, names()) +
                           " (`tptctl config get-control-planes` lists them, `tptctl up --name " + wanted +
                           "` starts a local one)");
  }
  const std::string where = path_.string() + ": control plane " + wanted;
  ControlPlane out{.name = wanted, .api_server = {}, .ca_pem = {}, .certificate_pem = {}, .key_pem = {}, .token = {}};
  out.encryption_key = base::Secret(std::string(member(*entry, "EncryptionKey").text()));
  const json::Value& auth_enabled = member(*entry, "AuthEnabled");
  if (!auth_enabled.is_null() && !auth_enabled.is_bool())
    return base::invalid(where + ": AuthEnabled must be true or false");
  out.auth_enabled = auth_enabled != json::Value(false);
  out.api_server = member(*entry, "APIServer").text();
  if (out.api_server.empty() || out.api_server.find("://") != std::string::npos) {
    return base::invalid(where + ": APIServer must be host:port without a scheme, such as 127.0.0.1:1323");
  }
  if (!out.auth_enabled) return out;
  TP_TRY(out.ca_pem, decode(*entry, "CACert", where));
  const json::Array* credentials = member(*entry, "Credentials").if_array();
  if (credentials == nullptr) return out;
  for (const json::Value& credential : *credentials) {
    if (member(credential, "Name").text() != wanted) continue;
    TP_TRY(out.certificate_pem, decode(credential, "ClientCert", where));
    TP_TRY(auto key, decode(credential, "ClientKey", where));
    out.key_pem = base::Secret(std::move(key));
    out.token = base::Secret(std::string(member(credential, "Token").text()));
  }
  return out;
}

base::Result<void> Config::set_current(std::string_view name) {
  if (find_entry(name) == nullptr) {
    return base::not_found(path_.string() + " has no control plane \"" + std::string(name) + "\"" +
                           did_you_mean(name, names()) + " (`tptctl config get-control-planes` lists them)");
  }
  member(root_, "CurrentControlPlane") = name;
  return {};
}

void Config::set_current_environment(std::string_view name) { member(root_, "CurrentEnvironment") = name; }

void Config::put(const ControlPlane& control_plane) {
  json::Value& entries = member(root_, "ControlPlanes");
  if (!entries.is_array()) entries = json::Array{};
  json::Array& list = entries.as_array();
  auto entry = std::find_if(list.begin(), list.end(),
                            [&](const json::Value& one) { return member(one, "Name").text() == control_plane.name; });
  if (entry == list.end()) {
    list.push_back(json::Object{{"Name", control_plane.name},
                                {"AuthEnabled", false},
                                {"Genesis", control_plane.is_genesis},
                                {"Provider", "local"}});
    entry = std::prev(list.end());
  }
  member(*entry, "AuthEnabled") = control_plane.auth_enabled;
  member(*entry, "APIServer") = control_plane.api_server;
  if (!control_plane.encryption_key.reveal().empty())
    member(*entry, "EncryptionKey") = control_plane.encryption_key.reveal();
  if (!control_plane.auth_enabled) return;
  member(*entry, "CACert") = base::base64_encode(control_plane.ca_pem);
  json::Value& credentials = member(*entry, "Credentials");
  if (!credentials.is_array()) credentials = json::Array{};
  json::Array& known = credentials.as_array();
  auto credential = std::find_if(known.begin(), known.end(), [&](const json::Value& one) {
    return member(one, "Name").text() == control_plane.name;
  });
  if (credential == known.end()) {
    known.push_back(json::Object{{"Name", control_plane.name}, {"ClientCert", ""}, {"ClientKey", ""}, {"Token", ""}});
    credential = std::prev(known.end());
  }
  member(*credential, "ClientCert") = base::base64_encode(control_plane.certificate_pem);
  member(*credential, "ClientKey") = base::base64_encode(control_plane.key_pem.reveal());
}

bool Config::remove(std::string_view name) {
  json::Value& entries = member(root_, "ControlPlanes");
  if (!entries.is_array()) return false;
  const auto removed =
      std::erase_if(entries.as_array(), [&](const json::Value& entry) { return member(entry, "Name").text() == name; });
  if (removed != 0 && current_control_plane() == name) member(root_, "CurrentControlPlane") = "";
  return removed != 0;
}

base::Result<void> Config::save() const {
  TP_CHECK(base::ensure_directory(path_.parent_path(), 0700));
  return base::write_file_atomically(path_, base::yaml::dump(root_), 0600);
}

base::Result<std::unique_ptr<client::Api>> connect_over_http(const ControlPlane& control_plane) {
  http::ClientOptions options;
  options.base_url = control_plane.url();
  options.ca_pem = control_plane.ca_pem;
  options.certificate_pem = control_plane.certificate_pem;
  options.key_pem = control_plane.key_pem.reveal();
  options.bearer_token = control_plane.token.reveal();
  options.user_agent = "tptctl";
  auto http = http::Client::make(std::move(options));
  if (!http) return std::move(http).error().with_context("control plane " + control_plane.name);
  return client::make_http_api(std::move(*http));
}

}  // namespace threeport::cli
