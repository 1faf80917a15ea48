#include "http/exchange_error.h"

#include <cerrno>
#include <system_error>

#include <curl/curl.h>
#include <openssl/x509_vfy.h>

#include "base/text.h"

namespace threeport::http {
namespace {

base::Error make(base::ErrorKind kind, std::string reason, std::string message, const TransferFailure& failure) {
  base::Error error{.kind = kind, .message = std::move(message), .detail = failure.text};
  error.reason = std::move(reason);
  return error;
}

base::Error unavailable(std::string reason, std::string message, const TransferFailure& failure) {
  return make(base::ErrorKind::unavailable, std::move(reason), std::move(message), failure);
}

base::Error connect_error(const TransferFailure& failure) {
  const std::string message = "cannot connect to " + failure.host_port + ": ";
  if (failure.os_error == ECONNREFUSED)
    return unavailable("ConnectionRefused", message + "connection refused", failure);
  if (failure.os_error == ETIMEDOUT) return unavailable("Timeout", message + "timed out", failure);
  if (failure.os_error == 0) return unavailable("Unreachable", message + failure.text, failure);
  return unavailable("Unreachable", message + base::lower(std::system_category().message(failure.os_error)), failure);
}

/// curl: "SSL certificate problem: self-signed certificate" and the like; the part after the colon is for users.
std::string after_colon(const std::string& text) {
  const std::size_t colon = text.find(": ");
  return colon == std::string::npos ? text : text.substr(colon + 2);
}

}  // namespace

base::Error timeout_error(std::string message) {
  base::Error error = base::unavailable(std::move(message));
  error.reason = "Timeout";
  return error;
}

base::Error transfer_error(const TransferFailure& failure) {
  const std::string& host = failure.host_port;
  if (failure.is_repeated)
    return unavailable("AnswerBroken",
                       host + " closed the connection without an answer; it may have carried out the request", failure);
  if (failure.verify_error != X509_V_OK)
    return make(
        base::ErrorKind::denied, "CertificateInvalid",
        "the certificate of " + host + " is not trusted: " + X509_verify_cert_error_string(failure.verify_error),
        failure);
  switch (failure.code) {
    case CURLE_COULDNT_RESOLVE_HOST:
      return unavailable("Unreachable", "cannot connect to " + host + ": no such host name", failure);
    case CURLE_COULDNT_RESOLVE_PROXY:
      return unavailable("Unreachable", "cannot connect to " + host + ": no such proxy host", failure);
    case CURLE_COULDNT_CONNECT: return connect_error(failure);
    case CURLE_OPERATION_TIMEDOUT:
      return unavailable(
          "Timeout",
          "cannot connect to " + host + ": no answer within " + base::format_duration(failure.connect_timeout),
          failure);
    case CURLE_PEER_FAILED_VERIFICATION:
      return make(base::ErrorKind::denied, "CertificateInvalid",
                  "the certificate of " + host + " is not trusted: " + after_colon(failure.text), failure);
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CIPHER:
      return unavailable("TlsFailed", "the TLS handshake with " + host + " failed: " + failure.text, failure);
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE:
      return make(base::ErrorKind::invalid, "CertificateInvalid",
                  "cannot use the certificates for " + host + ": " + failure.text, failure);
    case CURLE_UNSUPPORTED_PROTOCOL:  // HTTP/0.9, that is: no status line
    case CURLE_WEIRD_SERVER_REPLY:
      return unavailable("AnswerBroken", host + " does not answer in HTTP; check the port", failure);
    case CURLE_URL_MALFORMAT:
      return make(base::ErrorKind::invalid, "", "the URL of " + host + " is malformed: " + failure.text, failure);
    case CURLE_GOT_NOTHING:
      return unavailable("AnswerBroken", host + " closed the connection without an answer", failure);
    case CURLE_PARTIAL_FILE:
      return unavailable("AnswerBroken", host + " closed the connection within its answer", failure);
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
      return unavailable("AnswerBroken", "the connection to " + host + " broke: " + failure.text, failure);
    default: return unavailable("Unreachable", "the call to " + host + " failed: " + failure.text, failure);
  }
}

}  // namespace threeport::http
