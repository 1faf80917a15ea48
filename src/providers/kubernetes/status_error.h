// What the errors of an API server mean to us.
// https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/json.h"
#include "base/result.h"

namespace threeport::providers::kubernetes {

/// The error for an answer of status `code` whose body is `status` (a Status object, or null where it is something
/// else). `subject`: what was to be done, e.g. "apply apps/v1/Deployment/shop/web", put before the server's words.
base::Error error_of_status(int code, const base::json::Value& status, std::string_view subject,
                            std::optional<base::Millis> retry_after = std::nullopt);

/// `invalid` KindUnknown.
base::Error kind_unknown(std::string_view api_version, std::string_view kind);

}  // namespace threeport::providers::kubernetes
