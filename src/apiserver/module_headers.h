// What of a request's and an answer's head passes between a client and a module. Pure.
#pragma once

#include <string_view>

#include "http/message.h"

namespace threeport::apiserver {

/// Who calls, in the header `Threeport-Actor` of what a module gets: `anonymous`, `cert:alice`, `token:ci`. A module
/// may believe it of requests that come from the control plane alone.
inline constexpr std::string_view kActorHeader = "Threeport-Actor";
/// The module that the control plane has passed a request on to. One that arrives with it goes in a circle.
inline constexpr std::string_view kModuleHeader = "Threeport-Module";

/// What the control plane knows of a request and tells the module.
struct Forwarded {
  std::string_view actor, module, request_id;
  bool is_tls = false;  ///< between the client and us
};

/// The head that the module gets: without hop-by-hop fields (RFC 9110, 7.6.1), without the client's credentials, and
/// without what the client says in the control plane's name (Threeport-*, X-Forwarded-*, Forwarded, X-Real-IP,
/// X-Request-Id).
http::Headers to_module(const http::Request& request, const Forwarded& forwarded);
/// The head that the client gets: without hop-by-hop fields, the module's X-Request-Id, and cookies, which would be
/// those of the control plane.
http::Headers to_client(const http::Headers& answered);

}  // namespace threeport::apiserver
