// One running control plane process: store, API, engine, controllers.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "http/server.h"
#include "providers/provisioner/provisioner.h"
#include "store/store.h"

namespace threeport {

inline constexpr std::string_view kVersion = TP_VERSION;

struct DaemonOptions {
  std::string listen = "127.0.0.1:1323";
  std::string database;
  std::vector<std::string> roles{"api", "controllers"};
  bool auth_enabled = true;
  /// Limits, and the TLS files, which only count with authentication; `listen` says where.
  http::ServerOptions http{.certificate_file = "/etc/threeport/cert/tls.crt",
                           .key_file = "/etc/threeport/cert/tls.key",
                           .client_ca_file = "/etc/threeport/ca/tls.crt"};
  std::string encryption_key_file;
  std::string encryption_key;  ///< base64; comes before the file
  std::string port_file;
  std::string home;
  base::Millis audit_retention = store::Retention{}.changes;  ///< how long the change log is kept
  providers::provisioner::LiveOptions provisioners;
};

class Daemon {
 public:
  /// Opens the database, finds the key, starts what the roles ask for. Serves when it returns.
  static base::Result<std::unique_ptr<Daemon>> start(const DaemonOptions& options);
  virtual ~Daemon() = default;
  [[nodiscard]] virtual std::uint16_t port() const = 0;
  /// Ends streams, requests and attempts. False: an attempt hangs, and the process must end without destroying this.
  virtual bool stop() = 0;
};

}  // namespace threeport
