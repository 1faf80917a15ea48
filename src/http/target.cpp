#include <memory>

#include <curl/curl.h>

#include "http/exchange.h"

namespace threeport::http {
namespace {

struct FreeUrl {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
using Url = std::unique_ptr<CURLU, FreeUrl>;

std::string part(CURLU& url, CURLUPart which, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(&url, which, &text, flags) != CURLUE_OK) return {};
  std::string copy = text;
  curl_free(text);
  return copy;
}

base::Error url_error(const std::string& url, const std::string& why) {
  return base::invalid("the URL \"" + url + "\" " + why + "; it has to look like https://host:port");
}

}  // namespace

base::Result<Target> Target::parse(const ClientOptions& options) {
  const Url url(curl_url());
  TP_ASSERT(url != nullptr);
  const std::string& text = options.base_url;
  if (const CURLUcode code = curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0); code != CURLUE_OK)
    return url_error(text, std::string("is malformed (") + curl_url_strerror(code) + ")");
  const std::string scheme = part(*url, CURLUPART_SCHEME);
  if (scheme != "http" && scheme != "https") return url_error(text, "has the scheme " + scheme);
  if (!part(*url, CURLUPART_QUERY).empty() || !part(*url, CURLUPART_FRAGMENT).empty())
    return url_error(text, "has a query or fragment");
  if (!part(*url, CURLUPART_USER).empty()) return url_error(text, "has a user name");
  const std::string host = part(*url, CURLUPART_HOST);
  const std::string port = part(*url, CURLUPART_PORT, CURLU_DEFAULT_PORT);

  Target target;
  target.host_port = host + ":" + port;
  target.url = text;
  while (target.url.ends_with('/')) target.url.pop_back();
  if (!options.server_name.empty() && options.server_name != host) {
    // curl verifies the URL's host: name it there, and connect to the real one.
    curl_url_set(url.get(), CURLUPART_HOST, options.server_name.c_str(), 0);
    target.url = part(*url, CURLUPART_URL);
    while (target.url.ends_with('/')) target.url.pop_back();
    target.connect_to = options.server_name + ":" + port + ":" + host + ":" + port;
    target.host_field = part(*url, CURLUPART_PORT).empty() ? host : target.host_port;
  }
  return target;
}

}  // namespace threeport::http
