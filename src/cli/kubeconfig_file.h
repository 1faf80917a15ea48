// A kubeconfig file as one text that stands alone: the control plane cannot read files of the user's machine.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"

namespace threeport::cli {

/// The kubeconfig with one context (`context`, else its current-context), that context's cluster and user, and the
/// contents of the files that these name (certificate-authority, client-certificate, client-key, tokenFile), which are
/// relative to the kubeconfig's folder (kubernetes.io, "Organizing Cluster Access Using kubeconfig Files").
/// Errors: `not_found` (a file), `invalid` (no such context, cluster or user; not a kubeconfig): the message names
/// file, member and fix. Blocks on the disk.
base::Result<std::string> inline_kubeconfig(const std::filesystem::path& path, std::string_view context);

}  // namespace threeport::cli
