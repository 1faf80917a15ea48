// A service of the operator as a provisioner.
#pragma once

#include <memory>

#include "http/client.h"
#include "providers/provisioner/provisioner.h"

namespace threeport::providers::provisioner {

/// POSTs the request to one URL, with `mode`: `provision` or `remove`, as one member more. 2xx: done; 401 and 403:
/// `denied`; 408, 425, 429 and 5xx: `unavailable`; all else, redirects too: `invalid`.
class HttpProvisioner final : public Provisioner {
 public:
  /// Error `invalid`: the URL is not http:// or https:// with a host, or the PEM is unusable.
  static base::Result<std::unique_ptr<Provisioner>> make(std::string_view url, std::string ca_pem);
  HttpProvisioner(std::unique_ptr<http::Client> client, std::string target, base::Clock& clock)
      : client_(std::move(client)), target_(std::move(target)), clock_(clock) {}
  base::Result<Response> provision(const Request& request, const CallOptions& call) override;
  base::Result<void> remove(const Request& request, const CallOptions& call) override;

 private:
  base::Result<std::string> post(std::string_view mode, const Request& request, const CallOptions& call);

  std::unique_ptr<http::Client> client_;
  std::string target_;
  base::Clock& clock_;
};

}  // namespace threeport::providers::provisioner
