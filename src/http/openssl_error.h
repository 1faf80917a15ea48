// OpenSSL's error queue as words.
#pragma once

#include <string>

namespace threeport::http {

/// Empties the calling thread's queue; the reason of its first entry, or "unknown error".
std::string take_openssl_error();

}  // namespace threeport::http
