#include "providers/provisioner/http_provisioner.h"

#include "providers/provisioner/protocol.h"

namespace threeport::providers::provisioner {
namespace {

constexpr std::size_t kMostOutput = std::size_t{4} << 20;

base::ErrorKind kind_of(int status) {
  if (status == 401 || status == 403) return base::ErrorKind::denied;
  const bool passes = status == 408 || status == 425 || status == 429 || status >= 500;
  return passes ? base::ErrorKind::unavailable : base::ErrorKind::invalid;
}

/// The server's words: `error` or `message` of a JSON object, else the text.
std::string words_of(const std::string& body) {
  const auto parsed = json::parse(body);
  if (!parsed) return body;
  for (const std::string_view member : {"error", "message"}) {
    if (const std::string* text = parsed->at(member).if_string()) return *text;
  }
  return body;
}

}  // namespace

base::Result<std::unique_ptr<Provisioner>> HttpProvisioner::make(std::string_view url, std::string ca_pem) {
  const std::size_t scheme = url.find("://");
  const bool is_http = url.starts_with("http://") || url.starts_with("https://");
  if (!is_http || url.size() == scheme + 3 || url[scheme + 3] == '/')
    return failure(base::ErrorKind::invalid, "URL must begin with http:// or https:// and a host");
  const std::size_t path = url.find('/', scheme + 3);
  http::ClientOptions options;
  options.base_url = url.substr(0, path);
  options.ca_pem = std::move(ca_pem);
  options.max_body_bytes = kMostOutput;
  TP_TRY(auto client, http::Client::make(std::move(options)));
  return std::unique_ptr<Provisioner>(std::make_unique<HttpProvisioner>(
      std::move(client), path == std::string_view::npos ? "/" : std::string(url.substr(path)), base::system_clock()));
}

base::Result<std::string> HttpProvisioner::post(std::string_view mode, const Request& request,
                                                const CallOptions& call) {
  json::Object body = to_json(request);
  body.append("mode", mode);
  http::Headers headers;
  headers.add("Content-Type", "application/json");
  headers.add("Accept", "application/json");
  auto answer = client_->call({.method = "POST",
                               .target = target_,
                               .headers = std::move(headers),
                               .body = json::dump(body),
                               .timeout = call.timeout,
                               .stop = call.stop});
  if (!answer) {
    base::Error error = std::move(answer).error();
    if (error.kind != base::ErrorKind::canceled) error.reason = kProvisionerFailed;
    return error;
  }
  if (answer->status >= 200 && answer->status < 300) return std::move(answer->body);
  base::Error error = failure(kind_of(answer->status), "the provisioner answered " + std::to_string(answer->status) +
                                                           ": " + without_secrets(words_of(answer->body), request));
  error.retry_after = http::retry_after(answer->headers, clock_.now());
  return error;
}

base::Result<Response> HttpProvisioner::provision(const Request& request, const CallOptions& call) {
  TP_TRY(const std::string body, post("provision", request, call));
  return parse_response(body);
}

base::Result<void> HttpProvisioner::remove(const Request& request, const CallOptions& call) {
  TP_CHECK(post("remove", request, call));
  return {};
}

}  // namespace threeport::providers::provisioner
