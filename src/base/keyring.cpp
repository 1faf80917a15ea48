#include "base/keyring.h"

#include <algorithm>
#include <climits>
#include <memory>
#include <optional>

#include <openssl/evp.h>

#include "base/crypto.h"
#include "base/file.h"

namespace threeport::base {
namespace {

constexpr std::size_t kKeySize = 32;
constexpr std::size_t kNonceSize = 12;
constexpr std::size_t kTagSize = 16;

struct FreeContext {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_CIPHER_CTX, FreeContext>;

unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }
const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

/// nonce + ciphertext + tag
std::string seal(std::string_view key, std::string_view plain) {
  TP_ASSERT(key.size() == kKeySize && plain.size() < INT_MAX);
  const std::string nonce = random_bytes(kNonceSize);
  std::string text(plain.size(), '\0');
  std::string tag(kTagSize, '\0');
  int length = 0;
  const Context context(EVP_CIPHER_CTX_new());
  const bool sealed =
      context != nullptr &&
      EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, bytes_of(key), bytes_of(std::string_view(nonce))) ==
          1 &&
      EVP_EncryptUpdate(context.get(), bytes_of(text), &length, bytes_of(plain), static_cast<int>(plain.size())) == 1 &&
      static_cast<std::size_t>(length) == plain.size() &&
      EVP_EncryptFinal_ex(context.get(), bytes_of(tag), &length) == 1 && length == 0 &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, static_cast<int>(kTagSize), tag.data()) == 1;
  TP_ASSERT(sealed);
  return nonce + text + tag;
}

/// The plain text, unless the key is another one or the bytes were changed.
std::optional<Secret<std::string>> unseal(std::string_view key, std::string_view sealed) {
  TP_ASSERT(key.size() == kKeySize && sealed.size() >= kNonceSize + kTagSize && sealed.size() < INT_MAX);
  const std::string_view nonce = sealed.substr(0, kNonceSize);
  const std::string_view text = sealed.substr(kNonceSize, sealed.size() - kNonceSize - kTagSize);
  std::string tag(sealed.substr(sealed.size() - kTagSize));
  std::string plain(text.size(), '\0');
  int length = 0;
  const Context context(EVP_CIPHER_CTX_new());
  TP_ASSERT(context != nullptr);
  TP_ASSERT(EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, bytes_of(key), bytes_of(nonce)) == 1);
  TP_ASSERT(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, static_cast<int>(kTagSize), tag.data()) == 1);
  const bool genuine =
      EVP_DecryptUpdate(context.get(), bytes_of(plain), &length, bytes_of(text), static_cast<int>(text.size())) == 1 &&
      EVP_DecryptFinal_ex(context.get(), bytes_of(tag), &length) == 1;
  Secret<std::string> out(std::move(plain));
  if (!genuine) return std::nullopt;
  return out;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

}  // namespace

void Keyring::add(Secret<std::string> bytes) {
  std::string id = sha256_hex(bytes.reveal()).substr(0, 8);
  keys_.push_back({std::move(id), std::move(bytes)});
}

Result<Keyring> Keyring::parse(std::string_view text) {
  Keyring ring;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = trimmed(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.empty()) continue;
    auto bytes = base64_decode(line);
    if (!bytes) return invalid("the encryption key is not base64: give the base64 text of 32 bytes");
    Secret<std::string> key(std::move(*bytes));
    if (const std::size_t size = key.reveal().size(); size != kKeySize) {
      return invalid("the encryption key has " + std::to_string(size) +
                     " bytes instead of 32: give the base64 text of 32 bytes");
    }
    ring.add(std::move(key));
  }
  if (ring.keys_.empty()) return invalid("the encryption key is empty: give the base64 text of 32 bytes");
  return ring;
}

Keyring Keyring::generate() {
  Keyring ring;
  ring.add(Secret<std::string>(random_bytes(kKeySize)));
  return ring;
}

Result<Keyring> Keyring::load(const std::filesystem::path& path) {
  auto content = read_file(path, 64 * 1024);
  if (!content) return std::move(content).error().with_context("encryption key");
  const Secret<std::string> text(std::move(*content));
  auto ring = parse(text.reveal());
  if (!ring) return std::move(ring).error().with_context(path.string());
  return ring;
}

Result<Keyring> Keyring::create(const std::filesystem::path& path) {
  Keyring ring = generate();
  const Secret<std::string> text(base64_encode(ring.keys_.front().bytes.reveal()) + "\n");
  auto made = create_file(path, text.reveal(), 0600);
  if (!made) return std::move(made).error().with_context("encryption key");
  return ring;
}

std::string Keyring::encrypt(std::string_view plain) const {
  const Key& key = keys_.front();
  return key.id + ":" + base64_encode(seal(key.bytes.reveal(), plain));
}

Result<Secret<std::string>> Keyring::decrypt(std::string_view stored) const {
  const std::string_view id = key_id_of(stored);
  if (stored.find(':') != std::string_view::npos && !knows(id)) {
    return denied("a value was encrypted with the key " + std::string(id) +
                  ", which is not at hand: give the encryption key of this installation");
  }
  TP_TRY(const std::string sealed, base64_decode(without_key_id(stored)));
  if (sealed.size() < kNonceSize + kTagSize) return invalid("an encrypted value is too short: it was cut");
  for (const Key& key : keys_) {
    if (!id.empty() && key.id != id) continue;
    if (auto plain = unseal(key.bytes.reveal(), sealed)) return *std::move(plain);
  }
  return invalid(id.empty() ? "a value was encrypted with another key, or changed since"
                            : "a value that was encrypted with the key " + std::string(id) + " was changed since");
}

bool Keyring::knows(std::string_view key_id) const {
  return std::any_of(keys_.begin(), keys_.end(), [&](const Key& key) { return key.id == key_id; });
}

const std::string& Keyring::key_id() const { return keys_.front().id; }

std::string_view Keyring::without_key_id(std::string_view stored) {
  const std::size_t colon = stored.find(':');
  return colon == std::string_view::npos ? stored : stored.substr(colon + 1);
}

std::string_view Keyring::key_id_of(std::string_view stored) {
  const std::size_t colon = stored.find(':');
  return colon == std::string_view::npos ? std::string_view{} : stored.substr(0, colon);
}

}  // namespace threeport::base
