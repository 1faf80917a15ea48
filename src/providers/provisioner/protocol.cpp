#include "providers/provisioner/protocol.h"

#include "base/utf8.h"

namespace threeport::providers::provisioner {
namespace {

constexpr std::size_t kShortestSecret = 4;
constexpr std::size_t kLongestMessage = 2000;

json::Value object_of(const json::Value& value) { return value.is_null() ? json::Value(json::Object()) : value; }

base::Error unexpected(std::string what) {
  return failure(base::ErrorKind::unavailable, "its answer " + std::move(what) +
                                                   "; it must be one JSON object with resource_state, "
                                                   "resource_outputs, shared_state and manifests");
}

base::Result<void> take_object(const json::Member& member, json::Value& out) {
  if (member.value.is_null()) return {};
  if (!member.value.is_object()) return unexpected("has the member " + member.key + ", which is no object");
  out = member.value;
  return {};
}

base::Result<void> take_manifests(const json::Value& value, json::Array& out) {
  if (value.is_null()) return {};
  const json::Array* list = value.if_array();
  if (list == nullptr) return unexpected("has the member manifests, which is no list");
  for (const json::Value& manifest : *list) {
    if (!manifest.is_object()) return unexpected("has an element of manifests that is no object");
  }
  out = *list;
  return {};
}

}  // namespace

json::Object to_json(const Request& request) {
  return {{"resource_guid", request.guid},
          {"resource_uid", request.uid},
          {"resource_type", request.type},
          {"resource_class", request.class_name},
          {"resource_id", request.id},
          {"resource_params", object_of(request.params)},
          {"resource_metadata", object_of(request.metadata)},
          {"resource_state", object_of(request.state)},
          {"shared_state", object_of(request.shared_state)},
          {"source_workload", request.source_workload},
          {"workload_metadata", object_of(request.workload_metadata)},
          {"workload_services", object_of(request.workload_services)},
          {"namespace", request.ns}};
}

base::Result<Response> parse_response(std::string_view text) {
  auto parsed = json::parse(text);
  if (!parsed) return unexpected("is no JSON (" + parsed.error().message + ")");
  const json::Object* members = parsed->if_object();
  if (members == nullptr) return unexpected("is no object");
  Response out;
  for (const json::Member& member : *members) {
    if (member.key == "resource_state") {
      TP_CHECK(take_object(member, out.state));
    } else if (member.key == "resource_outputs") {
      TP_CHECK(take_object(member, out.outputs));
    } else if (member.key == "shared_state") {
      TP_CHECK(take_object(member, out.shared_state));
    } else if (member.key == "manifests") {
      TP_CHECK(take_manifests(member.value, out.manifests));
    } else {
      return unexpected("has the unknown member \"" + member.key + "\"");
    }
  }
  return out;
}

std::string without_secrets(std::string_view text, const Request& request) {
  std::string out(text);
  for (const std::string& secret : request.secrets) {
    if (secret.size() < kShortestSecret) continue;
    for (std::size_t at = out.find(secret); at != std::string::npos; at = out.find(secret, at + 3))
      out.replace(at, secret.size(), "***");
  }
  if (out.size() > kLongestMessage) out.erase(0, out.size() - kLongestMessage);
  return base::replace_invalid_utf8(out);
}

base::Error failure(base::ErrorKind kind, std::string message) {
  return {.kind = kind,
          .message = std::move(message),
          .detail = {},
          .retry_after = {},
          .reason = std::string(kProvisionerFailed)};
}

}  // namespace threeport::providers::provisioner
