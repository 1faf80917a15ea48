// Whether a Kubernetes runtime takes work, for whoever puts something on it.
#pragma once

#include <string>

#include "kinds/runtime.h"

namespace threeport::controllers {

/// Ready, or marked as reconciled by whoever made it (a v0 client).
bool is_usable(const kinds::KubernetesRuntimeInstance& runtime);

/// A sentence for users.
std::string why_not_ready(const kinds::KubernetesRuntimeInstance& runtime);

}  // namespace threeport::controllers
