#include "cli/local_certificates.h"

#include <algorithm>
#include <optional>

#include "base/file.h"
#include "base/text.h"
#include "http/pem.h"

namespace threeport::cli {
namespace {

using base::Result;
using http::CertificateAuthority;
using http::IssuedCertificate;
using http::Validity;
using std::chrono::hours;

constexpr hours kAuthorityLife{24 * 3650};
constexpr hours kIssuedLife{24 * 365};
constexpr hours kRenewBefore{24 * 30};
constexpr hours kClockSkew{1};

/// Where v0's clients, modules and controllers reach the API inside a cluster, and everybody on this machine.
const std::vector<std::string> kUsualHosts{"localhost",
                                           "127.0.0.1",
                                           "::1",
                                           "threeport-api-server",
                                           "threeport-api-server.threeport-control-plane",
                                           "threeport-api-server.threeport-control-plane.svc",
                                           "threeport-api-server.threeport-control-plane.svc.cluster",
                                           "threeport-api-server.threeport-control-plane.svc.cluster.local"};

Validity for_the_next(hours life, const base::Clock& clock) {
  return {.from = clock.now() - kClockSkew, .until = clock.now() + life};
}

/// The pair in the files, if it is one and lasts; nullopt where it has to be made anew.
Result<std::optional<IssuedCertificate>> read_lasting(const CertificateFile& file, const base::Clock& clock) {
  auto certificate = base::read_file(file.certificate);
  auto key = base::read_file(file.key);
  for (const auto* text : {&certificate, &key}) {
    if (!*text && text->error().kind != base::ErrorKind::not_found) return text->error();
  }
  if (!certificate || !key || certificate->empty()) return std::optional<IssuedCertificate>();
  if (!http::check_key_pair(*certificate, *key)) return std::optional<IssuedCertificate>();
  TP_TRY(const auto facts, http::read_certificate_facts(*certificate));
  if (facts.until < clock.now() + kRenewBefore) return std::optional<IssuedCertificate>();
  return std::optional(IssuedCertificate{std::move(*certificate), base::Secret(std::move(*key))});
}

/// The key first: a crash in between leaves a pair that does not fit, which is made anew.
Result<void> write(const CertificateFile& file, const IssuedCertificate& pair) {
  TP_CHECK(base::write_file_atomically(file.key, pair.key_pem.reveal(), 0600));
  return base::write_file_atomically(file.certificate, pair.certificate_pem, 0600);
}

/// The CA of the folder: its certificate, and its key once something has to be signed.
class Authority {
 public:
  Authority(const CertificateFile& file, std::string name, base::Clock& clock)
      : file_(file), name_(std::move(name)), clock_(clock) {}

  /// Reads the certificate, or makes a new CA where there is none that lasts.
  Result<void> open() {
    auto certificate = base::read_file(file_.certificate);
    if (!certificate && certificate.error().kind != base::ErrorKind::not_found) return certificate.error();
    const auto facts = http::read_certificate_facts(certificate ? *certificate : "");
    if (facts && facts->until > clock_.now() + kRenewBefore) {
      pem_ = std::move(*certificate);
      return {};
    }
    TP_TRY(authority_, CertificateAuthority::make("Threeport CA " + name_, for_the_next(kAuthorityLife, clock_)));
    pem_ = authority_->own().certificate_pem;
    return write(file_, authority_->own());
  }
  [[nodiscard]] const std::string& pem() const { return pem_; }

  Result<const CertificateAuthority*> signer() {
    if (authority_) return &*authority_;
    auto key = base::read_file(file_.key);
    if (!key) {
      return base::invalid("a certificate has to be issued, but the key of the CA cannot be read (" +
                           key.error().message + "): restore it, or remove " + file_.certificate.string() +
                           " to begin with a new CA, which no old client certificate fits");
    }
    auto loaded = CertificateAuthority::load(pem_, base::Secret(std::move(*key)));
    if (!loaded) return std::move(loaded).error().with_context(file_.key.string());
    authority_ = std::move(*loaded);
    return &*authority_;
  }

 private:
  const CertificateFile& file_;
  const std::string name_;
  base::Clock& clock_;
  std::string pem_;
  std::optional<CertificateAuthority> authority_;
};

void add_missing(std::vector<std::string>& hosts, const std::vector<std::string>& more) {
  for (const std::string& one : more) {
    const std::string host = base::lower(one);
    if (std::find(hosts.begin(), hosts.end(), host) == hosts.end()) hosts.push_back(host);
  }
}

Result<bool> ensure_server(const CertificateFile& file, const std::vector<std::string>& wanted, Authority& authority,
                           const base::Clock& clock) {
  std::vector<std::string> hosts = kUsualHosts;
  add_missing(hosts, wanted);
  TP_TRY(const auto kept, read_lasting(file, clock));
  if (kept && http::is_issued_by(kept->certificate_pem, authority.pem())) {
    TP_TRY(auto facts, http::read_certificate_facts(kept->certificate_pem));
    const std::size_t covered = facts.hosts.size();
    add_missing(facts.hosts, hosts);
    if (facts.hosts.size() == covered) return false;
    hosts = std::move(facts.hosts);
  }
  TP_TRY(const auto* const signer, authority.signer());
  TP_TRY(const auto made, signer->issue_for_server("threeport-api-server", hosts, for_the_next(kIssuedLife, clock)));
  TP_CHECK(write(file, made));
  return true;
}

}  // namespace

Result<Certificates> ensure_certificates(const CertificateFiles& files, const CertificatesWanted& wanted,
                                         base::Clock& clock) {
  TP_CHECK(base::ensure_directory(files.folder, 0700));
  Authority authority(files.authority, wanted.name, clock);
  TP_CHECK(authority.open());
  Certificates out;
  out.authority_pem = authority.pem();
  TP_TRY(out.is_server_new, ensure_server(files.server, wanted.hosts, authority, clock));

  const CertificateFile client_file(files.folder, wanted.client);
  TP_TRY(auto kept, read_lasting(client_file, clock));
  if (kept && http::is_issued_by(kept->certificate_pem, authority.pem())) {
    out.client = std::move(*kept);
    return out;
  }
  TP_TRY(const auto* const signer, authority.signer());
  TP_TRY(out.client, signer->issue_for_client(wanted.client_name.empty() ? wanted.name + "-admin" : wanted.client_name,
                                              for_the_next(kIssuedLife, clock)));
  TP_CHECK(write(client_file, out.client));
  out.is_client_new = true;
  return out;
}

}  // namespace threeport::cli
