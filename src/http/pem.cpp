#include "http/pem.h"

#include <memory>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "http/openssl_error.h"

namespace threeport::http {
namespace {

struct Free {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
template <typename T>
using Owned = std::unique_ptr<T, Free>;

Owned<BIO> reader(std::string_view text) {
  return Owned<BIO>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

/// An encrypted key must not make OpenSSL ask on the terminal.
int no_password(char*, int, int, void*) { return -1; }

base::Error pem_error(std::string_view what) {
  base::Error error = base::invalid(std::string(what) + " is not valid PEM: " + take_openssl_error());
  error.reason = "CertificateInvalid";
  return error;
}

Owned<X509> read_certificate(BIO& bio) {
  return Owned<X509>(PEM_read_bio_X509_AUX(&bio, nullptr, no_password, nullptr));
}

}  // namespace

base::Result<void> check_certificates(std::string_view pem, std::string_view what) {
  if (pem.empty()) return {};
  ERR_clear_error();
  const Owned<BIO> bio = reader(pem);
  if (read_certificate(*bio) == nullptr) return pem_error(what);
  while (read_certificate(*bio) != nullptr) continue;
  const bool is_at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  if (!is_at_end) return pem_error(what);
  ERR_clear_error();
  return {};
}

base::Result<void> check_key_pair(std::string_view certificate_pem, std::string_view key_pem) {
  if (certificate_pem.empty() && key_pem.empty()) return {};
  if (certificate_pem.empty()) return base::invalid("a client key is given without its client certificate");
  if (key_pem.empty()) return base::invalid("a client certificate is given without its client key");
  TP_CHECK(check_certificates(certificate_pem, "the client certificate"));
  const Owned<BIO> key_bio = reader(key_pem);
  const Owned<EVP_PKEY> key(PEM_read_bio_PrivateKey(key_bio.get(), nullptr, no_password, nullptr));
  if (key == nullptr) return pem_error("the client key");
  const Owned<BIO> bio = reader(certificate_pem);
  const Owned<X509> certificate = read_certificate(*bio);
  if (X509_check_private_key(certificate.get(), key.get()) != 1) {
    ERR_clear_error();
    return base::invalid("the client key does not belong to the client certificate");
  }
  return {};
}

}  // namespace threeport::http
