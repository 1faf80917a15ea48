// Checks of PEM texts before libcurl gets them: its own errors do not say which text is wrong, nor where.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace threeport::http {

/// "" or one certificate at least, all of them readable. Error `invalid`, beginning with `what`.
base::Result<void> check_certificates(std::string_view pem, std::string_view what);
/// Both "" or a certificate chain and its unencrypted private key. Error `invalid`.
base::Result<void> check_key_pair(std::string_view certificate_pem, std::string_view key_pem);

}  // namespace threeport::http
