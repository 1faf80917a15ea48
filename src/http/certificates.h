// A small certificate authority: what one control plane and its clients need to know each other (RFC 5280).
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"

namespace threeport::http {

/// A certificate and its key (EC P-256, PKCS #8), as PEM.
struct IssuedCertificate {
  std::string certificate_pem;
  base::Secret<std::string> key_pem;
};

/// Valid for [from, until]; `from` should be a little before now, because clocks differ.
struct Validity {
  base::TimePoint from{}, until{};
};

/// Move-only; used by one thread.
class CertificateAuthority {
 public:
  /// A new self-signed one that may sign certificates of servers and clients, no further authorities.
  static base::Result<CertificateAuthority> make(std::string_view common_name, const Validity& validity);
  /// Error `invalid`: a text is no PEM, or the key belongs to another certificate.
  static base::Result<CertificateAuthority> load(std::string_view certificate_pem,
                                                 const base::Secret<std::string>& key_pem);
  CertificateAuthority(CertificateAuthority&&) noexcept;
  CertificateAuthority& operator=(CertificateAuthority&&) noexcept;
  ~CertificateAuthority();

  [[nodiscard]] const IssuedCertificate& own() const { return own_; }
  /// `hosts`: the names and IP addresses at which clients reach the server. Error `invalid`: one is neither.
  [[nodiscard]] base::Result<IssuedCertificate> issue_for_server(std::string_view common_name,
                                                                 const std::vector<std::string>& hosts,
                                                                 const Validity& validity) const;
  [[nodiscard]] base::Result<IssuedCertificate> issue_for_client(std::string_view common_name,
                                                                 const Validity& validity) const;

 private:
  struct Material;
  CertificateAuthority(std::unique_ptr<Material> material, IssuedCertificate own);
  [[nodiscard]] base::Result<IssuedCertificate> issue(std::string_view common_name, const std::string& names,
                                                      const char* usage, const Validity& validity) const;

  std::unique_ptr<Material> material_;
  IssuedCertificate own_;
};

/// What one reads off a certificate.
struct CertificateFacts {
  std::string common_name;
  base::TimePoint until{};
  std::vector<std::string> hosts;  ///< DNS names and IP addresses that it covers
};
/// Of the first certificate in the text. Error `invalid`.
base::Result<CertificateFacts> read_certificate_facts(std::string_view pem);
/// Whether the certificate carries a signature of that authority; false where a text is no certificate.
bool is_issued_by(std::string_view certificate_pem, std::string_view authority_pem);

}  // namespace threeport::http
