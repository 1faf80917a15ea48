// The configuration file of tptctl, in the format of v0: which control planes there are and how to reach them.
//   CurrentControlPlane: local
//   ControlPlanes:
//   - {Name: local, AuthEnabled: false, Genesis: true, APIServer: 127.0.0.1:1323, CACert: <base64 of PEM>, ...}
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "base/secret.h"
#include "client/api.h"

namespace threeport::cli {

/// One entry, ready for use. PEM texts are decoded.
struct ControlPlane {
  std::string name;
  bool auth_enabled = true;  ///< https and client certificate; false: plain http
  std::string api_server;    ///< host:port
  std::string ca_pem, certificate_pem;
  base::Secret<std::string> key_pem, token;
  base::Secret<std::string> encryption_key = {};  ///< base64 text; empty where the entry has none
  bool is_genesis = true;                         ///< no other control plane has made it; for entries that are added

  [[nodiscard]] std::string url() const { return (auth_enabled ? "https://" : "http://") + api_server; }
};

/// The file in memory. Keys are read without case; keys that are not known stay when it is saved, comments do not.
class Config {
 public:
  /// An absent or empty file is an empty configuration. Errors: `invalid` with the file, line and column; `denied`,
  /// `unavailable` of the file system.
  static base::Result<Config> load(std::filesystem::path path);

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::string current_control_plane() const;
  [[nodiscard]] std::string current_environment() const;
  [[nodiscard]] std::vector<std::string> names() const;
  /// The entry of that name, or the current one where `name` is empty. Errors: `not_found` (what to do is in the
  /// message), `invalid` (the entry lacks or mistypes a member).
  [[nodiscard]] base::Result<ControlPlane> select(std::string_view name) const;

  /// Error `not_found`: no such entry.
  base::Result<void> set_current(std::string_view name);
  /// "": there is none any more.
  void set_current_environment(std::string_view name);
  /// Adds an entry, or gives the entry of that name this address and, with authentication, this CA and client
  /// certificate; its token stays, and its EncryptionKey where none is given.
  void put(const ControlPlane& control_plane);
  /// Removes the entry; another one does not become the current one. True if there was one.
  bool remove(std::string_view name);
  /// Writes the file atomically, readable by its owner only, and makes its folder. Errors: of base::system_error.
  [[nodiscard]] base::Result<void> save() const;

 private:
  Config(std::filesystem::path path, json::Value root) : path_(std::move(path)), root_(std::move(root)) {}
  [[nodiscard]] const json::Value* find_entry(std::string_view name) const;

  std::filesystem::path path_;
  json::Value root_;
};

/// Opens the API of the control plane over HTTP. Does not call it yet. Error `invalid`: a certificate is no PEM.
base::Result<std::unique_ptr<client::Api>> connect_over_http(const ControlPlane& control_plane);

}  // namespace threeport::cli
