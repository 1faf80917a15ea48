// What containers read at their start: values of the environment and files, resolved and shared out between one
// ConfigMap and one Secret.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "score/manifests.h"

namespace threeport::score {

/// The data of one generated object, by key.
class Bundle {
 public:
  /// `kind` is ConfigMap or Secret.
  Bundle(std::string_view kind, std::string_view workload) : kind_(kind), workload_(workload) {}

  void add(std::string key, std::string bytes) { data_.insert_or_assign(std::move(key), std::move(bytes)); }
  [[nodiscard]] bool empty() const { return data_.empty(); }
  /// `<workload>-<10 characters over salt and data>`.
  [[nodiscard]] std::string name(std::string_view salt) const;
  /// Error `invalid` where it is too large for Kubernetes.
  [[nodiscard]] base::Result<json::Value> manifest(std::string_view salt, const json::Value& labels) const;

 private:
  std::string kind_, workload_;
  std::map<std::string, std::string> data_;
};

struct ResolvedVariable {
  std::string name, value;
  std::string secret_key;  ///< in the Secret; empty: the value is no secret
};

struct ResolvedFile {
  std::string target, key;  ///< key in the Secret or the ConfigMap
  bool secret = false;
  std::optional<std::int64_t> mode;
};

struct Contents {
  Bundle config_map, secret;
  // By the container's name.
  std::map<std::string, std::vector<ResolvedVariable>> variables;
  std::map<std::string, std::vector<ResolvedFile>> files;
};

/// Errors: of the lookup, and a file whose source was not inlined.
base::Result<Contents> resolve_contents(const Workload& workload, const Lookup& lookup);

}  // namespace threeport::score
