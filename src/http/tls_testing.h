// Tests only: a certificate authority in memory.
#pragma once

#include <memory>
#include <string>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace threeport::http {

struct KeyPair {
  std::string certificate_pem;
  std::string key_pem;
};

/// Issues certificates for tests; valid for an hour around now, or expired an hour ago.
class TestAuthority {
 public:
  enum class Validity { current, expired };

  TestAuthority() : key_(make_key()), certificate_(X509_new(), X509_free) {
    fill(*certificate_, "Test CA", Validity::current);
    X509_set_pubkey(certificate_.get(), key_.get());
    extend(*certificate_, NID_basic_constraints, "critical,CA:TRUE");
    extend(*certificate_, NID_key_usage, "critical,keyCertSign,cRLSign");
    X509_sign(certificate_.get(), key_.get(), EVP_sha256());
  }

  [[nodiscard]] std::string pem() const { return to_pem(*certificate_); }

  /// `names` as in a subject alternative name, e.g. "IP:127.0.0.1,DNS:localhost"; empty for clients.
  [[nodiscard]] KeyPair issue(const std::string& common_name, const std::string& names = {},
                              Validity validity = Validity::current) const {
    const Key key = make_key();
    const std::unique_ptr<X509, decltype(&X509_free)> made(X509_new(), X509_free);
    fill(*made, common_name, validity);
    X509_set_issuer_name(made.get(), X509_get_subject_name(certificate_.get()));
    X509_set_pubkey(made.get(), key.get());
    if (!names.empty()) extend(*made, NID_subject_alt_name, names);
    X509_sign(made.get(), key_.get(), EVP_sha256());
    const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), BIO_free);
    PEM_write_bio_PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    return {.certificate_pem = to_pem(*made), .key_pem = text_of(*bio)};
  }

 private:
  using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

  static Key make_key() { return {EVP_EC_gen("P-256"), EVP_PKEY_free}; }

  static std::string text_of(BIO& bio) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(&bio, &data);
    return {data, static_cast<std::size_t>(size)};
  }

  static std::string to_pem(X509& certificate) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), BIO_free);
    PEM_write_bio_X509(bio.get(), &certificate);
    return text_of(*bio);
  }

  static void fill(X509& certificate, const std::string& common_name, Validity validity) {
    static long serial = 1;
    X509_set_version(&certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(&certificate), serial++);
    X509_gmtime_adj(X509_getm_notBefore(&certificate), -7200);
    X509_gmtime_adj(X509_getm_notAfter(&certificate), validity == Validity::current ? 3600 : -3600);
    X509_NAME* name = X509_get_subject_name(&certificate);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(common_name.data()),
                               static_cast<int>(common_name.size()), -1, 0);
    X509_set_issuer_name(&certificate, name);
  }

  static void extend(X509& certificate, int kind, const std::string& value) {
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str());
    X509_add_ext(&certificate, extension, -1);
    X509_EXTENSION_free(extension);
  }

  Key key_;
  std::unique_ptr<X509, decltype(&X509_free)> certificate_;
};

}  // namespace threeport::http
