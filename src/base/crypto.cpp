#include "base/crypto.h"

#include <array>
#include <climits>
#include <cstdint>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

namespace threeport::base {
namespace {

constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kBase64Url = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view kBase32 = "abcdefghijklmnopqrstuvwxyz234567";

const unsigned char* data_of(std::string_view bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }
unsigned char* data_of(std::string& bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); }

/// Groups of `bits` bits as characters of the alphabet, the last one filled up with zeros.
std::string encode(std::string_view bytes, std::string_view alphabet, unsigned bits) {
  std::string out;
  out.reserve((bytes.size() * 8 + bits - 1) / bits + 3);
  std::uint32_t buffer = 0;
  unsigned held = 0;
  for (const char c : bytes) {
    buffer = (buffer << 8) | static_cast<unsigned char>(c);
    for (held += 8; held >= bits;) {
      held -= bits;
      out += alphabet[(buffer >> held) & ((1U << bits) - 1)];
    }
  }
  if (held > 0) out += alphabet[(buffer << (bits - held)) & ((1U << bits) - 1)];
  return out;
}

using DecodeTable = std::array<std::int8_t, 256>;
constexpr DecodeTable make_table(std::string_view alphabet) {
  DecodeTable table{};
  table.fill(-1);
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    table[static_cast<unsigned char>(alphabet[i])] = static_cast<std::int8_t>(i);
  }
  return table;
}
constexpr DecodeTable kBase64Table = make_table(kBase64);
constexpr DecodeTable kBase64UrlTable = make_table(kBase64Url);

/// Characters of 6 bits each, without padding.
Result<std::string> decode64(std::string_view text, const DecodeTable& table) {
  if (text.size() % 4 == 1) return invalid("not base64: a character is missing or too much");
  std::string out;
  out.reserve(text.size() / 4 * 3 + 2);
  std::uint32_t buffer = 0;
  unsigned held = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int value = table[static_cast<unsigned char>(text[i])];
    if (value < 0) return invalid("not base64: a character outside the alphabet at offset " + std::to_string(i));
    buffer = (buffer << 6) | static_cast<std::uint32_t>(value);
    held += 6;
    if (held >= 8) {
      held -= 8;
      out += static_cast<char>((buffer >> held) & 0xFF);
    }
  }
  if ((buffer & ((1U << held) - 1)) != 0) return invalid("not base64: unused bits at the end are not zero");
  return out;
}

}  // namespace

std::string sha256(std::string_view bytes) {
  std::string out(32, '\0');
  TP_ASSERT(EVP_Digest(bytes.data(), bytes.size(), data_of(out), nullptr, EVP_sha256(), nullptr) == 1);
  return out;
}

std::string sha256_hex(std::string_view bytes) { return hex(sha256(bytes)); }

std::string hmac_sha256(std::string_view key, std::string_view bytes) {
  TP_ASSERT(key.size() <= INT_MAX);
  std::string out(32, '\0');
  unsigned size = 0;
  // A null key would mean "the key of the last call".
  const char* key_data = key.data() == nullptr ? "" : key.data();
  TP_ASSERT(HMAC(EVP_sha256(), key_data, static_cast<int>(key.size()), data_of(bytes), bytes.size(), data_of(out),
                 &size) != nullptr);
  TP_ASSERT(size == out.size());
  return out;
}

void Sha256::Free::operator()(evp_md_ctx_st* context) const { EVP_MD_CTX_free(context); }

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  TP_ASSERT(context_ != nullptr && EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1);
}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::update(std::string_view bytes) {
  TP_ASSERT(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1);
}

std::string Sha256::finish() {
  std::string out(32, '\0');
  TP_ASSERT(EVP_DigestFinal_ex(context_.get(), data_of(out), nullptr) == 1);
  TP_ASSERT(EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1);
  return out;
}

std::string hex(std::string_view bytes) { return encode(bytes, "0123456789abcdef", 4); }

std::string base64_encode(std::string_view bytes) {
  std::string out = encode(bytes, kBase64, 6);
  out.append((4 - out.size() % 4) % 4, '=');
  return out;
}

Result<std::string> base64_decode(std::string_view text) {
  if (text.size() % 4 != 0) return invalid("not base64: the length is not a multiple of 4");
  for (int i = 0; i < 2 && text.ends_with('='); ++i) text.remove_suffix(1);
  return decode64(text, kBase64Table);
}

std::string base32_encode(std::string_view bytes) { return encode(bytes, kBase32, 5); }

std::string base64url_encode(std::string_view bytes) { return encode(bytes, kBase64Url, 6); }

Result<std::string> base64url_decode(std::string_view text) { return decode64(text, kBase64UrlTable); }

std::string random_bytes(std::size_t count) {
  TP_ASSERT(count <= INT_MAX);
  std::string out(count, '\0');
  // Fails only where the system has no source of randomness, and then nothing is safe.
  TP_ASSERT(RAND_bytes(data_of(out), static_cast<int>(count)) == 1);
  return out;
}

std::string uuid4() {
  std::string bytes = random_bytes(16);
  bytes[6] = static_cast<char>((bytes[6] & 0x0F) | 0x40);
  bytes[8] = static_cast<char>((bytes[8] & 0x3F) | 0x80);
  std::string out = hex(bytes);
  for (const std::size_t dash : {8, 13, 18, 23}) out.insert(dash, "-");
  return out;
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace threeport::base
