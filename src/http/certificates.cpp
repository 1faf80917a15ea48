#include "http/certificates.h"

#include <algorithm>
#include <array>

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/crypto.h"
#include "http/openssl_error.h"
#include "http/pem.h"

namespace threeport::http {
namespace {

struct Free {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(X509_EXTENSION* extension) const { X509_EXTENSION_free(extension); }
  void operator()(BIGNUM* number) const { BN_free(number); }
  void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
};
template <typename T>
using Owned = std::unique_ptr<T, Free>;

base::Error openssl_failure(std::string_view what) {
  return base::internal("cannot " + std::string(what) + ": " + take_openssl_error());
}

Owned<BIO> reader(std::string_view text) {
  return Owned<BIO>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

std::string text_of(BIO& bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(&bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

Owned<X509> parse_certificate(std::string_view pem) {
  const Owned<BIO> bio = reader(pem);
  Owned<X509> certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  ERR_clear_error();
  return certificate;
}

std::time_t seconds_of(base::TimePoint time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

bool set_serial(X509& certificate) {
  // 127 random bits: positive, and unique without a register (RFC 5280, 4.1.2.2).
  std::string bytes = base::random_bytes(16);
  bytes[0] = static_cast<char>(static_cast<unsigned char>(bytes[0]) & 0x7fU);
  const Owned<BIGNUM> number(
      BN_bin2bn(reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()), nullptr));
  return number != nullptr && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(&certificate)) != nullptr;
}

bool set_subject(X509& certificate, std::string_view common_name) {
  X509_NAME* name = X509_get_subject_name(&certificate);
  const auto add = [&](const char* key, std::string_view value) {
    return X509_NAME_add_entry_by_txt(name, key, MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(value.data()),
                                      static_cast<int>(value.size()), -1, 0) == 1;
  };
  return add("O", "Threeport") && add("CN", common_name);
}

/// `value` in the notation of OpenSSL's configuration, such as "critical,CA:FALSE".
bool add_extension(X509& certificate, X509& issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, &issuer, &certificate, nullptr, nullptr, 0);
  const Owned<X509_EXTENSION> extension(X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()));
  return extension != nullptr && X509_add_ext(&certificate, extension.get(), -1) == 1;
}

/// Everything but the extensions and the signature.
Owned<X509> draft(std::string_view common_name, EVP_PKEY& key, const Validity& validity) {
  Owned<X509> made(X509_new());
  const bool is_good = made != nullptr && X509_set_version(made.get(), X509_VERSION_3) == 1 && set_serial(*made) &&
                       ASN1_TIME_set(X509_getm_notBefore(made.get()), seconds_of(validity.from)) != nullptr &&
                       ASN1_TIME_set(X509_getm_notAfter(made.get()), seconds_of(validity.until)) != nullptr &&
                       set_subject(*made, common_name) && X509_set_pubkey(made.get(), &key) == 1;
  return is_good ? std::move(made) : nullptr;
}

base::Result<IssuedCertificate> as_pem(X509& certificate, EVP_PKEY& key) {
  const Owned<BIO> certificate_bio(BIO_new(BIO_s_mem())), key_bio(BIO_new(BIO_s_secmem()));
  if (PEM_write_bio_X509(certificate_bio.get(), &certificate) != 1 ||
      PEM_write_bio_PKCS8PrivateKey(key_bio.get(), &key, nullptr, nullptr, 0, nullptr, nullptr) != 1)
    return openssl_failure("write a certificate");
  return IssuedCertificate{text_of(*certificate_bio), base::Secret(text_of(*key_bio))};
}

bool is_address(const std::string& host) {
  std::array<unsigned char, 16> bytes{};
  return inet_pton(AF_INET, host.c_str(), bytes.data()) == 1 || inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1;
}

/// As the extension subjectAltName takes it: "DNS:localhost,IP:127.0.0.1".
base::Result<std::string> alternative_names(const std::vector<std::string>& hosts) {
  std::string out;
  for (const std::string& host : hosts) {
    const bool is_name = !host.empty() && host.size() <= 253 && std::all_of(host.begin(), host.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
             c == '*';
    });
    const bool is_ip = is_address(host);
    if (!is_name && !is_ip) {
      return base::invalid("\"" + host + "\" is neither a host name nor an IP address, such as api.example.org or ::1");
    }
    out += (out.empty() ? "" : ",") + std::string(is_ip ? "IP:" : "DNS:") + host;
  }
  return out;
}

}  // namespace

struct CertificateAuthority::Material {
  Owned<X509> certificate;
  Owned<EVP_PKEY> key;
};

CertificateAuthority::CertificateAuthority(std::unique_ptr<Material> material, IssuedCertificate own)
    : material_(std::move(material)), own_(std::move(own)) {}
CertificateAuthority::CertificateAuthority(CertificateAuthority&&) noexcept = default;
CertificateAuthority& CertificateAuthority::operator=(CertificateAuthority&&) noexcept = default;
CertificateAuthority::~CertificateAuthority() = default;

base::Result<CertificateAuthority> CertificateAuthority::make(std::string_view common_name, const Validity& validity) {
  ERR_clear_error();
  auto material = std::make_unique<Material>();
  material->key.reset(EVP_EC_gen("P-256"));
  if (material->key == nullptr) return openssl_failure("make a key");
  material->certificate = draft(common_name, *material->key, validity);
  X509* certificate = material->certificate.get();
  if (certificate == nullptr || X509_set_issuer_name(certificate, X509_get_subject_name(certificate)) != 1 ||
      !add_extension(*certificate, *certificate, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") ||
      !add_extension(*certificate, *certificate, NID_key_usage, "critical,keyCertSign,cRLSign") ||
      !add_extension(*certificate, *certificate, NID_subject_key_identifier, "hash") ||
      X509_sign(certificate, material->key.get(), EVP_sha256()) == 0)
    return openssl_failure("make the certificate " + std::string(common_name));
  TP_TRY(auto own, as_pem(*certificate, *material->key));
  return CertificateAuthority(std::move(material), std::move(own));
}

base::Result<CertificateAuthority> CertificateAuthority::load(std::string_view certificate_pem,
                                                              const base::Secret<std::string>& key_pem) {
  TP_CHECK(check_key_pair(certificate_pem, key_pem.reveal()));
  auto material = std::make_unique<Material>();
  material->certificate = parse_certificate(certificate_pem);
  const Owned<BIO> bio = reader(key_pem.reveal());
  material->key.reset(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
  if (material->certificate == nullptr || material->key == nullptr)
    return base::invalid("the certificate of the authority or its key is empty");
  return CertificateAuthority(std::move(material), {std::string(certificate_pem), key_pem});
}

base::Result<IssuedCertificate> CertificateAuthority::issue_for_server(std::string_view common_name,
                                                                       const std::vector<std::string>& hosts,
                                                                       const Validity& validity) const {
  TP_TRY(const std::string names, alternative_names(hosts));
  return issue(common_name, names, "serverAuth", validity);
}

base::Result<IssuedCertificate> CertificateAuthority::issue_for_client(std::string_view common_name,
                                                                       const Validity& validity) const {
  return issue(common_name, "", "clientAuth", validity);
}

base::Result<IssuedCertificate> CertificateAuthority::issue(std::string_view common_name, const std::string& names,
                                                            const char* usage, const Validity& validity) const {
  ERR_clear_error();
  const Owned<EVP_PKEY> key(EVP_EC_gen("P-256"));
  if (key == nullptr) return openssl_failure("make a key");
  X509& issuer = *material_->certificate;
  const Owned<X509> made = draft(common_name, *key, validity);
  if (made == nullptr || X509_set_issuer_name(made.get(), X509_get_subject_name(&issuer)) != 1 ||
      !add_extension(*made, issuer, NID_basic_constraints, "critical,CA:FALSE") ||
      !add_extension(*made, issuer, NID_key_usage, "critical,digitalSignature") ||
      !add_extension(*made, issuer, NID_ext_key_usage, usage) ||
      !add_extension(*made, issuer, NID_subject_key_identifier, "hash") ||
      !add_extension(*made, issuer, NID_authority_key_identifier, "keyid:always") ||
      (!names.empty() && !add_extension(*made, issuer, NID_subject_alt_name, names)) ||
      X509_sign(made.get(), material_->key.get(), EVP_sha256()) == 0)
    return openssl_failure("issue the certificate " + std::string(common_name));
  return as_pem(*made, *key);
}

base::Result<CertificateFacts> read_certificate_facts(std::string_view pem) {
  const Owned<X509> certificate = parse_certificate(pem);
  if (certificate == nullptr) return base::invalid("there is no PEM certificate in it");
  CertificateFacts out;
  std::tm until{};
  ASN1_TIME_to_tm(X509_get0_notAfter(certificate.get()), &until);
  out.until = base::TimePoint(std::chrono::seconds(timegm(&until)));
  std::array<char, 256> name{};
  const int size = X509_NAME_get_text_by_NID(X509_get_subject_name(certificate.get()), NID_commonName, name.data(),
                                             static_cast<int>(name.size()));
  if (size > 0) out.common_name.assign(name.data(), static_cast<std::size_t>(size));
  const Owned<GENERAL_NAMES> names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate.get(), NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; names != nullptr && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    int kind = 0;
    const auto* value =
        static_cast<const ASN1_STRING*>(GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names.get(), i), &kind));
    const unsigned char* bytes = ASN1_STRING_get0_data(value);
    const auto length = static_cast<std::size_t>(ASN1_STRING_length(value));
    if (kind == GEN_DNS) out.hosts.emplace_back(reinterpret_cast<const char*>(bytes), length);
    if (kind != GEN_IPADD) continue;
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (inet_ntop(length == 4 ? AF_INET : AF_INET6, bytes, text.data(), text.size()) != nullptr)
      out.hosts.emplace_back(text.data());
  }
  return out;
}

bool is_issued_by(std::string_view certificate_pem, std::string_view authority_pem) {
  const Owned<X509> certificate = parse_certificate(certificate_pem), authority = parse_certificate(authority_pem);
  if (certificate == nullptr || authority == nullptr) return false;
  const bool is_signed = X509_verify(certificate.get(), X509_get0_pubkey(authority.get())) == 1;
  ERR_clear_error();
  return is_signed;
}

}  // namespace threeport::http
