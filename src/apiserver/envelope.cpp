#include "apiserver/envelope.h"

#include "base/json.h"
#include "base/utf8.h"

namespace threeport::apiserver {
namespace {

constexpr std::string_view kJson = "application/json";

http::Response envelope(std::string_view type, std::string_view data, PageInfo page, int status, std::string_view error,
                        std::string_view reason = {}) {
  std::string body;
  body.reserve(data.size() + 192);
  body += "{\"Meta\":{\"Page\":";
  body += std::to_string(page.page);
  body += ",\"Size\":";
  body += std::to_string(page.size);
  body += ",\"TotalCount\":";
  body += std::to_string(page.total);
  body += "},\"Type\":";
  json::append_string(body, type);
  body += ",\"Data\":";
  body += data;
  body += ",\"Status\":{\"code\":";
  body += std::to_string(status);
  body += ",\"message\":";
  json::append_string(body, http::reason_phrase(status));
  body += ",\"error\":";
  json::append_string(body, base::replace_invalid_utf8(error));  // it may quote what the client has sent
  if (!reason.empty()) {
    body += ",\"reason\":";
    json::append_string(body, reason);
  }
  body += "}}\n";
  return json_text(std::move(body), status);
}

}  // namespace

http::Response success(std::string_view type, std::string_view data, PageInfo page, int status) {
  return envelope(type, data, page, status, "");
}

http::Response failure(std::string_view type, int status, std::string_view error, std::string_view data) {
  return envelope(type, data, {0, 0, 0}, status, error);
}

http::Response failure(std::string_view type, const base::Error& error) {
  // The answers that v0 gives have no such member; it gives no 503.
  const std::string_view reason = error.kind == base::ErrorKind::unavailable ? error.reason : std::string_view();
  http::Response response = envelope(type, "null", {0, 0, 0}, base::http_status(error.kind), error.message, reason);
  if (error.retry_after) {
    response.headers.add("Retry-After", std::to_string((error.retry_after->count() + 999) / 1000));
  }
  return response;
}

http::Response bare(int status) {
  std::string body = "{\"message\":";
  json::append_string(body, http::reason_phrase(status));
  return json_text(body + "}\n", status);
}

http::Response json_text(std::string body, int status) {
  http::Response response;
  response.status = status;
  response.headers.add("Content-Type", std::string(kJson));
  response.body = std::move(body);
  return response;
}

void make_pretty(http::Response& response) {
  if (response.headers.get("Content-Type") != kJson) return;
  if (auto value = json::parse(response.body)) response.body = json::dump_pretty(*value) + "\n";
}

}  // namespace threeport::apiserver
