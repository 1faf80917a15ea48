#include "kinds/module_address.h"

#include <algorithm>
#include <charconv>
#include <string>

namespace threeport::kinds {
namespace {

constexpr std::size_t kLongestHost = 253;   // RFC 1035, 2.3.4
constexpr std::size_t kLongestPath = 1024;  // far below what a request's head may hold

bool is_alphanumeric(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool is_name(std::string_view host) {
  const auto fits = [](char c) { return is_alphanumeric(c) || c == '-' || c == '.' || c == '_'; };
  return !host.empty() && host.size() <= kLongestHost && std::all_of(host.begin(), host.end(), fits) &&
         is_alphanumeric(host.front()) && host.find("..") == std::string_view::npos;
}

bool is_bracketed(std::string_view host) {
  const auto fits = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == ':' || c == '.';
  };
  if (host.size() < 4 || host.front() != '[' || host.back() != ']') return false;
  host = host.substr(1, host.size() - 2);
  return host.find(':') != std::string_view::npos && std::all_of(host.begin(), host.end(), fits);
}

bool is_port(std::string_view text) {
  unsigned port = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), port);
  return failure == std::errc{} && end == text.data() + text.size() && port > 0 && port < 65536;
}

/// Unreserved characters and those that a path may hold beside them (RFC 3986, 3.3); no escapes: they would have
/// several spellings.
bool is_segment(std::string_view segment) {
  constexpr std::string_view kOthers = "-._~!$&'()*+,;=:@";
  const auto fits = [&](char c) { return is_alphanumeric(c) || kOthers.find(c) != std::string_view::npos; };
  return !segment.empty() && segment != "." && segment != ".." && std::all_of(segment.begin(), segment.end(), fits);
}

}  // namespace

base::Result<void> check_endpoint(std::string_view endpoint) {
  const std::size_t after_brackets = endpoint.rfind(']');
  const std::size_t colon = endpoint.find(':', after_brackets == std::string_view::npos ? 0 : after_brackets);
  const std::string_view host = endpoint.substr(0, colon);
  const bool fits =
      (is_name(host) || is_bracketed(host)) && (colon == std::string_view::npos || is_port(endpoint.substr(colon + 1)));
  if (fits) return {};
  return base::invalid("Endpoint: \"" + std::string(endpoint) +
                       "\" must be host or host:port, such as my-module.threeport-control-plane.svc.cluster.local or "
                       "10.0.0.7:8080: no scheme, user, path or spaces");
}

base::Result<void> check_path(std::string_view path) {
  std::string_view rest = path.substr(path.starts_with('/') ? 1 : 0);
  bool fits = !rest.empty() && path.size() <= kLongestPath;
  while (fits) {
    const std::size_t slash = rest.find('/');
    fits = is_segment(rest.substr(0, slash));
    if (slash == std::string_view::npos) break;
    rest.remove_prefix(slash + 1);
  }
  if (fits) return {};
  return base::invalid("Path: \"" + std::string(path) +
                       "\" must be segments between slashes, such as /my-module-example-com/v0/foos: no empty segment, "
                       "no slash at the end, no . or .., no query, escapes or spaces, at most " +
                       std::to_string(kLongestPath) + " bytes");
}

}  // namespace threeport::kinds
