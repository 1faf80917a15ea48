// The certificates of one control plane as files in one folder: its CA, its server, and a client.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "http/certificates.h"

namespace threeport::cli {

/// <name>.crt and <name>.key.
struct CertificateFile {
  std::filesystem::path certificate, key;
  CertificateFile(const std::filesystem::path& folder, const std::string& name)
      : certificate(folder / (name + ".crt")), key(folder / (name + ".key")) {}
};

struct CertificateFiles {
  std::filesystem::path folder;
  CertificateFile authority, server;
  explicit CertificateFiles(const std::filesystem::path& at) : folder(at), authority(at, "ca"), server(at, "server") {}
};

struct CertificatesWanted {
  std::string name;                ///< of the control plane; stands in the subjects
  std::vector<std::string> hosts;  ///< where clients reach the server, besides loopback and the names of v0
  std::string client = "client";   ///< base name of the client's files
  std::string client_name = {};    ///< the client's common name, `cert:<client_name>` in the history
};

struct Certificates {
  std::string authority_pem;
  http::IssuedCertificate client;
  bool is_server_new = false, is_client_new = false;
};

/// Keeps what is good, and makes what is missing, unusable, of another CA, ends within 30 days, or does not cover a
/// host (then what it covered before stays covered). Folder 0700, files 0600. The CA is valid for ten years, what it
/// issues for one. Errors: of the file system; `invalid`: a host is none, or the key of the CA is needed and is not
/// there.
base::Result<Certificates> ensure_certificates(const CertificateFiles& files, const CertificatesWanted& wanted,
                                               base::Clock& clock);

}  // namespace threeport::cli
