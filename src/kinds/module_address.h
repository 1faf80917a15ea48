// Where the requests to a module go: the rules for Endpoint and Path. Pure.
#pragma once

#include <string_view>

#include "base/result.h"
#include "kinds/module.h"

namespace threeport::kinds {

/// `host` or `host:port`: a name, an IPv4 address, or an IPv6 address in brackets. Error `invalid`.
base::Result<void> check_endpoint(std::string_view endpoint);
/// Segments between slashes, such as `/my-module-example-com/v0/foos`; v0 takes it without the first slash, too. Error
/// `invalid`.
base::Result<void> check_path(std::string_view path);

}  // namespace threeport::kinds
