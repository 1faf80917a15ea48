#include "http/channel.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>

#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "http/openssl_error.h"

namespace threeport::http {
namespace {

using Kind = IoResult::Kind;

IoResult socket_result(ssize_t returned, Kind would_block) {
  if (returned > 0) return {Kind::done, static_cast<std::size_t>(returned)};
  if (returned == 0) return {Kind::closed};
  if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return {would_block};
  return {Kind::failed};
}

// OpenSSL's own socket BIO writes without MSG_NOSIGNAL: a peer that has gone would raise SIGPIPE in the whole process.
int bio_write(BIO* bio, const char* data, int size) {
  BIO_clear_retry_flags(bio);
  const int descriptor = *static_cast<const int*>(BIO_get_data(bio));
  const ssize_t sent = ::send(descriptor, data, static_cast<std::size_t>(size), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) BIO_set_retry_write(bio);
  return static_cast<int>(sent);
}

int bio_read(BIO* bio, char* data, int size) {
  BIO_clear_retry_flags(bio);
  const int descriptor = *static_cast<const int*>(BIO_get_data(bio));
  const ssize_t got = ::recv(descriptor, data, static_cast<std::size_t>(size), MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) BIO_set_retry_read(bio);
  return static_cast<int>(got);
}

long bio_control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

BIO_METHOD* bio_method() {
  static BIO_METHOD* const method = [] {
    BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket");
    BIO_meth_set_write(made, bio_write);
    BIO_meth_set_read(made, bio_read);
    BIO_meth_set_ctrl(made, bio_control);
    return made;
  }();
  return method;
}

int select_protocol(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* in, unsigned in_size,
                    void*) {
  static constexpr std::array<unsigned char, 9> kHttp11 = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, out_size, kHttp11.data(), kHttp11.size(), in, in_size) != OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

/// Lets the handshake go on and notes what is wrong with the client's certificate.
int note_verification(int is_good, X509_STORE_CTX* verification) {
  if (is_good == 1) return 1;
  const auto* tls =
      static_cast<const SSL*>(X509_STORE_CTX_get_ex_data(verification, SSL_get_ex_data_X509_STORE_CTX_idx()));
  static_cast<Channel*>(SSL_get_app_data(tls))->note_problem(X509_STORE_CTX_get_error(verification));
  return 1;
}

base::Error file_error(const std::string& what, const std::string& file) {
  base::Error error = base::invalid(what + " " + file + ": " + take_openssl_error());
  error.reason = "CertificateInvalid";
  return error;
}

}  // namespace

base::Result<std::unique_ptr<TlsContext>> TlsContext::make(const std::string& certificate_file,
                                                           const std::string& key_file,
                                                           const std::string& client_ca_file) {
  ERR_clear_error();
  std::unique_ptr<TlsContext> made(new TlsContext(SSL_CTX_new(TLS_server_method())));
  SSL_CTX* context = made->native();
  if (context == nullptr) return base::internal("cannot set up TLS: " + take_openssl_error());
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET | SSL_OP_IGNORE_UNEXPECTED_EOF |
                                   SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(context,
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_alpn_select_cb(context, select_protocol, nullptr);
  if (SSL_CTX_use_certificate_chain_file(context, certificate_file.c_str()) != 1)
    return file_error("cannot use the certificate file", certificate_file);
  if (SSL_CTX_use_PrivateKey_file(context, key_file.c_str(), SSL_FILETYPE_PEM) != 1)
    return file_error("cannot use the key file", key_file);
  if (SSL_CTX_check_private_key(context) != 1)
    return file_error("the key does not belong to the certificate: key file", key_file);
  if (!client_ca_file.empty()) {
    if (SSL_CTX_load_verify_locations(context, client_ca_file.c_str(), nullptr) != 1)
      return file_error("cannot use the client CA file", client_ca_file);
    SSL_CTX_set_client_CA_list(context, SSL_load_client_CA_file(client_ca_file.c_str()));
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, note_verification);
  }
  return made;
}

TlsContext::~TlsContext() { SSL_CTX_free(context_); }

Channel::Channel(int descriptor, const TlsContext* tls) : descriptor_(descriptor) {
  if (tls == nullptr) return;
  tls_ = SSL_new(tls->native());
  BIO* bio = BIO_new(bio_method());
  BIO_set_data(bio, &descriptor_);
  BIO_set_init(bio, 1);
  SSL_set_bio(tls_, bio, bio);
  SSL_set_accept_state(tls_);
  SSL_set_app_data(tls_, this);
}

Channel::~Channel() { SSL_free(tls_); }

IoResult Channel::tls_result(int returned) const {
  if (returned > 0) return {Kind::done, static_cast<std::size_t>(returned)};
  const int error = SSL_get_error(tls_, returned);
  ERR_clear_error();
  if (error == SSL_ERROR_WANT_READ) return {Kind::wants_read};
  if (error == SSL_ERROR_WANT_WRITE) return {Kind::wants_write};
  return {error == SSL_ERROR_ZERO_RETURN ? Kind::closed : Kind::failed};
}

IoResult Channel::handshake() {
  ERR_clear_error();
  return tls_result(SSL_do_handshake(tls_));
}

IoResult Channel::receive(std::span<char> buffer) {
  if (tls_ == nullptr)
    return socket_result(::recv(descriptor_, buffer.data(), buffer.size(), MSG_DONTWAIT), Kind::wants_read);
  ERR_clear_error();
  return tls_result(SSL_read(tls_, buffer.data(), static_cast<int>(buffer.size())));
}

IoResult Channel::send(std::string_view head, std::string_view body) {
  if (tls_ != nullptr) {
    // One record for both where the body is short; two calls would be two packets.
    constexpr std::size_t kJoinBelow = 16u << 10;
    if (head.empty() || body.empty()) return send_tls(head.empty() ? body : head);
    if (head.size() + body.size() < kJoinBelow) return send_tls(std::string(head).append(body));
    const IoResult first = send_tls(head);
    if (first.kind != Kind::done || first.bytes < head.size()) return first;
    const IoResult second = send_tls(body);
    return {Kind::done, first.bytes + (second.kind == Kind::done ? second.bytes : 0)};
  }
  std::array<iovec, 2> parts{{{const_cast<char*>(head.data()), head.size()},  // NOLINT: iovec has no const
                              {const_cast<char*>(body.data()), body.size()}}};
  msghdr message{};
  message.msg_iov = parts.data();
  message.msg_iovlen = body.empty() ? 1 : 2;
  return socket_result(::sendmsg(descriptor_, &message, MSG_NOSIGNAL | MSG_DONTWAIT), Kind::wants_write);
}

IoResult Channel::send_tls(std::string_view bytes) {
  ERR_clear_error();
  const std::size_t size = std::min<std::size_t>(bytes.size(), std::numeric_limits<int>::max());
  return tls_result(SSL_write(tls_, bytes.data(), static_cast<int>(size)));
}

void Channel::end_output() {
  if (tls_ != nullptr && SSL_is_init_finished(tls_) == 1) {
    ERR_clear_error();
    SSL_shutdown(tls_);
    ERR_clear_error();
  }
  ::shutdown(descriptor_, SHUT_WR);
}

bool Channel::has_input() const {
  if (tls_ != nullptr && SSL_pending(tls_) > 0) return true;
  char byte = 0;
  return ::recv(descriptor_, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

void Channel::note_problem(int code) {
  if (problem_ == X509_V_OK) problem_ = code;
}

std::string Channel::client_certificate_problem() const {
  switch (problem_) {
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_CERT_SIGNATURE_FAILURE: return "it was issued by another CA";
    default: break;
  }
  if (problem_ != X509_V_OK) return X509_verify_cert_error_string(problem_);
  const bool was_sent = tls_ != nullptr && SSL_get0_peer_certificate(tls_) != nullptr;
  return was_sent && client_common_name().empty() ? "its subject has no common name" : "";
}

std::string Channel::client_common_name() const {
  if (tls_ == nullptr || problem_ != X509_V_OK || SSL_get_verify_result(tls_) != X509_V_OK) return {};
  X509* certificate = SSL_get1_peer_certificate(tls_);
  if (certificate == nullptr) return {};
  std::string name;
  X509_NAME* subject = X509_get_subject_name(certificate);
  const int index = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (index >= 0) {
    unsigned char* text = nullptr;
    const int size = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, index)));
    if (size > 0) name.assign(reinterpret_cast<const char*>(text), static_cast<std::size_t>(size));
    OPENSSL_free(text);
  }
  X509_free(certificate);
  return name;
}

}  // namespace threeport::http
