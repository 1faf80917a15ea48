#include "apiserver/module_headers.h"

#include <algorithm>
#include <array>
#include <set>

#include "base/text.h"

namespace threeport::apiserver {
namespace {

/// Of one connection each, or written anew by the HTTP client and server.
constexpr std::array<std::string_view, 13> kOfOneConnection = {"connection",
                                                               "keep-alive",
                                                               "proxy-connection",
                                                               "proxy-authenticate",
                                                               "te",
                                                               "trailer",
                                                               "transfer-encoding",
                                                               "upgrade",
                                                               "expect",
                                                               "content-length",
                                                               "host",
                                                               "server",
                                                               "date"};
constexpr std::array<std::string_view, 3> kCredentials = {"authorization", "proxy-authorization", "cookie"};
constexpr std::array<std::string_view, 3> kOurs = {"forwarded", "x-real-ip", "x-request-id"};
constexpr std::array<std::string_view, 2> kOurPrefixes = {"threeport-", "x-forwarded-"};

template <std::size_t N>
bool is_one_of(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// The names that Connection lists, which are of this connection, too.
std::set<std::string> listed_by_connection(const http::Headers& headers) {
  std::set<std::string> out;
  for (const auto& [name, value] : headers) {
    if (!base::equal_without_case(name, "Connection")) continue;
    std::string_view rest = value;
    while (!rest.empty()) {
      const std::size_t comma = std::min(rest.find(','), rest.size());
      std::string option = base::lower(rest.substr(0, comma));
      std::erase_if(option, [](char c) { return c == ' ' || c == '\t'; });
      out.insert(std::move(option));
      rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
  }
  return out;
}

template <typename Drop>
http::Headers filtered(const http::Headers& headers, Drop drop) {
  const std::set<std::string> listed = listed_by_connection(headers);
  http::Headers out;
  for (const auto& [name, value] : headers) {
    const std::string lower = base::lower(name);
    if (!is_one_of(kOfOneConnection, lower) && !listed.contains(lower) && !drop(lower)) out.add(name, value);
  }
  return out;
}

}  // namespace

http::Headers to_module(const http::Request& request, const Forwarded& forwarded) {
  http::Headers out = filtered(request.headers, [](std::string_view name) {
    return is_one_of(kCredentials, name) || is_one_of(kOurs, name) ||
           std::any_of(kOurPrefixes.begin(), kOurPrefixes.end(),
                       [&](std::string_view prefix) { return name.starts_with(prefix); });
  });
  out.add(std::string(kActorHeader), std::string(forwarded.actor));
  out.add(std::string(kModuleHeader), std::string(forwarded.module));
  out.add("X-Request-Id", std::string(forwarded.request_id));
  out.add("X-Forwarded-For", request.remote_address);
  out.add("X-Forwarded-Proto", forwarded.is_tls ? "https" : "http");
  if (request.headers.contains("Host")) out.add("X-Forwarded-Host", std::string(request.headers.get("Host")));
  return out;
}

http::Headers to_client(const http::Headers& answered) {
  return filtered(answered, [](std::string_view name) { return name == "x-request-id" || name == "set-cookie"; });
}

}  // namespace threeport::apiserver
