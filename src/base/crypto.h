// Digests, encodings and random bytes (OpenSSL). Bytes are std::string.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

struct evp_md_ctx_st;

namespace threeport::base {

/// 32 bytes.
std::string sha256(std::string_view bytes);
/// 64 lower-case hex digits.
std::string sha256_hex(std::string_view bytes);
/// 32 bytes (RFC 2104).
std::string hmac_sha256(std::string_view key, std::string_view bytes);

/// SHA-256 of what comes in pieces.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  void update(std::string_view bytes);
  /// The 32 bytes; starts over.
  std::string finish();

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const;
  };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

/// Lower-case hex digits.
std::string hex(std::string_view bytes);

/// With padding (RFC 4648, section 4).
std::string base64_encode(std::string_view bytes);
/// Strict: the alphabet of section 4, padding, no white space, no unused bits. Error `invalid`.
Result<std::string> base64_decode(std::string_view text);
/// Lower case, without padding (RFC 4648, section 6): fit for DNS labels.
std::string base32_encode(std::string_view bytes);
/// The URL-safe alphabet without padding (RFC 4648, section 5), as tokens use it.
std::string base64url_encode(std::string_view bytes);
/// Strict, as base64_decode. Error `invalid`.
Result<std::string> base64url_decode(std::string_view text);

/// Fit for keys and nonces.
std::string random_bytes(std::size_t count);
/// A random UUID (RFC 9562, version 4), lower case.
std::string uuid4();

/// Takes the same time wherever the texts differ; the length is no secret.
bool equal_in_constant_time(std::string_view a, std::string_view b);

}  // namespace threeport::base
