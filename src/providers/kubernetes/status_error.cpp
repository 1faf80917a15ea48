#include "providers/kubernetes/status_error.h"

#include "providers/kubernetes/cluster.h"

namespace threeport::providers::kubernetes {

namespace {

using base::ErrorKind;
using base::json::Value;

struct Meaning {
  ErrorKind kind;
  std::string_view reason = {};
};

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

bool has_cause(const Value& status, std::string_view cause_reason) {
  const Value& causes = status.at("details", "causes");
  if (!causes.is_array()) return false;
  for (const Value& cause : causes.as_array()) {
    if (cause.at("reason").text() == cause_reason) return true;
  }
  return false;
}

Meaning meaning_of_forbidden(const Value& status, std::string_view message) {
  if (has_cause(status, "NamespaceTerminating") || contains(message, "because it is being terminated")) {
    return {ErrorKind::blocked, reason::kNamespaceTerminating};
  }
  if (contains(message, "exceeded quota") || contains(message, "failed quota")) {
    return {ErrorKind::blocked, reason::kQuotaExceeded};
  }
  // The authorizer's wording; every other 403 comes from admission and judges the object, not the caller.
  if (contains(message, " cannot ") && (contains(message, "in API group") || contains(message, "cannot get path"))) {
    return {ErrorKind::denied, reason::kForbidden};
  }
  return {ErrorKind::invalid, reason::kRejected};
}

Meaning meaning_of_missing(const Value& status, std::string_view subject, std::string_view message) {
  // Plain text comes from the router: no handler, so no such type (any more).
  if (contains(message, "could not find the requested resource") || status.at("kind").text() != "Status") {
    return {ErrorKind::invalid, reason::kKindUnknown};
  }
  const bool writes = subject.starts_with("apply ");
  if (writes && status.at("details", "kind").text() == "namespaces") {
    return {ErrorKind::blocked, reason::kNamespaceMissing};
  }
  return {ErrorKind::not_found};
}

Meaning meaning_of(int code, const Value& status, std::string_view subject, std::string_view message) {
  switch (code) {
    case 401: return {ErrorKind::denied, reason::kCredentialsInvalid};
    case 403: return meaning_of_forbidden(status, message);
    case 404: return meaning_of_missing(status, subject, message);
    case 409: return {ErrorKind::conflict, reason::kConflict};
    case 410: return {ErrorKind::expired};
    case 429: return {ErrorKind::unavailable, reason::kThrottled};
    default:
      // Server-side apply answers 500 where a manifest does not fit the schema of its kind.
      if (contains(message, "failed to create typed patch object")) return {ErrorKind::invalid, reason::kRejected};
      if (code >= 500) return {ErrorKind::unavailable, reason::kRuntimeUnreachable};
      return {ErrorKind::invalid, reason::kRejected};
  }
}

/// Causes that the message does not tell yet, as "field: message".
std::string untold_causes(const Value& status, std::string_view message) {
  std::string out;
  const Value& causes = status.at("details", "causes");
  if (!causes.is_array()) return out;
  for (const Value& cause : causes.as_array()) {
    const std::string_view words = cause.at("message").text();
    if (words.empty() || contains(message, words)) continue;
    const std::string_view field = cause.at("field").text();
    out += "; " + (field.empty() ? "" : std::string(field) + ": ") + std::string(words);
  }
  return out;
}

}  // namespace

base::Error error_of_status(int code, const Value& status, std::string_view subject,
                            std::optional<base::Millis> retry_after) {
  std::string message(status.at("message").text());
  if (message.empty()) message = "the API server answered " + std::to_string(code);
  const Meaning meaning = meaning_of(code, status, subject, message);
  base::Error error{.kind = meaning.kind, .message = {}, .detail = "HTTP " + std::to_string(code)};
  error.reason = std::string(meaning.reason);
  error.message = std::string(subject) + ": " + message + untold_causes(status, message);
  if (code == 401) error.message += "; renew the credentials of the kubeconfig";
  if (retry_after) {
    error.retry_after = retry_after;
  } else if (const auto seconds = status.at("details", "retryAfterSeconds").as_int(); seconds && *seconds > 0) {
    error.retry_after = base::Millis(*seconds * 1000);
  }
  return error;
}

base::Error kind_unknown(std::string_view api_version, std::string_view kind) {
  base::Error error = base::invalid("the cluster has no kind " + std::string(kind) + " in " + std::string(api_version) +
                                    "; install its custom resource definition first, or correct apiVersion and kind");
  error.reason = std::string(reason::kKindUnknown);
  return error;
}

}  // namespace threeport::providers::kubernetes
