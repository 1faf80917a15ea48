// The JSON between us and a provisioner. Pure.
#pragma once

#include "providers/provisioner/provisioner.h"

namespace threeport::providers::provisioner {

/// resource_guid, resource_uid, resource_type, resource_class, resource_id, resource_params, resource_metadata,
/// resource_state, shared_state, source_workload, workload_metadata, workload_services, namespace.
json::Object to_json(const Request& request);

/// resource_state, resource_outputs, shared_state, manifests. Error `unavailable`, reason ProvisionerFailed: it is no
/// such object, or has a member of another name or type.
base::Result<Response> parse_response(std::string_view text);

/// The text without the values of `request.secrets` (those of four bytes and more), at most its last 2000 bytes.
std::string without_secrets(std::string_view text, const Request& request);

/// An error of the provisioner's own.
base::Error failure(base::ErrorKind kind, std::string message);

}  // namespace threeport::providers::provisioner
