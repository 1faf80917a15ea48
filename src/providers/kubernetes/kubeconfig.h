// Kubeconfig files: where a cluster is and who we are there.
// https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/
#pragma once

#include <compare>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"

namespace threeport::providers::kubernetes {

/// All that is needed to reach one cluster. PEM texts and tokens are contents, never paths; all of it but `server` is
/// secret or long, so it has no printer.
struct Access {
  std::string server;  ///< "https://host:port", maybe with a path prefix, without trailing slash
  std::string ca_pem = {};
  std::string certificate_pem = {};
  std::string key_pem = {};
  std::string token = {};
  std::string username = {};
  std::string password = {};
  std::string server_name = {};  ///< verified instead of the host of `server`
  std::string proxy_url = {};
  std::string default_namespace = {};
  bool insecure_skip_verify = false;

  friend auto operator<=>(const Access&, const Access&) = default;
  friend bool operator==(const Access&, const Access&) = default;
};

struct KubeconfigOptions {
  std::string context = {};                ///< empty: current-context, or the only context
  std::filesystem::path base_folder = {};  ///< relative files lie here; empty: files are refused, data must be inline
};

/// Reads a kubeconfig. Errors `invalid`, naming the member and the fix: not YAML, unknown context, cluster or user, no
/// server, bad base64, certificate without key, files where none are allowed, unreadable files, exec and auth-provider
/// plugins (they come later).
base::Result<Access> parse_kubeconfig(std::string_view text, const KubeconfigOptions& options = {});

/// A kubeconfig of one cluster, user and context, with files inlined: what `tptctl` sends. Errors as above.
base::Result<std::string> inline_kubeconfig(std::string_view text, const KubeconfigOptions& options = {});

/// The kubeconfig text of an Access.
std::string make_kubeconfig(const Access& access, std::string_view name = "threeport");

}  // namespace threeport::providers::kubernetes
