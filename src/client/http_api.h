// The Api of a server, over HTTP.
#pragma once

#include <memory>

#include "client/api.h"
#include "http/client.h"

namespace threeport::client {

/// Talks to the server that `http` is made for.
std::unique_ptr<Api> make_http_api(std::unique_ptr<http::Client> http);

}  // namespace threeport::client
