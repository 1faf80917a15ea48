// What went wrong below HTTP, in words for users.
#pragma once

#include <string>

#include "base/clock.h"
#include "base/result.h"

namespace threeport::http {

struct TransferFailure {
  int code = 0;              ///< CURLcode
  int os_error = 0;          ///< errno of the failed connect, or 0
  int verify_error = 0;      ///< OpenSSL's X509_V_ERR_ of the peer's certificate, or 0
  bool is_repeated = false;  ///< curl would have sent a request again that must not be repeated
  std::string host_port;
  std::string text;  ///< curl's own message, for the detail
  base::Millis connect_timeout{0};
};

/// Kinds and reasons as documented at Client.
base::Error transfer_error(const TransferFailure& failure);
/// `unavailable`, reason "Timeout".
base::Error timeout_error(std::string message);

}  // namespace threeport::http
